"""The secrets of this test run, so that every test can be watched for them."""

from __future__ import annotations

CANARIES: set[str] = set()


def register(*secrets: str) -> None:
    """Watch for these secrets from now on."""
    CANARIES.update(secret for secret in secrets if secret)
