"""The reply to a proof: a further challenge, such as a second factor, or tokens.

The rules for second factors are those of the developer guide, "Adding MFA to a user pool": 1. the
factors that the user chose; 2. if the user chose no factor and the pool requires one, each factor
that the account can use; 3. if it can use no factor, the set-up of a factor.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import code_challenges, custom_auth, new_password_required
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter
from osdu_auth.sandbox.pool.pool_settings import MfaConfiguration
from osdu_auth.sandbox.pool.srp_challenges import ask_device_public_value
from osdu_auth.sandbox.pool.tokens import new_sign_in
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, PendingSignIn, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
MFA_SETUP = "MFA_SETUP"
# In an answer the guide calls this factor EMAIL_MFA; its challenge is EMAIL_OTP.
_CHALLENGES_OF_FACTORS = {"EMAIL_MFA": "EMAIL_OTP"}


def next_challenge_or_tokens(pool: UserPool, pending: PendingSignIn) -> Reply:
    """Return the next challenge of a sign-in, or its tokens if everything is proven.

    Raises:
        PoolError: the client named a device that the user does not have.
    """
    if pending.user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return new_password_required.ask(pool, pending)
    if custom_auth.is_due(pool, pending):
        return custom_auth.ask(pool, pending)
    device = pool.device_of(pending)
    trusted = device is not None and device.remembered
    skips_second_factor = trusted and pool.settings.challenge_on_new_device_only
    # The pool's own questions replace every factor.
    if not (skips_second_factor or pending.custom or pending.second_factor_proven):
        challenge = ask_second_factor(pool, pending)
        if challenge is not None:
            return challenge
    if device is not None and pending.proven_device != device.key:
        return ask_device_public_value(pool, pending, device)
    return _signed_in(pool, pending)


def second_factor_is_due(pool: UserPool, user: User) -> bool:
    """Say whether a user has to prove a second factor, or to set one up."""
    required = pool.settings.mfa is MfaConfiguration.REQUIRED
    return required or bool(_factors_of(pool, user))


def ask_second_factor(pool: UserPool, pending: PendingSignIn) -> Reply | None:
    """Return the challenge for the second factor; `None` if the user needs none."""
    user = pending.user
    if not second_factor_is_due(pool, user):
        return None
    factors = _factors_of(pool, user)
    if not factors:
        return _ask_choice(pool, pending, MFA_SETUP, "MFAS_CAN_SETUP", pool.settings.mfa_factors)
    if len(factors) > 1:
        return _ask_choice(pool, pending, SELECT_MFA_TYPE, "MFAS_CAN_CHOOSE", factors)
    return _ask_factor(pool, pending, factors[0])


def answer_factor_choice(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply:
    """Return the challenge for the factor that a user chose.

    Raises:
        PoolError: the user chose no factor, or a factor that was not offered.
    """
    chosen = responses.get("ANSWER")
    if not chosen:
        raise missing_parameter("ANSWER")
    factor = _CHALLENGES_OF_FACTORS.get(chosen, chosen)
    if factor not in _factors_of(pool, session.pending.user):
        # The sentence is not published.
        raise invalid_parameter("The selected MFA type is not available for the user")
    return _ask_factor(pool, session.pending, factor)


def can_use_factor(user: User, factor: str) -> bool:
    """Say whether a user's account has what a second factor needs."""
    means = {
        "SMS_MFA": bool(user.phone_number),
        "EMAIL_OTP": bool(user.email),
        "SOFTWARE_TOKEN_MFA": user.software_token is not None,
    }
    return means.get(factor, False)


def _factors_of(pool: UserPool, user: User) -> tuple[str, ...]:
    settings = pool.settings
    if settings.mfa is MfaConfiguration.OFF or not user.exists:
        return ()
    possible = [factor for factor in settings.mfa_factors if can_use_factor(user, factor)]
    chosen = [factor for factor in possible if factor in user.mfa]
    if user.preferred_mfa in chosen:
        return (user.preferred_mfa,)
    if chosen or settings.mfa is MfaConfiguration.OPTIONAL:
        return tuple(chosen)
    return tuple(possible)


def _ask_choice(
    pool: UserPool,
    pending: PendingSignIn,
    challenge: str,
    parameter: str,
    factors: tuple[str, ...],
) -> Reply:
    session = pool.open_session(pending, challenge)
    named = json.dumps(factors, separators=(",", ":"))
    return session.reply({parameter: named, "USER_ID_FOR_SRP": pending.user.username})


def _ask_factor(pool: UserPool, pending: PendingSignIn, factor: str) -> Reply:
    if factor == code_challenges.SOFTWARE_TOKEN_MFA:
        return code_challenges.ask_software_token(pool, pending)
    return code_challenges.ask_sent_code(pool, pending, factor, first=False)


def _signed_in(pool: UserPool, pending: PendingSignIn) -> Reply:
    app_client = pool.app_client(pending.client_id)
    pending.user.lockout.clear()
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": new_sign_in(
            pool,
            app_client,
            pending.user,
            device_key=pending.proven_device,
            proven_by_srp=pending.proven_by_srp,
        ),
    }
