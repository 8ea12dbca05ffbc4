"""Rows for the user pool itself, after any request."""

from __future__ import annotations

from osdu_auth.cognito.service_errors import BUSY, FAILING, Phase
from osdu_auth.cognito.service_errors.row import ASK, LOGIN, Row
from osdu_auth.errors import ConfigurationError, ServiceBusy, Unreachable
from osdu_auth.fixes import Blank, Run

_LATER = (Phase.RECOVERY, Phase.RENEWAL, Phase.SIGNED_IN, Phase.SIGN_OUT)

ROWS = (
    Row(
        (
            "TooManyRequestsException",
            "ThrottlingException",
            "Throttling",
            "RequestLimitExceeded",
            "SlowDown",
        ),
        BUSY,
        ServiceBusy,
        "The user pool gets too many requests at the moment.",
        "All users of one AWS account and region share the limits.",
        "Try again in a minute.",
    ),
    Row(
        ("LimitExceededException",),
        "OA-N642",
        ServiceBusy,
        "The user pool accepts no more attempts for this user at the moment.",
        "There is a limit per user and hour.",
        "Stop, wait an hour, then: " + LOGIN,
    ),
    Row(
        (
            "InternalErrorException",
            "InternalServerException",
            "InternalFailure",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        FAILING,
        ServiceBusy,
        "The user pool fails at present.",
        "The service reports an error of its own.",
        "Try again in a minute.",
    ),
    Row(
        ("ForbiddenException", "WAFForbiddenException"),
        "OA-N645",
        Unreachable,
        "The user pool's firewall refuses this computer.",
        "A rule of AWS WAF applies: about addresses, or about the number of requests.",
        "Try from another network, or ask the user pool's administrator about its web ACL.",
    ),
    Row(
        ("UnknownOperationException", "InvalidAction", "InvalidActionException"),
        "OA-C735",
        ConfigurationError,
        "The user pool does not know this operation.",
        "The address may be that of an older emulator of Cognito, or of another service.",
        "Check the address: " + Run("init", "--endpoint-url", Blank("URL")),
    ),
    Row(
        (
            "FeatureUnavailableInTierException",
            "OperationNotEnabledException",
            "UnsupportedOperationException",
            "UserPoolAddOnNotEnabledException",
        ),
        "OA-C736",
        ConfigurationError,
        "The user pool does not offer this operation.",
        'Its plan, its region or the app client\'s settings leave it out. It says: "{message}".',
        ASK + "enable it for the pool or the app client.",
    ),
    Row(
        ("UnexpectedLambdaException", "InvalidLambdaResponseException"),
        "OA-C738",
        ConfigurationError,
        "A program of the user pool's owner failed.",
        'The pool says of its trigger: "{message}".',
        ASK + "look at the trigger's log.",
    ),
    Row(
        ("UserLambdaValidationException",),
        "OA-C739",
        ConfigurationError,
        "A rule of the user pool's owner refuses this.",
        'It says: "{message}".',
        ASK + "say what the rule asks for.",
        phases=_LATER,
    ),
    Row(
        (
            "InvalidUserPoolConfigurationException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidEmailRoleAccessPolicyException",
            "CodeDeliveryFailureException",
        ),
        "OA-C740",
        ConfigurationError,
        "The user pool is set up wrongly.",
        'It says: "{message}" ({type}).',
        ASK + "correct the pool's settings.",
    ),
    Row(
        ("InvalidParameterException",),
        "OA-C741",
        ConfigurationError,
        "The user pool refuses the values that were sent.",
        'It says: "{message}".',
        "Check the profile's values: " + Run("init"),
    ),
)
