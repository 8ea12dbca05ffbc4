"""Checks of a token's claims: one small value for each check.

Invariant: verification is a list of these checks, which all run, in order. No check calls another
one or inherits from it, and a claim that is not exactly as expected is a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from osdu_auth.verification.claims.rejection import (
    AUDIENCE,
    CLAIM_TYPE,
    CLIENT_ID,
    ISSUER,
    TOKEN_USE,
    FailedCheck,
    shown_claim,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    Claims: TypeAlias = dict[str, Any]

NO_FAILURES: tuple[FailedCheck, ...] = ()


class ClaimCheck(Protocol):
    """One check of a token's claims."""

    @property
    def names(self) -> tuple[str, ...]:
        """The claims that are as expected if the check passes."""

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """Return the failures; () if the claims are as expected.

        Args:
            claims: the token's claims, from strictly parsed JSON.
            now: seconds since 1970.
        """


@dataclass(frozen=True)
class IssuerCheck:
    """`iss` is the issuer, compared code point by code point (RFC 7519, section 4.1.1).

    Args:
        issuer: the issuer.
        words: the expected value in the text of a failure; "" for the issuer itself.
    """

    issuer: str
    words: str = ""
    names: tuple[str, ...] = ("iss",)

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        if claims.get("iss") == self.issuer:
            return NO_FAILURES
        expected = self.words or f'"{self.issuer}"'
        return (FailedCheck(ISSUER, "iss", expected, shown_claim(claims, "iss")),)


@dataclass(frozen=True)
class AudienceCheck:
    """`aud` is an expected audience, or a list with one (RFC 7519, section 4.1.3)."""

    audiences: tuple[str, ...]
    names: tuple[str, ...] = ("aud",)

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        return audience_failures(claims, self.audiences)


@dataclass(frozen=True)
class AudienceFormCheck:
    """`aud`, if present, is a text or a list of texts (RFC 7519, section 4.1.3).

    For tokens whose audience is not compared.
    """

    names: tuple[str, ...] = ()

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        return audience_form_failures(claims)


@dataclass(frozen=True)
class ClientCheck:
    """The app client is expected: `client_id` of an access token, `aud` of an id token.

    A user pool's access tokens have no `aud`; its id tokens have no `client_id`.
    """

    client_ids: tuple[str, ...]
    names: tuple[str, ...] = ()  # `client_claim` says for each token which claim is compared

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        if client_claim(claims) == "aud":
            return audience_failures(claims, self.client_ids)
        form_failures = audience_form_failures(claims) if "aud" in claims else NO_FAILURES
        client_id = claims.get("client_id")
        if isinstance(client_id, str) and client_id in self.client_ids:
            return form_failures
        found = shown_claim(claims, "client_id")
        return (FailedCheck(CLIENT_ID, "client_id", one_of(self.client_ids), found), *form_failures)


@dataclass(frozen=True)
class TokenUseCheck:
    """`token_use` is as expected, so that no other kind of token is accepted."""

    uses: tuple[str, ...]
    names: tuple[str, ...] = ("token_use",)

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        token_use = claims.get("token_use")
        if isinstance(token_use, str) and token_use in self.uses:
            return NO_FAILURES
        found = shown_claim(claims, "token_use")
        return (FailedCheck(TOKEN_USE, "token_use", one_of(self.uses), found),)


@dataclass(frozen=True)
class TextsCheck:
    """The claims `sub` and `jti`, if present, are texts (RFC 7519, section 4.1)."""

    names: tuple[str, ...] = ("sub", "jti")

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        if isinstance(claims.get("sub", ""), str) and isinstance(claims.get("jti", ""), str):
            return NO_FAILURES
        return tuple(
            FailedCheck(CLAIM_TYPE, name, "a text", shown_claim(claims, name))
            for name in self.names
            if not isinstance(claims.get(name, ""), str)
        )


def audience_failures(claims: Claims, audiences: tuple[str, ...]) -> tuple[FailedCheck, ...]:
    """Return the failures of an `aud` that has to name one of these audiences."""
    audience = claims.get("aud")
    if type(audience) is str and audience in audiences:  # the usual case, which has to be fast
        return NO_FAILURES
    named = (audience,) if isinstance(audience, str) else names_of(audience)
    if any(name in audiences for name in named):
        return NO_FAILURES
    return (FailedCheck(AUDIENCE, "aud", one_of(audiences), shown_claim(claims, "aud")),)


def audience_form_failures(claims: Claims) -> tuple[FailedCheck, ...]:
    """Return the failures of the form of `aud`; the audience is not compared."""
    if "aud" not in claims or isinstance(claims["aud"], str):
        return NO_FAILURES
    if claims["aud"] == [] or names_of(claims["aud"]):
        return NO_FAILURES
    expected = "a text or a list of texts"
    return (FailedCheck(AUDIENCE, "aud", expected, shown_claim(claims, "aud")),)


def client_claim(claims: Claims) -> str:
    """Return the claim in which a user pool's token names its app client, by the token's kind."""
    return "aud" if claims.get("token_use") == "id" else "client_id"


def scopes_of(claims: Claims) -> tuple[str, ...]:
    """Return the scopes that a token has; () if the claim is not a text."""
    scope = claims.get("scope")
    return tuple(name for name in scope.split(" ") if name) if isinstance(scope, str) else ()


def names_of(value: object) -> tuple[str, ...]:
    """Return the names that a claim lists; () if the claim is not a list of texts."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    return ()


def one_of(names: tuple[str, ...]) -> str:
    """Return the words for "one of these is enough"."""
    return ("one of " if len(names) > 1 else "") + ", ".join(f'"{name}"' for name in names)


def every_one_of(names: tuple[str, ...]) -> str:
    """Return the words for "all of these are needed"."""
    return " and ".join(f'"{name}"' for name in names)
