"""One HTTP call: the URL is checked, the request is sent, and the reply is read."""

from __future__ import annotations

import os
import re
from functools import partial

from osdu_auth.errors import ConfigurationError, Unreachable, UnusableReply
from osdu_auth.fixes import Run
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.log import is_trace_on
from osdu_auth.text import printable
from osdu_auth.url import Url, read_url_or_none
from osdu_auth.version import __version__
from osdu_auth.wire import network_errors
from osdu_auth.wire.channel import HEAD_LIMIT, Channel, Deadline, TooLarge
from osdu_auth.wire.connection import connect
from osdu_auth.wire.http_reply import EndedEarly, NotHttp, ReplyReader
from osdu_auth.wire.progress import waiting_for

if TYPE_CHECKING:
    from collections.abc import Mapping

REPLY_LIMIT = 1024 * 1024
CONNECT_TIMEOUT = 5.0
TOTAL_TIMEOUT = 30.0

_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[\t -~]*")
# Visible ASCII without "#" and "\" (RFC 3986, section 3.3).
_PATH_AND_QUERY = re.compile(r"(?:/[!-\"$-\[\]-~]*)?")
_ORIGIN_IN_LOCATION = r"(https?:)?//(?:[^/?#@]*@)?([^/?#@\\\s]+)"


class Reply(NamedTuple):
    """A reply; its `repr` shows only the status, because the rest may contain tokens.

    Args:
        status: the HTTP status, 200 to 299 or 400 to 599.
        headers: by lower-case name; several headers of one name are joined by commas.
        body: the body, with transfer codings decoded.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Reply({self.status})"


def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    limit: int = REPLY_LIMIT,
    connect_timeout: float = CONNECT_TIMEOUT,
    total_timeout: float = TOTAL_TIMEOUT,
) -> Reply:
    """Make one call and return the reply; a redirect is an error, every other status is returned.

    Args:
        method: the HTTP method, such as `POST`.
        url: `https://…`, or `http://…` on this machine itself.
        headers: by name; `Host`, `Content-Length` and the headers of the connection are added.
        body: the bytes of the body; None for no body.
        limit: the most bytes that are accepted as the reply's body.
        connect_timeout: seconds for name lookup and TCP together.
        total_timeout: seconds for the whole call.

    Raises:
        ConfigurationError: OA-C720 to OA-C725: the URL, a header, the proxy or the certificate
            authorities are set wrongly.
        Unreachable: OA-N601 to OA-N623: no answer.
        UnusableReply: OA-N630: not HTTP; OA-N631: a redirect; OA-N632: too large.
    """
    target = read_target(url)
    request = _request(method, target, headers, body)
    call = partial(_call, method, target, request, limit, connect_timeout, total_timeout)
    if not is_trace_on():
        return call()
    from osdu_auth.wire.request_trace import operation_of, proxy_of, traced_request

    operation = operation_of(method, target.path, headers)
    with traced_request(operation, target.host_header, proxy_of(target)) as answer:
        reply = call()
        answer.note(reply.status, reply.headers)
    return reply


def read_target(text: str) -> Url:
    """Read the URL of a call, and refuse plain http to other machines.

    Args:
        text: `https://host[:port][/path][?query]`, or the same with `http` for this machine itself.

    Raises:
        ConfigurationError: OA-C721: it is not such a URL; OA-C720: it would be sent in clear text.
    """
    url = read_url_or_none(text) if text.startswith(("https:", "http:")) else None
    if url is None or not _PATH_AND_QUERY.fullmatch(url.path):
        raise ConfigurationError(
            "That is not a URL that can be called.",
            code="OA-C721",
            why="Its form is https://HOST:PORT/PATH in visible ASCII; port and path are optional.",
            fix="Check endpoint_url and platform_url: " + Run("init"),
        )
    if not url.may_carry_secrets:
        raise ConfigurationError(
            f"{printable(url.origin, 100)} may not be called over plain http.",
            code="OA-C720",
            why="Passwords and tokens would be sent over the network in clear text.",
            fix=f"Use https://{printable(url.host, 100)}; plain http is for this machine only.",
        )
    return url if url.path else url._replace(path="/")


def _call(
    method: str,
    target: Url,
    request: bytes,
    limit: int,
    connect_timeout: float,
    total_timeout: float,
) -> Reply:
    deadline = Deadline(total_timeout)
    try:
        with (
            waiting_for(target.origin),
            connect(target, os.environ, connect_timeout, deadline) as connection,
        ):
            channel = Channel(connection, deadline, HEAD_LIMIT)
            channel.send(request)
            return _read_reply(channel, method, target, limit)
    except OSError as error:
        raise _network_error_of(error, target) from error


def _request(method: str, target: Url, headers: Mapping[str, str], body: bytes | None) -> bytes:
    all_headers = {
        "Host": target.host_header,
        "User-Agent": f"osdu-auth/{__version__}",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }
    if body is not None:
        all_headers["Content-Length"] = str(len(body))
    if not _METHOD.fullmatch(method):
        raise _unsendable_error("The method")
    for name, value in all_headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise _unsendable_error(f"The header {printable(name, 50)}")
    lines = [f"{name}: {value}" for name, value in all_headers.items()]
    head = "\r\n".join([f"{method} {target.path} HTTP/1.1", *lines, "", ""])
    return head.encode("ascii") + (body or b"")


def _unsendable_error(part: str) -> ConfigurationError:
    return ConfigurationError(
        f"{part} cannot be sent.",
        code="OA-C725",
        why="It contains line breaks or other characters that HTTP does not allow there.",
        fix="Check the settings: " + Run("init"),
    )


def _read_reply(channel: Channel, method: str, target: Url, limit: int) -> Reply:
    reader = ReplyReader(channel)
    try:
        status, headers = reader.read_head()
        if 300 <= status <= 399:  # noqa: PLR2004 - HTTP's range of redirects
            raise _redirect_error(headers.get("location", ""), target)
        channel.allow(limit)
        return Reply(status, headers, reader.read_body(method, status, headers, limit))
    except EndedEarly:
        raise network_errors.network_error(network_errors.ENDED_EARLY, target.origin) from None
    except TooLarge:
        raise _too_large_error(target) from None
    except NotHttp:
        raise _not_http_error(target) from None


def _network_error_of(error: OSError, target: Url) -> Unreachable:
    if isinstance(error, TimeoutError):
        return network_errors.network_error(network_errors.DEADLINE_PASSED, target.origin)
    if target.scheme == "https" and _is_tls_error(error):
        return network_errors.network_error(network_errors.TLS_FAILED, target.origin)
    return network_errors.network_error(network_errors.CONNECTION_BROKEN, target.origin)


def _is_tls_error(error: OSError) -> bool:
    from ssl import SSLError

    return isinstance(error, SSLError)


def _redirect_error(location: str, target: Url) -> UnusableReply:
    origin = re.match(_ORIGIN_IN_LOCATION, location, re.IGNORECASE)
    where = f"{origin[1] or target.scheme + ':'}//{origin[2]}" if origin else "itself"
    return UnusableReply(
        f"{printable(target.origin, 100)} answered with a redirect to {printable(where, 100)}.",
        code="OA-N631",
        why="Redirects are not followed, because a password or a token would be sent along; a "
        "network's sign-in page may have answered instead.",
        fix="Check the URL: " + Run("init") + "; on a guest network, sign in to that first.",
    )


def _too_large_error(target: Url) -> UnusableReply:
    return UnusableReply(
        f"The answer of {printable(target.origin, 100)} is too large.",
        code="OA-N632",
        why="The service's own answers are smaller; another program may have answered.",
        fix="Check the URL, and whether a proxy is in between: " + Run("init"),
    )


def _not_http_error(target: Url) -> UnusableReply:
    return UnusableReply(
        f"The answer of {printable(target.origin, 100)} is not HTTP.",
        code="OA-N630",
        why="Another service may use the port, or the port may expect TLS.",
        fix="Check the URL's scheme and port: " + Run("init"),
    )
