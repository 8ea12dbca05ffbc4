"""Steps: what is done about each challenge that a user pool poses.

    PASSWORD_VERIFIER                          the password proof, computed
    DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER  the same for a device
    PASSWORD, PASSWORD_SRP                     the factor that was preferred
    SELECT_CHALLENGE                           the preferred one, the one with a password, or asked
    SELECT_MFA_TYPE                            the preferred one, the one with a command, or asked
    MFA_SETUP                                  a new key, shown, and its first code
    NEW_PASSWORD_REQUIRED, …_MFA, …_OTP,
    CUSTOM_CHALLENGE                           asked, and asked again while the answer is wrong

The law of this package: a challenge is met only where it can come by itself, so that no reply makes
us send a password that was to stay here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from osdu_auth.cognito.replies import bad_member
from osdu_auth.errors import ChallengeUnanswered, UnusableReply
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.conversation import Conversation
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply

# The documentation speaks of EMAIL_MFA, which the service model does not know.
_OTHER_NAMES = {"EMAIL_MFA": "EMAIL_OTP"}
_WITHOUT_SESSION = frozenset({"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"})

# The module and the function of each step; what is not named here is asked as it is. A module is
# imported when its challenge comes.
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
    conversation: Conversation, received: ChallengeReply
) -> AuthenticationResult | ChallengeReply:
    """Do what a challenge asks for, and return what the pool says to it.

    Raises:
        SignInRefused: the pool said no.
        ChallengeUnanswered: it asks what was not, or cannot be, answered.
        UnusableReply: OA-N635, OA-N663, OA-N664: it asks out of turn, or not usably.
    """
    received = received._replace(name=_OTHER_NAMES.get(received.name, received.name))
    conversation.username = received.username(conversation.username)
    if received.name == "WEB_AUTHN":
        raise passkey_wanted()
    module, function = _STEPS.get(received.name, ("asking", "ask"))
    if received.session is None and received.name not in _WITHOUT_SESSION:
        _require_known(received, conversation)
        raise bad_member("Session")
    step = getattr(import_module(f"{__name__}.{module}"), function)
    reply: AuthenticationResult | ChallengeReply = step(conversation, received)
    return reply


def passkey_wanted() -> ChallengeUnanswered:
    """Return the error of a sign-in that wants a passkey, which lives in a browser."""
    return ChallengeUnanswered(
        "The user pool asks for WEB_AUTHN: a passkey.",
        code="OA-S336",
        why="A passkey belongs to a browser; a terminal cannot use it.",
        fix="Sign in with the browser, or ask the user pool's administrator for another factor.",
    )


def unexpected(received: ChallengeReply) -> UnusableReply:
    """Return the error of a challenge that does not belong to how this sign-in was begun."""
    return UnusableReply(
        f"The user pool asks for {printable(received.name, 60)} where it cannot come.",
        code="OA-N663",
        why="The sign-in was begun in another way; nothing was sent in answer.",
        fix="Check endpoint_url: something else than a user pool may have answered.",
    )


def _require_known(received: ChallengeReply, conversation: Conversation) -> None:
    """Name a challenge that cannot be answered anyway, rather than what else is wrong with it."""
    if received.name not in _STEPS:
        from osdu_auth.cognito.challenges.kinds import read_challenge

        read_challenge(received, conversation.username)
