"""Rows for a session: its renewal, its use and its sign-out.

Only an error that is known to end a session may end it.
"""

from __future__ import annotations

from osdu_auth.cognito.service_errors import Phase
from osdu_auth.cognito.service_errors.row import ASK, LOGIN, Row
from osdu_auth.errors import ConfigurationError, SessionEnded
from osdu_auth.fixes import Run

_LATER = (Phase.RENEWAL, Phase.SIGNED_IN, Phase.SIGN_OUT)

ROWS = (
    Row(
        ("RefreshTokenReuseException",),
        "OA-S414",
        SessionEnded,
        "This session has ended: its refresh token was used a second time.",
        "Two programs shared one session outside osdu-auth, or a renewal was interrupted.",
        LOGIN,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S411",
        SessionEnded,
        "This session has ended: it is too old.",
        "A user pool lets a session be renewed for some days only.",
        LOGIN,
        message_pattern=r"refresh token (?:has|is) expired",
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S412",
        SessionEnded,
        "This session has ended: it was revoked.",
        "This user was signed out, here or on another computer.",
        LOGIN,
        message_pattern=r"refresh token has been revoked",
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S413",
        SessionEnded,
        "This session has ended: the user pool does not know its refresh token.",
        "The token is another app client's, or the pool does not know this device.",
        LOGIN,
        message_pattern=r"invalid refresh token",
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S415",
        SessionEnded,
        "This session has ended: the user is disabled.",
        "An administrator has switched the account off.",
        ASK + "enable the user, then: " + LOGIN,
        message_pattern=r"user is disabled",
        phases=_LATER,
    ),
    Row(
        ("UserNotFoundException",),
        "OA-S416",
        SessionEnded,
        "This session has ended: the user pool no longer knows the user.",
        "The account was deleted.",
        ASK + "create the user again, then: " + LOGIN,
        phases=_LATER,
    ),
    Row(
        ("PasswordResetRequiredException",),
        "OA-S417",
        SessionEnded,
        "This session has ended: the password has to be reset.",
        "An administrator has asked for it.",
        "Choose a new one, and sign in: " + Run("account", "forgot-password") + ", then " + LOGIN,
        phases=_LATER,
    ),
    Row(
        ("UserNotConfirmedException",),
        "OA-S418",
        SessionEnded,
        "This session has ended: the account is no longer confirmed.",
        "The user pool requires a new confirmation of the user.",
        ASK + "confirm the user, then: " + LOGIN,
        phases=_LATER,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S419",
        SessionEnded,
        "This session has ended: the user pool refuses to renew it.",
        'It says: "{message}".',
        LOGIN,
        phases=(Phase.RENEWAL,),
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S420",
        SessionEnded,
        "This session has ended: it was revoked.",
        "This user was signed out, here or on another computer.",
        LOGIN,
        message_pattern=r"access token has been revoked",
        phases=(Phase.SIGNED_IN,),
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-S421",
        SessionEnded,
        "The access token has expired.",
        "It was valid for a limited time, and was not renewed.",
        Run("token") + " renews it; if that fails: " + LOGIN,
        message_pattern=r"access token has expired",
        phases=(Phase.SIGNED_IN,),
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-C737",
        ConfigurationError,
        "This access token is not for the user pool's own operations.",
        "It lacks the scope aws.cognito.signin.user.admin.",
        "Sign in with a password, which gives that scope: " + LOGIN,
        message_pattern=r"required scopes",
        phases=(Phase.SIGNED_IN,),
    ),
    Row(
        ("NotAuthorizedException", "UnauthorizedException"),
        "OA-S422",
        SessionEnded,
        "The user pool does not accept this access token.",
        'It says: "{message}".',
        LOGIN,
        phases=(Phase.SIGNED_IN,),
    ),
    Row(
        ("UnsupportedTokenTypeException",),
        "OA-C744",
        ConfigurationError,
        "The user pool cannot revoke that token.",
        "Only a refresh token can be revoked.",
        "There is nothing more to do here; the access token is valid until it expires.",
        phases=(Phase.SIGN_OUT,),
    ),
    Row(
        ("UnsupportedOperationException",),
        "OA-C745",
        ConfigurationError,
        "This app client's sessions cannot be revoked.",
        "Token revocation is switched off for it.",
        ASK + "enable token revocation for the app client.",
        phases=(Phase.SIGN_OUT,),
    ),
    Row(
        ("NotAuthorizedException", "UnauthorizedException"),
        "OA-C746",
        ConfigurationError,
        "The user pool does not let this app client revoke the session.",
        'It says: "{message}".',
        "Check the profile's app client and secret: " + Run("init"),
        phases=(Phase.SIGN_OUT,),
    ),
)
