"""Times in the words that people use, and in the form that programs read."""

from __future__ import annotations

from datetime import datetime, timezone

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration_in_words(seconds: float) -> str:
    """Return a length of time in its two largest fitting units, such as `57 min` or `2 h 5 min`."""
    if seconds <= 0:
        return "0 s"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"
    days = seconds // _DAY
    return f"{days:.0f} day{'s' if days > 1 else ''}"


def instant(seconds: float) -> str:
    """Return a time in seconds since 1970 as RFC 3339 text in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
