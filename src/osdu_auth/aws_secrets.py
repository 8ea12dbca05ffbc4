"""AWS's services that store secrets: Secrets Manager, and Parameter Store of Systems Manager.

They are called by the AWS SDK for Python (extra `aws`), because AWS credentials decide who may read
a secret, and the SDK knows where to find those. Invariants: a service's answer is never shown, and
it is not stored, because a secret may be replaced each week.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError, ServiceBusy, Unreachable
from osdu_auth.fixes import Blank, Command, Export
from osdu_auth.sdk_log import without_payloads
from osdu_auth.secret import ErrorsWithoutLocals, Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fixes import Fix

SECRETS_MANAGER, PARAMETER_STORE = "secretsmanager", "ssm"
_TITLES = {SECRETS_MANAGER: "AWS Secrets Manager", PARAMETER_STORE: "AWS Parameter Store"}
_CONNECT_TIMEOUT, _READ_TIMEOUT, _ATTEMPTS = 5, 10, 3  # seconds, seconds, attempts

_ARN = re.compile(r"arn:aws[a-z-]*:(?:secretsmanager|ssm):([a-z0-9-]+):[0-9]{12}:\S+")
# The error types of the services, and of AWS in front of them.
_ABSENT = frozenset(
    {
        *("ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"),
        # A name that no secret can have; a secret that is marked to be deleted.
        *("ValidationException", "InvalidParameterException", "InvalidRequestException"),
    }
)
_NOT_ALLOWED = frozenset(
    {"AccessDeniedException", "AccessDenied", "DecryptionFailure", "InvalidKeyId"}
)
_BAD_CREDENTIALS = frozenset(
    {
        *("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException"),
        *("ExpiredTokenException", "ExpiredToken", "IncompleteSignature", "SignatureDoesNotMatch"),
        *("MissingAuthenticationTokenException", "OptInRequired", "RequestExpired"),
    }
)
# The SDK's own errors, by their names.
_NO_CREDENTIALS = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
        *("TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"),
        *("ProfileNotFound", "LoginRefreshRequired", "RefreshWithMFAUnsupportedError"),
    }
)


def read(service: str, place: str) -> Secret:
    """Read a secret from AWS.

    Args:
        service: `SECRETS_MANAGER` or `PARAMETER_STORE`.
        place: the name or the ARN; if the value is JSON, `#` and a key in it may follow.

    Raises:
        ConfigurationError: OA-A720: the SDK is not installed; OA-A721: there are no AWS
            credentials, or AWS refuses them; OA-A722: there is no such secret; OA-A723: these
            credentials may not read it; OA-A724: the value has another form; OA-A725: no region
            is named.
        ServiceBusy, Unreachable: OA-A601: AWS did not answer, or reports a problem of its own.
    """
    name, _, key = place.partition("#")
    with ErrorsWithoutLocals():
        return _member(_value(service, name), key, f"{service}:{printable(place, 100)}")


def sdk_client(service: str, name: str = "") -> Any:
    """Return the SDK's client of a service; raises as `read`.

    Args:
        service: `SECRETS_MANAGER` or `PARAMETER_STORE`.
        name: the name of the secret; an ARN contains the region.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise ConfigurationError(
            "The AWS SDK for Python is not installed; it is needed to read a secret from AWS.",
            code="OA-A720",
            why="It comes with the extra aws of this package.",
            fix=Command("pip", "install", Blank('"osdu-auth[aws]"')),
        ) from None
    arn = _ARN.fullmatch(name)
    settings = Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    # AWS documents two variables for the region; this SDK reads only the second.
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = arn[1] if arn else named
    # Not boto3's default session: it is the caller's, and may keep older credentials.
    return call_sdk(
        lambda: boto3.Session().client(service, region_name=region, config=settings), service, name
    )


def call_sdk(call: Callable[[], Any], service: str, name: str) -> Any:
    """Call the SDK, and return the result; raise our error for an error of the SDK, as `read`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with without_payloads():
            return call()
    except ClientError as refusal:
        raise _error_of_refusal(refusal, service, name) from None
    except (BotoCoreError, ValueError) as fault:
        raise _error_of_sdk(fault, service) from None


def _value(service: str, name: str) -> Secret:
    with closing(sdk_client(service, name)) as client:
        if service == PARAMETER_STORE:
            reply = call_sdk(
                lambda: client.get_parameter(Name=name, WithDecryption=True), service, name
            )
            return Secret(str(reply["Parameter"]["Value"]))
        reply = call_sdk(lambda: client.get_secret_value(SecretId=name), service, name)
    text = reply.get("SecretString")
    if not isinstance(text, str):
        raise _unexpected_form(f"{service}:{printable(name, 100)}", "It is binary, and not a text.")
    return Secret(text)


def _member(value: Secret, key: str, place: str) -> Secret:
    """Return the text at a key of a JSON object; the whole text where no key is named."""
    try:
        parsed = json.loads(value.reveal())
    except (ValueError, RecursionError):
        parsed = None
    if not key:
        if isinstance(parsed, dict):
            raise _unexpected_form(
                place, "It is a JSON object, and the reference names no key in it."
            )
        return value
    if not isinstance(parsed, dict):
        raise _unexpected_form(
            place, "The reference names a key, and the value is not a JSON object."
        )
    member = parsed.get(key)
    if not isinstance(member, str):
        raise _unexpected_form(place, "It is a JSON object without a text at that key.")
    return Secret(member)


def _unexpected_form(place: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The secret at {place} does not have the form that the reference expects.",
        code="OA-A724",
        why=f"{why} The value is not shown.",
        fix=_CHECK_NAME_AND_KEY,
    )


def _error_of_refusal(refusal: Any, service: str, name: str) -> ConfigurationError | ServiceBusy:
    """Return the error of a refusal, without AWS's text, which may name accounts and keys."""
    code = printable(str(refusal.response.get("Error", {}).get("Code", "")), 100)
    shown, title = f"{service}:{printable(name, 100)}", _TITLES[service]
    if code in _ABSENT:
        return ConfigurationError(
            f"{title} has no secret at {shown}.",
            code="OA-A722",
            why="The name is wrong, or the secret is in another region or account, or is marked to "
            f"be deleted. It says: {code}.",
            fix=_CHECK_NAME_AND_KEY,
            service_error=code,
        )
    if code in _NOT_ALLOWED:
        allow = (
            "secretsmanager:GetSecretValue" if service == SECRETS_MANAGER else "ssm:GetParameter"
        )
        return ConfigurationError(
            f"{title} does not let these AWS credentials read {shown}.",
            code="OA-A723",
            why=f"It says: {code}.",
            fix=f"Ask the administrator of the AWS account to allow {allow} there, and kms:Decrypt "
            "if the secret is encrypted with a key of yours.",
            service_error=code,
        )
    if code in _BAD_CREDENTIALS:
        return _no_credentials(f"AWS refuses them: {code}.")
    return ServiceBusy(
        f"{title} cannot answer now.",
        code="OA-A601",
        why=f"It says: {code}.",
        fix="Try again in a few minutes.",
        service_error=code,
    )


def _error_of_sdk(fault: Exception, service: str) -> ConfigurationError | Unreachable:
    kind = type(fault).__name__
    if kind in _NO_CREDENTIALS:
        return _no_credentials(f"The AWS SDK says: {kind}.")
    if kind in {"NoRegionError", "InvalidRegionError"}:
        is_wrong = kind == "InvalidRegionError"
        return ConfigurationError(
            "The AWS region to read a secret in is "
            + ("not the name of a region." if is_wrong else "not named."),
            code="OA-A725",
            why="AWS_REGION, AWS_DEFAULT_REGION or a setting of the AWS SDK has another text."
            if is_wrong
            else "No variable and no setting of the AWS SDK names a region; an ARN contains one.",
            fix=Export("AWS_REGION", Blank("us-east-1")),
        )
    return Unreachable(
        f"{_TITLES[service]} did not answer.",
        code="OA-A601",
        why=f"The AWS SDK says: {kind}.",
        fix="Check the network, and that the region exists, and try again.",
    )


def _no_credentials(why: str) -> ConfigurationError:
    return ConfigurationError(
        "There are no AWS credentials to read a secret with.",
        code="OA-A721",
        why=why,
        fix="Give the job a role (GitHub Actions, EKS and Lambda can do that), or sign in: "
        + Command("aws", "sso", "login")
        + ". Then check whose credentials they are: "
        + Command("aws", "sts", "get-caller-identity"),
    )


_CHECK_NAME_AND_KEY: Fix = (
    "Check the name and the key: "
    + Command("aws", "secretsmanager", "list-secrets")
    + ", or for a parameter: "
    + Command("aws", "ssm", "describe-parameters")
)
