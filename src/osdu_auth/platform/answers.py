"""Answers: the reason in an error response of an OSDU platform, and its author, in each format.

Between a caller and a service there are a gateway and often a firewall or a proxy, and each has its
own format for a refusal. This module finds the author and the words of an answer. What an answer
*means* is in the table (`osdu_auth.platform.refusal_rows`).

The formats, as they are in the services' sources:

- `{code, reason, message}`: core-lib-common's AppError: most services.
- `{"error": {code, message, errors: [{domain, reason, message}]}}`: Schema, File.
- `{status, message, errors}` with the status as a word: File and Workflow, for malformed requests.
- a JSON text alone: Partition.
- `[seismic-store-service] …` as plain text: Seismic DDMS.
- `{detail}`, `{errors: [{loc, msg}]}`, `{origin, errors}`: Wellbore DDMS, and others on FastAPI.
- `{status, error, message, path}` and `{title, status, detail}` (RFC 9457): Spring itself.
- `Jwt is expired`, `RBAC: access denied`, `upstream connect error …`: Istio and Envoy.
- `{message}` alone: an API gateway of AWS; `{statusCode, message}`: of Azure.
- `{error, error_description}` (RFC 6750, section 3): a gateway or a library that checks tokens.
- a page of HTML, an XML error: a firewall, a proxy or a file store.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import OsduError
from osdu_auth.text import printable, without_tokens
from osdu_auth.url import read_url_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNAUTHORIZED, FORBIDDEN, SERVER_ERRORS = 401, 403, 500

_MOST_BYTES = 64 * 1024  # bytes of an answer that are read
_SHOWN = 200  # characters of its words that are shown
_NESTED = 4  # how many levels deep a reason is looked for

_SERVICE_PATH = re.compile(r"/(?:api/)?([a-z][a-z0-9-]*)(?:/api)?/v[0-9]")
_GATEWAY_WORDS = re.compile(r"(?i)jwt |jwks |rbac: |upstream |no healthy upstream|audiences in jwt")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_XML_WORDS = re.compile(r"(?s)<(Code|Message)>(.*?)</\1>")
_SEISMIC = "[seismic-store-service]"
_API_GATEWAY_HEADERS = ("x-amzn-requestid", "apigw-requestid", "x-amz-apigw-id")

# The members that have an answer's words, in the order in which they are shown.
_WORDS = ("reason", "error", "error_description", "title", "message", "Message", "detail", "msg")
_LISTS = ("errors", "details")


class Author(enum.Enum):
    """Who wrote an answer."""

    SERVICE = "an OSDU service"
    GATEWAY = "the platform's gateway"
    PAGE = "a firewall, a proxy or a file store, which answers with a page"
    UNKNOWN = "an unknown author"


class PlatformAnswer(NamedTuple):
    """What an answer of status 400 or more says.

    Args:
        status: the HTTP status.
        author: who wrote it.
        words: the reason that it gives, without tokens; "" where it gives none.
        service: the service that was asked, as the path names it, such as `search`; "" where the
            path names none.
        method: the HTTP method of the request; "" where that is not known.
        path: the path of the request, without its query.
        correlation_id: the id of this request in the platform's logs; "" if the answer has none.
        challenge: the `WWW-Authenticate` header (RFC 9110, section 11.6.1), without tokens.
        retry_after: the `Retry-After` header.
    """

    status: int
    author: Author
    words: str
    service: str = ""
    method: str = ""
    path: str = ""
    correlation_id: str = ""
    challenge: str = ""
    retry_after: str = ""


def read_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes | None,
    method: str = "",
    path: str = "",
) -> PlatformAnswer:
    """Read the reason and the author of an answer; any answer can be read.

    Args:
        status: the HTTP status.
        headers: of the answer, with names in any case.
        body: of the answer; None where it was not read.
        method: the HTTP method of the request.
        path: the path of the request, with or without its query.
    """
    named = {name.lower(): value for name, value in headers.items()}
    path = path.partition("?")[0]
    challenge = _shown(named.get("www-authenticate", ""))
    author, words = _read_body((body or b"")[:_MOST_BYTES], named)
    if body is None and "json" in named.get("content-type", ""):
        author = Author.SERVICE  # most likely
    if challenge and status == UNAUTHORIZED:
        author = Author.GATEWAY  # a challenge is about the token, as a gateway's answers are
    return PlatformAnswer(
        status,
        author,
        _shown(words),
        service_of(path),
        method.upper(),
        printable(path, _SHOWN),
        printable(named.get("correlation-id", ""), 100),
        challenge,
        printable(named.get("retry-after", ""), 40),
    )


def service_of(path: str) -> str:
    """Return the service that a path names, such as `search` in `/api/search/v2/query`."""
    found = _SERVICE_PATH.match(path)
    return found[1] if found else ""


def _shown(words: str) -> str:
    return printable(without_tokens(" ".join(words.split())), _SHOWN)


def _read_body(body: bytes, headers: Mapping[str, str]) -> tuple[Author, str]:
    """Return who wrote a body, and its words."""
    from osdu_auth.wire.json_reader import strict_value

    try:
        value = strict_value(body)
    except ValueError:
        return _read_text(body.decode("utf-8", "replace").strip())
    if isinstance(value, str):
        return Author.SERVICE, value
    if not isinstance(value, dict):
        return Author.UNKNOWN, ""
    return _author_of(value, headers), ": ".join(_distinct(_words(value, _NESTED)))


def _read_text(text: str) -> tuple[Author, str]:
    if text.startswith(_SEISMIC):
        return Author.SERVICE, text
    if text.startswith("<"):
        in_xml = [words for _, words in _XML_WORDS.findall(text)]
        titles = _TITLE.findall(text)
        return Author.PAGE, ": ".join(in_xml or titles[:1])
    if _GATEWAY_WORDS.match(text):
        return Author.GATEWAY, text
    return Author.UNKNOWN, text


def _author_of(value: dict[str, Any], headers: Mapping[str, str]) -> Author:
    """Return the author of a JSON object, by its members."""
    code, status, error = value.get("code"), value.get("status"), value.get("error")
    is_http_status = isinstance(code, int) and code >= 100  # noqa: PLR2004 - gRPC's codes end at 16
    if is_http_status and ("reason" in value or "message" in value):
        return Author.SERVICE
    if isinstance(error, dict) and ("message" in error or "errors" in error):
        return Author.SERVICE
    if status is not None and not value.keys().isdisjoint(("error", "message", "title", "detail")):
        return Author.SERVICE
    if "detail" in value or "errors" in value:
        return Author.SERVICE
    if "statusCode" in value or isinstance(code, int) or isinstance(error, str):
        return Author.GATEWAY
    if any(header in headers for header in _API_GATEWAY_HEADERS):
        return Author.GATEWAY
    return Author.UNKNOWN


def _words(value: object, depth: int) -> Iterator[str]:
    """Yield the words in a value, and in the values inside it."""
    if isinstance(value, str):
        yield from _words_in_text(value, depth)
    elif depth and isinstance(value, dict):
        for member in _WORDS:
            yield from _words(value.get(member), depth - 1)
        for member in _LISTS:
            yield from _words(value.get(member), depth - 1)
    elif depth and isinstance(value, list):
        for each in value[:3]:
            yield from _words(each, depth - 1)


def _words_in_text(text: str, depth: int) -> Iterator[str]:
    """Yield a text, or the words of JSON in it, as Storage writes the errors of a validation."""
    from osdu_auth.wire.json_reader import strict_value

    if depth and text.startswith("{"):
        try:
            yield from _words(strict_value(text.encode("utf-8", "replace")), depth - 1)
        except ValueError:
            yield text
    elif text:
        yield text


def _distinct(words: Iterator[str]) -> list[str]:
    """Return the words without repetitions."""
    kept: list[str] = []
    for each in words:
        if not any(each in earlier for earlier in kept):
            kept.append(each)
    return kept


def answer_from(refused: Any) -> PlatformAnswer:
    """Return the answer in an error of ours, or in a response of an HTTP library.

    Args:
        refused: a `PlatformAnswer`, an `OsduError`, or a response of `requests`, `httpx`, `urllib3`
            or `aiohttp`; a response of `aiohttp` has to be read first.

    Raises:
        TypeError: it is another object.
    """
    if isinstance(refused, PlatformAnswer):
        return refused
    if isinstance(refused, OsduError) and isinstance(refused.answer, PlatformAnswer):
        return refused.answer
    status = _member(refused, "status_code") or _member(refused, "status")
    headers = _member(refused, "headers")
    if not isinstance(status, int) or headers is None:
        raise TypeError("an OsduError or a response of an HTTP library is needed")
    request = _member(refused, "request") or _member(refused, "request_info")
    method, url = _member(request, "method"), _member(refused, "url")
    return read_answer(
        status, headers, _body_of(refused), str(method or ""), _path_of(str(url or ""))
    )


def _body_of(response: Any) -> bytes | None:
    """Return the body where it is in memory, or can be read at once."""
    # The body's attribute in aiohttp, in urllib3, and in requests and httpx.
    bodies = (_member(response, name) for name in ("_body", "data", "content"))
    return next((body for body in bodies if isinstance(body, bytes)), None)


def _member(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - such as a stream that was not read
        return None


def _path_of(url: str) -> str:
    if url.startswith("/"):
        return url
    read = read_url_or_none(url)
    return "" if read is None else read.path
