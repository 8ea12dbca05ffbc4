"""The secrets of this test run, so that every test can be watched for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.tokens import TokenSet

CANARIES: set[str] = set()


def register(*secrets: str) -> None:
    """Watch for these secrets from now on."""
    CANARIES.update(secret for secret in secrets if secret)


def register_tokens(tokens: TokenSet) -> None:
    """Watch for each part of these tokens that says something, and for the device's password."""
    kept = [tokens.access_token, tokens.id_token, tokens.refresh_token]
    if tokens.device is not None:
        kept += [tokens.device.key, tokens.device.password]
    for secret in filter(None, kept):
        # The first part of a token names an algorithm and a key, which is no secret.
        register(secret.reveal(), *(secret.reveal().split(".")[1:]))


def leaks(text: str) -> int:
    """Return how many of them are in a text; never which, as that would show them."""
    return sum(canary in text for canary in CANARIES)
