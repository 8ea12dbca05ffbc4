"""Privileges: the scopes and groups that a valid token has to have in addition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.arguments import texts
from osdu_auth.verification.claims.checks import (
    NO_FAILURES,
    every_one_of,
    names_of,
    one_of,
    scopes_of,
)
from osdu_auth.verification.claims.rejection import GROUPS, SCOPE, FailedCheck, shown_claim

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from osdu_auth.verification.claims.checks import ClaimCheck, Claims


class AnyOf:
    """Names of which one is enough, for `scope` and `groups`.

    Args:
        names: at least one.

    Raises:
        ConfigurationError: OA-C771: there is no name, or one is not a text.
    """

    def __init__(self, *names: str) -> None:
        self.names = texts("AnyOf", names, "osdu/read")


# One name, several that are all needed, or `AnyOf` several.
Needed: TypeAlias = Union[str, "Iterable[str]", AnyOf]


@dataclass(frozen=True)
class NamesCheck:
    """A claim has the names that are needed: scopes in one text, or groups in a list.

    Args:
        code: the code of the failure.
        claim: the claim's name.
        needed: the names.
        is_any_enough: whether one of the names is enough.
    """

    code: str
    claim: str
    needed: tuple[str, ...]
    is_any_enough: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The claim that it checks."""
        return (self.claim,)

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        held = scopes_of(claims) if self.code == SCOPE else names_of(claims.get(self.claim))
        found = [name in held for name in self.needed]
        if any(found) if self.is_any_enough else all(found):
            return NO_FAILURES
        expected = one_of(self.needed) if self.is_any_enough else every_one_of(self.needed)
        return (FailedCheck(self.code, self.claim, expected, _shown_names(claims, self.claim)),)


def scope_check(needed: Needed) -> NamesCheck:
    """Return the check of `scope`, whose names are separated by spaces (RFC 6749, section 3.3).

    Raises:
        ConfigurationError: OA-C771.
    """
    check = _names_check(SCOPE, "scope", "scope", needed, "osdu/read")
    if any(name.split() != [name] for name in check.needed):
        raise ConfigurationError(
            "scope has a value that cannot be compared.",
            code="OA-C771",
            why="The name of a scope has no space in it, so no token could have this scope.",
            fix='Write several scopes as a list: scope=["osdu/read", "osdu/write"]',
        )
    return check


def groups_check(needed: Needed, claim: str) -> NamesCheck:
    """Return the check of the claim that lists a user's groups.

    Raises:
        ConfigurationError: OA-C771.
    """
    return _names_check(GROUPS, claim, "groups", needed, "operators")


def _names_check(code: str, claim: str, argument: str, needed: Needed, example: str) -> NamesCheck:
    if isinstance(needed, AnyOf):
        return NamesCheck(code, claim, needed.names, is_any_enough=True)
    return NamesCheck(code, claim, texts(argument, needed, example), is_any_enough=False)


def _shown_names(claims: Claims, claim: str) -> str:
    value = claims.get(claim)
    if isinstance(value, list):
        return f"a list of {len(value)} names without it"
    return shown_claim(claims, claim)


def privilege_checks(
    scope: Needed | None, groups: Needed | None, groups_claim: str
) -> list[ClaimCheck]:
    """Return the checks of the scopes and groups that a verifier needs.

    Raises:
        ConfigurationError: OA-C771.
    """
    checks: list[ClaimCheck] = []
    if scope is not None:
        checks.append(scope_check(scope))
    if groups is not None:
        checks.append(groups_check(groups, groups_claim))
    return checks
