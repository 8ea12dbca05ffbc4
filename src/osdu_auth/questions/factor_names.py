"""The factors of a user pool, as people call them."""

from __future__ import annotations

from osdu_auth.text import printable

_IN_WORDS = {
    "SOFTWARE_TOKEN_MFA": "authenticator app",
    "SMS_MFA": "text message (SMS)",
    "SMS_OTP": "text message (SMS)",
    "EMAIL_OTP": "e-mail",
    "EMAIL_MFA": "e-mail",
    "PASSWORD": "password",
    "PASSWORD_SRP": "password, which never leaves this computer",
    "WEB_AUTHN": "passkey (only a browser can)",
}


def in_words(factor: str) -> str:
    """Return what people call a factor; one that is not known, by its own name."""
    return _IN_WORDS.get(factor) or printable(factor, 40)
