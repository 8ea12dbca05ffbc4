"""How a sign-in begins, one function for each flow.

    auth_flow           we send                                     the pool's challenge
    (none)              as USER_SRP_AUTH; as USER_PASSWORD_AUTH if the profile has no pool id, or
                        if the app client may not use SRP and the person allows it; a note says
                        so in both cases
    USER_SRP_AUTH       the public value of an SRP exchange         PASSWORD_VERIFIER
    USER_PASSWORD_AUTH  the password                                …
    USER_AUTH           the preferred factor and its parameters     that, or SELECT_CHALLENGE
    CUSTOM_AUTH         with a password, the public value           of the pool's own program

Invariant: a password is sent only if the profile or the person allows it, or if the profile has no
pool id. A server's reply may cause a question to the person, but never the sending of a password.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from osdu_auth.cognito.service_errors import SRP_NOT_ENABLED
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt
    from osdu_auth.secret import Secret

    Reply = AuthenticationResult | ChallengeReply


class PasswordSent(enum.Enum):
    """Why the password itself was sent although the profile does not say so."""

    NO_POOL_ID = "no pool id"
    SRP_REFUSED = "SRP refused"


def begin(attempt: SignInAttempt) -> tuple[Reply, PasswordSent | None]:
    """Begin a sign-in; return the reply, and why the password itself was sent, if it was.

    Raises:
        ChallengeUnanswered: OA-S337: the app client may not use SRP, and the password may not be
            sent.
        ConfigurationError: OA-C757: the flow needs the user pool's id.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    if attempt.flow is not None:
        return _FLOWS[attempt.flow](attempt), None
    if attempt.options.pool_name is None:
        return _begin_with_password(attempt), PasswordSent.NO_POOL_ID
    try:
        return _begin_with_srp(attempt), None
    except ConfigurationError as error:
        if error.code != SRP_NOT_ENABLED:
            raise
    attempt.require_password_allowed("auth_flow", "USER_PASSWORD_AUTH")
    return _begin_with_password(attempt), PasswordSent.SRP_REFUSED


def srp_parameters(attempt: SignInAttempt) -> dict[str, str | Secret]:
    """Begin an SRP exchange, and return its public value as a parameter for the pool.

    Raises:
        ConfigurationError: OA-C757: SRP needs the user pool's id.
        ChallengeUnanswered: there is no password, and the question for it got no answer.
    """
    from osdu_auth.cognito.password_proof import public_value
    from osdu_auth.cognito.srp import SrpExchange

    if attempt.options.pool_name is None:
        raise ConfigurationError(
            "The profile has no user pool id, which SRP needs.",
            code="OA-C757",
            why="SRP computes its proof from the second half of the id and the password.",
            fix=Run("init", "--user-pool-id", "us-east-1_Ab12Cd34E") + ", with your pool's id.",
        )
    # Asked before the exchange begins: the pool waits only a few seconds for the proof.
    attempt.known_password()
    attempt.exchange = SrpExchange()
    return {"SRP_A": public_value(attempt.exchange)}


def _begin_with_srp(attempt: SignInAttempt) -> Reply:
    return attempt.begin("USER_SRP_AUTH", srp_parameters(attempt))


def _begin_with_password(attempt: SignInAttempt) -> Reply:
    password = attempt.known_password()
    return attempt.begin("USER_PASSWORD_AUTH", {"PASSWORD": password})


def _begin_with_choice(attempt: SignInAttempt) -> Reply:
    preferred = attempt.options.preferred_factor
    if preferred is None and attempt.password is not None and attempt.options.pool_name:
        preferred = "PASSWORD_SRP"  # a password was given, so it is the factor to use
    if preferred is None:
        return attempt.begin("USER_AUTH", {})
    parameters: dict[str, str | Secret] = {"PREFERRED_CHALLENGE": preferred}
    if preferred == "PASSWORD_SRP":
        parameters |= srp_parameters(attempt)
    if preferred == "PASSWORD":
        attempt.password_may_be_sent = True
        parameters["PASSWORD"] = attempt.known_password()
    return attempt.begin("USER_AUTH", parameters)


def _begin_custom(attempt: SignInAttempt) -> Reply:
    if attempt.password is None or attempt.options.pool_name is None:
        return attempt.begin("CUSTOM_AUTH", {})
    proof = {"CHALLENGE_NAME": "SRP_A", **srp_parameters(attempt)}
    return attempt.begin("CUSTOM_AUTH", proof)


_FLOWS: dict[str, Callable[[SignInAttempt], Reply]] = {
    "USER_SRP_AUTH": _begin_with_srp,
    "USER_PASSWORD_AUTH": _begin_with_password,
    "USER_AUTH": _begin_with_choice,
    "CUSTOM_AUTH": _begin_custom,
}
