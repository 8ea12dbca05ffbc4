"""How far our clock and the pool's are apart."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.cognito.pool_clock import clock_offset

AT = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110, section 5.6.7


@for_each("ahead", [-41.0, 0.0, 41.0, 86_400.0])
def test_the_offset_is_ours_less_the_pool_s(ahead: float) -> None:
    offset = clock_offset("Sun, 06 Nov 1994 08:49:37 GMT", AT + 0.5 + ahead)
    assert offset == pytest.approx(ahead)


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(timezone.utc)))  # noqa: DTZ001
def test_each_date_is_the_moment_that_the_standard_library_takes_it_for(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    date = format_datetime(whole, usegmt=True)
    assert clock_offset(date, whole.timestamp()) == -0.5


@for_each("date", [
    None, "", "now", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2026 00:00:00 GMT",
    "Sun, 29 Feb 2026 00:00:00 GMT", "Sun, 29 Feb 2100 00:00:00 GMT",
    "Sun, 00 Mar 2026 00:00:00 GMT", "Sun, 31 Apr 2026 00:00:00 GMT",
    "Sun, 01 Mar 2026 00:60:00 GMT", "Sun, 01 Mar 2026 00:00:60 GMT",
    "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 0001 08:49:37 GMT",
    "Sun, 06 Nov 0000 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, ٠٦ Nov 1994 08:49:37 GMT", "x" * 10_000,
])  # fmt: skip
def test_a_date_that_is_none_tells_nothing(date: str | None) -> None:
    assert clock_offset(date, AT) is None
