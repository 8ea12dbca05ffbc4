"""Times in the form that programs read."""

from __future__ import annotations

from datetime import datetime, timezone


def instant(seconds: float) -> str:
    """Return a time in seconds since 1970 as RFC 3339 text in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
