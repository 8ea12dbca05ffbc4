"""IssuerPolicy: everything that is asked of one issuer's tokens, as a value."""

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

# A check of the service's own: None or True if all is well, else why not, in words.
ExtraCheck: TypeAlias = "Callable[[VerifiedToken], str | bool | None]"


@dataclass(frozen=True)
class IssuerPolicy:
    """What is asked of one issuer's tokens.

    Args:
        issuer: as `iss` has to name it.
        keys: where its keys come from.
        header: the rules of the header.
        checks: the questions to the claims, times apart.
        times: the question of time.
        extra_checks: the service's own, asked of what has passed all others, every time.
        groups_claim: the claim that lists a user's groups.
        unchecked: what is left out, and why.
    """

    issuer: str
    keys: KeySource
    header: HeaderRules
    checks: tuple[ClaimCheck, ...]
    times: TimesCheck
    extra_checks: tuple[ExtraCheck, ...]
    groups_claim: str
    unchecked: tuple[tuple[str, str], ...] = ()

    def ask_extra_checks(self, token: VerifiedToken) -> None:
        """Ask the service's own checks.

        Raises:
            TokenRejected: OA-V550: one said no, or failed to answer.
        """
        failures = [failure for check in self.extra_checks for failure in _failures(check, token)]
        if failures:
            raise TokenRejected(failures)


def _failures(check: ExtraCheck, token: VerifiedToken) -> tuple[FailedCheck, ...]:
    """Return what an extra check has against a token; an answer that is not yes is a no."""
    own_name = getattr(check, "__name__", None)
    name = printable(own_name if isinstance(own_name, str) else type(check).__name__, 40)
    try:
        answer = check(token)
    except Exception as error:  # noqa: BLE001 - a claim that is missing is no defect of the service
        answer = f"{type(error).__name__} was raised"
    if answer is None or answer is True:
        return ()
    found = printable(answer, 60) if isinstance(answer, str) else "no"
    return (FailedCheck(EXTRA, name, "a yes", found),)


def check_extra_checks(checks: Iterable[ExtraCheck]) -> tuple[ExtraCheck, ...]:
    """Return the service's own checks.

    Raises:
        ConfigurationError: OA-C771: one of them is no function, or one to be awaited.
    """
    given: object = checks
    found = tuple(given) if isinstance(given, Iterable) else (None,)
    if all(callable(check) and not _is_asynchronous(check) for check in found):
        return found
    raise ConfigurationError(
        "checks cannot be asked.",
        code="OA-C771",
        why="It is a list of functions that take a VerifiedToken, none of them `async`.",
        fix="Give it as in: checks=[lambda token: token.subject in allowed]",
    )


def _is_asynchronous(check: object) -> bool:
    return inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(
        getattr(check, "__call__", None)  # noqa: B004 - of an object, what calling it runs
    )
