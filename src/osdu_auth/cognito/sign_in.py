"""Signing in, as a conversation.

    we                                          the user pool
    InitiateAuth (as the flow has it)       →
                                            ←   tokens, or a challenge
    RespondToAuthChallenge (answer)         →       … for each challenge
                                            ←   tokens, or the next challenge
    ConfirmDevice                           →   … only if the pool remembers devices
                                            ←   done

An answer that the pool does not take is asked for again with the same session. A session that ran
out while the person was typing is begun anew, once, with what they had decided; a device that the
pool forgot is left out, and all is begun anew without it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.cognito.conversation import Conversation, SignInOptions
from osdu_auth.cognito.flows import PasswordSent, begin
from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
from osdu_auth.cognito.service_errors import naming_blank_ends
from osdu_auth.cognito.token_set import require_one_subject, token_set
from osdu_auth.errors import OsduAuthError, SignInRefused, UnusableReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.cognito.device import Device
    from osdu_auth.fixes import Fix
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

MOST_ROUNDS = 10
_DEFAULT_OPTIONS = SignInOptions()


class SignedIn(NamedTuple):
    """What signing in came to.

    Args:
        tokens: what the pool gave.
        pool_address: the address of the user pool's API that issued the tokens.
        device: this computer as the pool remembers it; None where it does not.
        notes: what the user should know although it worked, a sentence or two each.
    """

    tokens: TokenSet
    pool_address: str
    device: Device | None = None
    notes: tuple[str | Fix, ...] = ()


def sign_in(
    pool: UserPoolApi,
    app_client: AppClient,
    username: str,
    password: Secret | None,
    answer: Answers,
    now: Callable[[], float] = time.time,
    options: SignInOptions = _DEFAULT_OPTIONS,
) -> SignedIn:
    """Sign in.

    Args:
        pool: the user pool.
        app_client: which app client signs in.
        username: as the user types it; an e-mail address where the pool allows it.
        password: the user's; None to be asked for it if it comes to that.
        answer: answers what the pool asks on the way; `challenges.nobody` if nobody is there.
        now: this machine's clock, in seconds since 1970.
        options: how the user wants to sign in.

    Raises:
        SignInRefused: the pool said no.
        ChallengeUnanswered: the pool asked something that was not, or cannot be, answered.
        ConfigurationError: the profile or the app client is set wrongly.
        Unreachable, UnusableReply, ServiceBusy: the pool did not answer, or not usably; OA-N643,
            OA-N644: its tokens do not say whose they are.
    """
    conversation = Conversation(pool, app_client, username, password, answer, now, options)
    with naming_blank_ends(lambda: conversation.password):
        result, sent = _converse(conversation)
    tokens = token_set(result, now(), pool.date)
    require_one_subject(tokens)
    notes: list[str | Fix] = []
    if sent is not None:
        from osdu_auth.cognito.notes import password_sent

        notes.append(password_sent(sent, tokens, pool.address))
    device = _device(conversation, result, notes)
    return SignedIn(tokens, pool.address, device, tuple(notes))


def _converse(conversation: Conversation) -> tuple[AuthenticationResult, PasswordSent | None]:
    received: ChallengeReply | None = None
    sent: PasswordSent | None = None
    for _ in range(MOST_ROUNDS + 1):
        try:
            if received is None:
                reply, sent = begin(conversation)
            else:
                from osdu_auth.cognito.steps import answer_challenge

                reply = answer_challenge(conversation, received)
        except SignInRefused as refusal:
            if not conversation.restarts_after(refusal):
                raise
            received = None
            continue
        if isinstance(reply, AuthenticationResult):
            return reply, sent
        received = reply
    raise _endless()


def _device(
    conversation: Conversation, result: AuthenticationResult, notes: list[str | Fix]
) -> Device | None:
    """Return what the pool knows this computer as, confirmed where that is new."""
    if result.new_device is None:
        return conversation.device
    from osdu_auth.cognito.challenges.values import RememberDeviceQuestion
    from osdu_auth.cognito.device import register_device

    question = RememberDeviceQuestion(conversation.typed_username, conversation.options.device_name)
    try:
        return register_device(
            conversation.pool, result.access_token, result.new_device, question, conversation.answer
        )
    except OsduAuthError as error:
        from osdu_auth.cognito.notes import device_unregistered

        # The tokens are good for an hour; whoever has them is better off than without.
        notes.append(device_unregistered(error))
        return None


def _endless() -> UnusableReply:
    return UnusableReply(
        f"The user pool asked {MOST_ROUNDS} times and gave no tokens.",
        code="OA-N638",
        why="Its triggers may ask in a circle, or something else than a user pool answers.",
        fix="Ask the user pool's administrator to look at its sign-in triggers.",
    )
