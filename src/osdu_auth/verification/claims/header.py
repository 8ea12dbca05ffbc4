"""The header of a signed token (RFC 7515, section 4), and the checks of its members.

Invariant: a header selects one of the issuer's keys and does nothing else. A key in it (`jwk`,
`x5c`) is not used, an address in it (`jku`, `x5u`) is not called, and a member that changes how the
token is parsed (`crit`, `b64`, `enc`, `zip`, a nested token) is refused (RFC 8725, section 3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.verification.claims.rejection import (
    ALGORITHM,
    EXTENSION,
    KEY,
    TYPE,
    FailedCheck,
    shown,
    shown_claim,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# RFC 7515 4.1.11, RFC 7797 3, and the members of encrypted tokens (RFC 7516, section 4.1).
_CHANGE_PARSING = ("crit", "b64", "enc", "zip")
_NESTED = frozenset({"jwt", "application/jwt"})
_ADDRESS = re.compile(r"https?://[!-~]+")


class Header(NamedTuple):
    """A header's content, and its failed checks.

    Args:
        algorithm: `alg` if it is allowed, else "".
        kid: the key's id; None if it is missing or not a text.
        failures: the failed checks.
        members: all members.
    """

    algorithm: str
    kid: str | None
    failures: tuple[FailedCheck, ...]
    members: Mapping[str, Any]


class HeaderRules(NamedTuple):
    """The rules for a header.

    Args:
        algorithms: the allowed ones.
        types: the values that `typ` may have, in lower case and without `application/`.
        needs_kid: whether the header has to name a key's id.
    """

    algorithms: tuple[str, ...]
    types: tuple[str, ...]
    needs_kid: bool

    def read(self, members: Mapping[str, Any]) -> Header:
        """Return a header's content and its failed checks.

        Args:
            members: the header's members, from strictly parsed JSON.
        """
        failures = [*self._algorithm_failures(members), *self._kid_failures(members)]
        failures += self._type_failures(members)
        failures += _extension_failures(members)
        algorithm, kid = members.get("alg"), members.get("kid")
        known = isinstance(algorithm, str) and algorithm in self.algorithms
        return Header(
            algorithm if known and isinstance(algorithm, str) else "",
            kid if isinstance(kid, str) else None,
            tuple(failures),
            members,
        )

    def _algorithm_failures(self, members: Mapping[str, Any]) -> list[FailedCheck]:
        algorithm = members.get("alg")
        if isinstance(algorithm, str) and algorithm in self.algorithms:
            return []
        found = shown_claim(dict(members), "alg")
        return [FailedCheck(ALGORITHM, "alg", " or ".join(self.algorithms), found)]

    def _kid_failures(self, members: Mapping[str, Any]) -> list[FailedCheck]:
        if isinstance(members.get("kid", None if self.needs_kid else ""), str):
            return []
        return [FailedCheck(KEY, "kid", "a text", shown_claim(dict(members), "kid"))]

    def _type_failures(self, members: Mapping[str, Any]) -> list[FailedCheck]:
        failures = []
        if "typ" in members and _media_type(members["typ"]) not in self.types:
            expected = " or ".join(self.types)
            failures.append(FailedCheck(TYPE, "typ", expected, shown(members["typ"])))
        if "cty" in members and _media_type(members["cty"]) in {None, *_NESTED}:
            failures.append(FailedCheck(TYPE, "cty", "no nested token", shown(members["cty"])))
        return failures


def _extension_failures(members: Mapping[str, Any]) -> list[FailedCheck]:
    """Return the failures of members that change the parsing, or have the wrong form."""
    failures = [
        FailedCheck(EXTENSION, name, "no such member", shown(members[name]))
        for name in _CHANGE_PARSING
        if name in members
    ]
    if not _KEYS_IN_HEADER.keys().isdisjoint(members):
        failures += [
            FailedCheck(EXTENSION, name, expected, shown(members[name]))
            for name, (expected, is_well_formed) in _KEYS_IN_HEADER.items()
            if name in members and not is_well_formed(members[name])
        ]
    return failures


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _is_chain(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


# A key or its address in a header is never used. But its form is fixed (RFC 7515, sections 4.1.2 to
# 4.1.8), and no issuer writes another form.
_KEYS_IN_HEADER: dict[str, tuple[str, Callable[[object], bool]]] = {
    "jku": ("an address", _is_address),
    "jwk": ("an object", lambda value: isinstance(value, dict)),
    "x5u": ("an address", _is_address),
    "x5c": ("a list of texts", _is_chain),
    "x5t": ("a text", _is_text),
    "x5t#S256": ("a text", _is_text),
}


def _media_type(value: object) -> str | None:
    """Return a media type in lower case without `application/` (RFC 7515, section 4.1.9)."""
    if not isinstance(value, str) or not value.isascii():
        return None
    return value.lower().removeprefix("application/")
