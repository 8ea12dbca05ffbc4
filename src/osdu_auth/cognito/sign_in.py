"""Signing in: the requests and replies of one sign-in.

    we                                          the user pool
    InitiateAuth (by the flow)              →
                                            ←   tokens, or a challenge
    RespondToAuthChallenge (answer)         →       … for each challenge
                                            ←   tokens, or the next challenge
    ConfirmDevice                           →   … only if the pool remembers devices
                                            ←   done

If the pool refuses an answer, the person is asked again within the same session. If the session
expired while the person was typing, the sign-in starts again once, with the person's earlier
choices. If the pool does not know the device, the sign-in starts again without it.
"""

from __future__ import annotations

import time

from osdu_auth.cognito.flows import PasswordSent, begin
from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
from osdu_auth.cognito.service_errors import naming_invisible_ends
from osdu_auth.cognito.sign_in_attempt import SignInAttempt, SignInOptions
from osdu_auth.cognito.token_set import require_one_subject, token_set
from osdu_auth.errors import OsduAuthError, SignInRefused, UnusableReply
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple

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
    """The result of a sign-in.

    Args:
        tokens: the tokens of the pool.
        pool_address: the address of the user pool's API that issued the tokens.
        device: this computer as the pool remembers it; None where the pool remembers none.
        notes: sentences for the user about the sign-in.
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
        app_client: the app client that signs in.
        username: the name that the user types; an e-mail address where the pool allows it.
        password: the user's password; None to ask for it when it is needed.
        answer: answers the pool's challenges; `challenges.unattended` if there is no person.
        now: this machine's clock, in seconds since 1970.
        options: how the user wants to sign in.

    Raises:
        SignInRefused: the pool refused the sign-in.
        ChallengeUnanswered: a challenge was not answered, or cannot be answered.
        ConfigurationError: the profile or the app client is set wrongly.
        Unreachable, UnusableReply, ServiceBusy: the pool gave no usable answer; OA-N643, OA-N644:
            its tokens name no user, or two.
    """
    attempt = SignInAttempt(pool, app_client, username, password, answer, now, options)
    with naming_invisible_ends(lambda: attempt.password):
        result, sent = _answer_challenges(attempt)
    tokens = token_set(result, now(), pool.date)
    require_one_subject(tokens)
    notes: list[str | Fix] = []
    if sent is not None:
        from osdu_auth.cognito.notes import note_of_sent_password

        notes.append(note_of_sent_password(sent, tokens, pool.address))
    device = _device(attempt, result, notes)
    return SignedIn(tokens, pool.address, device, tuple(notes))


def _answer_challenges(
    attempt: SignInAttempt,
) -> tuple[AuthenticationResult, PasswordSent | None]:
    received: ChallengeReply | None = None
    sent: PasswordSent | None = None
    for _ in range(MOST_ROUNDS + 1):
        try:
            if received is None:
                reply, sent = begin(attempt)
            else:
                from osdu_auth.cognito.steps import answer_challenge

                reply = answer_challenge(attempt, received)
        except SignInRefused as refusal:
            if not attempt.restarts_after(refusal):
                raise
            received = None
            continue
        if isinstance(reply, AuthenticationResult):
            return reply, sent
        received = reply
    raise _too_many_challenges()


def _device(
    attempt: SignInAttempt, result: AuthenticationResult, notes: list[str | Fix]
) -> Device | None:
    """Return this computer as the pool's device; a new device is registered first."""
    if result.new_device is None:
        return attempt.device
    from osdu_auth.cognito.challenges.values import RememberDeviceQuestion
    from osdu_auth.cognito.device import register_device

    question = RememberDeviceQuestion(attempt.typed_username, attempt.options.device_name)
    try:
        return register_device(
            attempt.pool, result.access_token, result.new_device, question, attempt.answer
        )
    except OsduAuthError as error:
        from osdu_auth.cognito.notes import note_of_unregistered_device

        # The tokens are valid for an hour, so the sign-in is still useful.
        notes.append(note_of_unregistered_device(error))
        return None


def _too_many_challenges() -> UnusableReply:
    return UnusableReply(
        f"The user pool asked {MOST_ROUNDS} times and gave no tokens.",
        code="OA-N638",
        why="Its triggers may repeat their challenges without end, or another service answers.",
        fix="Ask the user pool's administrator to look at its sign-in triggers.",
    )
