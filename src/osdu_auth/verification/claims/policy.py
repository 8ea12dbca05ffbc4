"""IssuerPolicy: all the checks of one issuer's tokens, as a value."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.text import printable
from osdu_auth.verification.claims.rejection import EXTRA, FailedCheck, TokenRejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from osdu_auth.verification.claims.checks import ClaimCheck
    from osdu_auth.verification.claims.header import HeaderRules
    from osdu_auth.verification.claims.time_checks import TimesCheck
    from osdu_auth.verification.claims.verified_token import VerifiedToken
    from osdu_auth.verification.keys.issuer_keys import KeySource

# A service's own check: it returns None or True to accept the token, else False or the reason.
ExtraCheck: TypeAlias = "Callable[[VerifiedToken], str | bool | None]"


@dataclass(frozen=True)
class IssuerPolicy:
    """All the checks of one issuer's tokens.

    Args:
        issuer: as `iss` has to name it.
        keys: the source of its keys.
        header: the rules for the header.
        checks: the checks of the claims, except the times.
        times: the check of the times.
        extra_checks: the service's own checks, which run each time after all other checks passed.
        groups_claim: the claim that lists a user's groups.
        unchecked: the checks that are left out, with the reasons.
    """

    issuer: str
    keys: KeySource
    header: HeaderRules
    checks: tuple[ClaimCheck, ...]
    times: TimesCheck
    extra_checks: tuple[ExtraCheck, ...]
    groups_claim: str
    unchecked: tuple[tuple[str, str], ...] = ()

    def run_extra_checks(self, token: VerifiedToken) -> None:
        """Run the service's own checks.

        Raises:
            TokenRejected: OA-V550: a check has refused the token, or raised an error.
        """
        failures = [failure for check in self.extra_checks for failure in _failures(check, token)]
        if failures:
            raise TokenRejected(failures)


def _failures(check: ExtraCheck, token: VerifiedToken) -> tuple[FailedCheck, ...]:
    """Return the failure of an extra check; every answer except None and True is a refusal."""
    own_name = getattr(check, "__name__", None)
    name = printable(own_name if isinstance(own_name, str) else type(check).__name__, 40)
    try:
        answer = check(token)
    except Exception as error:  # noqa: BLE001 - such as KeyError for a missing claim
        answer = f"{type(error).__name__} was raised"
    if answer is None or answer is True:
        return ()
    found = printable(answer, 60) if isinstance(answer, str) else "a refusal"
    return (FailedCheck(EXTRA, name, "acceptance", found),)


def check_extra_checks(checks: Iterable[ExtraCheck]) -> tuple[ExtraCheck, ...]:
    """Return the service's own checks.

    Raises:
        ConfigurationError: OA-C771: one of them is not a function, or is asynchronous.
    """
    given: object = checks
    found = tuple(given) if isinstance(given, Iterable) else (None,)
    if all(callable(check) and not _is_asynchronous(check) for check in found):
        return found
    raise ConfigurationError(
        "The value of checks is not a list of functions.",
        code="OA-C771",
        why="Each function takes a VerifiedToken, and must not be `async`.",
        fix="Write it as in this example: checks=[lambda token: token.subject in allowed]",
    )


def _is_asynchronous(check: object) -> bool:
    return inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(
        getattr(check, "__call__", None)  # noqa: B004 - an object may have an async `__call__`
    )
