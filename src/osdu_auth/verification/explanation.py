"""TokenExplanation: the result of each check of a token, for a person who has the token.

The checks are not written a second time here: the same verifier that a service uses verifies the
token, and this module lists its results in order.
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
    """The result of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class CheckResult:
    """One check and its result.

    Args:
        check: what was checked, such as `signature` or a claim's name.
        outcome: the result.
        words: the expected and the actual value, or why the check was not run; "" if it passed.
    """

    check: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True)
class TokenExplanation:
    """What a verifier found about a token.

    Args:
        results: each check, in order.
        error: why the token is not valid, or why that cannot be decided; None if it is valid.
    """

    results: tuple[CheckResult, ...]
    error: TokenRejected | KeysUnavailable | None


def explain(verifier: TokenVerifier, token: Secret) -> TokenExplanation:
    """Return what a verifier of one issuer, or of one user pool, finds about a token.

    Args:
        verifier: verifies the token.
        token: the token.
    """
    error: TokenRejected | KeysUnavailable | None = None
    try:
        verifier.verify(token)
    except (TokenRejected, KeysUnavailable) as raised:
        error = raised
    failures = error.failures if isinstance(error, TokenRejected) else ()
    failed = tuple(_failed(failure) for failure in failures)
    if any(failure.code in _UNREADABLE for failure in failures):
        return TokenExplanation(failed, error)
    unverified = read_unverified(token)
    policy = verifier.policy_for(unverified.claims)
    passed = _passed(policy, unverified, {failure.check for failure in failures})
    left_out = tuple(
        CheckResult(name, Outcome.NOT_CHECKED, reason) for name, reason in policy.unchecked
    )
    results = (*passed, *failed, *left_out)
    if not _is_signature_known(policy, error):
        reason = error.what if isinstance(error, KeysUnavailable) else "the token is refused anyway"
        unknown = {"signature", "kid"}
        results = tuple(result for result in results if result.check not in unknown)
        results += (CheckResult("signature", Outcome.NOT_CHECKED, reason),)
    return TokenExplanation(results, error)


def _is_signature_known(
    policy: IssuerPolicy, error: TokenRejected | KeysUnavailable | None
) -> bool:
    """Say whether the signature could be checked; no key is fetched for a token refused before."""
    if isinstance(error, KeysUnavailable):
        return False
    return error is None or policy.keys.held is not None


def _passed(
    policy: IssuerPolicy, token: UnverifiedToken, failed: set[str]
) -> tuple[CheckResult, ...]:
    """Return the checks that the token has passed.

    An unchecked claim is not one of them, even if its form was checked.
    """
    excluded = failed | {name for name, _ in policy.unchecked}
    header = [name for name in ("alg", "kid", "typ") if name in token.header]
    asked = [name for check in policy.checks for name in _names(check, token.claims)]
    claims = [name for name in (*asked, *policy.times.names) if name in token.claims]
    names = dict.fromkeys(("form", *header, "signature", *claims))
    if failed & {"alg", "kid"}:  # there was no key to check the signature with
        names.pop("signature")
    return tuple(CheckResult(name, Outcome.PASSED) for name in names if name not in excluded)


def _names(check: ClaimCheck, claims: Claims) -> tuple[str, ...]:
    """Return the claims whose values a check has compared."""
    return (client_claim(claims),) if isinstance(check, ClientCheck) else check.names


def _failed(failure: FailedCheck) -> CheckResult:
    words = f"expected {failure.expected}, found {failure.actual}"
    return CheckResult(failure.check, Outcome.FAILED, words)
