"""What the AWS SDK raises, as what the direct transport would raise in the same place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.refusals import Refusal, service_failing
from osdu_auth.errors import ConfigurationError, OsduAuthError, UnusableReply
from osdu_auth.fixes import Run
from osdu_auth.text import printable
from osdu_auth.url import read_url, read_url_or_none, without_user
from osdu_auth.wire import faults
from osdu_auth.wire.attempts import retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

_SERVER_ERRORS, _TOO_MANY_REQUESTS = 500, 429

_PROXY_WANTS_SIGN_IN = "407"
_ANSWER = re.compile(r"Tunnel connection failed: (\d{3})")
_NO_FILE = re.compile(r"No such file or directory|Permission denied|invalid path")

# By the names of the SDK's exceptions, the particular before the general.
_FAULTS = (
    ("ConnectTimeoutError", faults.CONNECT_TIMEOUT),
    ("ReadTimeoutError", faults.DEADLINE_PASSED),
    ("ConnectionClosedError", faults.ENDED_EARLY),
    ("ResponseStreamingError", faults.ENDED_EARLY),
    ("IncompleteReadError", faults.ENDED_EARLY),
    ("ProxyConnectionError", faults.PROXY_UNREACHABLE),
    ("SSLError", faults.TLS_FAILED),
    ("EndpointConnectionError", faults.NO_WAY_THERE),
    ("ConnectionError", faults.NO_WAY_THERE),
    ("HTTPClientError", faults.CONNECTION_BROKEN),
)


# What is wrong with the SDK's own settings, by the names of its errors.
_MISCONFIGURED = {
    "ConfigNotFound": "A file of its settings that a variable names is not there.",
    "ConfigParseError": "A file of its settings cannot be understood.",
    "InvalidConfigError": "One of its settings has a value that it does not take.",
    "InvalidProxiesConfigError": "Its settings about proxies cannot be used.",
    "InvalidRegionError": "Its settings name a region that is none.",
    "ProfileNotFound": "Its files have no profile of the name that AWS_PROFILE gives.",
    "UnknownServiceError": "It is too old to know user pools.",
}


def as_ours(error: Exception, address: str) -> Refusal | OsduAuthError:
    """Return what an exception of the SDK stands for.

    Nothing of its text is shown: the SDK repeats parameters and replies in it.

    Args:
        error: what the SDK raised.
        address: the pool's address.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        return _refusal(error.response)
    if isinstance(getattr(error, "kwargs", {}).get("error"), UnicodeError):
        return _proxy_not_in_ascii()
    if isinstance(error, BotoCoreError):
        return _fault(error, address) or _misconfigured(error)
    if isinstance(error, ResponseParserError | ValueError | TypeError | AttributeError | KeyError):
        return _unreadable()
    if isinstance(error, RecursionError):
        return _unreadable()
    raise error


def require_no_page(about: Mapping[str, Any]) -> None:
    """Refuse a web page, which the SDK takes for a reply without members.

    Args:
        about: the `ResponseMetadata` of the SDK's reply.

    Raises:
        UnusableReply: OA-N639.
    """
    kind = about.get("HTTPHeaders", {}).get("content-type", "")
    if kind.startswith("text/html"):
        raise _no_user_pool(200)


def _refusal(response: Mapping[str, Any]) -> Refusal | OsduAuthError:
    said, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode") or 0)
    wait = retry_after(about.get("HTTPHeaders", {}).get("retry-after"))
    kind = str(said.get("Code") or "").partition(":")[0]
    # Where the reply names no type, the SDK puts the status there.
    if kind and not kind.isdigit():
        return Refusal(kind, str(said.get("Message") or ""), status=status, retry_after=wait)
    if status >= _SERVER_ERRORS or status == _TOO_MANY_REQUESTS:
        return service_failing(status, retry_after=wait)
    return _no_user_pool(status)


def _fault(error: Exception, address: str) -> OsduAuthError | None:
    names = [ancestor.__name__ for ancestor in type(error).__mro__]
    code = next((code for name, code in _FAULTS if name in names), None)
    if code is None:
        return None
    reason = str(error)
    if code == faults.PROXY_UNREACHABLE:
        return _proxy_fault(getattr(error, "kwargs", {}), address)
    if code == faults.TLS_FAILED and _NO_FILE.search(reason):
        return _no_authorities()
    if code == faults.TLS_FAILED and "CERTIFICATE_VERIFY_FAILED" in reason:
        code = faults.CERTIFICATE_UNTRUSTED
    if code == faults.NO_WAY_THERE and "refused" in reason:
        code = faults.REFUSED
    return faults.fault(code, address)


def _proxy_fault(told: Mapping[str, Any], address: str) -> OsduAuthError:
    """Return the error of a proxy, given what the SDK keeps with its exception."""
    url, answer = str(told.get("proxy_url", "")), _ANSWER.search(str(told.get("error", "")))
    proxy = read_url_or_none(without_user(url))
    code, status = faults.PROXY_UNREACHABLE, answer[1] if answer else ""
    if status == _PROXY_WANTS_SIGN_IN:
        code = faults.PROXY_REFUSES_SIGN_IN if "@" in url else faults.PROXY_WANTS_SIGN_IN
    elif status:
        code = faults.PROXY_REFUSES
    place = f"{proxy.host}:{proxy.port}" if proxy else "in the SDK's settings"
    return faults.fault(code, place, host=read_url(address).host, detail=status)


def _no_authorities() -> ConfigurationError:
    return ConfigurationError(
        "The certificate authorities that the AWS SDK is to trust cannot be used.",
        code="OA-C723",
        why="The file that verify= or its settings name cannot be read.",
        fix="Give the client a readable PEM file: verify=PATH",
    )


def _misconfigured(error: Exception) -> ConfigurationError:
    if type(error).__name__ == "ParamValidationError":
        return ConfigurationError(
            "The AWS SDK refuses what was to be sent.",
            code="OA-C754",
            why="A value is shorter, longer or of another form than Cognito's values are.",
            fix="Check the app client's id and secret: " + Run("init"),
        )
    return ConfigurationError(
        "The AWS SDK cannot be used as it is set up.",
        code="OA-C755",
        why=_MISCONFIGURED.get(type(error).__name__, "What it says may hold secrets."),
        fix="Check ~/.aws/config and the AWS_ variables, or do without the SDK: "
        + Run("init", "--transport", "direct"),
    )


def _proxy_not_in_ascii() -> ConfigurationError:
    return ConfigurationError(
        "The AWS SDK cannot sign in to the proxy.",
        code="OA-C751",
        why="The user or the password in HTTPS_PROXY has other characters than ASCII's, which the "
        "SDK cannot send.",
        fix="Have osdu-auth call the user pool itself: " + Run("init", "--transport", "direct"),
    )


def _unreadable() -> UnusableReply:
    return UnusableReply(
        "The AWS SDK could not read the user pool's answer.",
        code="OA-N633",
        why="Something else than a user pool may have answered.",
        fix="Check endpoint_url and the proxy settings, then try again.",
    )


def _no_user_pool(status: int) -> UnusableReply:
    return UnusableReply(
        f"What answered with status {printable(str(status), 10)} is not a user pool.",
        code="OA-N639",
        why="A proxy, a firewall or a network's sign-in page may have answered instead.",
        fix="Check endpoint_url and the proxy settings; sign in to a guest network first.",
    )
