"""The user pool's clock: the offset of this machine's clock, and the timestamp of an SRP proof."""

from __future__ import annotations

from time import gmtime

# The names are English in every locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# IMF-fixdate, the only form that servers send today (RFC 9110, section 5.6.7). A text is
# compared with its form, because compiling a pattern that is used once takes longer.
_FORM = "{day}, 00 {month} 0000 00:00:00 GMT"  # 0 is any digit
_DIGITS = str.maketrans("123456789", "000000000")
_FIRST_YEAR = 1970
_HALF_A_SECOND = 0.5  # the average part of a second that the header leaves out


def clock_offset(date: str | None, received_at: float) -> float | None:
    """Return how many seconds this machine's clock is ahead of the pool's; None where unknown.

    Args:
        date: the reply's `Date`.
        received_at: when the reply came, in seconds since 1970 by this machine's clock.
    """
    seconds = _seconds(date or "")
    return None if seconds is None else received_at - seconds - _HALF_A_SECOND


def timestamp(seconds: float) -> str:
    """Return a time in the form of an SRP proof's `TIMESTAMP`: `Tue Mar 3 04:05:06 UTC 2026`.

    The day has no leading zero.

    Args:
        seconds: since 1970.
    """
    # `strftime` would use the names of the locale.
    at = gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday}"
        f" {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} UTC {at.tm_year}"
    )


def _seconds(date: str) -> float | None:
    day_name, month_name = date[:3], date[8:11]
    form = _FORM.format(day=day_name, month=month_name)
    if day_name not in _DAYS or month_name not in _MONTHS or date.translate(_DIGITS) != form:
        return None
    day, year, hour, minute, second = (
        int(date[begin:end]) for begin, end in ((5, 7), (12, 16), (17, 19), (20, 22), (23, 25))
    )
    # No pool sends a time before 1970, and not every system can represent one.
    if year < _FIRST_YEAR:
        return None
    month = _MONTHS.index(month_name)
    in_february = 29 if _leap_days_before(year + 1) > _leap_days_before(year) else 28
    lengths = (31, in_february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (0 < day <= lengths[month] and hour < 24 and minute < 60 and second < 60):  # noqa: PLR2004
        return None
    # The days are counted here, because importing `datetime` takes a fiftieth of a sign-in.
    leap_days = _leap_days_before(year) - _leap_days_before(_FIRST_YEAR)
    days = (year - _FIRST_YEAR) * 365 + leap_days + sum(lengths[:month]) + day - 1
    return float(((days * 24 + hour) * 60 + minute) * 60 + second)


def _leap_days_before(year: int) -> int:
    """Return how many leap days there were before a year of the Gregorian calendar."""
    return (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400
