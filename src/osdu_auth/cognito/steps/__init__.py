"""Steps: how each challenge of a user pool is answered.

    PASSWORD_VERIFIER                          the password proof, computed
    DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER  the same for a device
    PASSWORD, PASSWORD_SRP                     the preferred factor
    SELECT_CHALLENGE                           the preferred factor, or SRP, or a question
    SELECT_MFA_TYPE                            the preferred factor, or a command's, or a question
    MFA_SETUP                                  a new key is shown, and its first code is asked
    NEW_PASSWORD_REQUIRED, …_MFA, …_OTP,
    CUSTOM_CHALLENGE                           a question, repeated while the answer is wrong

Invariant: a challenge is answered only if it belongs to the flow of the sign-in. So no reply of a
server can cause a password to be sent that should stay on this machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from osdu_auth.cognito.replies import bad_member
from osdu_auth.errors import ChallengeUnanswered, UnusableReply
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt

# The documentation also says EMAIL_MFA, a name that the service model does not have.
_OTHER_NAMES = {"EMAIL_MFA": "EMAIL_OTP"}
_WITHOUT_SESSION = frozenset({"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"})

# The module and the function of each step; every other challenge is a question to the person. A
# module is imported when its challenge comes.
_STEPS = {
    "PASSWORD_VERIFIER": ("password_factor", "prove_password"),
    "PASSWORD": ("password_factor", "send_password"),
    "PASSWORD_SRP": ("password_factor", "begin_srp"),
    "SELECT_CHALLENGE": ("factor_choice", "choose_first_factor"),
    "SELECT_MFA_TYPE": ("factor_choice", "choose_second_factor"),
    "MFA_SETUP": ("totp_set_up", "set_up_second_factor"),
    "DEVICE_SRP_AUTH": ("device_proof", "begin_device_srp"),
    "DEVICE_PASSWORD_VERIFIER": ("device_proof", "prove_device"),
}


def answer_challenge(
    attempt: SignInAttempt, received: ChallengeReply
) -> AuthenticationResult | ChallengeReply:
    """Answer a challenge, and return the pool's reply.

    Raises:
        SignInRefused: the pool refused the answer.
        ChallengeUnanswered: the challenge was not answered, or cannot be answered.
        UnusableReply: OA-N635, OA-N664: the challenge is invalid; OA-N663: it is unexpected.
    """
    received = received._replace(name=_OTHER_NAMES.get(received.name, received.name))
    attempt.username = received.username(attempt.username)
    if received.name == "WEB_AUTHN":
        raise passkey_required()
    module, function = _STEPS.get(received.name, ("asking", "ask"))
    if received.session is None and received.name not in _WITHOUT_SESSION:
        _require_known(received, attempt)
        raise bad_member("Session")
    step = getattr(import_module(f"{__name__}.{module}"), function)
    reply: AuthenticationResult | ChallengeReply = step(attempt, received)
    return reply


def passkey_required() -> ChallengeUnanswered:
    """Return the error of a sign-in that needs a passkey, which only a browser can use."""
    return ChallengeUnanswered(
        "The user pool asks for WEB_AUTHN: a passkey.",
        code="OA-S336",
        why="A passkey belongs to a browser; a terminal cannot use it.",
        fix="Sign in with the browser, or ask the user pool's administrator for another factor.",
    )


def unexpected_challenge(received: ChallengeReply) -> UnusableReply:
    """Return the error of a challenge that does not belong to the flow of this sign-in."""
    return UnusableReply(
        f"The user pool asks for {printable(received.name, 60)}, which was not expected.",
        code="OA-N663",
        why="It does not belong to the flow of this sign-in; no answer was sent.",
        fix="Check endpoint_url: another server may have answered.",
    )


def _require_known(received: ChallengeReply, attempt: SignInAttempt) -> None:
    """Raise the error of an unknown challenge, before the error of its missing session."""
    if received.name not in _STEPS:
        from osdu_auth.cognito.challenges.kinds import read_challenge

        read_challenge(received, attempt.username)
