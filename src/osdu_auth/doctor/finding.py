"""Check and Finding: a check of `doctor`, its result, and the report of all results.

The report is made from an allow-list. It has the ids, levels, codes and times of the findings, and
their facts without host and user names, unless those are asked for. It has no sentences, as
sentences name hosts and users.
"""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Fix

REPORT_SCHEMA = 1


class Level(enum.Enum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


class FactKind(enum.Enum):
    """Whether a fact names a host or a user, which a report has only on request."""

    PLAIN = "plain"
    HOST = "hosts"
    USER = "users"


class Fact(NamedTuple):
    """One fact that a check has found; never a secret.

    Args:
        name: such as `issuer`.
        value: as text.
        kind: whether the value names a host or a user.
    """

    name: str
    value: str
    kind: FactKind = FactKind.PLAIN


class Finding(NamedTuple):
    """The result of one check.

    Args:
        id: the check's stable id, such as `groups`.
        level: the result.
        what: one sentence.
        fix: what to type or do; "" for nothing.
        code: the error's code; "" without an error.
        exit_code: the error's exit code; 0 without an error.
        facts: the facts that the check has found.
        milliseconds: how long the check took.
    """

    id: str
    level: Level
    what: str
    fix: str | Fix = ""
    code: str = ""
    exit_code: int = 0
    facts: tuple[Fact, ...] = ()
    milliseconds: int = 0


class Check(NamedTuple):
    """A check, which changes nothing and needs no sign-in.

    Args:
        id: a stable id.
        title: the subject of the check, in a few words.
        run: runs the check, and returns its finding.
        needs: what the check needs: `profile`, `pool`, `session`, `platform`. A check whose needs
            are not met is skipped.
    """

    id: str
    title: str
    run: Callable[[CheckedProfile], Finding]
    needs: tuple[str, ...] = ()


def passed(check_id: str, what: str, *facts: Fact) -> Finding:
    """Return the finding of a check that found no problem."""
    return Finding(check_id, Level.OK, what, facts=facts)


def warned(check_id: str, what: str, fix: str | Fix, *facts: Fact) -> Finding:
    """Return the finding of a check that found a possible problem."""
    return Finding(check_id, Level.WARN, what, fix, facts=facts)


def skipped(check_id: str, reason: str) -> Finding:
    """Return the finding of a check that was not run."""
    return Finding(check_id, Level.SKIPPED, f"Skipped, because {reason}.")


def failed(check_id: str, error: OsduAuthError, *facts: Fact) -> Finding:
    """Return the finding of a check that found an error."""
    what = " ".join(words for words in (error.what, error.why) if words)
    return Finding(check_id, Level.FAIL, what, error.advice, error.code, error.exit_code, facts)


def report(findings: Iterable[Finding], included: Iterable[str] = ()) -> str:
    """Return the report as JSON.

    Args:
        findings: the findings of all checks.
        included: the kinds of names that the report also has: `hosts`, `users`.
    """
    kinds = {FactKind.PLAIN, *(FactKind(name) for name in included)}
    checks = [
        {
            "id": each.id,
            "level": each.level.value,
            "code": each.code,
            "milliseconds": each.milliseconds,
            "facts": {fact.name: fact.value for fact in each.facts if fact.kind in kinds},
        }
        for each in findings
    ]
    return json.dumps({"version": REPORT_SCHEMA, "checks": checks}, indent=2) + "\n"
