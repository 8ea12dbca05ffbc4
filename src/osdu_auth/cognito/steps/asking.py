"""Challenges that a person answers, or a program instead of a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges.kinds import kind_of, read_challenge, responses_to
from osdu_auth.cognito.challenges.tries import ask_until_accepted
from osdu_auth.cognito.challenges.values import NewPassword, NewPasswordRequired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.cognito.challenges.values import Answer, Challenge
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt
    from osdu_auth.errors import SignInRefused

    Reply = AuthenticationResult | ChallengeReply


def ask(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Ask the pool's question, and send the answer.

    Raises:
        OsduAuthError: see `answer_challenge`.
    """
    challenge = read_challenge(received, attempt.username)

    def send(answer: Answer) -> Reply:
        by_device = not isinstance(answer, NewPassword)
        responses = responses_to(challenge, answer)
        reply = attempt.respond(received, responses, by_device=by_device)
        if isinstance(answer, NewPassword):
            attempt.accept_new_password(answer.password)
        return reply

    return ask_in_same_session(attempt, challenge, send)


def ask_in_same_session(
    attempt: SignInAttempt, challenge: Challenge, send: Callable[[Answer], Reply]
) -> Reply:
    """Ask, and ask again within the same session while the refusal can be corrected.

    Args:
        attempt: the sign-in.
        challenge: the challenge to answer.
        send: sends an answer to the pool, and returns the pool's reply.

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
        answer = attempt.ask(asked_now, tries_left)
        if isinstance(answer, NewPassword):
            given = answer.attributes
        return answer

    kind = kind_of(challenge)
    restart_reason = attempt.take_restart_reason()
    return ask_until_accepted(asked, send, kind.tries, kind.correctable, restart_reason)
