"""Whether a password proof is good: its signature, and its time, which is held to a clock.

The time has one form, Java's `EEE MMM d HH:mm:ss z yyyy` with English names and the zone UTC, the
day of the month without a leading zero (the Amazon Cognito user pools SDKs all write it so).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import (
    invalid_parameter,
    missing_parameter,
    not_authorized,
    wrong_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool

_SIGNATURE = "PASSWORD_CLAIM_SIGNATURE"
_TIMESTAMP = "TIMESTAMP"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_FORM = re.compile(
    rf"({'|'.join(_DAYS)}) ({'|'.join(_MONTHS)}) ([1-9][0-9]?) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) UTC ([0-9]{4})"
)


def check_proof(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Check the answer to an awaited proof; a wrong signature uses the session up.

    Raises:
        PoolError: If a part is missing, the time is wrong, the user is locked out, or the
            password was another one.
    """
    user = session.conversation.user
    signature, timestamp = _required(responses, _SIGNATURE), _required(responses, _TIMESTAMP)
    check_proof_time(pool, timestamp)
    user.check_not_locked(pool.clock.now())
    if session.proof is None or not session.proof.is_shown_by(signature, timestamp):
        session.used = True
        user.lockout.fail(pool.clock.now())
        raise not_authorized("Incorrect username or password.")


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


def _required(responses: Mapping[str, str], name: str) -> str:
    value = responses.get(name)
    if not value:
        raise missing_parameter(name)
    return value


def _not_a_time() -> Exception:
    return invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english")
