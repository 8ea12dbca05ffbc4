"""TokenRejected: why a token is not good, as values.

The law of this module: a rejection holds what was expected and what was there, each cut short and
made printable, and never the token. It is for the service's own log: to a client, a rejection says
nothing but that the token is not good (RFC 9068, section 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import OsduAuthError
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM = "OA-V501"
HEADER = "OA-V502"
PAYLOAD = "OA-V503"
EXTENSION = "OA-V504"
TYPE = "OA-V505"
ALGORITHM = "OA-V510"
KEY = "OA-V511"
SIGNATURE = "OA-V512"
ISSUER = "OA-V520"
AUDIENCE = "OA-V521"
CLIENT_ID = "OA-V522"
TOKEN_USE = "OA-V523"  # noqa: S105 - a code
EXPIRY = "OA-V530"
NOT_BEFORE = "OA-V531"
ISSUED_AT = "OA-V532"
LIFE = "OA-V533"
CLAIM_TYPE = "OA-V534"
SCOPE = "OA-V540"
GROUPS = "OA-V541"
EXTRA = "OA-V550"

# The token is good, its holder may too little.
_PRIVILEGES = frozenset({SCOPE, GROUPS})

_SHOWN = 60
_WHY_LIMIT = 200


class FailedCheck(NamedTuple):
    """One check that a token did not pass.

    Args:
        code: its stable identifier, OA-V501 to OA-V550.
        check: what was looked at: a claim's name, or `form`, `header`, `payload`, `signature`…
        expected: what would have been good, in words.
        actual: what was there; cut short, without control characters.
    """

    code: str
    check: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.check}: expected {self.expected}, found {self.actual}"


class TokenRejected(OsduAuthError):
    """A token is not good; exit code 5.

    Args:
        failures: every check that it did not pass, in the order of the checks.
    """

    exit_code = 5

    # The words are the same for all, and a flood of bad tokens is to cost no more than good ones:
    # nothing is put together before somebody reads it.
    what = "The token is not good."
    advice = "Get a new token from the issuer that this service expects."
    service_error = ""
    retry_after = None

    def __init__(self, failures: Sequence[FailedCheck]) -> None:
        Exception.__init__(self, self.what)
        self.failures = tuple(failures)

    @property
    def code(self) -> str:  # type: ignore[override]  # as `why`
        """The first failed check's."""
        return self.failures[0].code

    @property
    def why(self) -> str:  # type: ignore[override]  # made when it is read
        """The failed checks in words."""
        return _in_words(self.failures)

    @property
    def insufficient_scope(self) -> bool:
        """Whether the token is good in itself, and only a scope or a group is missing."""
        return only_privileges_missing(self.failures)


def only_privileges_missing(failures: Sequence[FailedCheck]) -> bool:
    """Say whether nothing is wrong with a token but that a scope or a group is missing, if that."""
    return all(failure.code in _PRIVILEGES for failure in failures)


def shown(value: Any) -> str:
    """Return what a rejection may show of a value that a token holds.

    Args:
        value: anything that JSON can say; a list or an object is named, not shown.
    """
    if isinstance(value, str):
        return f'"{printable(value, _SHOWN)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return str(value)[:_SHOWN]
    return "a list" if isinstance(value, (list, tuple)) else "an object"


def shown_claim(claims: dict[str, Any], name: str) -> str:
    """Return what a rejection may show of a claim, `nothing` where it is absent."""
    return shown(claims[name]) if name in claims else "nothing"


def _in_words(failures: Sequence[FailedCheck]) -> str:
    words = "; ".join(map(str, failures))
    return (words if len(words) <= _WHY_LIMIT else words[: _WHY_LIMIT - 1] + "…") + "."
