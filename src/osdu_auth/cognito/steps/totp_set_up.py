"""A second factor that has to be set up before the sign-in can go on (`MFA_SETUP`).

we                                          the user pool
                                        ←   MFA_SETUP (session 1)
AssociateSoftwareToken (session 1)      →
                                        ←   a key (session 2), which the user puts into the app
VerifySoftwareToken (session 2, code)   →
                                        ←   done (session 3)
RespondToAuthChallenge (session 3)      →
                                        ←   tokens, or the next challenge
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.account.totp import associate_software_token, key_uri, verify_software_token
from osdu_auth.cognito.challenges.kinds import factors_in
from osdu_auth.cognito.challenges.values import TotpSetUpRequired
from osdu_auth.cognito.replies import bad_member
from osdu_auth.cognito.service_errors import Phase
from osdu_auth.cognito.steps.asking import ask_in_same_session
from osdu_auth.errors import ChallengeUnanswered
from osdu_auth.fixes import Run
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.values import Answer
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt

    Reply = AuthenticationResult | ChallengeReply

_TOTP = "SOFTWARE_TOKEN_MFA"


def set_up_second_factor(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Set up an authenticator app.

    Raises:
        ChallengeUnanswered: OA-S335: the pool requires another factor; or there was no answer.
        OsduAuthError: see `answer_challenge`.
    """
    factors = factors_in(received, "MFAS_CAN_SETUP")
    if _TOTP not in factors:
        raise _no_supported_factor(factors)
    key = associate_software_token(attempt.pool, {"Session": received.session}, Phase.SIGN_IN)
    if key.session is None:
        raise bad_member("Session")
    uri = key_uri(key, attempt.typed_username)
    challenge = TotpSetUpRequired(attempt.username, key.secret_key, uri)

    def send(answer: Answer) -> Reply:
        verified = verify_software_token(
            attempt.pool, {"Session": key.session}, answer, Phase.SIGN_IN
        )
        if verified is None:
            raise bad_member("Session")
        return attempt.respond(received._replace(session=verified), {})

    return ask_in_same_session(attempt, challenge, send)


def _no_supported_factor(factors: tuple[str, ...]) -> ChallengeUnanswered:
    offered = printable(", ".join(factors), 100) or "no factor by name"
    return ChallengeUnanswered(
        "The user pool requires a second factor that cannot be set up from here.",
        code="OA-S335",
        why=f"It offers {offered}, and not an authenticator app (SOFTWARE_TOKEN_MFA).",
        fix="Ask the user pool's administrator to enter your phone number or e-mail address as "
        "verified, or to allow authenticator apps; then: " + Run("login"),
    )
