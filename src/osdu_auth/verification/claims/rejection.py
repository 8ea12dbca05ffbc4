"""TokenRejected: why a token is not valid, as values.

Invariant: a rejection has the expected and the actual value of each failed check, shortened and
printable, and never the token. It is for the service's own log: a client gets no other information
than that the token is not valid (RFC 9068, section 4).
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
LIFETIME = "OA-V533"
CLAIM_TYPE = "OA-V534"
SCOPE = "OA-V540"
GROUPS = "OA-V541"
EXTRA = "OA-V550"

# The token itself is valid; a scope or a group is missing.
_PRIVILEGES = frozenset({SCOPE, GROUPS})

_LONGEST_VALUE = 60  # characters that are shown of a value
_LONGEST_WHY = 200  # characters


class FailedCheck(NamedTuple):
    """One check that a token did not pass.

    Args:
        code: its stable identifier, OA-V501 to OA-V550.
        check: what was checked: a claim's name, or `form`, `header`, `payload`, `signature`…
        expected: the expected value, in words.
        actual: the actual value, shortened and without control characters.
    """

    code: str
    check: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.check}: expected {self.expected}, found {self.actual}"


class TokenRejected(OsduAuthError):
    """A token is not valid; exit code 5.

    Args:
        failures: every check that it did not pass, in the order of the checks.
    """

    exit_code = 5

    # Many bad tokens must not cost more than valid tokens. So the texts that are the same for all
    # are class attributes, and the other texts are made when they are read.
    what = "The token is not valid."
    advice = "Get a new token from the issuer that this service expects."
    service_error = ""
    retry_after = None

    def __init__(self, failures: Sequence[FailedCheck]) -> None:
        Exception.__init__(self, self.what)
        self.failures = tuple(failures)

    @property
    def code(self) -> str:  # type: ignore[override]  # as `why`
        """The code of the first failed check."""
        return self.failures[0].code

    @property
    def why(self) -> str:  # type: ignore[override]  # made when it is read
        """The failed checks in words."""
        return _in_words(self.failures)

    @property
    def insufficient_scope(self) -> bool:
        """Whether the token itself is valid, and only a scope or a group is missing."""
        return only_privileges_missing(self.failures)


def only_privileges_missing(failures: Sequence[FailedCheck]) -> bool:
    """Say whether all failures, if any, are about scopes or groups."""
    return all(failure.code in _PRIVILEGES for failure in failures)


def shown(value: Any) -> str:
    """Return a token's value as a rejection may show it.

    Args:
        value: any JSON value; of a list or an object only its type is shown.
    """
    if isinstance(value, str):
        return f'"{printable(value, _LONGEST_VALUE)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return str(value)[:_LONGEST_VALUE]
    return "a list" if isinstance(value, (list, tuple)) else "an object"


def shown_claim(claims: dict[str, Any], name: str) -> str:
    """Return a claim as a rejection may show it; `nothing` where it is missing."""
    return shown(claims[name]) if name in claims else "nothing"


def _in_words(failures: Sequence[FailedCheck]) -> str:
    words = "; ".join(map(str, failures))
    return (words if len(words) <= _LONGEST_WHY else words[: _LONGEST_WHY - 1] + "…") + "."
