"""The time in a password proof, in the form that pools take: `Tue Mar 3 04:05:06 UTC 2026`.

English names whatever the locale, a day without a leading zero, and UTC whatever the time zone.
"""

from __future__ import annotations

from time import gmtime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def timestamp(seconds: float) -> str:
    """Return a time as a password proof has it.

    Args:
        seconds: since 1970.
    """
    # `strftime` would ask the locale for the names.
    at = gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday}"
        f" {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} UTC {at.tm_year}"
    )
