"""The operations of a signed-in user on the whole account.

They show the account, delete it, change its password, choose its second factors, and sign out
everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import invalid_access_token, invalid_parameter
from osdu_auth.sandbox.pool.next_challenge import can_use_factor
from osdu_auth.sandbox.pool.pool_settings import MfaConfiguration
from osdu_auth.sandbox.pool.sign_in_checks import check_password
from osdu_auth.sandbox.pool.tokens import user_of_access_token
from osdu_auth.sandbox.pool.user_auth import configured_factors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_MFA_SETTINGS = {
    "SMSMfaSettings": "SMS_MFA",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}
# Users report the first sentence. AWS does not publish the second one; it is made like the first.
_MISSING_FOR_FACTOR = {
    "SOFTWARE_TOKEN_MFA": "User has not verified software token mfa",
    "SMS_MFA": "User does not have delivery config set to turn on SMS_MFA",
}


def get_user(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUser`: the canonical name and the attributes.

    Raises:
        PoolError: the access token is not valid for this.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    attributes = [{"Name": name, "Value": value} for name, value in user.all_attributes().items()]
    return {"Username": user.username, "UserAttributes": attributes, **_second_factors(user)}


def get_user_auth_factors(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUserAuthFactors`: the first and the second factors of the user.

    Raises:
        PoolError: the access token is not valid for this.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    return {
        "Username": user.username,
        "ConfiguredUserAuthFactors": list(configured_factors(pool, user)),
        **_second_factors(user),
    }


def delete_user(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Delete the user who asks, and revoke every sign-in; `DeleteUser` has no reply.

    Raises:
        PoolError: the access token is not valid for this.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    pool.sign_ins.revoke_all_of(user.username)
    pool.delete_user(user.username)
    return {}


def global_sign_out(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GlobalSignOut`, which revokes every sign-in of the user.

    Raises:
        PoolError: the access token is not valid for this.
    """
    # The model declares no UserNotFoundException here.
    user = user_of_access_token(pool, body["AccessToken"], if_missing=invalid_access_token)
    pool.sign_ins.revoke_all_of(user.username)
    return {}


def change_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ChangePassword`; earlier sign-ins stay valid.

    Raises:
        PoolError: the access token or one of the passwords is not valid, or the last hour had too
            many attempts. A wrong previous password counts towards the lockout.
    """
    user, now = user_of_access_token(pool, body["AccessToken"]), pool.clock.now()
    pool.attempt_limits.count(user.username, "ChangePassword", now)
    check_password(user, body.get("PreviousPassword") or "", now)
    pool.settings.password_policy.check(body["ProposedPassword"])
    user.set_password(body["ProposedPassword"])
    user.lockout.clear()
    return {}


def set_user_mfa_preference(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `SetUserMFAPreference`; a factor that is not named does not change.

    Raises:
        PoolError: the access token is not valid for this, or a factor cannot be chosen.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    chosen = {factor: body[name] for name, factor in _MFA_SETTINGS.items() if body.get(name)}
    mfa, preferred = list(user.mfa), user.preferred_mfa
    if sum(bool(choice.get("PreferredMfa")) for choice in chosen.values()) > 1:
        raise invalid_parameter("Only one MFA factor can be preferred")  # not published
    for factor, choice in chosen.items():
        if choice.get("Enabled"):
            _check_factor(pool, user, factor)
            mfa = [*mfa, factor]
        else:
            mfa = [other for other in mfa if other != factor]
        if choice.get("PreferredMfa"):
            preferred = factor
        elif preferred == factor:
            preferred = None
    if preferred is not None and preferred not in mfa:
        raise invalid_parameter("A preferred MFA factor must be enabled")  # not published
    user.mfa, user.preferred_mfa = tuple(dict.fromkeys(mfa)), preferred
    return {}


def _check_factor(pool: UserPool, user: User, factor: str) -> None:
    settings = pool.settings
    if settings.mfa is MfaConfiguration.OFF or factor not in settings.mfa_factors:
        # The sentence is not published.
        raise invalid_parameter(f"{factor} is not enabled for the user pool")
    if not can_use_factor(user, factor):
        raise invalid_parameter(_MISSING_FOR_FACTOR[factor])


def _second_factors(user: User) -> dict[str, Any]:
    members: dict[str, Any] = {"UserMFASettingList": list(user.mfa)} if user.mfa else {}
    if user.preferred_mfa:
        members["PreferredMfaSetting"] = user.preferred_mfa
    return members
