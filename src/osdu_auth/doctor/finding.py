"""Finding: what one check came to, in facts of which each says what it would give away."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Fix


class Level(enum.Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


class Kind(enum.Enum):
    """What a fact would give away to the reader of a report."""

    PLAIN = "plain"
    HOST = "hosts"
    USER = "users"


class Fact(NamedTuple):
    """One thing that was seen; never a secret.

    Args:
        name: what it is, such as `issuer`.
        value: as text.
        kind: what it would give away.
    """

    name: str
    value: str
    kind: Kind = Kind.PLAIN


class Finding(NamedTuple):
    """What one check came to.

    Args:
        id: of the check, stable, such as `platform-groups`.
        level: how it came out.
        what: one sentence.
        fix: what to type or do; "" where nothing is to be done.
        code: of the error, where there is one.
        exit_code: of the error; 0 where there is none.
        facts: what was seen.
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
    """One thing to look at; it changes nothing, and signs nobody in.

    Args:
        id: stable.
        title: what is looked at, in a few words.
        look: looks, and returns what was found.
        needs: what has to be there: `profile`, `pool`, `session`, `platform`; a
            check whose needs are not met is skipped.
    """

    id: str
    title: str
    look: Callable[[CheckedProfile], Finding]
    needs: tuple[str, ...] = ()


def found(check_id: str, what: str, *facts: Fact) -> Finding:
    """Return a finding of what is as it should be."""
    return Finding(check_id, Level.OK, what, facts=facts)


def noticed(check_id: str, what: str, fix: str | Fix, *facts: Fact) -> Finding:
    """Return a finding of what works, but may surprise."""
    return Finding(check_id, Level.WARN, what, fix, facts=facts)


def skipped(check_id: str, because: str) -> Finding:
    """Return the finding of a check that was not made."""
    return Finding(check_id, Level.SKIPPED, f"Skipped, because {because}.")


def failed(check_id: str, error: OsduAuthError, *facts: Fact) -> Finding:
    """Return the finding of a check that met an error."""
    what = " ".join(words for words in (error.what, error.why) if words)
    return Finding(check_id, Level.FAIL, what, error.advice, error.code, error.exit_code, facts)
