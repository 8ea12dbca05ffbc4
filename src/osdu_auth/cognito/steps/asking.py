"""Challenges that a person answers, or somebody in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges.answers import NewPassword
from osdu_auth.cognito.challenges.asked import (
    CodeRequired,
    NewPasswordRequired,
    TotpSetUpRequired,
)
from osdu_auth.cognito.challenges.reading import read_challenge
from osdu_auth.cognito.challenges.responses import responses_to
from osdu_auth.cognito.refusals import CODE_REFUSED, NEW_PASSWORD_REFUSED
from osdu_auth.errors import OsduAuthError, SignInRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.challenges.answers import Answer
    from osdu_auth.cognito.challenges.asked import Challenge
    from osdu_auth.cognito.conversation import Conversation
    from osdu_auth.cognito.replies import AuthenticationResult, PosedChallenge

    Reply = AuthenticationResult | PosedChallenge

MOST_PASSWORDS = 10
MOST_CODES = 3  # fewer than the wrong ones after which a pool makes the user wait


def ask(conversation: Conversation, posed: PosedChallenge) -> Reply:
    """Ask what the pool asks, and pass the answer on.

    Raises:
        OsduAuthError: as of `take_step`.
    """
    challenge = read_challenge(posed, conversation.username)

    def pass_on(answer: Answer) -> Reply:
        by_device = not isinstance(answer, NewPassword)
        responses = responses_to(challenge, answer)
        reply = conversation.respond(posed, responses, by_device=by_device)
        if isinstance(answer, NewPassword):
            conversation.accept_new_password(answer.password)
        return reply

    return ask_until_taken(conversation, challenge, pass_on)


def ask_until_taken(
    conversation: Conversation, challenge: Challenge, pass_on: Callable[[Answer], Reply]
) -> Reply:
    """Ask, and ask again with the same session while the answer is one that can be corrected.

    Args:
        conversation: the sign-in.
        challenge: what is asked.
        pass_on: sends an answer to the pool, and returns what that says.

    Raises:
        SignInRefused: the last answer's refusal.
        ChallengeUnanswered: nobody answered.
    """
    tries, correctable = _tries(challenge)
    refusal: OsduAuthError | None = conversation.told_at_new_beginning()
    while True:
        asked = replace(challenge, refusal=refusal)
        if isinstance(asked, CodeRequired):
            asked = conversation.timed(asked, tries)
        answer = conversation.ask(asked)
        tries -= 1
        try:
            return pass_on(answer)
        except SignInRefused as error:
            if error.code not in correctable or not tries:
                raise
            refusal = error


def _tries(challenge: Challenge) -> tuple[int, frozenset[str]]:
    if isinstance(challenge, NewPasswordRequired):
        return MOST_PASSWORDS, NEW_PASSWORD_REFUSED
    if isinstance(challenge, (CodeRequired, TotpSetUpRequired)):
        return MOST_CODES, CODE_REFUSED
    return 1, frozenset()
