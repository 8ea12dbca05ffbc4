"""V-08: the answer to a client does not reveal which check failed.

How long each refusal takes beside an acceptance is measured in `bench/verification.py`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import traceback
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from osdu_auth import KeysUnavailable, Secret, TokenRejected
from osdu_auth.errors import ConfigurationError
from osdu_auth.verification import KeySet, VerificationKey
from osdu_auth.verification.claims.token_text import read_unverified
from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import (
    NOW,
    claims,
    header,
    jwks,
    mint,
    number,
    pool_verifier,
    rsa_jwk,
    rsa_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth import UserPoolVerifier, VerifiedToken

EACH = [2_000, pytest.param(100_000, marks=pytest.mark.torture)]
KINDS = (
    *("form", "header", "alg", "kid", "signature", "iss", "client_id", "token_use", "exp", "nbf"),
    "another key's",
)


def rejected() -> dict[str, str]:
    """One bad token for each check that a token can fail."""
    good = mint()
    return {
        "form": good + "=",
        "header": mint(header(crit=["x"])),
        "alg": mint(header(alg="HS256"), key=b"x"),
        "kid": mint(header(kid="unknown")),
        "signature": good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:],
        "iss": mint(payload=claims(iss="https://evil.example")),
        "client_id": mint(payload=claims(client_id="x")),
        "token_use": mint(payload=claims(token_use="id", aud="x")),
        "exp": mint(payload=claims(exp=NOW)),
        "nbf": mint(payload=claims(nbf=NOW + 1)),
        "another key's": mint(key=rsa_key("attacker")),
    }


def test_the_words_for_a_client_are_the_same_for_every_failed_check() -> None:
    verifier = pool_verifier()
    whats = set()
    assert set(rejected()) == set(KINDS)
    for token in rejected().values():
        try:
            verifier.verify(token)
        except TokenRejected as error:
            whats.add((error.what, error.fix))
    assert len(whats) == 1


async def awaited(verifier: UserPoolVerifier, token: str | Secret) -> VerifiedToken:
    return await verifier.averify(token)


@pytest.mark.parametrize("kind", [*KINDS, "no keys"])
def test_a_traceback_with_the_values_of_variables_does_not_show_the_token(kind: str) -> None:
    """As an error tracker records it."""
    with KeyServer() as server:
        server.status = 500
        keyless = fetching_verifier(server, FakeClock())
        told = mint(payload=server.claims()) if kind == "no keys" else rejected()[kind]
        judge = keyless if kind == "no keys" else pool_verifier()
        shown = []
        for verify in (judge.verify, lambda given: asyncio.run(awaited(judge, given))):
            for token in (told, Secret(told)):
                with pytest.raises((TokenRejected, KeysUnavailable)) as raised:
                    verify(token)
                shown.append(shown_frames(raised.value))
    assert ["token_verifier.py" in text for text in shown] == [True] * 4
    for segment in told.split("."):
        assert not any(segment in text for text in shown)


def shown_frames(error: BaseException) -> str:
    """What error trackers record of an error and its causes, without this file's frames.

    Those are the test's own, and know the token.
    """
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    origins = [report]
    for origin in origins:
        origins += [one for one in (origin.__cause__, origin.__context__) if one is not None]
        ours = [frame for frame in origin.stack if frame.filename != __file__]
        origin.stack = traceback.StackSummary.from_list(ours)
    return "".join(report.format())


@pytest.mark.parametrize("given", ["text", "secret", "bearer"])
def test_a_task_that_stops_waiting_for_keys_leaves_no_token_in_its_traceback(
    given: str,
) -> None:
    with KeyServer() as server:
        leave = threading.Event()
        server.before = lambda: leave.wait(10)
        verifier = fetching_verifier(server, FakeClock())
        told = mint(payload=server.claims())

        async def stop_waiting() -> None:
            waiting = (
                BearerGuard(verifier).acheck([f"Bearer {told}"])
                if given == "bearer"
                else verifier.averify(told if given == "text" else Secret(told))
            )
            await asyncio.wait_for(waiting, 0.1)

        with pytest.raises(asyncio.TimeoutError) as raised:
            asyncio.run(stop_waiting())
        leave.set()
    shown = shown_frames(raised.value)
    assert "token_verifier.py" in shown
    assert not any(segment in shown for segment in told.split("."))


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Ctrl-C is another thing here")
@pytest.mark.parametrize("given", ["text", "secret", "bearer"])
def test_an_interrupt_while_keys_are_fetched_leaves_no_token_in_its_traceback(
    given: str,
) -> None:
    with KeyServer() as server:
        leave = threading.Event()

        def press_ctrl_c_and_hang() -> None:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            leave.wait(10)

        server.before = press_ctrl_c_and_hang
        verifier = fetching_verifier(server, FakeClock())
        told = mint(payload=server.claims())
        token = told if given == "text" else Secret(told)
        guard, bearer = BearerGuard(verifier), [f"Bearer {told}"]
        with pytest.raises(KeyboardInterrupt) as raised:
            guard.check(bearer) if given == "bearer" else verifier.verify(token)
        leave.set()
    shown = shown_frames(raised.value)
    assert "token_verifier.py" in shown
    assert not any(segment in shown for segment in told.split("."))


@pytest.mark.parametrize(
    ("place", "spoilt"), [(0, "AAAA"), (1, "AAAA"), (2, "=")], ids=["header", "payload", "form"]
)
def test_reading_an_unverified_token_leaves_nothing_of_it_in_the_traceback(
    place: int, spoilt: str
) -> None:
    segments = mint().split(".")
    segments[place] += spoilt
    with pytest.raises(TokenRejected) as raised:
        read_unverified(".".join(segments))
    shown = shown_frames(raised.value)
    assert "token_text.py" in shown
    assert not any(segment in shown for segment in segments)


def private_pem() -> bytes:
    return rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_jwk() -> dict[str, str]:
    return rsa_jwk() | {"d": number(rsa_key().private_numbers().d)}


def read_from_file(folder: Path) -> None:
    path = folder / "jwks.json"
    path.write_text(json.dumps(jwks(private_jwk())))
    KeySet.from_file(path)


READERS: dict[str, Callable[[Path], object]] = {
    "KeySet.from_dict": lambda _: KeySet.from_dict(jwks(private_jwk())),
    "KeySet.from_json": lambda _: KeySet.from_json(json.dumps(jwks(private_jwk())).encode()),
    "KeySet.from_file": read_from_file,
    "from_pem": lambda _: VerificationKey.from_pem(private_pem(), algorithm="RS256"),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_private_key_that_is_refused_is_not_in_the_traceback(reader: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        READERS[reader](tmp_path)
    shown = shown_frames(raised.value)
    assert "verification/key" in shown
    assert private_jwk()["d"][:60] not in shown
    assert private_pem().splitlines()[3].decode() not in shown


@pytest.mark.parametrize("count", EACH)
@pytest.mark.parametrize("kind", KINDS)
def test_each_refusal_says_the_same_for_every_check(kind: str, count: int) -> None:
    """What a client sees: the error's text, the HTTP status and the challenge."""
    verifier = pool_verifier()
    guard = BearerGuard(verifier)
    token = rejected()[kind]
    seen = set()
    for _ in range(count):
        try:
            verifier.verify(token)
        except TokenRejected as error:
            seen.add((error.what, error.fix))
    assert len(seen) == 1
    answer = guard.check([f"Bearer {token}"])
    assert isinstance(answer, HttpRefusal)
    assert (answer.status, answer.challenge) == (401, 'Bearer realm="osdu", error="invalid_token"')
