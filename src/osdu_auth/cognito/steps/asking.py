"""Challenges that a person answers, or code in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges.kinds import kind_of, read_challenge, responses_to
from osdu_auth.cognito.challenges.tries import ask_until_taken
from osdu_auth.cognito.challenges.values import NewPassword, NewPasswordRequired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.cognito.challenges.values import Answer, Challenge
    from osdu_auth.cognito.conversation import Conversation
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.errors import SignInRefused

    Reply = AuthenticationResult | ChallengeReply


def ask(conversation: Conversation, received: ChallengeReply) -> Reply:
    """Ask what the pool asks, and pass the answer on.

    Raises:
        OsduAuthError: as of `answer_challenge`.
    """
    challenge = read_challenge(received, conversation.username)

    def send(answer: Answer) -> Reply:
        by_device = not isinstance(answer, NewPassword)
        responses = responses_to(challenge, answer)
        reply = conversation.respond(received, responses, by_device=by_device)
        if isinstance(answer, NewPassword):
            conversation.accept_new_password(answer.password)
        return reply

    return ask_in_conversation(conversation, challenge, send)


def ask_in_conversation(
    conversation: Conversation, challenge: Challenge, send: Callable[[Answer], Reply]
) -> Reply:
    """Ask, and ask again with the same session while the answer is one that can be corrected.

    Args:
        conversation: the sign-in.
        challenge: what is asked.
        send: sends an answer to the pool, and returns what the pool says.

    Raises:
        SignInRefused: the last answer's refusal.
        ChallengeUnanswered: no answer was given.
    """
    given: Mapping[str, str] = {}

    def asked(refusal: SignInRefused | None, tries_left: int) -> Answer:
        nonlocal given
        asked_now = replace(challenge, refusal=refusal)
        if isinstance(asked_now, NewPasswordRequired):
            asked_now = replace(asked_now, given_attributes=given)
        answer = conversation.ask(asked_now, tries_left)
        if isinstance(answer, NewPassword):
            given = answer.attributes
        return answer

    kind = kind_of(challenge)
    told_first = conversation.take_restart_reason()
    return ask_until_taken(asked, send, kind.tries, kind.correctable, told_first)
