"""Durations as people write and read them."""

from __future__ import annotations

import re
import time

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TOO_LONG = 1e15  # seconds; below it a float still represents each whole second
_UNITS = (7 * _DAY, _DAY, _HOUR, _MINUTE, 1)
# Compiled when it is used: most durations that a command reads are numbers.
_DURATION = "".join(rf"(?:([0-9]{{1,9}}(?:\.[0-9]{{1,3}})?){unit})?" for unit in "wdhm") + (
    r"(?:([0-9]{1,9}(?:\.[0-9]{1,3})?)s?)?"
)


def seconds_of(written: str | float) -> float:
    """Return the seconds of a duration: `90`, `90s`, `20m`, `1h30m`, `1.5h`, `30d` or `2w`.

    Args:
        written: the text, or a number of seconds.

    Raises:
        ValueError: the text is not a duration.
    """
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        if 0 <= written < _TOO_LONG:
            return float(written)
        raise ValueError("that is not a duration: give a finite number of seconds, 0 or more")
    match = re.fullmatch(_DURATION, written) if isinstance(written, str) and written else None
    if match is None:
        raise ValueError(f"{written!r} is not a duration; write 90s, 20m, 1h30m, 30d or 2w")
    parts = zip(match.groups(), _UNITS, strict=True)
    return sum((float(number) * unit for number, unit in parts if number), 0.0)


def duration_in_words(seconds: float) -> str:
    """Return a duration in its one or two largest units, such as `57 min` or `2 h 5 min`."""
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


def rfc3339_time(seconds: float) -> str:
    """Return a time in seconds since 1970 as RFC 3339 text in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
