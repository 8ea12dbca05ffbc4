"""Boto3Transport: a user pool's operations through the AWS SDK for Python.

For users who need the SDK's settings of addresses, FIPS, proxies, certificates and event hooks. No
AWS credentials are needed, and the SDK does not look for any. The SDK's own retries are off: they
would also repeat requests that may be made only once (`LimitExceededException`), and osdu-auth has
its own retries. A client of the caller keeps all of its settings, those of retries included.
"""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.endpoint import configured_endpoint
from osdu_auth.cognito.service_errors import ServiceError, service_unavailable
from osdu_auth.errors import ConfigurationError, OsduAuthError, UnusableReply
from osdu_auth.fixes import Blank, Command, Run
from osdu_auth.log import is_trace_on
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_region
from osdu_auth.text import printable
from osdu_auth.url import read_url, read_url_or_none, without_user
from osdu_auth.wire import network_errors
from osdu_auth.wire.proxies import cleaned_proxy_url
from osdu_auth.wire.retries import retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from osdu_auth.cognito.api import Members
    from osdu_auth.wire.certificate_authorities import AuthoritiesFile
    from osdu_auth.wire.request_trace import TracedReply

_SERVICE = "cognito-idp"
_CONNECT_TIMEOUT, _READ_TIMEOUT = 5, 20  # seconds

# The SDK's name of each operation.
_METHODS = {
    "InitiateAuth": "initiate_auth",
    "RespondToAuthChallenge": "respond_to_auth_challenge",
    "GetTokensFromRefreshToken": "get_tokens_from_refresh_token",
    "RevokeToken": "revoke_token",
    "GlobalSignOut": "global_sign_out",
    "GetClientToken": "get_client_token",
    "GetUser": "get_user",
    "ConfirmDevice": "confirm_device",
    "UpdateDeviceStatus": "update_device_status",
    "ListDevices": "list_devices",
    "ForgetDevice": "forget_device",
    "AssociateSoftwareToken": "associate_software_token",
    "VerifySoftwareToken": "verify_software_token",
    "SetUserMFAPreference": "set_user_mfa_preference",
    "ForgotPassword": "forgot_password",
    "ConfirmForgotPassword": "confirm_forgot_password",
    "ConfirmSignUp": "confirm_sign_up",
    "ResendConfirmationCode": "resend_confirmation_code",
    "ChangePassword": "change_password",
}

_SERVER_ERRORS, _TOO_MANY_REQUESTS = 500, 429
_PROXY_REQUIRES_SIGN_IN = "407"
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")
_NO_FILE = re.compile(r"No such file or directory|Permission denied|invalid path")
# By the names of the SDK's exceptions; a subclass stands before its base class.
_NETWORK_ERRORS = (
    ("ConnectTimeoutError", network_errors.CONNECT_TIMEOUT),
    ("ReadTimeoutError", network_errors.DEADLINE_PASSED),
    ("ConnectionClosedError", network_errors.ENDED_EARLY),
    ("ResponseStreamingError", network_errors.ENDED_EARLY),
    ("IncompleteReadError", network_errors.ENDED_EARLY),
    ("ProxyConnectionError", network_errors.PROXY_UNREACHABLE),
    ("SSLError", network_errors.TLS_FAILED),
    ("EndpointConnectionError", network_errors.NO_ROUTE),
    ("ConnectionError", network_errors.NO_ROUTE),
    ("HTTPClientError", network_errors.CONNECTION_BROKEN),
)
# Errors in the SDK's own settings, by the names of its exceptions.
_MISCONFIGURED = {
    "ConfigNotFound": "A variable names a settings file that does not exist.",
    "ConfigParseError": "One of its settings files cannot be parsed.",
    "InvalidConfigError": "One of its settings has an invalid value.",
    "InvalidProxiesConfigError": "Its proxy settings cannot be used.",
    "InvalidRegionError": "Its settings name an invalid region.",
    "ProfileNotFound": "Its files have no profile of the name in AWS_PROFILE.",
    "UnknownServiceError": "It is too old, and does not support user pools.",
}


class Boto3Transport:
    """Calls a user pool through boto3.

    Args:
        region: the AWS region of the pool, such as `us-east-1`.
        endpoint_url: the profile's address of the pool's API; None to use the SDK's settings.
        boto3: a `boto3.Session` or a `cognito-idp` client of the caller's; None to make one. A
            client is used unchanged, with its region and address.

    Raises:
        ConfigurationError: the region, the address or the object is invalid, the SDK is not
            installed, or the caller's client would send a password to a proxy in clear.
    """

    def __init__(
        self, region: str, endpoint_url: str | None = None, boto3: object | None = None
    ) -> None:
        # A temporary file of authorities exists as long as this reference to it.
        self._client, self._authorities_file = _client(check_region(region), endpoint_url, boto3)
        # The address may come from any setting. Passwords do not leave this machine in clear text.
        self.address = check_endpoint_url(self._client.meta.endpoint_url)
        self.date: str | None = None

    def call(self, operation: str, members: Members) -> Members:
        """Carry out one operation, with exactly one request.

        Raises:
            ServiceError: the pool refused.
            OsduAuthError: no usable answer came.
        """
        from osdu_auth.sdk_log import without_payloads

        method = getattr(self._client, _METHODS[operation], None)
        if method is None:
            raise ServiceError(
                "UnknownOperationException", "this version of the SDK does not have it"
            )
        with self._traced(operation) as answer:
            try:
                with without_payloads():
                    reply = method(**members)
            except Exception as error:  # noqa: BLE001 - hostile replies cause errors of any class in the SDK
                response = getattr(error, "response", None)
                self.date = _date(response)
                _note_reply(answer, response)
                raise error_of_sdk(error, self.address) from None
            _note_reply(answer, reply)
        self.date = _date(reply)
        metadata = reply.pop("ResponseMetadata", {})
        refuse_web_page(metadata)
        return dict(reply)

    def _traced(self, operation: str) -> AbstractContextManager[TracedReply | None]:
        """Log a line of the trace about the request in the block, if the trace is on."""
        if not is_trace_on():
            return nullcontext()
        from osdu_auth.wire.request_trace import traced_request

        url = read_url_or_none(self.address)
        host = self.address if url is None else url.host_header
        return traced_request(operation, host, _proxy_of(self._client, self.address))


def _note_reply(answer: TracedReply | None, reply: Any) -> None:
    metadata = reply.get("ResponseMetadata", {}) if isinstance(reply, dict) else {}
    if answer is not None and metadata:
        headers = {"x-amzn-requestid": metadata.get("RequestId"), **metadata.get("HTTPHeaders", {})}
        answer.note(metadata.get("HTTPStatusCode"), headers)


def _proxy_of(client: Any, address: str) -> str | None:
    """Return host and port of the proxy of a client's calls; None without one."""
    from botocore.utils import get_environ_proxies

    proxies = getattr(getattr(client.meta, "config", None), "proxies", None)
    chosen = get_environ_proxies(address) if proxies is None else proxies
    url = chosen.get(address.partition(":")[0])
    if not url:
        return None
    place = read_url_or_none("http://" + str(url).rpartition("@")[2].rpartition("//")[2])
    return "unknown" if place is None else place.authority


def _date(reply: Any) -> str | None:
    metadata = reply.get("ResponseMetadata", {}) if isinstance(reply, dict) else {}
    date = metadata.get("HTTPHeaders", {}).get("date")
    return date if isinstance(date, str) else None


def _client(region: str, endpoint_url: str | None, given: Any) -> tuple[Any, object]:
    """Return the client, and an object that has to be kept as long as the client is used."""
    if hasattr(given, "meta") and hasattr(given, "initiate_auth"):
        _require_no_proxy(given)
        return given, None
    if given is not None and not callable(getattr(given, "client", None)):
        raise ConfigurationError(
            f"boto3= was given a {type(given).__name__}.",
            code="OA-C752",
            why="A boto3.Session or a cognito-idp client is expected.",
            fix='boto3=boto3.Session(), or boto3=boto3.client("cognito-idp", region_name=…)',
        )
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise ConfigurationError(
            "The AWS SDK for Python is not installed.",
            code="OA-C750",
            why='The profile says transport = "boto3".',
            fix=Command("pip", "install", Blank('"osdu-auth[aws]"')),
        ) from None
    address = configured_endpoint(endpoint_url, os.environ)
    try:
        return _new_client(region, address, given or boto3.Session())
    except (BotoCoreError, ValueError) as error:
        raise error_of_sdk(error, region) from None


def _new_client(region: str, address: str | None, session: Any) -> tuple[Any, object]:
    """Make a client, directly or with a proxy; return it as `_client` does.

    Args:
        region: the AWS region of the pool.
        address: the address of the pool's API; None to use the SDK's settings.
        session: the `boto3.Session` that makes the client.
    """
    from botocore import UNSIGNED
    from botocore.config import Config

    settings = Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": 1},
        # The operations are unsigned. Otherwise the SDK would look for credentials, which takes
        # seconds where the instance metadata service does not answer.
        signature_version=UNSIGNED,
        # The pool checks the form of secrets and tokens, and its errors are more exact.
        parameter_validation=False,
    )
    # The SDK would send requests for this machine to a proxy, too: in clear text, over plain http.
    without_proxy = settings.merge(Config(proxies={}))
    is_in_clear = address is not None and address.startswith("http:")
    trusted = None if is_in_clear else _authorities(session)
    verify = None if trusted is None else trusted.path
    make = partial(
        session.client, _SERVICE, region_name=region, endpoint_url=address, verify=verify
    )
    if address is not None and _is_this_machine(address):
        return make(config=without_proxy), trusted
    client = make(config=settings)
    # The SDK's configuration file may name an address, too.
    if address is None and _is_this_machine(client.meta.endpoint_url):
        return make(config=without_proxy), trusted
    proxy = cleaned_proxy_url(read_url(client.meta.endpoint_url), os.environ)
    with_proxy = settings.merge(Config(proxies={"https": proxy}))
    return (client if proxy is None else make(config=with_proxy)), trusted


def _authorities(session: Any) -> AuthoritiesFile | None:
    """Return the authorities that the direct transport trusts, as a file for the SDK.

    Where no variable is set, the SDK's own setting `ca_bundle` counts.

    Raises:
        ConfigurationError: OA-C723, OA-C724: the named file cannot be used.
    """
    from osdu_auth.wire.certificate_authorities import authorities_file

    inner = getattr(session, "_session", None)  # botocore's session; boto3 has no method for this
    named = inner.get_config_variable("ca_bundle") if inner is not None else None
    return authorities_file(
        os.environ, {"ca_bundle in the AWS SDK's settings": named} if named else {}
    )


def _require_no_proxy(client: Any) -> None:
    """Refuse a client of the caller that would send a password to a proxy in clear text.

    Raises:
        ConfigurationError: OA-C729: its address is on this machine, and its calls go to a proxy.
    """
    address = client.meta.endpoint_url
    if not address.startswith("http:"):  # https goes through a proxy's tunnel
        return
    from botocore.utils import get_environ_proxies

    proxies = getattr(getattr(client.meta, "config", None), "proxies", None)
    if (get_environ_proxies(address) if proxies is None else proxies).get("http"):
        from osdu_auth.wire.proxies import token_to_proxy_error

        fix = "Make the client with config=botocore.config.Config(proxies={})"
        raise token_to_proxy_error(address, fix)


def _is_this_machine(address: str) -> bool:
    url = read_url_or_none(address)  # an invalid address is refused where it is checked
    return url is not None and url.is_loopback


def error_of_sdk(error: Exception, address: str) -> ServiceError | OsduAuthError:
    """Return our error for an exception of the SDK, the same as the direct transport's.

    The exception's text is not shown, because it repeats parameters and replies.

    Args:
        error: the exception of the SDK.
        address: the pool's address.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        return _service_error(error.response)
    if isinstance(getattr(error, "kwargs", {}).get("error"), UnicodeError):
        return _proxy_not_in_ascii_error()
    if isinstance(error, BotoCoreError):
        return _network_error(error, address) or _misconfigured_error(error)
    if isinstance(error, ResponseParserError | ValueError | TypeError | AttributeError | KeyError):
        return _unreadable_error()
    if isinstance(error, RecursionError):
        return _unreadable_error()
    raise error


def refuse_web_page(metadata: Mapping[str, Any]) -> None:
    """Refuse a web page, which the SDK reads as a reply without members.

    Args:
        metadata: the `ResponseMetadata` of the SDK's reply.

    Raises:
        UnusableReply: OA-N639.
    """
    kind = metadata.get("HTTPHeaders", {}).get("content-type", "")
    if kind.startswith("text/html"):
        raise _no_user_pool_error(200)


def _service_error(response: Mapping[str, Any]) -> ServiceError | OsduAuthError:
    answer, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    wait = retry_after(metadata.get("HTTPHeaders", {}).get("retry-after"))
    kind = str(answer.get("Code") or "").partition(":")[0]
    # Where the reply has no type, the SDK uses the status instead.
    if kind and not kind.isdigit():
        return ServiceError(kind, str(answer.get("Message") or ""), status=status, retry_after=wait)
    if status >= _SERVER_ERRORS or status == _TOO_MANY_REQUESTS:
        return service_unavailable(status, retry_after=wait)
    return _no_user_pool_error(status)


def _network_error(error: Exception, address: str) -> OsduAuthError | None:
    names = [ancestor.__name__ for ancestor in type(error).__mro__]
    code = next((code for name, code in _NETWORK_ERRORS if name in names), None)
    if code is None:
        return None
    reason = str(error)
    if code == network_errors.PROXY_UNREACHABLE:
        return _proxy_error(getattr(error, "kwargs", {}), address)
    if code == network_errors.TLS_FAILED and _NO_FILE.search(reason):
        return _no_authorities_error()
    if code == network_errors.TLS_FAILED and "CERTIFICATE_VERIFY_FAILED" in reason:
        code = network_errors.CERTIFICATE_UNTRUSTED
    if code == network_errors.NO_ROUTE and "refused" in reason:
        code = network_errors.REFUSED
    return network_errors.network_error(code, address)


def _proxy_error(details: Mapping[str, Any], address: str) -> OsduAuthError:
    """Return the error of a proxy, from the details of the SDK's exception."""
    url, answer = (
        str(details.get("proxy_url", "")),
        _TUNNEL_STATUS.search(str(details.get("error", ""))),
    )
    proxy = read_url_or_none(without_user(url))
    code, status = network_errors.PROXY_UNREACHABLE, answer[1] if answer else ""
    if status == _PROXY_REQUIRES_SIGN_IN:
        code = (
            network_errors.PROXY_REFUSES_SIGN_IN
            if "@" in url
            else network_errors.PROXY_REQUIRES_SIGN_IN
        )
    elif status:
        code = network_errors.PROXY_REFUSES
    place = f"{proxy.host}:{proxy.port}" if proxy else "in the SDK's settings"
    return network_errors.network_error(code, place, host=read_url(address).host, detail=status)


def _no_authorities_error() -> ConfigurationError:
    return ConfigurationError(
        "The file of certificate authorities for the AWS SDK cannot be used.",
        code="OA-C723",
        why="The file that verify= or its settings name cannot be read.",
        fix="Give the client a readable PEM file: verify=PATH",
    )


def _misconfigured_error(error: Exception) -> ConfigurationError:
    if type(error).__name__ == "ParamValidationError":
        return ConfigurationError(
            "The AWS SDK refuses to send the request.",
            code="OA-C754",
            why="A value has another length or form than Cognito's values.",
            fix="Check the app client's id and secret: " + Run("init"),
        )
    return ConfigurationError(
        "The AWS SDK cannot be used with its present settings.",
        code="OA-C755",
        why=_MISCONFIGURED.get(
            type(error).__name__, "Its message may contain secrets, and is not shown."
        ),
        fix="Check ~/.aws/config and the AWS_ variables, or use no SDK: "
        + Run("init", "--transport", "direct"),
    )


def _proxy_not_in_ascii_error() -> ConfigurationError:
    return ConfigurationError(
        "The AWS SDK cannot sign in to the proxy.",
        code="OA-C751",
        why="The user or the password in HTTPS_PROXY contains characters outside ASCII, which the "
        "SDK cannot send.",
        fix="Have osdu-auth call the user pool itself: " + Run("init", "--transport", "direct"),
    )


def _unreadable_error() -> UnusableReply:
    return UnusableReply(
        "The AWS SDK could not read the user pool's answer.",
        code="OA-N633",
        why="Another server than the user pool may have answered.",
        fix="Check endpoint_url and the proxy settings, then try again.",
    )


def _no_user_pool_error(status: int) -> UnusableReply:
    return UnusableReply(
        f"The server that answered with status {printable(str(status), 10)} is not a user pool.",
        code="OA-N639",
        why="A proxy, a firewall or a network's sign-in page may have answered instead.",
        fix="Check endpoint_url and the proxy settings; sign in to a guest network first.",
    )
