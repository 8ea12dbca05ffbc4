"""The types of the claims in a user pool's tokens, as one table.

Invariant: a token is refused if one of its claims has another type than the pool writes. The
signature alone does not ensure the types. If `username` could be a list, for example, it would
never be found in a service's list of blocked names.

Sources: Amazon Cognito developer guide, "Understanding the access token", "Understanding the
identity (ID) token" and "Pre token generation Lambda trigger". That trigger can add claims of any
name and JSON type, change some of the pool's own and leave some out. Therefore only `sub`, which it
cannot change, is required, and claims that are not in the table are not checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.verification.claims.checks import NO_FAILURES, audience_form_failures, client_claim
from osdu_auth.verification.claims.rejection import (
    AUDIENCE,
    CLAIM_TYPE,
    CLIENT_ID,
    FailedCheck,
    shown_claim,
)
from osdu_auth.verification.claims.time_checks import is_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.verification.claims.checks import Claims


class ClaimType(NamedTuple):
    """The type of a claim's value.

    Args:
        words: the type in words.
        matches: says whether a value has this type.
    """

    words: str
    matches: Callable[[Any], bool]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_name, value))


def _is_true_or_false(value: Any) -> bool:
    # The pool writes a boolean. A version-one trigger can replace it only by a text.
    return isinstance(value, bool) or value in ("true", "false")


NAME = ClaimType("a text that is not empty", _is_name)
TEXT = ClaimType("a text", lambda value: isinstance(value, str))
TIME = ClaimType("a time", is_time)
NUMBER = ClaimType("a whole number", lambda value: type(value) is int)
TRUE_OR_FALSE = ClaimType("true or false", _is_true_or_false)
NAMES = ClaimType("a list of texts that are not empty", _are_names)
OBJECTS = ClaimType(
    "a list of objects",
    lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
)

# `iss`, `token_use`, `client_id`, `aud`, `exp`, `nbf` and `iat` have checks of their own.
# The pool writes `scope` and `username` only into access tokens. A trigger may add them to an id
# token, and services read them as the standard says (RFC 8693, section 4.2), so they are checked.
IN_EVERY_TOKEN = {
    "sub": NAME,
    "jti": NAME,
    "origin_jti": NAME,
    "event_id": NAME,
    "auth_time": TIME,
    "scope": TEXT,
    "username": NAME,
    "cognito:username": NAME,
    "cognito:groups": NAMES,
    "cognito:roles": NAMES,
    "cognito:preferred_role": NAME,
}
IN_ACCESS_TOKENS = IN_EVERY_TOKEN | {
    "device_key": NAME,
    "version": NUMBER,
}
IN_ID_TOKENS = IN_EVERY_TOKEN | {
    "email": TEXT,
    "email_verified": TRUE_OR_FALSE,
    "phone_number": TEXT,
    "phone_number_verified": TRUE_OR_FALSE,
    "identities": OBJECTS,
    "nonce": TEXT,
    "at_hash": TEXT,
    "acr": TEXT,
    "amr": NAMES,
}


@dataclass(frozen=True)
class PoolClaimsCheck:
    """The user pool's claims have the types that the pool writes, and `sub` is present."""

    names: tuple[str, ...] = ("sub", "jti")

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        types = IN_ID_TOKENS if claims.get("token_use") == "id" else IN_ACCESS_TOKENS
        wrong = [
            name
            for name, value in claims.items()
            if name in types and not types[name].matches(value)
        ]
        if "sub" not in claims:
            wrong.append("sub")
        if not wrong:
            return NO_FAILURES
        return tuple(
            FailedCheck(CLAIM_TYPE, name, types[name].words, shown_claim(claims, name))
            for name in types
            if name in wrong
        )


@dataclass(frozen=True)
class ClientFormCheck:
    """The token names an app client; for verifiers that do not compare it."""

    names: tuple[str, ...] = ()

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        del now
        form_failures = audience_form_failures(claims)
        name = client_claim(claims)
        client = claims.get(name)
        if _is_name(client) or (name == "aud" and (client or form_failures)):
            return form_failures
        code = AUDIENCE if name == "aud" else CLIENT_ID
        return (FailedCheck(code, name, NAME.words, shown_claim(claims, name)), *form_failures)
