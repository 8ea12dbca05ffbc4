"""The names of user attributes, and which of them a client may set."""

from __future__ import annotations

from .errors import invalid_parameter

_IMMUTABLE = frozenset({"sub", "email_verified", "phone_number_verified"})
# OpenID Connect Core 1.0, section 5.1, as the pool knows them.
_STANDARD_ATTRIBUTES = frozenset(
    {
        "address", "birthdate", "email", "family_name", "gender", "given_name", "locale",
        "middle_name", "name", "nickname", "phone_number", "picture", "preferred_username",
        "profile", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip


def check_settable(name: str) -> None:
    """Refuse an attribute that a client can never set.

    Raises:
        PoolError: `InvalidParameterException` if the pool sets it alone, or does not know it.
    """
    if name in _IMMUTABLE:
        raise invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
    if name not in _STANDARD_ATTRIBUTES and not name.startswith("custom:"):
        raise invalid_parameter(
            "Attributes did not conform to the schema: "
            f"Type for attribute {{{name}}} could not be determined"
        )
