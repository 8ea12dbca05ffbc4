"""Key sets: rotation, outage, floods, withdrawal, hostile answers (K-01 to K-05)."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from no_threads import run_without_threads
from osdu_auth import IssuerKeys, KeySet, KeysUnavailable, TokenRejected
from osdu_auth.verification import keys_of_user_pool
from verification.key_server import FakeClock, Held, KeyServer, fetching_verifier
from verification.minting import (
    CLIENT,
    NOW,
    POOL,
    b64,
    claims,
    header,
    jwks,
    mint,
    rsa_jwk,
    rsa_key,
)
from verification.test_claims import codes
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.verification import TokenVerifier

HOUR, DAY = 3600, 24 * 3600


def new_token(server: KeyServer, name: str = "new-key") -> str:
    return mint(header(kid=name), server.claims(), key=rsa_key(name))


def test_keys_are_fetched_once_and_kept(server: KeyServer, clock: FakeClock) -> None:
    verifier = fetching_verifier(server, clock)
    assert server.fetches == 0
    for number in range(20):
        verifier.verify(mint(payload=server.claims(jti=str(number))))
    assert server.paths == [f"/{POOL}/.well-known/jwks.json"]


def test_k_01_a_hundred_who_see_a_new_key_first_make_one_fetch(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    server.publish(rsa_jwk(), rsa_jwk("new-key"))
    server.before = lambda: time.sleep(0.2)
    clock.now += 60
    token = new_token(server)
    with ThreadPoolExecutor(100) as pool:
        verified = list(pool.map(lambda _: verifier.verify(token), range(100)))
    assert len(verified) == 100
    assert server.fetches == 2


def test_k_01_a_hundred_tasks_of_a_cold_start_make_one_fetch(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    held = Held(server)
    token = mint(payload=server.claims())

    async def release() -> None:
        while not server.fetches:  # noqa: ASYNC110 - a thread sees to it
            await asyncio.sleep(0.005)
        held.release()

    async def ask() -> int:
        verified = await asyncio.gather(*(verifier.averify(token) for _ in range(100)), release())
        return len(verified) - 1

    assert asyncio.run(ask()) == 100
    assert held.ends == ["released"], "the event loop stood still"
    assert server.fetches == 1


def test_tasks_of_trio_make_one_fetch_and_can_be_cancelled(
    server: KeyServer, clock: FakeClock
) -> None:
    trio = pytest.importorskip("trio")
    verifier = fetching_verifier(server, clock)
    held = Held(server)
    token = mint(payload=server.claims())
    verified = []

    async def ask() -> None:
        verified.append(await verifier.averify(token))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(ask)
            with trio.move_on_after(0.1):
                await verifier.averify(token)
                pytest.fail("it did not give up")
            held.release()

    trio.run(main)
    assert held.ends == ["released"], "the event loop stood still"
    assert (len(verified), server.fetches) == (20, 1)


def test_a_caller_that_stops_waiting_does_not_stop_the_fetch(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    held = Held(server)
    token = mint(payload=server.claims())

    async def leave() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(verifier.averify(token), 0.05)
        held.release()
        await verifier.averify(token)

    asyncio.run(leave())
    assert server.fetches == 1


FAULTS: dict[str, Any] = {
    "status 500": {"status": 500},
    "status 404": {"status": 404},
    "status 204": {"status": 204, "body": b""},
    "a page": {"body": b"<html>Sign in to this network</html>"},
    "nothing": {"body": b""},
    "an empty set": {"body": b'{"keys":[]}'},
    "no set": {"body": b'{"error":"x"}'},
    "keys that cannot be used": {"body": json.dumps(jwks(rsa_jwk(use="enc"))).encode()},
    "a redirect": {"status": 302, "headers": {"Location": "https://evil.example/jwks.json"}},
    "a name twice": {"body": b'{"keys":[],' + json.dumps(jwks()).encode()[1:]},
    "more than a mebibyte": {"body": json.dumps(jwks()).encode() + b" " * 1024 * 1024},
    "compressed": {
        "body": gzip.compress(json.dumps(jwks()).encode()),
        "headers": {"Content-Encoding": "gzip"},
    },
    "called compressed": {"headers": {"Content-Encoding": "br"}},
}


@pytest.mark.parametrize("is_async", [False, True])
def test_an_old_key_is_used_during_the_pause_after_a_failed_fetch(
    server: KeyServer, clock: FakeClock, is_async: bool
) -> None:
    verifier = fetching_verifier(server, clock)

    def verify(jti: str) -> None:
        token = mint(payload=server.claims(jti=jti))
        verified = asyncio.run(verifier.averify(token)) if is_async else verifier.verify(token)
        assert verified.token_id == jti

    verify("before")
    server.status = 503
    clock.now += 2 * HOUR
    verify("the fetch fails")
    fetches = server.fetches
    verify("the issuer is left alone")
    assert server.fetches == fetches


@pytest.mark.parametrize("more", [0, 1])
def test_a_key_set_of_just_a_mebibyte_is_fetched_and_one_more_byte_is_not(
    server: KeyServer, clock: FakeClock, more: int
) -> None:
    server.body = json.dumps(jwks()).encode().ljust(1024 * 1024 + more)
    verifier = fetching_verifier(server, clock)
    if more:
        with pytest.raises(KeysUnavailable, match="OA-N670"):
            verifier.verify(mint(payload=server.claims()))
    else:
        verifier.verify(mint(payload=server.claims()))


@pytest.mark.parametrize("fault", FAULTS)
def test_k_02_an_outage_costs_no_good_key_until_the_hard_stop(
    server: KeyServer, clock: FakeClock, fault: str
) -> None:
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    for name, value in FAULTS[fault].items():
        setattr(server, name, value)
    for hours in (1, 2, 12, 23.9):
        clock.now = NOW + hours * HOUR
        verifier.verify(mint(payload=server.claims(jti=str(hours))))
        with pytest.raises(KeysUnavailable):  # its key may have been published in the meantime
            verifier.verify(new_token(server))
    assert server.fetches == 5  # one at the start and one in each hour, not one for each token
    clock.now = NOW + DAY
    young = server.claims(iat=clock.now - 60, exp=clock.now + HOUR)
    with pytest.raises(KeysUnavailable) as outage:
        verifier.verify(mint(payload=young))
    assert outage.value.code in {"OA-N670", "OA-N671", "OA-N672"}
    assert outage.value.retryable
    assert "127.0.0.1" in str(outage.value)


def test_k_02_the_service_recovers_automatically(server: KeyServer, clock: FakeClock) -> None:
    verifier = fetching_verifier(server, clock)
    server.status = 500
    token = mint(payload=server.claims())
    for _ in range(20):
        with pytest.raises(KeysUnavailable, match="OA-N671"):
            verifier.verify(token)
    assert server.fetches == 1
    server.status = 200
    clock.now += 10
    verifier.verify(token)


def test_an_endpoint_that_hangs_delays_one_request_by_a_second(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    token = mint(payload=server.claims())
    verifier.verify(token)
    held = Held(server)
    clock.now += HOUR
    began = time.perf_counter()
    verifier.verify(token)
    assert time.perf_counter() - began > 0.9
    assert held.ends == [], "it waited for the fetch"
    for _ in range(50):
        verifier.verify(token)
    assert held.ends == [], "each of them waited"
    held.release()


def test_unknown_ids_do_not_block_a_service_s_threads_while_the_endpoint_hangs(
    server: KeyServer, clock: FakeClock
) -> None:
    """A forged id costs its sender nothing, and blocked a thread for the ten seconds of a fetch."""
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    held = Held(server)
    clock.now += 60

    def ask(number: int) -> None:
        with pytest.raises(KeysUnavailable, match="OA-N675"):
            verifier.verify(mint(header(kid=f"unknown-{number}"), server.claims()))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(10)))
    assert held.ends == [], "one of them waited for the fetch"
    held.release()


def test_k_03_a_flood_of_unknown_ids_makes_one_fetch_in_ten_seconds(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    flood = 100_000
    payload, signature = mint(payload=server.claims()).split(".")[1:]
    before, peak_before = 0, 0
    for number in range(flood):
        clock.now = NOW + 60 * number / flood
        head = b64(b'{"kid":"%d","alg":"RS256"}' % number)
        with pytest.raises(TokenRejected) if number < 100 else _Rejected():
            verifier.verify(f"{head}.{payload}.{signature}")
        if number == 1_000:
            before, peak_before = sys.getallocatedblocks(), peak_memory()
    assert server.fetches <= 7  # the first, and then one in ten seconds
    assert sys.getallocatedblocks() - before < 2_000  # small objects
    assert peak_memory() - peak_before < 16 * 1024 * 1024  # large objects
    server.publish(rsa_jwk(), rsa_jwk("new-key"))
    clock.now += 10
    verifier.verify(new_token(server))


def peak_memory() -> int:
    """The most bytes that this process has used."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class _Rejected:
    """Does what `pytest.raises(TokenRejected)` does, much faster for a hundred thousand calls."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        assert kind is TokenRejected
        return True


def test_k_04_a_withdrawn_key_is_refused_after_an_hour_and_one_fetch(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    token = mint(payload=server.claims())
    verifier.verify(token)
    server.publish(rsa_jwk("new-key"))
    clock.now = NOW + HOUR - 1
    verifier.verify(token)
    clock.now = NOW + HOUR
    assert codes(verifier, token) == ["V511"]
    assert server.fetches == 2


def test_k_04_a_key_replaced_under_its_old_id_verifies_nothing_of_before(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    token = mint(payload=server.claims())
    verifier.verify(token)
    server.publish(rsa_jwk(n=rsa_jwk("new-key")["n"]))
    clock.now = NOW + HOUR
    assert codes(verifier, token) == ["V512"]


def test_a_token_that_is_refused_anyway_causes_no_fetch(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    for wrong in ({"exp": NOW}, {"iss": "https://evil.example"}, {"client_id": "x"}):
        assert codes(verifier, mint(payload=server.claims(**wrong)))
    codes(verifier, mint(header(alg="HS256"), server.claims(), key=b"x"))
    codes(verifier, mint(header(crit=["x"]), server.claims()))
    codes(verifier, mint(header(jku=server.url), claims()))
    assert server.fetches == 0


def test_a_clock_that_is_set_back_does_not_keep_keys_for_ever(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    token = mint(payload=server.claims(iat=NOW - 10 * DAY, exp=NOW - 9 * DAY))
    clock.now = NOW
    with pytest.raises(TokenRejected):
        verifier.verify(token)
    verifier.verify(mint(payload=server.claims()))
    server.publish(rsa_jwk("new-key"))
    clock.now = NOW - 10 * DAY + 60
    assert codes(verifier, token) == ["V511"]


def drip(connection: Any, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(300):
        connection.sendall(b" ")
        time.sleep(0.1)


def endless_chunk(connection: Any, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"0" * 65536)


def endless_body(connection: Any, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


@for_each(
    "behave",
    [
        sends(b""),
        sends(b"\x16\x03\x01"),
        sends(b"HTTP/1.1 200 OK"),
        sends(reply(b"{}")[:-1]),
        sends(reply(b'{"keys":[' + b"{}," * 300_000 + b"{}]}")),
        sends(reply(b"[" * 1_000_000)),
        endless_chunk,
        endless_body,
    ],
)
def test_k_05_a_hostile_answer_ends_in_our_error_and_little_memory(behave: Any) -> None:
    before = peak_memory()
    with ScriptedServer(behave) as server:
        keys = keys_of_user_pool(POOL, endpoint_url=server.url())
        with pytest.raises(KeysUnavailable) as outage:
            keys.find("x")
    assert outage.value.code in {"OA-N670", "OA-N672"}
    assert peak_memory() - before < 32 * 1024 * 1024


def test_k_05_a_slow_drip_ends_with_the_deadline() -> None:
    with ScriptedServer(drip) as server:
        keys = keys_of_user_pool(POOL, endpoint_url=server.url())
        began = time.perf_counter()
        with pytest.raises(KeysUnavailable, match="OA-N605"):
            keys.find("x")
        assert time.perf_counter() - began > 9


def test_preloaded_keys_are_used_before_any_fetch_and_renewed_after_an_hour(
    server: KeyServer, clock: FakeClock
) -> None:
    preload = KeySet.from_dict(jwks())
    keys = keys_of_user_pool(POOL, endpoint_url=server.url, preload=preload, clock=clock)
    verifier = fetching_verifier(server, clock, keys)
    token = mint(payload=server.claims())
    server.status = 500
    verifier.verify(token)
    assert server.fetches == 0
    clock.now += HOUR
    verifier.verify(token)
    assert server.fetches == 1
    server.status = 200
    server.publish(rsa_jwk("new-key"))
    clock.now += 10
    assert codes(verifier, token) == ["V511"]
    verifier.verify(new_token(server))


def test_verifiers_of_one_issuer_may_share_its_keys(server: KeyServer, clock: FakeClock) -> None:
    keys = keys_of_user_pool(POOL, endpoint_url=server.url, clock=clock)
    for _ in range(3):
        fetching_verifier(server, clock, keys).verify(mint(payload=server.claims()))
    assert server.fetches == 1


def test_a_forked_worker_fetches_for_itself(server: KeyServer) -> None:
    """After a fork during a fetch, the child has no held lock and no running fetch."""
    verifier = fetching_verifier(server, FakeClock())
    held = Held(server)
    token = mint(payload=server.claims())
    first = threading.Thread(target=verifier.verify, args=(token,))
    first.start()
    held.wait_for_fetch()
    child = os.fork()
    if not child:
        try:
            verifier.verify(token)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the parent reads the exit code
            os._exit(1)
    held.release()
    _, status = os.waitpid(child, 0)
    first.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_first_threads_of_a_forked_worker_share_one_fetch(server: KeyServer) -> None:
    """Two threads that both noticed the new process each made a lock, and each fetched."""
    token = mint(payload=server.claims())
    for forks in range(1, 13):
        verifier = fetching_verifier(server, FakeClock())
        child = os.fork()
        if not child:
            try:
                sys.setswitchinterval(1e-6)
                gate = threading.Barrier(8)
                with ThreadPoolExecutor(8) as threads:
                    done = [threads.submit(_verified, verifier, token, gate) for _ in range(8)]
                os._exit(not all(one.result() for one in done))
            except BaseException:  # noqa: BLE001 - the parent reads the exit code
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert (os.waitstatus_to_exitcode(status), server.fetches) == (0, forks)


def _verified(verifier: TokenVerifier, token: str, gate: threading.Barrier) -> bool:
    gate.wait()
    return bool(verifier.verify(token).subject)


# --- the shared copy (K-07) ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "keys"
    made.mkdir(mode=0o700)
    return made


def shared_keys(server: KeyServer, clock: FakeClock, folder: Path) -> IssuerKeys:
    return keys_of_user_pool(POOL, endpoint_url=server.url, shared_folder=str(folder), clock=clock)


def copy_in(folder: Path) -> Path:
    return next(folder.glob("keys-*.json"))


def test_processes_that_share_a_copy_make_one_fetch(
    server: KeyServer, clock: FakeClock, folder: Path
) -> None:
    for _ in range(5):
        keys = shared_keys(server, clock, folder)
        fetching_verifier(server, clock, keys).verify(mint(payload=server.claims()))
    assert server.fetches == 1
    assert copy_in(folder).stat().st_mode & 0o777 == 0o600
    clock.now += HOUR
    for _ in range(5):
        shared_keys(server, clock, folder).find("access-key")
    assert server.fetches == 2


def test_a_copy_of_the_largest_key_set_is_shared_as_well(
    server: KeyServer, clock: FakeClock, folder: Path
) -> None:
    room = 1024 * 1024 - len(json.dumps({**jwks(), "x": ""}))
    server.body = json.dumps({**jwks(), "x": "x" * room}).encode()
    for _ in range(2):
        assert shared_keys(server, clock, folder).find("access-key")
    assert copy_in(folder).stat().st_size > 1024 * 1024
    assert server.fetches == 1


def test_a_fresh_copy_of_the_keys_is_used_during_an_outage(
    server: KeyServer, clock: FakeClock, folder: Path
) -> None:
    shared_keys(server, clock, folder).find("access-key")
    server.status = 500
    clock.now += HOUR - 1
    assert shared_keys(server, clock, folder).find("access-key")
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        shared_keys(server, clock, folder).find("access-key")


def poison(path: Path, **members: Any) -> None:
    told = json.loads(path.read_bytes())
    path.write_bytes(json.dumps(told | members).encode())


def test_k_07_a_poisoned_copy_is_ignored(  # noqa: C901 - a list of poisons
    server: KeyServer, clock: FakeClock, folder: Path, tmp_path: Path
) -> None:
    evil = jwks(rsa_jwk("attacker"))
    issuer = server.issuer

    def write(path: Path, **members: Any) -> None:
        poison(path, jwks=evil, **members)

    elsewhere = tmp_path / "elsewhere.json"

    def then(spoil: Callable[[Path], object]) -> Callable[[Path], object]:
        def write_and_spoil(path: Path) -> None:
            write(path)
            spoil(path)

        return write_and_spoil

    def link_to_it(path: Path) -> None:
        path.rename(elsewhere)
        path.symlink_to(elsewhere)

    def pipe_instead(path: Path) -> None:
        path.unlink()
        os.mkfifo(path, 0o600)

    def folder_instead(path: Path) -> None:
        path.unlink()
        path.mkdir()

    poisons: dict[str, Callable[[Path], object]] = {
        "another issuer": lambda path: write(path, issuer="https://evil.example"),
        "another address": lambda path: write(path, jwks_uri=issuer + "/other.json"),
        "another format": lambda path: write(path, format=2),
        "from the future": lambda path: write(path, fetched_at=NOW + DAY),
        "of the past": lambda path: write(path, fetched_at=NOW - DAY),
        "fetched at no time": lambda path: write(path, fetched_at="now"),
        "fetched at true": lambda path: write(path, fetched_at=True),
        "no keys": lambda path: poison(path, jwks={"keys": []}),
        "no object": lambda path: poison(path, jwks=[]),
        "no JSON": lambda path: path.write_bytes(b"{"),
        "empty": lambda path: path.write_bytes(b""),
        "readable by others": then(lambda path: path.chmod(0o644)),
        "writable by others": then(lambda path: path.chmod(0o666)),
        "in a folder for all": then(lambda path: path.parent.chmod(0o777)),
        "with a second link": then(elsewhere.hardlink_to),
        "a symbolic link": then(link_to_it),
        "a named pipe": pipe_instead,
        "a folder": folder_instead,
    }
    if os.geteuid() == 0:
        poisons["of another user"] = then(lambda path: shutil.chown(path, 12345))
    for name, spoil in poisons.items():
        shared_keys(server, clock, folder).find("access-key")
        fetches = server.fetches
        spoil(copy_in(folder))
        keys = shared_keys(server, clock, folder)
        assert keys.find("attacker") is None, name
        assert keys.find("access-key"), name
        assert server.fetches > fetches, name
        folder.chmod(0o700)
        for left in [*folder.iterdir(), elsewhere]:
            if left.is_dir():
                left.rmdir()
            else:
                left.unlink(missing_ok=True)


def test_an_unusable_shared_folder_only_costs_a_fetch(
    server: KeyServer, clock: FakeClock, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    assert shared_keys(server, clock, in_the_way).find("access-key")
    assert server.fetches == 1


def test_keys_are_fetched_even_if_no_thread_can_start(server: KeyServer) -> None:
    program = """
from osdu_auth import UserPoolVerifier
verifier = UserPoolVerifier(
    user_pool_id=plan["pool"], client_id=plan["client"], token_use="access",
    endpoint_url=plan["url"], clock=lambda: plan["now"],
)
print(verifier.verify(plan["token"]).subject)
import asyncio
verifier = UserPoolVerifier(
    user_pool_id=plan["pool"], client_id=plan["client"], token_use="access",
    endpoint_url=plan["url"], clock=lambda: plan["now"],
)
print(asyncio.run(verifier.averify(plan["token"])).subject)
"""
    payload = server.claims()
    told = run_without_threads(
        program,
        {
            "pool": POOL,
            "client": CLIENT,
            "url": server.url,
            "now": NOW,
            "token": mint(payload=payload),
        },
    )
    assert told.split() == [payload["sub"]] * 2
    assert server.fetches == 2
