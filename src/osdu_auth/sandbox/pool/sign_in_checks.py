"""The checks of every sign-in with a password: the user, the password or its proof, the account.

The order of the checks: first the lockout, then the user and the password, then the account's
state. So only a client that knows the password learns the account's state.

The time of a proof has one form, Java's `EEE MMM d HH:mm:ss z yyyy` with English names and the zone
UTC, the day of the month without a leading zero (the SDKs for Amazon Cognito user pools all write
it so).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import (
    PoolError,
    disabled_user,
    invalid_parameter,
    missing_parameter,
    not_authorized,
    unknown_user,
    wrong_credentials,
)
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

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


def user_signing_in(pool: UserPool, app_client: AppClient, username: str) -> User:
    """Return the user with this name, or an `UnknownUsers` user if the app client hides that.

    Raises:
        PoolError: `UserNotFoundException`: there is no such user, and the app client may know that.
    """
    user = pool.find_user(username)
    if user is not None:
        return user
    if not app_client.prevent_user_existence_errors:
        raise unknown_user()
    return pool.unknown_users.user_named(username)


def check_password(user: User, password: str, now: float) -> None:
    """Count and refuse a wrong password.

    Raises:
        PoolError: the user is locked out or the password is wrong.
    """
    user.check_not_locked(now)
    if not user.has_password(password):
        user.lockout.fail(now)
        raise wrong_credentials()


def check_account(user: User, now: float) -> None:
    """Refuse a user whose account may not sign in.

    Raises:
        PoolError: it is disabled, not confirmed or to be reset, or its temporary password has
            expired.
    """
    if not user.enabled:
        raise disabled_user()
    if user.status is UserStatus.UNCONFIRMED:
        raise PoolError("UserNotConfirmedException", "User is not confirmed.")
    if user.status is UserStatus.RESET_REQUIRED:
        raise PoolError("PasswordResetRequiredException", "Password reset required for the user")
    expires = user.temporary_password_expires
    if expires is not None and now >= expires:
        raise not_authorized(
            "Temporary password has expired and must be reset by an administrator."
        )


def check_proof(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Check the answer to an awaited proof; a wrong signature ends the session.

    Raises:
        PoolError: a part is missing, the time or the password is wrong, or the user is locked out.
    """
    user = session.pending.user
    signature, timestamp = _required(responses, _SIGNATURE), _required(responses, _TIMESTAMP)
    check_proof_time(pool, timestamp)
    user.check_not_locked(pool.clock.now())
    if session.proof is None or not session.proof.is_proven_by(signature, timestamp):
        session.used = True
        user.lockout.fail(pool.clock.now())
        raise wrong_credentials()


def moment_of(text: str) -> float:
    """Return the moment that a timestamp names, in seconds since the epoch.

    Raises:
        PoolError: `InvalidParameterException`: it has another form, or the day of the week is not
            the date's.
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
    """Refuse a proof whose time is too far from now.

    A test that moves the sandbox's clock does not move the clock of the client, which is the
    machine's. So the times of both clocks are valid, unless `proofs_follow_skipped_time` is set.

    Raises:
        PoolError: `InvalidParameterException` for a wrong form, `NotAuthorizedException` for a time
            that is too far from the clock.
    """
    moment = moment_of(text)
    settings = pool.settings
    clocks = [pool.clock.now()]
    if not settings.proofs_follow_skipped_time:
        clocks.append(pool.clock.machine_time())
    if all(abs(moment - clock) > settings.proof_time_tolerance for clock in clocks):
        # AWS does not publish its sentence. This sentence gives an attacker no information.
        raise wrong_credentials()


def _required(responses: Mapping[str, str], name: str) -> str:
    value = responses.get(name)
    if not value:
        raise missing_parameter(name)
    return value


def _not_a_time() -> Exception:
    return invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english")
