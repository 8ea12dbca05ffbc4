"""Rows for the app client: its id, its secret, its permissions; and its own tokens."""

from __future__ import annotations

from osdu_auth.cognito.service_errors import SRP_NOT_ENABLED, Phase
from osdu_auth.cognito.service_errors.row import ASK, Row
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, GiveSecret, Run

_SECRET = Run("init", "--client-secret", Blank("REF"))
_CLIENT_ID = Run("init", "--client-id", Blank("ID"))
_BY_SRP = Run("init", "--auth-flow", "USER_SRP_AUTH")
_SERVICE = (Phase.SERVICE,)

ROWS = (
    Row(
        ("NotAuthorizedException", "InvalidParameterException"),
        "OA-C732",
        ConfigurationError,
        "This app client has a secret, and the profile has none.",
        "Every request of such an app client has to prove that it knows the secret.",
        GiveSecret(_SECRET + ", or use the id of a public app client."),
        message_pattern=r"secret.?hash was not received|secret was not received|"
        r"secret hash is required",
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-C730",
        ConfigurationError,
        "The app client's secret is not the one that the user pool knows.",
        "The pool refused the secret hash before it checked the password; the secret, or the "
        "client id, is another app client's.",
        _SECRET + ", with the secret from the app client's page.",
        message_pattern=r"secret ?hash|client secret|invalid_client",
        phases=(Phase.SIGN_IN, Phase.RECOVERY),
    ),
    Row(
        ("NotAuthorizedException", "UnauthorizedException"),
        "OA-C731",
        ConfigurationError,
        "The user pool no longer accepts the app client's secret.",
        "The secret was changed since you signed in, or the profile now names another app client.",
        _SECRET + ", with the secret from the app client's page.",
        message_pattern=r"secret ?hash|client secret|invalid_client",
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException"),
        "OA-C742",
        ConfigurationError,
        "This app client is public, and the profile has a secret for it.",
        "The client id, or the secret, is another app client's.",
        "Remove client_secret from the profile, or correct the id: " + _CLIENT_ID,
        message_pattern=r"(?:not configured (?:for|with)|configured without|"
        r"has no) (?:a )?(?:client )?secret",
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException", "UnsupportedOperationException"),
        "OA-C743",
        ConfigurationError,
        "This app client is not allowed to renew tokens.",
        "REFRESH_TOKEN_AUTH is not among its flows, or the client id is another app client's.",
        ASK + "enable ALLOW_REFRESH_TOKEN_AUTH or refresh token rotation for the app client.",
        message_pattern=r"flow (?:is )?not (?:enabled|supported)|"
        r"REFRESH_TOKEN.*not (?:enabled|supported)",
        phases=(Phase.RENEWAL,),
    ),
    Row(
        # The pattern is the whole message: only after exactly this message is the person asked
        # whether the password itself may be sent.
        ("InvalidParameterException",),
        SRP_NOT_ENABLED,
        ConfigurationError,
        "This app client is not allowed to sign in with SRP.",
        "USER_SRP_AUTH is not among its flows, or the client id is another app client's.",
        ASK + "enable ALLOW_USER_SRP_AUTH for the app client; or check the id: " + _CLIENT_ID,
        message_pattern=r"\AUSER_SRP_AUTH is not enabled for the client\.?\Z",
        phases=(Phase.SIGN_IN,),
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException", "UnsupportedOperationException"),
        "OA-C760",
        ConfigurationError,
        "This app client may not use the sign-in flow of the profile.",
        'The user pool says: "{message}".',
        ASK
        + "enable ALLOW_USER_AUTH or ALLOW_CUSTOM_AUTH for the app client; or sign in by SRP: "
        + _BY_SRP,
        message_pattern=r"\A(?:USER_AUTH|CUSTOM_AUTH)\b.*not (?:enabled|supported)",
        phases=(Phase.SIGN_IN,),
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException", "UnsupportedOperationException"),
        "OA-C733",
        ConfigurationError,
        "This app client is not allowed to sign in with a password.",
        "USER_PASSWORD_AUTH is not among its flows, or the client id is another app client's.",
        ASK + "enable ALLOW_USER_PASSWORD_AUTH for the app client; or sign in by SRP: " + _BY_SRP,
        message_pattern=r"flow (?:is )?not (?:enabled|supported)|is not enabled for the client",
        phases=(Phase.SIGN_IN,),
    ),
    Row(
        ("ResourceNotFoundException",),
        "OA-C734",
        ConfigurationError,
        "There is no such app client in this region.",
        "Usually the region is not the user pool's; otherwise the client id is wrong.",
        Run("init", "--region", Blank("REGION"), "--client-id", Blank("ID")),
    ),
)
# For `GetClientToken`, with which a service account gets its tokens. These come first in the table,
# because the rows for people have the same types.
CLIENT_TOKEN_ROWS = (
    Row(
        ("OperationNotEnabledException",),
        "OA-A716",
        ConfigurationError,
        "This app client is not made for service accounts only.",
        "GetClientToken needs an app client whose only flow is ALLOW_CLIENT_TOKEN_AUTH; one for "
        'people cannot use it. The user pool says: "{message}".',
        ASK
        + "make an app client for the service account, and name it: "
        + Run("init", "--client-id", Blank("ID"), "--client-secret", Blank("REF")),
        phases=_SERVICE,
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException"),
        "OA-A714",
        ConfigurationError,
        "The service account is not allowed to use a requested scope.",
        'The user pool says: "{message}".',
        ASK
        + "say which scopes the app client has, and name those: "
        + Run("init", "--scopes", Blank('"A B"')),
        message_pattern=r"scope",
        phases=_SERVICE,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-A710",
        ConfigurationError,
        "The issuer does not accept the secret of the service account.",
        'The secret was read again, and was refused again. The user pool says: "{message}".',
        "It may have been replaced. Name the place of the right secret: "
        + Run("init", "--client-secret", Blank("REF")),
        phases=_SERVICE,
    ),
    Row(
        ("ResourceNotFoundException",),
        "OA-A718",
        ConfigurationError,
        "There is no such app client in the region of this user pool.",
        "The id of the user pool, or of the app client, is wrong.",
        Run("init", "--user-pool-id", Blank("POOL"), "--client-id", Blank("ID")),
        phases=_SERVICE,
    ),
)
