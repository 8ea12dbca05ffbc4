"""The time a client writes into a password proof: read in one form alone, and held to a clock.

The form is Java's `EEE MMM d HH:mm:ss z yyyy` with English names and the zone UTC, the day of the
month without a leading zero (the Amazon Cognito user pools SDKs all write it so).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from .errors import invalid_parameter, wrong_credentials

if TYPE_CHECKING:
    from .user_pool import UserPool

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_FORM = re.compile(
    rf"({'|'.join(_DAYS)}) ({'|'.join(_MONTHS)}) ([1-9][0-9]?) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) UTC ([0-9]{4})"
)


def moment_of(text: str) -> float:
    """Return the moment a timestamp names, in seconds since the epoch.

    Raises:
        PoolError: `InvalidParameterException` for any other form, and for a day of the week
            that is not the date's.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise _not_a_time()
    weekday, month, day, hour, minute, second, year = found.groups()
    try:
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
            tzinfo=timezone.utc,
        )  # fmt: skip
    except ValueError as error:
        raise _not_a_time() from error
    if _DAYS[moment.weekday()] != weekday:
        raise _not_a_time()
    return moment.timestamp()


def check_proof_time(pool: UserPool, text: str) -> None:
    """Refuse a proof whose time is not about now.

    A test that moves the sandbox's clock moves the far end alone: the client keeps the
    machine's time. So both times are good, unless the pool's settings say otherwise.

    Raises:
        PoolError: `InvalidParameterException` for a wrong form, `NotAuthorizedException` for a
            time that is too far from the clock.
    """
    moment = moment_of(text)
    settings = pool.settings
    clocks = [pool.clock.now()]
    if not settings.proofs_follow_skipped_time:
        clocks.append(pool.clock.machine_time())
    if all(abs(moment - clock) > settings.proof_time_tolerance for clock in clocks):
        # The sentence is not published; this is the one that tells a guesser least.
        raise wrong_credentials()


def _not_a_time() -> Exception:
    return invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english")
