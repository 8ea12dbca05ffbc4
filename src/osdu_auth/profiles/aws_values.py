"""The values of a service account that OSDU on AWS keeps, by four naming schemes.

    4  variables of a job: TEST_OPENID_PROVIDER_URL, SERVICE_PRINCIPAL_AUTHORIZATION, and
       IDP_ALLOWED_SCOPES (AWS's acceptance tests of 2026)
    3  parameters below /osdu/idp/NAME, and a secret (schema service)
    2  parameters below /osdu/cognito/NAME, and a secret (entitlements service)
    1  parameters below /osdu/PREFIX, and a secret (osdu-api, indexer service)

By schemes 1 to 3 the secret is JSON with one key. The newest scheme with values is used.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.aws_secrets import PARAMETER_STORE, SECRETS_MANAGER, call_sdk, sdk_client
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Command, Run
from osdu_auth.input_text import value_in
from osdu_auth.secret import ErrorsWithoutLocals
from osdu_auth.text import printable
from osdu_auth.url import read_url_or_none

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_KEY = "client_credentials_client_secret"
_ISSUER, _BASIC, _SCOPES = (
    *("TEST_OPENID_PROVIDER_URL", "SERVICE_PRINCIPAL_AUTHORIZATION", "IDP_ALLOWED_SCOPES"),
)


class FoundValue(NamedTuple):
    """A value of a setting, and where it was found.

    Args:
        setting: such as `client_id`.
        text: the value; for a secret, the reference to it.
        place: such as `ssm:/osdu/idp/acme/oauth/token-uri`.
    """

    setting: str
    text: str
    place: str


class _NamingScheme(NamedTuple):
    """The names below one folder: of the parameters, by setting, and of the secret."""

    folder: str
    parameters: Mapping[str, str]
    secret: str


_LEAVES = {
    "token_endpoint": "oauth/token-uri",
    "scopes": "oauth/custom-scope",
    "client_id": "client/client-credentials/id",
}
_NAMING_SCHEMES = (
    _NamingScheme("/osdu/idp", _LEAVES, "client-credentials-secret"),
    _NamingScheme("/osdu/cognito", _LEAVES, "client-credentials-secret"),
    _NamingScheme(
        "/osdu",
        {
            "token_endpoint": "oauth-token-uri",
            "scopes": "oauth-custom-scope",
            "client_id": "client-credentials-client-id",
            "platform_url": "api/url",
        },
        "client_credentials_secret",
    ),
)
_NEEDED = ("token_endpoint", "client_id")
_FOLDER = r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*"  # a parameter's name (AWS, PutParameter)
_ISSUERS = frozenset({"issuer", "user_pool_id"})


def values_at_aws(prefix: str, given: Collection[str] = ()) -> tuple[FoundValue, ...]:
    """Return the values of a service account, by the newest naming scheme with values.

    Args:
        prefix: the name of the platform's resources, such as `acme`, or the whole folder of its
            parameters, such as `/osdu/idp/acme`.
        given: the settings that are known already.

    Raises:
        ConfigurationError: OA-A730: there are no values; OA-A731: a needed value is missing;
            OA-A720 to OA-A725: AWS refused to give them.
        ServiceBusy, Unreachable: OA-A601: AWS did not answer.
    """
    with ErrorsWithoutLocals():
        folders = _folders_of(prefix)
        found = _in_variables() or (_in_parameters(prefix, folders, given) if folders else ())
    if not found:
        looked = ", ".join(dict.fromkeys(folders))
        raise ConfigurationError(
            f'AWS has no values of a service account of "{printable(prefix, 60)}".',
            code="OA-A730",
            why=f"There is nothing below {looked}, in this account and region."
            if folders
            else "A parameter's name has only letters, digits and _ . - /.",
            fix="See which names there are: "
            + Command("aws", "ssm", "get-parameters-by-path", "--path", "/osdu", "--recursive"),
        )
    settings = {*given, *(each.setting for each in found)}
    for needed in _NEEDED:
        if needed not in settings and not (needed == "token_endpoint" and settings & _ISSUERS):
            flag = "--" + needed.replace("_", "-")
            raise ConfigurationError(
                f"AWS has values of a service account, but not {needed}.",
                code="OA-A731",
                why=f"Found: {', '.join(each.place for each in found)}.",
                fix="Give it as well: " + Run("init", "--from-aws", prefix, flag, Blank("VALUE")),
            )
    return found


def _in_variables() -> tuple[FoundValue, ...]:
    """Return the values in the environment of a job, by scheme 4."""
    from base64 import b64decode

    issuer, basic = (value_in(os.environ.get(name, "")) for name in (_ISSUER, _BASIC))
    if not issuer or not basic:
        return ()
    try:
        pair = b64decode(basic.rpartition(" ")[2], validate=True).decode()
    except ValueError:
        return ()
    client_id, colon, _ = pair.partition(":")
    if not colon:
        return ()
    found = [
        FoundValue("issuer", issuer, f"env:{_ISSUER}"),
        FoundValue("client_id", client_id, f"env:{_BASIC}"),
        FoundValue("client_auth", "ready_basic", f"env:{_BASIC}"),
        FoundValue("client_secret", f"env:{_BASIC}", f"env:{_BASIC}"),
    ]
    scopes = value_in(os.environ.get(_SCOPES, ""))
    return (*found, *([FoundValue("scopes", scopes, f"env:{_SCOPES}")] if scopes else []))


def _folders_of(prefix: str) -> list[str]:
    """Return the folder of each naming scheme; none where no parameter can have such a name."""
    name = prefix.strip("/")
    if not re.fullmatch(_FOLDER, name):
        return []
    if prefix.startswith("/"):  # the folder itself, by any scheme
        return [f"/{name}"] * len(_NAMING_SCHEMES)
    return [f"{each.folder}/{name}" for each in _NAMING_SCHEMES]


def _in_parameters(
    prefix: str, folders: Sequence[str], given: Collection[str]
) -> tuple[FoundValue, ...]:
    names = {
        f"{folder}/{leaf}": setting
        for folder, scheme in zip(folders, _NAMING_SCHEMES, strict=True)
        for setting, leaf in scheme.parameters.items()
    }
    wanted = sorted(names)  # ten names at most, as of one request
    with closing(sdk_client(PARAMETER_STORE)) as client:
        reply = call_sdk(
            lambda: client.get_parameters(Names=wanted, WithDecryption=True),
            PARAMETER_STORE,
            prefix,
        )
    values = {each["Name"]: str(each["Value"]).strip() for each in reply.get("Parameters", ())}
    for folder, scheme in zip(folders, _NAMING_SCHEMES, strict=True):
        places = {setting: f"{folder}/{leaf}" for setting, leaf in scheme.parameters.items()}
        found = [
            FoundValue(setting, _fitting(setting, values[place]), f"{PARAMETER_STORE}:{place}")
            for setting, place in places.items()
            if values.get(place)
        ]
        if found and "client_secret" in given:
            return tuple(found)
        if found:
            return (*found, _secret(f"{folder}/{scheme.secret}"))
    return ()


def _secret(name: str) -> FoundValue:
    """Return the reference to a secret by its ARN, which has the region.

    Raises:
        ConfigurationError, ServiceBusy, Unreachable: it cannot be read.
    """
    with closing(sdk_client(SECRETS_MANAGER)) as client:
        reply = call_sdk(lambda: client.get_secret_value(SecretId=name), SECRETS_MANAGER, name)
    reply.pop("SecretString", None)  # which is read when it is used
    reference = f"{SECRETS_MANAGER}:{reply['ARN']}#{_KEY}"
    return FoundValue("client_secret", reference, f"{SECRETS_MANAGER}:{name}#{_KEY}")


def _fitting(setting: str, text: str) -> str:
    """Return a value as its setting takes it: for the platform's address, its origin."""
    url = read_url_or_none(text) if setting == "platform_url" else None
    return text if url is None else url.origin
