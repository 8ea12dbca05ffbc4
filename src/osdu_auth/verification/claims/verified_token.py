"""VerifiedToken: the content of a valid token, typed.

Invariant: an object of this type is made only after every check has passed, and its content cannot
be changed: the same object may be returned for the next request with the same token.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from osdu_auth.text import printable
from osdu_auth.verification.claims.checks import client_claim, names_of, scopes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.verification.claims.checks import Claims
    from osdu_auth.verification.claims.header import Header

COGNITO_GROUPS = "cognito:groups"


class VerifiedToken:
    """A token whose signature and claims have been verified; made by a verifier.

    Args:
        header: the token's header.
        claims: the token's claims.
        groups_claim: the name of the claim that lists a user's groups.
    """

    __slots__ = ("_claims", "_frozen", "_groups_claim", "_header")

    def __init__(self, header: Header, claims: Claims, groups_claim: str) -> None:
        self._header = header
        self._claims = claims
        self._groups_claim = groups_claim
        self._frozen: Mapping[str, Any] | None = None

    @property
    def claims(self) -> Mapping[str, Any]:
        """All claims, read-only: lists are tuples, objects are read-only mappings."""
        if self._frozen is None:
            self._frozen = _frozen(self._claims)
        return self._frozen

    @property
    def issuer(self) -> str:
        """The issuer that signed it: `iss`."""
        return self._text("iss")

    @property
    def subject(self) -> str:
        """The user or app client that it is for: `sub`, unique at the issuer; "" if missing."""
        return self._text("sub")

    @property
    def username(self) -> str:
        """The user's name in the user pool; "" for a token without a user."""
        if client_claim(self._claims) == "aud":  # an id token: the pool writes no `username` there
            return self._text("cognito:username")
        return self._text("username") or self._text("cognito:username")

    @property
    def client_id(self) -> str:
        """The app client it was issued to: `client_id`, or an id token's `aud`; "" if missing."""
        return self._text(client_claim(self._claims)) or self._text("aud")

    @property
    def token_use(self) -> str:
        """A user pool's kind of token, `access` or `id`; "" for other issuers."""
        return self._text("token_use")

    @property
    def token_id(self) -> str:
        """The token's own id: `jti`; "" if missing."""
        return self._text("jti")

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes: the names in `scope`."""
        return scopes_of(self._claims)

    @property
    def groups(self) -> tuple[str, ...]:
        """The user's groups: `cognito:groups`, or the claim that the verifier names."""
        return names_of(self._claims.get(self._groups_claim))

    @property
    def expires_at(self) -> float:
        """When it expires, in seconds since 1970."""
        return float(self._claims["exp"])

    @property
    def issued_at(self) -> float | None:
        """When it was issued, in seconds since 1970; None if the token does not say so."""
        issued_at = self._claims.get("iat")
        return None if issued_at is None else float(issued_at)

    @property
    def key_id(self) -> str | None:
        """The id of the key that signed it."""
        return self._header.kid

    @property
    def algorithm(self) -> str:
        """The algorithm that it is signed with."""
        return self._header.algorithm

    def _text(self, name: str) -> str:
        value = self._claims.get(name)
        return value if isinstance(value, str) else ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerifiedToken):
            return NotImplemented
        return self._claims == other._claims and self._header.members == other._header.members

    def __hash__(self) -> int:
        return hash((self.issuer, self.subject, self.token_id, self.expires_at))

    def __reduce__(self) -> tuple[type[VerifiedToken], tuple[Header, Claims, str]]:
        return type(self), (self._header, self._claims, self._groups_claim)

    def __repr__(self) -> str:
        issuer, subject = printable(self.issuer, 100), printable(self.subject, 60)
        return f"VerifiedToken(issuer={issuer!r}, subject={subject!r})"


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(member) for name, member in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
