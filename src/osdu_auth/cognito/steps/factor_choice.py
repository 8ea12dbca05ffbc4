"""Challenges in which a factor is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges.kinds import read_challenge
from osdu_auth.cognito.challenges.values import FactorChoice, FactorChoiceRequired
from osdu_auth.cognito.flows import srp_parameters
from osdu_auth.cognito.steps import passkey_required, unexpected_challenge

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt
    from osdu_auth.secret import Secret

    Reply = AuthenticationResult | ChallengeReply


def choose_first_factor(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Choose the first factor (`SELECT_CHALLENGE`), and send its parameters.

    If a password was given, the password proof (SRP) is chosen. The password itself is sent only if
    the profile prefers that, or if the person also agrees to a question that names the host.

    Raises:
        UnusableReply: OA-N663: the flow of this sign-in has no choice.
        ChallengeUnanswered: OA-S336: a passkey was chosen; OA-S337: the password itself was
            chosen, and may not be sent; or the question got no answer.
        OsduAuthError: see `answer_challenge`.
    """
    if attempt.flow != "USER_AUTH":
        raise unexpected_challenge(received)
    can_prove = attempt.password is not None and attempt.options.pool_name is not None
    preferred = (attempt.options.preferred_factor, "PASSWORD_SRP" if can_prove else None)
    factor = _chosen(attempt, received, preferred)
    if factor == "WEB_AUTHN":
        raise passkey_required()
    responses: dict[str, str | Secret] = {"ANSWER": factor}
    if factor == "PASSWORD_SRP":
        responses |= srp_parameters(attempt)
    if factor == "PASSWORD":
        responses["PASSWORD"] = attempt.known_password()
        if attempt.options.preferred_factor != "PASSWORD":
            attempt.require_password_allowed("preferred_factor", "PASSWORD")
        attempt.password_may_be_sent = True
    return attempt.respond(received, responses)


def choose_second_factor(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Choose the second factor (`SELECT_MFA_TYPE`).

    Raises:
        ChallengeUnanswered: the question got no answer.
        OsduAuthError: see `answer_challenge`.
    """
    by_command = "SOFTWARE_TOKEN_MFA" if attempt.options.code_command else None
    factor = _chosen(attempt, received, (attempt.options.preferred_factor, by_command))
    return attempt.respond(received, {"ANSWER": factor}, by_device=True)


def _chosen(
    attempt: SignInAttempt, received: ChallengeReply, preferred: tuple[str | None, ...]
) -> str:
    """Return the first preferred factor that is offered, or else the person's choice."""
    challenge = read_challenge(received, attempt.username)
    if not isinstance(challenge, FactorChoiceRequired):
        raise unexpected_challenge(received)
    for factor in preferred:
        if factor in challenge.factors:
            return str(factor)
    choice = attempt.ask(challenge)
    if not isinstance(choice, FactorChoice):
        raise unexpected_challenge(received)
    return choice.factor
