"""V-08: what a client is told, and how long it takes, does not reveal which check failed."""

from __future__ import annotations

import statistics
import time

from osdu_auth import TokenRejected
from verification.minting import NOW, claims, header, mint, pool_verifier, rsa_key
from verification.test_claims import codes

EACH = 10_000


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
    for token in rejected().values():
        try:
            verifier.verify(token)
        except TokenRejected as error:
            whats.add((error.what, error.fix))
    assert len(whats) == 1


def test_the_time_of_a_refusal_does_not_tell_which_claim_failed() -> None:
    verifier = pool_verifier()
    medians: dict[str, float] = {}
    for name in ("client_id", "exp", "nbf", "iss"):
        token = rejected()[name]
        expected = codes(verifier, token)
        seconds = []
        for _ in range(EACH):
            began = time.perf_counter()
            try:
                verifier.verify(token)
            except TokenRejected:
                seconds.append(time.perf_counter() - began)
        assert len(seconds) == EACH
        assert codes(verifier, token) == expected
        medians[name] = statistics.median(seconds)
    assert max(medians.values()) < 1.5 * min(medians.values()), medians
