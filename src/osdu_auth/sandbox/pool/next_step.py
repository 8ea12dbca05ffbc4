"""What comes after a proof: a further question, or tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import (
    custom_auth,
    device_srp_auth,
    new_password_required,
    second_factors,
)
from osdu_auth.sandbox.pool.device_rules import device_of
from osdu_auth.sandbox.pool.tokens import new_sign_in
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool


def next_step(pool: UserPool, conversation: Conversation) -> Reply:
    """Return the reply to what a conversation has proven so far.

    Raises:
        PoolError: If what the client said earlier cannot be followed.
    """
    if conversation.user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return new_password_required.ask(pool, conversation)
    if custom_auth.is_due(pool, conversation):
        return custom_auth.ask(pool, conversation)
    device = device_of(pool, conversation)
    trusted = device is not None and device.remembered
    skips = trusted and pool.settings.challenge_on_new_device_only
    # The pool's own questions stand for every factor.
    if not (skips or conversation.custom or conversation.second_factor_proven):
        question = second_factors.ask(pool, conversation)
        if question is not None:
            return question
    if device is not None and conversation.proven_device != device.key:
        return device_srp_auth.ask(pool, conversation, device)
    return _signed_in(pool, conversation)


def _signed_in(pool: UserPool, conversation: Conversation) -> Reply:
    app_client = pool.app_client(conversation.client_id)
    conversation.user.lockout.clear()
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": new_sign_in(
            pool,
            app_client,
            conversation.user,
            device_key=conversation.proven_device,
            proven_by_srp=conversation.proven_by_srp,
        ),
    }
