"""Rows for a user's own account: passwords, codes, factors, devices.

The message patterns here were not tried on a live pool. Where a pattern does not match, a more
general row is used, or the error for unknown service errors.
"""

from __future__ import annotations

from osdu_auth.cognito.service_errors import DEVICE_UNKNOWN, Phase
from osdu_auth.cognito.service_errors.row import ASK, LOGIN, Row
from osdu_auth.errors import ConfigurationError, SignInRefused
from osdu_auth.fixes import Run

_RECOVERY = (Phase.RECOVERY,)
_SIGNED_IN = (Phase.SIGNED_IN,)
_ACCOUNT = (Phase.RECOVERY, Phase.SIGNED_IN)

_CODES = (
    Row(
        ("CodeMismatchException", "EnableSoftwareTokenMFAException"),
        "OA-S321",
        SignInRefused,
        "That code is not right.",
        "It was mistyped, or it is an older code; the codes of an app also need a correct clock.",
        "Try again with the newest code.",
        phases=_ACCOUNT,
    ),
    Row(
        ("ExpiredCodeException",),
        "OA-S323",
        SignInRefused,
        "That code has been used already.",
        "An app shows a new code every 30 seconds, and each can be used once.",
        "Wait for the next code, and try again.",
        message_pattern=r"already been used",
        phases=_ACCOUNT,
    ),
    Row(
        ("ExpiredCodeException",),
        "OA-S322",
        SignInRefused,
        "That code is too old.",
        "A code is valid for some minutes or hours, and a new one replaces those before it.",
        "Have a new one sent: "
        + Run("account", "forgot-password")
        + ", or "
        + Run("account", "resend-code"),
        phases=_ACCOUNT,
    ),
    Row(
        ("TooManyFailedAttemptsException",),
        "OA-S349",
        SignInRefused,
        "The user pool accepts no code for this user at the moment.",
        "There were too many wrong attempts.",
        "Wait an hour, then have a new code sent.",
        phases=_ACCOUNT,
    ),
)

_PASSWORDS = (
    Row(
        ("InvalidPasswordException",),
        "OA-S317",
        SignInRefused,
        "The user pool does not accept that new password.",
        'It says: "{message}".',
        "Choose another, and try again.",
        phases=_ACCOUNT,
    ),
    Row(
        ("PasswordHistoryPolicyViolationException",),
        "OA-S318",
        SignInRefused,
        "That new password has been used before.",
        'The user pool says: "{message}".',
        "Choose another, and try again.",
        phases=_ACCOUNT,
    ),
    Row(
        ("InvalidParameterException",),
        "OA-S340",
        SignInRefused,
        "The present password is not right.",
        "No password of a user pool has this form.",
        "Type it again.",
        message_pattern="previouspassword",
        phases=_SIGNED_IN,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S340",
        SignInRefused,
        "The present password is not right.",
        "To change the password, you have to give the present password.",
        "Type it again (after five wrong ones the pool makes you wait).",
        message_pattern=r"incorrect username or password",
        phases=_SIGNED_IN,
    ),
    Row(
        ("NotAuthorizedException", "LimitExceededException"),
        "OA-S311",
        SignInRefused,
        "The user pool accepts no password for this user at the moment.",
        "There were too many wrong attempts.",
        "Wait a quarter of an hour, and try again.",
        message_pattern=r"password attempts exceeded|too many failed",
        phases=_SIGNED_IN,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S343",
        SignInRefused,
        "The password of this account cannot be reset now.",
        'The temporary password was never replaced. The user pool says: "{message}".',
        "Sign in with the temporary password; if it has expired, ask the user pool's administrator "
        "to send the invitation again: " + LOGIN,
        message_pattern=r"cannot be reset in the current state",
        phases=_RECOVERY,
    ),
    Row(
        ("InvalidParameterException",),
        "OA-S342",
        SignInRefused,
        "The user pool has no address to which it can send this user a code.",
        "No e-mail address or phone number of the account is verified.",
        ASK + "set a new password.",
        message_pattern=r"cannot reset password",
        phases=_RECOVERY,
    ),
)

_ACCOUNTS = (
    Row(
        ("NotAuthorizedException", "InvalidParameterException"),
        "OA-S341",
        SignInRefused,
        "This account is confirmed already.",
        'The user pool says: "{message}".',
        LOGIN,
        message_pattern=r"already confirmed|current status is confirmed",
        phases=_RECOVERY,
    ),
    Row(
        ("UserNotFoundException",),
        "OA-S344",
        SignInRefused,
        "The user pool knows no such user.",
        "The user name is mistyped, or the account is at another user pool.",
        "Check the user name, and the profile's region and app client: " + Run("init"),
        phases=_RECOVERY,
    ),
    Row(
        ("UserNotConfirmedException",),
        "OA-S315",
        SignInRefused,
        "This account is not confirmed yet.",
        "The code that was sent at sign-up has not been entered.",
        "Enter that code first: " + Run("account", "confirm-sign-up"),
        phases=_RECOVERY,
    ),
    Row(
        ("AliasExistsException",),
        "OA-S325",
        SignInRefused,
        "Another account has this e-mail address or phone number.",
        "A user pool lets it belong to one account only.",
        "Sign in to that account, or ask the user pool's administrator for help.",
        phases=_ACCOUNT,
    ),
)

_FACTORS = (
    Row(
        ("SoftwareTokenMFANotFoundException",),
        "OA-C759",
        ConfigurationError,
        "The user pool does not allow authenticator apps as a second factor.",
        'It says: "{message}".',
        ASK + "enable authenticator apps (TOTP) for the pool.",
        phases=_SIGNED_IN,
    ),
    Row(
        ("InvalidParameterException",),
        "OA-S346",
        SignInRefused,
        "This account has no authenticator app.",
        'The user pool says: "{message}".',
        "Set one up first: " + Run("account", "set-up-totp"),
        message_pattern=r"not (?:verified|set up|delivery).*software token|software token.*not",
        phases=_SIGNED_IN,
    ),
)

_DEVICES = (
    Row(
        ("ResourceNotFoundException",),
        DEVICE_UNKNOWN,
        SignInRefused,
        "The user pool knows no such device.",
        "It was forgotten, or it is another user's.",
        "List the devices: "
        + Run("account", "devices")
        + "; a new sign-in registers this one: "
        + LOGIN,
        message_pattern=r"device",
        phases=(Phase.SIGN_IN, Phase.SIGNED_IN),
    ),
    Row(
        ("DeviceKeyExistsException",),
        "OA-S347",
        SignInRefused,
        "The user pool has this device already.",
        'It says: "{message}".',
        LOGIN,
        phases=_SIGNED_IN,
    ),
)

ROWS = _CODES + _PASSWORDS + _ACCOUNTS + _FACTORS + _DEVICES
# These come after the rows of the app client, which have the same type.
LAST_ROWS = (
    Row(
        ("NotAuthorizedException",),
        "OA-S345",
        SignInRefused,
        "The user pool refuses this.",
        'It says: "{message}".',
        "If that does not tell you what to do, show it to the user pool's administrator.",
        phases=_RECOVERY,
    ),
)
