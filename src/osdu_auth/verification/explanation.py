"""Examination: a token explained check by check, for a person who holds it.

The law of this module: it asks the very verifier that a service asks, and only says in order what
came of it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.errors import KeysUnavailable
from osdu_auth.verification.claims.checks import ClientCheck, client_claim
from osdu_auth.verification.claims.rejection import FORM, HEADER, PAYLOAD, TokenRejected
from osdu_auth.verification.claims.token_text import read_unverified

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.verification.claims.checks import ClaimCheck, Claims
    from osdu_auth.verification.claims.policy import IssuerPolicy
    from osdu_auth.verification.claims.rejection import FailedCheck
    from osdu_auth.verification.claims.token_text import UnverifiedToken
    from osdu_auth.verification.token_verifier import TokenVerifier

_UNREADABLE = frozenset({FORM, HEADER, PAYLOAD})


class Outcome(enum.Enum):
    """What came of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Verdict:
    """One check and what came of it.

    Args:
        check: what was looked at, such as `signature` or a claim's name.
        outcome: what came of it.
        words: what was expected and found, or why it was not checked; "" where it passed.
    """

    check: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True)
class Examination:
    """A token explained.

    Args:
        verdicts: each check, in order.
        trouble: why the token is not good, or why that cannot be said; None if it is good.
    """

    verdicts: tuple[Verdict, ...]
    trouble: TokenRejected | KeysUnavailable | None


def examine(verifier: TokenVerifier, token: Secret) -> Examination:
    """Return what a verifier of one issuer, or of one user pool, makes of a token.

    Args:
        verifier: the one to ask.
        token: the token.
    """
    trouble: TokenRejected | KeysUnavailable | None = None
    try:
        verifier.verify(token)
    except (TokenRejected, KeysUnavailable) as error:
        trouble = error
    failures = trouble.failures if isinstance(trouble, TokenRejected) else ()
    failed = tuple(_failed(failure) for failure in failures)
    if any(failure.code in _UNREADABLE for failure in failures):
        return Examination(failed, trouble)
    unverified = read_unverified(token)
    policy = verifier.policy_for(unverified.claims)
    passed = _passed(policy, unverified, {failure.check for failure in failures})
    left_out = tuple(
        Verdict(name, Outcome.NOT_CHECKED, reason) for name, reason in policy.unchecked
    )
    verdicts = (*passed, *failed, *left_out)
    if not _is_signature_known(policy, trouble):
        told = (
            trouble.what if isinstance(trouble, KeysUnavailable) else "the token is refused anyway"
        )
        unknown = {"signature", "kid"}
        verdicts = tuple(verdict for verdict in verdicts if verdict.check not in unknown)
        verdicts += (Verdict("signature", Outcome.NOT_CHECKED, told),)
    return Examination(verdicts, trouble)


def _is_signature_known(
    policy: IssuerPolicy, trouble: TokenRejected | KeysUnavailable | None
) -> bool:
    """Say whether there was a key to check with; a token that is refused anyway asks for none."""
    if isinstance(trouble, KeysUnavailable):
        return False
    return trouble is None or policy.keys.held is not None


def _passed(policy: IssuerPolicy, token: UnverifiedToken, failed: set[str]) -> tuple[Verdict, ...]:
    """Return the checks that were made of what the token has, and did not fail.

    What is left out is not among them, though its form may have been looked at.
    """
    untold = failed | {name for name, _ in policy.unchecked}
    header = [name for name in ("alg", "kid", "typ") if name in token.header]
    asked = [name for check in policy.checks for name in _names(check, token.claims)]
    claims = [name for name in (*asked, *policy.times.names) if name in token.claims]
    names = dict.fromkeys(("form", *header, "signature", *claims))
    if failed & {"alg", "kid"}:  # there was no key to check the signature with
        names.pop("signature")
    return tuple(Verdict(name, Outcome.PASSED) for name in names if name not in untold)


def _names(check: ClaimCheck, claims: Claims) -> tuple[str, ...]:
    """Return the claims that a check has compared; of an `aud` beside another only the form was."""
    return (client_claim(claims),) if isinstance(check, ClientCheck) else check.names


def _failed(failure: FailedCheck) -> Verdict:
    words = f"expected {failure.expected}, found {failure.actual}"
    return Verdict(failure.check, Outcome.FAILED, words)
