"""Ours beside PyJWT and joserfc, on generated tokens: every disagreement is listed and reasoned.

Where ours refuses what another accepts, our own code names the reason, and stands in `STRICTER`.
Where ours accepts what another refuses, the other's words stand in `THEIRS`, and why ours is right.
A disagreement that is in neither fails.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import KeySet, TokenRejected, Verifier
from verification.minting import CLIENT, ISSUER, b64, header, jwks, mint, rsa_jwk, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable

jwt = pytest.importorskip("jwt", reason="PyJWT is not installed")
joserfc_jwt = pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")

TOKENS = 6_000
SEED = 5

# By the code of our refusal: why what another library accepts is refused here.
STRICTER = {
    "OA-V501": "a spelling that decodes leniently: padding, unread bits, blanks (RFC 7515, 2)",
    "OA-V502": "a header whose JSON two readers may read differently (RFC 7515, 4)",
    "OA-V503": "claims whose JSON two readers may read differently (RFC 7519, 4)",
    "OA-V504": "`crit`, `b64`, `enc` or `zip`: no extension is supported (RFC 7515, 4.1.11)",
    "OA-V505": "an unexpected `typ`, or a nested token by `cty` (RFC 8725, 3.11)",
    "OA-V511": "a key id that is no text, or names no key (RFC 7515, 4.1.4)",
    "OA-V520": "`iss` of another type than text (RFC 7519, 4.1.1)",
    "OA-V521": "`aud` that holds other things than texts (RFC 7519, 4.1.3)",
    "OA-V530": "`exp` as a text, a bool, or before 1970 (RFC 7519, 2)",
    "OA-V531": "`nbf` as a text, a bool, null, or before 1970 (RFC 7519, 2)",
    "OA-V532": "`iat` as a text, a bool, null, in the future, or before 1970 (RFC 7519, 2)",
    "OA-V534": "`sub` or `jti` of another type than text (RFC 7519, 4.1.2, 4.1.7)",
}

# By the library and the beginning of its refusal: why what it refuses is accepted here.
THEIRS = {
    ("joserfc", "unsupported_header"): "an unknown header member is to be ignored (RFC 7515, 4)",
    ("joserfc", "invalid_header_value: 'jwk'"): "a key in the header is ignored, whatever it is",
    ("PyJWT", "Signature has expired"): "it cuts the fraction off `exp`: half a second too strict",
}

VALUES: list[Any] = [None, True, False, 0, -1, 1.5, "", "x", [], {}, [1], "1", 10**12]


def generated(now: int) -> list[str]:
    """Tokens with up to two faults, half of them well signed over the fault."""
    chance = random.Random(SEED)
    return [_generated(chance, now) for _ in range(TOKENS)]


def _generated(chance: random.Random, now: int) -> str:
    head: dict[str, Any] = header()
    body: dict[str, Any] = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "ada",
        "exp": now + 600,
        "iat": now - 9,
    }
    for _ in range(chance.choice([0, 1, 1, 2])):
        where, names = chance.choice(
            [
                (head, ["alg", "kid", "typ", "cty", "crit", "b64", "enc", "jwk", "x"]),
                (body, ["iss", "aud", "sub", "exp", "iat", "nbf", "jti", "x"]),
            ]
        )
        name = chance.choice(names)
        near_misses: dict[str, list[Any]] = {
            "exp": [now - 1, now + 5, now + 0.5, str(now + 5)],
            "nbf": [now - 5, now + 60, str(now - 5)],
            "iat": [now - 5, now + 60, now - 0.5],
            "aud": [[CLIENT], [CLIENT, "x"], [CLIENT, 1], "other"],
            "iss": [ISSUER + "/", [ISSUER], ISSUER[:-1]],
            "alg": ["none", "HS256", "RS384", "PS256", "rs256"],
            "typ": ["JWT", "at+jwt", "JOSE"],
            "crit": [["exp"], ["x"]],
        }
        where[name] = chance.choice([*VALUES, *near_misses.get(name, [])])
    token = _signed(chance, head, body)
    return _respelt(chance, token) if chance.random() < 0.3 else token


def _signed(chance: random.Random, head: dict[str, Any], body: dict[str, Any]) -> str:
    named = head.get("alg")
    good = named if isinstance(named, str) and named in {"RS256", "RS384", "PS256"} else "RS256"
    key = rsa_key("attacker") if chance.random() < 0.1 else rsa_key()
    return mint(head, body, key=key, algorithm=good)


def _respelt(chance: random.Random, token: str) -> str:
    head, payload, signature = token.split(".")
    last = chance.choice("ABCDEFGHQgw0-_")
    double = b64(json.dumps({"iss": ISSUER}).encode()[:-1] + b',"iss":"x"}')
    return chance.choice(
        [
            f"{head}.{payload}.{signature}=",
            f"{head}.{payload}.{signature[:-1]}{last}",
            f"{head}=.{payload}.{signature}",
            f" {token}",
            f"{token}\n",
            f"{head}.{double}.{signature}",
            f"{head}.{payload}.",
            f"{head}.{payload}",
        ]
    )


def refusal(verify: Callable[[str], Any], token: str) -> str:
    """What a library has against a token, "" if it accepts."""
    try:
        verify(token)
    except Exception as error:  # noqa: BLE001 - any error of theirs is a refusal
        return str(error) or type(error).__name__
    return ""


def test_v_05_every_disagreement_with_other_libraries_is_listed_and_reasoned() -> None:
    from joserfc.jwk import KeySet as TheirKeySet

    now = int(time.time())
    ours = Verifier(
        issuer=ISSUER,
        audience=CLIENT,
        keys=KeySet.from_dict(jwks()),
        clock=lambda: now,
    )
    public_key = rsa_key().public_key()
    their_keys = TheirKeySet.import_key_set({"keys": [rsa_jwk()]})
    registry = joserfc_jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": CLIENT},
        exp={"essential": True},
    )

    def pyjwt(token: str) -> Any:
        options = {"require": ["exp", "iss", "aud"]}
        return jwt.decode(
            token, public_key, algorithms=["RS256"], audience=CLIENT, issuer=ISSUER, options=options
        )

    def joserfc(token: str) -> Any:
        decoded = joserfc_jwt.decode(token, their_keys, algorithms=["RS256"])
        registry.validate(decoded.claims)
        return decoded

    unlisted: list[str] = []
    seen: Counter[str] = Counter()
    for token in generated(now):
        others = {"PyJWT": refusal(pyjwt, token), "joserfc": refusal(joserfc, token)}
        try:
            ours.verify(token)
        except TokenRejected as rejected:
            reasons = {failure.code for failure in rejected.failures}
            accepting = [name for name, words in others.items() if not words]
            seen.update(f"{name} accepts" for name in accepting)
            if accepting and not reasons <= STRICTER.keys():
                unlisted.append(f"{accepting} accept what we refuse: {rejected}")
        else:
            seen["accepted"] += 1
            unlisted += [
                f"{name} refuses what we accept: {words}"
                for name, words in others.items()
                if words and not _is_listed(name, words)
            ]
    assert unlisted == []
    assert seen["accepted"] > TOKENS / 20
    assert seen["PyJWT accepts"]
    assert seen["joserfc accepts"]


def _is_listed(name: str, words: str) -> bool:
    return any(name == library and words.startswith(start) for library, start in THEIRS)
