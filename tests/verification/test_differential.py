"""V-05: our verifier and others, on generated tokens: every disagreement is listed.

Ours is to accept only what all others accept. Where it accepts what another refuses, the other's
words stand in `THEIRS`, and why ours is right. Where ours refuses what another accepts, our own
code stands in `STRICTER`, with the reason. A disagreement that is in neither fails.

PyJWT and joserfc are installed with the tests. aws-jwt-verify is AWS's own, for Node: the long form
installs it with npm into a temporary folder, and is skipped where that cannot be done.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import KeySet, TokenRejected, Verifier
from verification.generated_tokens import a_pools, any_issuers, generated
from verification.minting import CLIENT, ISSUER, POOL, jwks, pool_verifier, rsa_jwk, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from osdu_auth.verification import TokenVerifier

    # Why a library refuses each token; "" where it accepts it.
    Judge = Callable[[Sequence[str]], list[str]]

TOKENS, ALL_TOKENS = 6_000, 100_000
BATCH = 5_000
AWS_JWT_VERIFY = "aws-jwt-verify@5.2.1"
AWS_JWT_VERIFY_JUDGE = Path(__file__).with_name("aws_jwt_verify.mjs")

# By the code of our refusal: why a token that another library accepts is refused here.
STRICTER = {
    "OA-V501": "a spelling that decodes leniently: padding, unread bits, blanks (RFC 7515, 2)",
    "OA-V502": "a header whose JSON two readers may read differently (RFC 7515, 4)",
    "OA-V503": "claims whose JSON two readers may read differently (RFC 7519, 4)",
    "OA-V504": "`crit`, `b64`, `enc` or `zip`: no extension is supported (RFC 7515, 4.1.11); or a "
    "key in the header that is not of its form (RFC 7515, 4.1.2 to 4.1.8)",
    "OA-V505": "an unexpected `typ`, or a nested token by `cty` (RFC 8725, 3.11)",
    "OA-V511": "a key id that is no text, or names no key (RFC 7515, 4.1.4)",
    "OA-V520": "`iss` absent, or of another type than text (RFC 7519, 4.1.1)",
    "OA-V521": "`aud` that holds other things than texts (RFC 7519, 4.1.3)",
    "OA-V522": "`client_id` absent, or of another type than text: a user pool names one",
    "OA-V530": "`exp` absent, a text, a bool, before 1970 or beyond the year 9999 (RFC 7519, 2)",
    "OA-V531": "`nbf` as a text, a bool, null, or before 1970 (RFC 7519, 2)",
    "OA-V532": "`iat` as a text, a bool, null, in the future, or before 1970 (RFC 7519, 2)",
    "OA-V533": "`exp` more than a day after `iat`: a user pool gives no such token",
    "OA-V534": "`sub` or `jti` of another type than text (RFC 7519, 4.1.2, 4.1.7); of a user pool, "
    "no `sub`, or a claim of another type than a pool writes",
}

# By the library and the start of its refusal: why a token that it refuses is accepted here.
THEIRS = {
    ("joserfc", "unsupported_header"): "an unknown header member is to be ignored (RFC 7515, 4)",
    ("joserfc", "exceeded_size: Header"): "a certificate in a header takes more than 512 bytes",
    ("aws-jwt-verify", "JWT header does not have valid kid"): "an id is not needed where there is "
    "one key (RFC 7515, 4.1.4); a verifier of a user pool asks for it",
}


def ours(now: int) -> Verifier:
    return Verifier(
        issuer=ISSUER, audience=CLIENT, keys=KeySet.from_dict(jwks()), clock=lambda: now
    )


def one_by_one(verify: Callable[[str], Any]) -> Judge:
    """The judge that calls a function, which raises an error to refuse."""

    def words(token: str) -> str:
        try:
            verify(token)
        except Exception as error:  # noqa: BLE001 - any error of theirs is a refusal
            return str(error) or type(error).__name__
        return ""

    return lambda tokens: [words(token) for token in tokens]


def pyjwt(now: int) -> Judge:
    jwt = pytest.importorskip("jwt", reason="PyJWT is not installed")
    public_key, options = rsa_key().public_key(), {"require": ["exp", "iss", "aud"]}
    named = {"audience": CLIENT, "issuer": ISSUER, "options": options}
    return one_by_one(lambda token: jwt.decode(token, public_key, algorithms=["RS256"], **named))


def joserfc(now: int) -> Judge:
    jwt = pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")
    from joserfc.jwk import KeySet as TheirKeySet

    keys = TheirKeySet.import_key_set({"keys": [rsa_jwk()]})
    registry = jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": CLIENT},
        exp={"essential": True},
    )

    def verify(token: str) -> Any:
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
        registry.validate(decoded.claims)

    return one_by_one(verify)


def aws_jwt_verify(folder: Path, **asked: Any) -> Judge:
    """AWS's own verifier, run by Node in its own folder.

    Args:
        folder: an empty one.
        asked: what the verifier is made with.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node and npm are not installed")
    install = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit"]
    install.append(AWS_JWT_VERIFY)
    if subprocess.run(install, check=False, capture_output=True, timeout=120).returncode:
        pytest.skip(f"npm cannot install {AWS_JWT_VERIFY}")
    judge = shutil.copy(AWS_JWT_VERIFY_JUDGE, folder)

    def verdicts(tokens: Sequence[str]) -> list[str]:
        told = json.dumps({"asked": asked, "jwks": jwks(), "tokens": tokens})
        done = subprocess.run(
            [node, judge], input=told.encode(), stdout=subprocess.PIPE, check=True
        )
        found: list[str] = json.loads(done.stdout)
        assert len(found) == len(tokens)
        return found

    return verdicts


def compare(verifier: TokenVerifier, judges: dict[str, Judge], tokens: Iterator[str]) -> None:
    """Verify the same tokens with all of them, and fail on an unlisted disagreement."""
    unlisted: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    while batch := list(islice(tokens, BATCH)):
        seen["all"] += len(batch)
        others = {name: judge(batch) for name, judge in judges.items()}
        for place, token in enumerate(batch):
            words = {name: verdicts[place] for name, verdicts in others.items()}
            accepting = [name for name, word in words.items() if not word]
            seen.update(f"{name} accepts" for name in accepting)
            try:
                verifier.verify(token)
            except TokenRejected as rejected:
                reasons = {failure.code for failure in rejected.failures}
                if accepting and not reasons <= STRICTER.keys():
                    unlisted[f"{accepting} accept what we refuse: {rejected}"] += 1
                continue
            seen["accepted"] += 1
            unlisted.update(
                f"{name} refuses what we accept: {word}"
                for name, word in words.items()
                if word and not _is_listed(name, word)
            )
    assert not unlisted, unlisted.most_common(20)
    for what in ("accepted", *(f"{name} accepts" for name in judges)):
        assert seen[what] > seen["all"] / 10, what


def _is_listed(name: str, words: str) -> bool:
    return any(name == library and words.startswith(start) for library, start in THEIRS)


def test_v_05_every_disagreement_with_other_libraries_is_listed_and_reasoned() -> None:
    now = int(time.time())
    judges = {"PyJWT": pyjwt(now), "joserfc": joserfc(now)}
    compare(ours(now), judges, generated(5, TOKENS, now, any_issuers))


@pytest.mark.torture
def test_v_05_a_hundred_thousand_tokens_are_compared_with_three_libraries(tmp_path: Path) -> None:
    now = int(time.time())
    judges = {"PyJWT": pyjwt(now), "joserfc": joserfc(now)}
    judges["aws-jwt-verify"] = aws_jwt_verify(tmp_path, issuer=ISSUER, audience=CLIENT)
    compare(ours(now), judges, generated(8725, ALL_TOKENS, now, any_issuers))


@pytest.mark.torture
def test_v_05_a_hundred_thousand_tokens_of_a_user_pool_are_compared_with_aws_s_verifier(
    tmp_path: Path,
) -> None:
    now = int(time.time())
    asked = {"userPoolId": POOL, "clientId": CLIENT, "tokenUse": "access"}
    judges = {"aws-jwt-verify": aws_jwt_verify(tmp_path, **asked)}
    compare(pool_verifier(now), judges, generated(7519, ALL_TOKENS, now, a_pools))
