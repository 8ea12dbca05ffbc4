"""If only a signature could decide, the answer without keys is neither 401 nor 403."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import KeysUnavailable
from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import NOW, header, mint, rsa_jwk, rsa_key
from verification.test_bearer import BAD, told
from verification.test_claims import codes

if TYPE_CHECKING:
    from osdu_auth import UserPoolVerifier

HOUR, DAY = 3600, 24 * 3600
UNDECIDED = (503, "")
TOO_LITTLE = 'Bearer realm="osdu", error="insufficient_scope"'
LACKS: dict[str, dict[str, Any]] = {
    "a scope": {"scope": "osdu/write"},
    "a group": {"groups": "admins"},
    "both": {"scope": "osdu/write", "groups": "admins"},
}


def answers(verifier: UserPoolVerifier, token: str) -> tuple[int, str]:
    """The answer to a client, which is the same for a thread and for a task."""
    guard, bearer = BearerGuard(verifier), [f"Bearer {token}"]
    answer = told(guard.check(bearer))
    assert told(asyncio.run(guard.acheck(bearer))) == answer
    return answer


def forged(server: KeyServer) -> dict[str, str]:
    """Tokens that the issuer has not signed."""
    return {
        "an unknown key's": mint(header(kid="unknown"), server.claims(), key=rsa_key("attacker")),
        "another's under a key's id": mint(payload=server.claims(), key=rsa_key("attacker")),
    }


@pytest.mark.parametrize("lacking", LACKS)
def test_a_forged_token_without_a_scope_is_not_answered_as_a_valid_one(
    server: KeyServer, clock: FakeClock, lacking: str
) -> None:
    verifier = fetching_verifier(server, clock, **LACKS[lacking])
    for token in forged(server).values():
        assert answers(verifier, token) == BAD
    genuine = answers(verifier, mint(payload=server.claims()))
    assert (genuine[0], genuine[1][: len(TOO_LITTLE)]) == (403, TOO_LITTLE)


@pytest.mark.parametrize("lacking", LACKS)
def test_without_keys_a_token_without_a_privilege_is_undecided(
    server: KeyServer, clock: FakeClock, lacking: str
) -> None:
    verifier = fetching_verifier(server, clock, **LACKS[lacking])
    server.status = 500
    for token in (*forged(server).values(), mint(payload=server.claims())):
        with pytest.raises(KeysUnavailable, match="OA-N671"):
            verifier.verify(token)
        assert answers(verifier, token) == UNDECIDED


@pytest.mark.parametrize("lacking", LACKS)
def test_a_missing_privilege_is_reported_after_the_fetch_of_a_new_key(
    server: KeyServer, clock: FakeClock, lacking: str
) -> None:
    verifier = fetching_verifier(server, clock, **LACKS[lacking])
    assert answers(verifier, mint(payload=server.claims()))[0] == 403
    server.publish(rsa_jwk(), rsa_jwk("new-key"))
    clock.now += 60
    new = mint(header(kid="new-key"), server.claims(), key=rsa_key("new-key"))
    assert answers(verifier, new)[0] == 403
    assert server.fetches == 2
    assert answers(verifier, mint(header(kid="new-key"), server.claims())) == BAD


@pytest.mark.parametrize("settings", [{}, *LACKS.values()], ids=["nothing", *LACKS])
def test_after_the_hard_stop_a_held_key_verifies_nothing(
    server: KeyServer, clock: FakeClock, settings: dict[str, Any]
) -> None:
    verifier = fetching_verifier(server, clock, **settings)
    answered = BearerGuard(verifier).check([f"Bearer {mint(payload=server.claims())}"])
    assert isinstance(answered, HttpRefusal) == bool(settings)
    server.stop()
    clock.now = NOW + DAY
    young = mint(payload=server.claims(iat=clock.now - 60, exp=clock.now + HOUR))
    assert answers(verifier, young) == UNDECIDED
    clock.now += 10
    assert answers(verifier, young) == UNDECIDED


@pytest.mark.parametrize("is_awaited", [False, True], ids=["verify", "averify"])
@pytest.mark.parametrize("settings", [{}, LACKS["a scope"]], ids=["good", "of too little scope"])
def test_a_token_that_expires_while_its_key_is_fetched_is_refused(
    server: KeyServer, clock: FakeClock, is_awaited: bool, settings: dict[str, Any]
) -> None:
    verifier = fetching_verifier(server, clock, **settings)
    token = mint(payload=server.claims(exp=NOW + 2))

    def take_three_seconds() -> None:
        clock.now += 3

    server.before = take_three_seconds
    guard, bearer = BearerGuard(verifier), [f"Bearer {token}"]
    answer = asyncio.run(guard.acheck(bearer)) if is_awaited else guard.check(bearer)
    assert told(answer) == BAD
    assert server.fetches == 1
    assert len(verifier._memo) == 0


def test_a_key_that_is_missing_after_a_failed_fetch_leaves_a_token_undecided(
    server: KeyServer, clock: FakeClock
) -> None:
    """The key may have been published in the meantime, and the token may be valid."""
    verifier = fetching_verifier(server, clock)
    known = mint(payload=server.claims())
    verifier.verify(known)
    server.publish(rsa_jwk(), rsa_jwk("new-key"))
    server.status = 500
    clock.now += 60
    new = mint(header(kid="new-key"), server.claims(), key=rsa_key("new-key"))
    for _ in range(3):
        assert answers(verifier, new) == UNDECIDED
    assert server.fetches == 2, "one fetch in ten seconds, as ever"
    verifier.verify(known)
    server.status = 200
    clock.now += 9.9
    assert answers(verifier, new) == UNDECIDED
    clock.now += 0.1
    assert verifier.verify(new).key_id == "new-key"
    assert server.fetches == 3
    # The issuer was asked, so a key that it does not publish is refused.
    assert codes(verifier, forged(server)["an unknown key's"]) == ["V511"]
