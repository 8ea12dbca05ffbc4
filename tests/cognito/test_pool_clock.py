"""The offset between this machine's clock and the pool's."""

from __future__ import annotations

import pytest

from osdu_auth.cognito.pool_clock import clock_offset

AT = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110, section 5.6.7


@pytest.mark.parametrize("ahead", [-41.0, 0.0, 41.0, 86_400.0])
def test_the_offset_is_this_machine_s_time_minus_the_pool_s(ahead: float) -> None:
    offset = clock_offset("Sun, 06 Nov 1994 08:49:37 GMT", AT + 0.5 + ahead)
    assert offset == pytest.approx(ahead)


@pytest.mark.parametrize("date", [
    None, "", "now", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2026 00:00:00 GMT",
    "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 0001 08:49:37 GMT",
    "Sun, 06 Nov 0000 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, ٠٦ Nov 1994 08:49:37 GMT", "x" * 10_000,
])  # fmt: skip
def test_an_invalid_date_gives_no_offset(date: str | None) -> None:
    assert clock_offset(date, AT) is None
