"""The memo is bounded, and no entry is used for longer than token, key and key set allow."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from osdu_auth import TokenRejected
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import NOW, header, mint, pool_verifier, rsa_jwk, rsa_key
from verification.minting import claims as pool_claims
from verification.test_claims import codes

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_token_is_verified_once_and_then_known() -> None:
    verifier, token = pool_verifier(), mint()
    assert verifier.verify(token) is verifier.verify(token)
    assert len(verifier._memo) == 1


def test_a_refused_token_is_not_remembered() -> None:
    verifier = pool_verifier()
    for _ in range(3):
        codes(verifier, mint(payload=pool_claims(exp=NOW)))
        codes(verifier, mint(key=rsa_key("attacker")))
    assert len(verifier._memo) == 0


def test_the_memo_is_bounded_and_the_oldest_entries_are_removed() -> None:
    verifier = pool_verifier(memo_size=8)
    tokens = [mint(payload=pool_claims(jti=str(number))) for number in range(20)]
    first = verifier.verify(tokens[0])
    for token in tokens:
        verifier.verify(token)
    assert len(verifier._memo) == 8
    assert verifier.verify(tokens[0]) == first
    assert verifier.verify(tokens[0]) is not first


def test_a_memo_of_size_0_remembers_nothing() -> None:
    verifier, token = pool_verifier(memo_size=0), mint()
    assert verifier.verify(token) is not verifier.verify(token)


def test_the_headers_of_64_kinds_of_tokens_are_remembered_and_no_more() -> None:
    """A header is one object for all tokens that begin with it, as long as it is remembered."""
    verifier = pool_verifier(memo_size=0)
    tokens = [mint(header(note=number)) for number in range(66)]
    first, again = ([verifier.verify(token)._header for token in tokens] for _ in range(2))
    kept = [one is other for one, other in zip(first, again, strict=True)]
    assert kept == [True] * 64 + [False] * 2


def test_the_memo_has_no_text_of_a_token() -> None:
    import gc

    verifier, token = pool_verifier(), mint(payload=pool_claims(jti="a-token-of-its-own"))
    verifier.verify(token)
    segments = {segment.encode() for segment in token.split(".")[1:]}
    del token
    gc.collect()
    held = {thing for thing in gc.get_objects() if isinstance(thing, bytes)}
    assert not segments & held
    digests = list(verifier._memo._entries)
    assert [len(digest) for digest in digests] == [32]


def test_a_known_token_is_refused_once_its_key_is_withdrawn() -> None:
    clock = FakeClock()
    with KeyServer() as server:
        verifier = fetching_verifier(server, clock)
        server.publish(rsa_jwk(), rsa_jwk("other"))
        token = mint(payload=server.claims())
        verifier.verify(token)
        # A token with an unknown key causes a new fetch of the key set, within the hour.
        server.publish(rsa_jwk("other"))
        clock.now += 60
        codes(verifier, mint(header(kid="unknown"), server.claims()))
        assert server.fetches == 2
        assert codes(verifier, token) == ["V511"]


def test_a_known_token_stays_known_when_its_key_set_is_fetched_again() -> None:
    clock = FakeClock()
    with KeyServer() as server:
        verifier = fetching_verifier(server, clock)
        token = mint(payload=server.claims())
        known = verifier.verify(token)
        clock.now += 60
        codes(verifier, mint(header(kid="unknown"), server.claims()))
        assert server.fetches == 2
        assert verifier.verify(token) is known


def test_v_07_threads_and_tasks_and_a_rotation_give_no_wrong_answer() -> None:  # noqa: C901
    clock = FakeClock()
    with KeyServer() as server:
        verifier = fetching_verifier(server, clock, memo_size=16)
        old = [mint(payload=server.claims(jti=str(number))) for number in range(20)]
        new_head, key = header(kid="new-key"), rsa_key("new-key")
        new = [mint(new_head, server.claims(jti=str(number)), key=key) for number in range(20)]
        bad = [token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:] for token in old]
        bad += [mint(payload=server.claims(client_id="x")), mint(payload=server.claims(exp=NOW))]
        wrong: list[str] = []
        rotated = threading.Event()

        def is_right(token: str, subject: str | None) -> None:
            if (subject is None) == (token in good):
                wrong.append(token)

        good = {*old, *new}

        def hammer(seed: int) -> None:
            for turn in range(2_500):
                if seed == 0 and turn == 1_250:
                    server.publish(rsa_jwk(), rsa_jwk("new-key"))
                    clock.now += 60
                    rotated.set()
                pool = [*old, *bad, *(new if rotated.is_set() else [])]
                token = pool[(seed * 31 + turn * 7) % len(pool)]
                try:
                    is_right(token, verifier.verify(token).subject)
                except TokenRejected:
                    is_right(token, None)

        async def task(seed: int) -> None:
            for turn in range(100):
                pool = [*old, *bad, *new]
                token = pool[(seed * 17 + turn * 3) % len(pool)]
                try:
                    is_right(token, (await verifier.averify(token)).subject)
                except TokenRejected:
                    is_right(token, None)
                await asyncio.sleep(0)

        async def tasks() -> None:
            await asyncio.gather(*(task(seed) for seed in range(200)))

        with ThreadPoolExecutor(32) as pool:
            hammered = [pool.submit(hammer, seed) for seed in range(32)]
            rotated.wait(60)  # the tasks run next to the threads, and have tokens of the new key
            asyncio.run(tasks())
        for done in hammered:
            done.result()
        assert wrong == []
        assert server.fetches <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("forks", [40, pytest.param(400, marks=pytest.mark.torture)])
def test_a_fork_while_other_threads_verify_blocks_no_thread(forks: int) -> None:
    """The memo had a lock, which a fork sometimes left held for ever in the child."""
    verifier = pool_verifier(memo_size=2)  # so that each token removes another one
    tokens = [mint(payload=pool_claims(jti=str(number))) for number in range(12)]
    over = threading.Event()

    def hammer() -> None:
        while not over.is_set():
            for token in tokens:
                verifier.verify(token)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        ends = [in_a_fork(verifier.verify, tokens[number % 12]) for number in range(forks)]
    finally:
        over.set()
        sys.setswitchinterval(interval)
        for thread in threads:
            thread.join()
    assert set(ends) == {0}


def in_a_fork(verify: Callable[[str], object], token: str) -> int:
    """Verify in a child, and return its exit code; minus SIGALRM's number if it hangs."""
    with warnings.catch_warnings():  # Python 3.12 and later warn of it
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(60)
        try:
            verify(token)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the parent reads the exit code
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
