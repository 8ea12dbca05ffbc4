"""The operation SetUserMFAPreference: which second factors a signed-in user wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import invalid_parameter
from osdu_auth.sandbox.pool.pool_settings import MfaConfiguration
from osdu_auth.sandbox.pool.second_factors import has_means
from osdu_auth.sandbox.pool.tokens import holder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_SETTINGS = {
    "SMSMfaSettings": "SMS_MFA",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}
# The first sentence is reported by others; the second follows it and is not published.
_WITHOUT_MEANS = {
    "SOFTWARE_TOKEN_MFA": "User has not verified software token mfa",
    "SMS_MFA": "User does not have delivery config set to turn on SMS_MFA",
}


def set_user_mfa_preference(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `SetUserMFAPreference`; a factor that is not named stays as it is.

    Raises:
        PoolError: If the access token is not good for it, or a factor cannot be chosen.
    """
    user = holder_of(pool, body["AccessToken"])
    chosen = {factor: body[name] for name, factor in _SETTINGS.items() if body.get(name)}
    mfa, preferred = list(user.mfa), user.preferred_mfa
    if sum(bool(choice.get("PreferredMfa")) for choice in chosen.values()) > 1:
        raise invalid_parameter("Only one MFA factor can be preferred")  # not published
    for factor, choice in chosen.items():
        if choice.get("Enabled"):
            _check(pool, user, factor)
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


def _check(pool: UserPool, user: User, factor: str) -> None:
    settings = pool.settings
    if settings.mfa is MfaConfiguration.OFF or factor not in settings.mfa_factors:
        # The sentence is not published.
        raise invalid_parameter(f"{factor} is not enabled for the user pool")
    if not has_means(user, factor):
        raise invalid_parameter(_WITHOUT_MEANS[factor])
