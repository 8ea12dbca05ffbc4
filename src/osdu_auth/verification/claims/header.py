"""The header of a signed token (RFC 7515, section 4): which key is meant, and what is asked of us.

The law of this module: a header selects one of the issuer's keys and nothing else. It brings no key
(`jwk`, `x5c`), no address (`jku`, `x5u`) is asked, and whatever would change how the token is to be
read (`crit`, `b64`, `enc`, `zip`, a nested token) is refused (RFC 8725, section 3).
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

# RFC 7515 4.1.11, RFC 7797 3, and what belongs to encrypted tokens (RFC 7516, section 4.1).
_CHANGES_THE_READING = ("crit", "b64", "enc", "zip")
_NESTED = frozenset({"jwt", "application/jwt"})
_ADDRESS = re.compile(r"https?://[!-~]+")


class Header(NamedTuple):
    """What a header says, and what is wrong with it.

    Args:
        algorithm: `alg` where it is an allowed one, else "".
        kid: the key's id; None where it is absent or no text.
        failures: what is not as it should be.
        members: all that it says.
    """

    algorithm: str
    kid: str | None
    failures: tuple[FailedCheck, ...]
    members: Mapping[str, Any]


class HeaderRules(NamedTuple):
    """What is asked of a header.

    Args:
        algorithms: those that are allowed.
        types: `typ`, in lower case, that a token may have, without `application/`.
        needs_kid: whether the key's id has to be there.
    """

    algorithms: tuple[str, ...]
    types: tuple[str, ...]
    needs_kid: bool

    def read(self, members: Mapping[str, Any]) -> Header:
        """Return what a header says and what is wrong with it.

        Args:
            members: the header's, as strict JSON gave them.
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
    """Return what would change the reading, and what no issuer spells so."""
    failures = [
        FailedCheck(EXTENSION, name, "no such member", shown(members[name]))
        for name in _CHANGES_THE_READING
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
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


# A key or its address in a header is never used. But it has a form (RFC 7515, sections 4.1.2 to
# 4.1.8), and a header that is not of that form is no issuer's.
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
