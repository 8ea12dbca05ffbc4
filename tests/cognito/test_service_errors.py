"""The table of service errors: each of Cognito's errors becomes one of ours, with a fix to type."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.cognito.service_errors import Phase, ServiceError
from osdu_auth.cognito.service_errors.table import (
    ROWS,
    UNKNOWN_AT_SIGN_IN,
    UNKNOWN_LATER,
    error_for,
)
from osdu_auth.errors import (
    ConfigurationError,
    OsduAuthError,
    ServiceBusy,
    SessionEnded,
    SignInRefused,
    Unreachable,
    UnusableReply,
)
from osdu_auth.secret import Secret

IN, RENEWAL, SIGNED_IN, OUT = Phase.SIGN_IN, Phase.RENEWAL, Phase.SIGNED_IN, Phase.SIGN_OUT
RECOVERY = Phase.RECOVERY

# Type (without "Exception"), message as Cognito has been seen to word it, phase, class, code, a
# word of the fix.
CASES: list[tuple[str, str, Phase, type[OsduAuthError], str, str]] = [
    ("NotAuthorized", "Incorrect username or password.", IN, SignInRefused, "OA-S310", "login"),
    ("UserNotFound", "User does not exist.", IN, SignInRefused, "OA-S310", "login"),
    ("NotAuthorized", "Password attempts exceeded", IN, SignInRefused, "OA-S311", "Wait"),
    ("TooManyFailedAttempts", "x", IN, SignInRefused, "OA-S311", "Wait"),
    ("NotAuthorized", "User is disabled.", IN, SignInRefused, "OA-S312", "administrator"),
    ("NotAuthorized", "User is disabled.", RENEWAL, SessionEnded, "OA-S415", "administrator"),
    ("NotAuthorized", "Temporary password has expired and must be reset by an administrator.", IN,
     SignInRefused, "OA-S313", "RESEND"),
    ("NotAuthorized", "Invalid session for the user, session is expired.", IN, SignInRefused,
     "OA-S314", "login"),
    ("NotAuthorized", "Invalid session for the user.", IN, SignInRefused, "OA-S314", "login"),
    ("NotAuthorized", "Refresh Token has expired", RENEWAL, SessionEnded, "OA-S411", "login"),
    ("NotAuthorized", "Refresh Token has been revoked", RENEWAL, SessionEnded, "OA-S412", "login"),
    ("NotAuthorized", "Invalid Refresh Token.", RENEWAL, SessionEnded, "OA-S413", "login"),
    ("RefreshTokenReuse", "x", RENEWAL, SessionEnded, "OA-S414", "login"),
    ("UserNotFound", "User does not exist.", RENEWAL, SessionEnded, "OA-S416", "administrator"),
    ("PasswordResetRequired", "x", RENEWAL, SessionEnded, "OA-S417", "forgot"),
    ("UserNotConfirmed", "x", RENEWAL, SessionEnded, "OA-S418", "administrator"),
    ("NotAuthorized", "new words", RENEWAL, SessionEnded, "OA-S419", "login"),
    ("NotAuthorized", "Access Token has been revoked", SIGNED_IN, SessionEnded, "OA-S420", "login"),
    ("NotAuthorized", "Access Token has expired", SIGNED_IN, SessionEnded, "OA-S421", "token"),
    ("NotAuthorized", "Invalid Access Token", SIGNED_IN, SessionEnded, "OA-S422", "login"),
    ("NotAuthorized", "Access Token does not have required scopes", SIGNED_IN, ConfigurationError,
     "OA-C737", "login"),
    ("NotAuthorized", "Client abc is configured with secret but SECRET_HASH was not received", IN,
     ConfigurationError, "OA-C732", "--client-secret"),
    ("NotAuthorized", "Client abc is configured for secret but secret was not received", IN,
     ConfigurationError, "OA-C732", "--client-secret"),
    ("NotAuthorized", "Unable to verify secret hash for client abc", IN, ConfigurationError,
     "OA-C730", "--client-secret"),
    ("NotAuthorized", "SecretHash does not match for the client: abc", IN, ConfigurationError,
     "OA-C730", "--client-secret"),
    ("NotAuthorized", "SecretHash does not match for the client: abc", RENEWAL, ConfigurationError,
     "OA-C731", "--client-secret"),
    ("UserNotConfirmed", "User is not confirmed.", IN, SignInRefused, "OA-S315", "code"),
    ("PasswordResetRequired", "Password reset required for the user", IN, SignInRefused, "OA-S316",
     "forgot"),
    ("InvalidParameter", "USER_PASSWORD_AUTH flow not enabled for this client", IN,
     ConfigurationError, "OA-C733", "ALLOW_USER_PASSWORD_AUTH"),
    ("InvalidParameter", "Auth flow not enabled for this client", IN, ConfigurationError, "OA-C733",
     "ALLOW_USER_PASSWORD_AUTH"),
    ("InvalidParameter", "USER_SRP_AUTH is not enabled for the client.", IN, ConfigurationError,
     "OA-C758", "ALLOW_USER_SRP_AUTH"),
    ("InvalidParameter", "USER_AUTH flow not enabled for this client", IN, ConfigurationError,
     "OA-C760", "ALLOW_USER_AUTH"),
    ("ResourceNotFound", "Device does not exist.", IN, SignInRefused, "OA-S348", "login"),
    ("ResourceNotFound", "Device does not exist.", SIGNED_IN, SignInRefused, "OA-S348", "login"),
    ("CodeMismatch", "Invalid verification code provided, please try again.", RECOVERY,
     SignInRefused, "OA-S321", "newest"),
    ("ExpiredCode", "Invalid code provided, please request a code again.", RECOVERY, SignInRefused,
     "OA-S322", "new one"),
    ("TooManyFailedAttempts", "x", RECOVERY, SignInRefused, "OA-S349", "hour"),
    ("InvalidPassword", "Password not long enough", RECOVERY, SignInRefused, "OA-S317", "another"),
    ("InvalidPassword", "Password not long enough", SIGNED_IN, SignInRefused, "OA-S317", "another"),
    ("PasswordHistoryPolicyViolation", "x", SIGNED_IN, SignInRefused, "OA-S318", "another"),
    ("NotAuthorized", "Incorrect username or password.", SIGNED_IN, SignInRefused, "OA-S340",
     "again"),
    ("NotAuthorized", "User cannot be confirmed. Current status is CONFIRMED", RECOVERY,
     SignInRefused, "OA-S341", "login"),
    ("InvalidParameter", "User is already confirmed.", RECOVERY, SignInRefused, "OA-S341", "login"),
    ("InvalidParameter", "Cannot reset password for the user as there is no verified email",
     RECOVERY, SignInRefused, "OA-S342", "administrator"),
    ("NotAuthorized", "User password cannot be reset in the current state.", RECOVERY,
     SignInRefused, "OA-S343", "login"),
    ("UserNotFound", "User does not exist.", RECOVERY, SignInRefused, "OA-S344", "init"),
    ("NotAuthorized", "new words", RECOVERY, SignInRefused, "OA-S345", "administrator"),
    ("NotAuthorized", "Unable to verify secret hash for client abc", RECOVERY, ConfigurationError,
     "OA-C730", "--client-secret"),
    ("UserLambdaValidation", "no", RECOVERY, ConfigurationError, "OA-C739", "rule"),
    ("SoftwareTokenMFANotFound", "x", SIGNED_IN, ConfigurationError, "OA-C759", "TOTP"),
    ("EnableSoftwareTokenMFA", "Code mismatch", SIGNED_IN, SignInRefused, "OA-S321", "newest"),
    ("LimitExceeded", "Attempt limit exceeded, please try after some time.", RECOVERY, ServiceBusy,
     "OA-N642", "wait"),
    ("InvalidParameter", "REFRESH_TOKEN_AUTH flow not enabled for this client", RENEWAL,
     ConfigurationError, "OA-C743", "ALLOW_REFRESH_TOKEN_AUTH"),
    ("InvalidParameter", "Missing required parameter USERNAME", IN, ConfigurationError, "OA-C741",
     "init"),
    ("ResourceNotFound", "User pool client abc does not exist.", IN, ConfigurationError, "OA-C734",
     "--region"),
    ("CodeMismatch", "Invalid code received for user", IN, SignInRefused, "OA-S321", "login"),
    ("ExpiredCode", "Your software token has already been used once.", IN, SignInRefused, "OA-S323",
     "Wait"),
    ("ExpiredCode", "Invalid code provided, please request a code again.", IN, SignInRefused,
     "OA-S322", "login"),
    ("EnableSoftwareTokenMFA", "Code mismatch", IN, SignInRefused, "OA-S321", "login"),
    ("InvalidPassword", "Password not long enough", IN, SignInRefused, "OA-S317", "login"),
    ("PasswordHistoryPolicyViolation", "x", IN, SignInRefused, "OA-S318", "login"),
    ("InvalidParameter", "Invalid attributes given, name is missing", IN, SignInRefused, "OA-S324",
     "login"),
    ("AliasExists", "x", IN, SignInRefused, "OA-S325", "administrator"),
    ("SoftwareTokenMFANotFound", "x", IN, SignInRefused, "OA-S326", "administrator"),
    ("LimitExceeded", "Attempt limit exceeded, please try after some time.", IN, ServiceBusy,
     "OA-N642", "wait"),
    ("TooManyRequests", "Rate exceeded", RENEWAL, ServiceBusy, "OA-N640", "minute"),
    ("InternalError", "x", RENEWAL, ServiceBusy, "OA-N641", "minute"),
    ("Forbidden", "Request not allowed due to WAF block.", RENEWAL, Unreachable, "OA-N645", "ACL"),
    ("FeatureUnavailableInTier", "x", RENEWAL, ConfigurationError, "OA-C736", "enable"),
    ("OperationNotEnabled", "x", RENEWAL, ConfigurationError, "OA-C736", "enable"),
    ("UnsupportedOperation", "x", RENEWAL, ConfigurationError, "OA-C736", "enable"),
    ("UnknownOperation", "x", RENEWAL, ConfigurationError, "OA-C735", "--endpoint-url"),
    ("UnsupportedOperation", "x", OUT, ConfigurationError, "OA-C745", "revocation"),
    ("UnsupportedTokenType", "x", OUT, ConfigurationError, "OA-C744", "expires"),
    ("Unauthorized", "x", OUT, ConfigurationError, "OA-C746", "init"),
    ("UserLambdaValidation", "PreAuthentication failed: no", IN, SignInRefused, "OA-S319", "rule"),
    ("UserLambdaValidation", "no", RENEWAL, ConfigurationError, "OA-C739", "rule"),
    ("UnexpectedLambda", "x", IN, ConfigurationError, "OA-C738", "trigger"),
    ("InvalidLambdaResponse", "x", RENEWAL, ConfigurationError, "OA-C738", "trigger"),
    ("InvalidUserPoolConfiguration", "x", IN, ConfigurationError, "OA-C740", "settings"),
    ("NotAuthorized", "new words", IN, SignInRefused, "OA-S320", "administrator"),
    ("BrandNew", "new words", IN, SignInRefused, "OA-S399", "administrator"),
    ("BrandNew", "new words", RENEWAL, UnusableReply, "OA-N690", "administrator"),
]  # fmt: skip


@for_each("name, message, phase, kind, code, fix", CASES)
def test_a_service_error_has_a_class_a_code_and_a_fix(
    name: str, message: str, phase: Phase, kind: type[OsduAuthError], code: str, fix: str
) -> None:
    for wording in (message, message.upper()):
        error = error_for(ServiceError(f"{name}Exception", wording), phase)
        assert (type(error), error.code) == (kind, code)
        assert error.service_error == f"{name}Exception"
        assert fix in error.fix


def every_row() -> list[OsduAuthError]:
    rows = (*ROWS, UNKNOWN_AT_SIGN_IN, UNKNOWN_LATER)
    return [row.error(ServiceError("SomeException", "SOME-MESSAGE")) for row in rows]


def test_the_first_digit_of_a_code_is_the_exit_code_and_a_code_has_one_meaning() -> None:
    told: dict[str, tuple[type[OsduAuthError], str]] = {}
    for error in every_row():
        match = re.fullmatch(r"OA-([SNCA])([3467])[0-9]{2}", error.code)
        assert match
        assert int(match[2]) == error.exit_code
        if error.code != "OA-N641":
            assert told.setdefault(error.code, (type(error), error.what)) == (
                type(error),
                error.what,
            )


def test_every_row_says_what_why_and_what_to_do() -> None:
    for error in every_row():
        for sentence in (error.what, error.why):
            assert sentence.endswith("."), error.code
        assert error.fix, error.code
        assert "{" not in str(error), error.code


def test_only_a_refused_renewal_ends_a_session() -> None:
    for service_error in (
        "BrandNewException",
        "ForbiddenException",
        "UserLambdaValidationException",
        "InvalidParameterException",
        "LimitExceededException",
        "Throttling",
    ):
        error = error_for(
            ServiceError(service_error, "refresh token invalid expired revoked"), RENEWAL
        )
        assert not isinstance(error, SessionEnded)
    failing = error_for(ServiceError("BrandNewException", "x", status=500), RENEWAL)
    assert (type(failing), failing.code) == (ServiceBusy, "OA-N641")


@given(st.text(max_size=400), st.text(max_size=2000), st.sampled_from(Phase), st.integers(200, 599))
def test_every_message_becomes_one_printable_error(
    name: str, message: str, phase: Phase, status: int
) -> None:
    error = error_for(ServiceError(name, message, status=status), phase)
    assert isinstance(error, OsduAuthError)
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 1000


def test_a_secret_in_the_message_is_masked() -> None:
    refusal = ServiceError("NotAuthorizedException", "no: hunter2-hunter2 and x")
    shown = refusal.without([Secret("hunter2-hunter2"), Secret("x"), Secret("")]).message
    assert shown == "no: **** and x"
