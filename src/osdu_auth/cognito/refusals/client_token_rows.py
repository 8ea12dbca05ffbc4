"""Refusals of `GetClientToken`, by which a service account gets its tokens."""

from __future__ import annotations

from osdu_auth.cognito.refusals import Phase
from osdu_auth.cognito.refusals.row import ASK, Row
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run

_OF_SERVICE = (Phase.SERVICE,)

ROWS = (
    Row(
        ("OperationNotEnabledException",),
        "OA-A716",
        ConfigurationError,
        "This app client is not for service accounts alone.",
        "GetClientToken takes one whose only flow is ALLOW_CLIENT_TOKEN_AUTH; one that people sign "
        'in with can never use it. The user pool says: "{message}".',
        ASK
        + "make an app client for it, and name that: "
        + Run("init", "--client-id", Blank("ID"), "--client-secret", Blank("REF")),
        phases=_OF_SERVICE,
    ),
    Row(
        ("InvalidParameterException", "NotAuthorizedException"),
        "OA-A714",
        ConfigurationError,
        "The service account may not have a scope that was asked for.",
        'The user pool says: "{message}".',
        ASK
        + "say which scopes the app client has, and name those: "
        + Run("init", "--scopes", Blank('"A B"')),
        said=r"scope",
        phases=_OF_SERVICE,
    ),
    Row(
        ("NotAuthorizedException",),
        "OA-A710",
        ConfigurationError,
        "The issuer does not take the secret of the service account.",
        'It was read again where it is kept, and refused. The user pool says: "{message}".',
        "It may have been replaced. Say where the right one is: "
        + Run("init", "--client-secret", Blank("REF")),
        phases=_OF_SERVICE,
    ),
    Row(
        ("ResourceNotFoundException",),
        "OA-A718",
        ConfigurationError,
        "There is no such app client in the region of this user pool.",
        "The user pool's id, or the app client's, is another one's.",
        Run("init", "--user-pool-id", Blank("POOL"), "--client-id", Blank("ID")),
        phases=_OF_SERVICE,
    ),
)
