"""Random ids, secrets and names in the form that AWS gives them; they are new in each run."""

from __future__ import annotations

import secrets
import string
from uuid import uuid4

_LOWER = string.ascii_lowercase + string.digits
_MIXED = string.ascii_letters + string.digits


def user_pool_id(region: str) -> str:
    """Return a pool id: the region, an underscore, nine letters and digits."""
    return f"{region}_{_random(_MIXED, 9)}"


def app_client_id() -> str:
    """Return an app client id: 26 lower-case letters and digits."""
    return _random(_LOWER, 26)


def app_client_secret() -> str:
    """Return an app client secret: 51 lower-case letters and digits."""
    return _random(_LOWER, 51)


def user_id() -> str:
    """Return a user's `sub`: a UUID."""
    return str(uuid4())


def device_key(region: str) -> str:
    """Return a device's key: the region, an underscore, a UUID."""
    return f"{region}_{uuid4()}"


def device_group_key() -> str:
    """Return a device group's key: a hyphen, eight letters and digits."""
    return f"-{_random(_MIXED, 8)}"


def web_authn_challenge() -> str:
    """Return a challenge for a passkey."""
    return secrets.token_urlsafe(32)


def phone_number() -> str:
    """Return a phone number that is reserved for fiction, in the form of E.164."""
    return f"+1{_random('23456789', 3)}55501{_random(string.digits, 2)}"


def password() -> str:
    """Return a password that meets Cognito's default policy and needs no quotes in a shell."""
    return f"Well-{_random(_MIXED, 14)}-7z"


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
