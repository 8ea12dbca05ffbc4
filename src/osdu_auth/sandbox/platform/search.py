"""The search service: records by kind and query, a page at a time or by a cursor."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.platform.refusal_shapes import (
    PlatformRefusal,
    app_error,
    not_supported,
    service_refusal,
)
from osdu_auth.sandbox.platform.routes import Route, Service, is_absent, role_groups
from osdu_auth.sandbox.platform.search_query import UnreadableQuery, UnsupportedQuery, matcher
from osdu_auth.sandbox.platform.service_refusals import SEARCH

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Response
    from osdu_auth.sandbox.platform.records import Records
    from osdu_auth.sandbox.platform.routes import Call

_KIND = re.compile(r"[\w.*-]+:[\w.*-]+:[\w.*-]+:[\w.*-]+\Z")
_DEFAULT_LIMIT = 10
_MOST_RESULTS = 1000
_LAST_RESULT = 10_000
_CURSOR_SECONDS = 90.0
# The members that the real service has and the sandbox does not; unknown members are ignored.
_UNSUPPORTED_MEMBERS = (
    "sort", "spatialFilter", "aggregateBy", "highlightedFields", "suggestPhrase",
)  # fmt: skip
_UNSUPPORTED_ROUTES = (
    ("POST", "/ccs/query"),
    ("GET", "/index/schema/[^/]+"),
    ("DELETE", "/index/[^/]+"),
)


def search_service(records: Records) -> Service:
    """Return the service at `/api/search/v2`.

    Args:
        records: the records that it searches.
    """
    roles = role_groups("search", "user", "admin")
    cursors = _Cursors()
    routes = (
        Route("POST", "/query", roles, lambda call: _query(call, records)),
        Route(
            "POST",
            "/query_with_cursor",
            roles,
            lambda call: _query_with_cursor(call, records, cursors),
        ),
    )
    return Service(
        "/api/search/v2",
        "search-aws",
        routes,
        SEARCH,
        unsupported_routes=_UNSUPPORTED_ROUTES,
        further_condition=_has_a_data_group,
        group_cache_seconds=300.0,
    )


def _has_a_data_group(names: frozenset[str]) -> bool:
    return any(name.startswith("data.") for name in names)


def _query(call: Call, records: Records) -> Response:
    body = _body(call)
    found = _found(call, body, records)
    limit, offset = _limit(body), _number(body, "offset", 0)
    if offset + limit > _LAST_RESULT:
        raise _invalid(
            "Invalid combination of limit and offset values, offset + limit cannot be greater "
            f"than {_LAST_RESULT}"
        )
    return json_response(
        200,
        {
            "results": found[offset : offset + limit],
            "aggregations": [],
            "totalCount": len(found),
        },
    )


def _query_with_cursor(call: Call, records: Records, cursors: _Cursors) -> Response:
    body = _body(call)
    token = _typed(body, "cursor", str, "")
    if token:
        opened = cursors.find(token, call)
    else:
        opened = _OpenCursor(call.username, _found(call, body, records), _limit(body))
    page, rest = opened.page()
    total = len(opened.found)
    if not page:
        return json_response(200, {"cursor": None, "results": [], "totalCount": total})
    kept = cursors.keep(rest, call)
    return json_response(200, {"cursor": kept, "results": page, "totalCount": total})


@dataclass(frozen=True)
class _OpenCursor:
    """The rest of a search that is read page by page.

    Attributes:
        username: the user who searches.
        found: all results.
        limit: how many results a page has.
        first: the index of the first result of the next page.
        expires: when it ends, in seconds since the epoch.
    """

    username: str
    found: list[Any]
    limit: int
    first: int = 0
    expires: float = 0.0

    def page(self) -> tuple[list[Any], _OpenCursor]:
        """Return the next page, and the cursor for the rest."""
        last = self.first + self.limit
        following = _OpenCursor(self.username, self.found, self.limit, last)
        return self.found[self.first : last], following


class _Cursors:
    """The open cursors; each is valid for 90 seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, _OpenCursor] = {}

    def keep(self, cursor: _OpenCursor, call: Call) -> str:
        """Keep a cursor, and return the text that names it."""
        token = secrets.token_hex(16).upper()
        kept = _OpenCursor(
            cursor.username, cursor.found, cursor.limit, cursor.first, call.now + _CURSOR_SECONDS
        )
        with self._lock:
            self._open = {
                text: each for text, each in self._open.items() if call.now < each.expires
            }
            self._open[token] = kept
        return token

    def find(self, token: str, call: Call) -> _OpenCursor:
        """Return the caller's cursor.

        Raises:
            PlatformRefusal: 400: there is no such cursor, or it has expired; 403: it is another
                user's.
        """
        with self._lock:
            opened = self._open.get(token)
        if opened is None or call.now >= opened.expires:
            raise service_refusal(
                400, "Can't find the given cursor", "The given cursor is invalid or expired"
            )
        if opened.username != call.username:
            raise service_refusal(
                403,
                "cursor issuer doesn't match the cursor consumer",
                "cursor sharing is forbidden",
            )
        return opened


def _body(call: Call) -> dict[str, Any]:
    """Return a query's members, without those that are null, which count as absent.

    Raises:
        PlatformRefusal: 400: it is no object; 501: the sandbox does not support a member.
    """
    if not isinstance(call.body, dict):
        # The service's framework cannot read it as a query.
        raise PlatformRefusal(SEARCH.unreadable(call.request, call.now))
    for name in _UNSUPPORTED_MEMBERS:
        if not is_absent(call.body.get(name)) and call.body[name] is not False:
            raise not_supported(f"the member {name} of a search")
    return {name: value for name, value in call.body.items() if value is not None}


def _found(call: Call, body: dict[str, Any], records: Records) -> list[Any]:
    kinds = _kinds(body.get("kind"))
    try:
        matches = matcher(_typed(body, "query", str, ""))
    except UnsupportedQuery as error:
        raise not_supported(str(error)) from error
    except UnreadableQuery as error:
        raise service_refusal(400, "Bad Request", f"Invalid query: {error}") from error
    owned = _typed(body, "queryAsOwner", bool, False)  # noqa: FBT003 - a JSON value
    fields = _typed(body, "returnedFields", list, [])
    group_emails = call.group_emails
    return [
        _reduced(record.content, fields)
        for record in records.all()
        if any(kind.fullmatch(record.kind) for kind in kinds)
        and (record.owned_by(group_emails) if owned else record.visible_to(group_emails))
        and matches(record.content)
    ]


def _kinds(kind: Any) -> list[re.Pattern[str]]:
    names = kind.split(",") if isinstance(kind, str) and kind else kind
    if not isinstance(names, list) or not names:
        raise _invalid("kind can not be null or empty")
    if not all(isinstance(name, str) and _KIND.match(name) for name in names):
        raise _invalid(f"Not a valid record kind format. Found: {str(kind)[:200]}")
    return [re.compile(re.escape(name).replace(r"\*", "[^:]*")) for name in names]


def _limit(body: dict[str, Any]) -> int:
    """Return how many results a page has: by default ten, and at most a thousand."""
    return min(_number(body, "limit", 0) or _DEFAULT_LIMIT, _MOST_RESULTS)


def _number(body: dict[str, Any], name: str, default: int) -> int:
    value = _typed(body, name, int, default)
    if isinstance(value, bool) or value < 0:
        raise _invalid(f"'{name}' must be equal or greater than 0")
    return int(value)


def _typed(body: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = body.get(name, default)
    if not isinstance(value, kind):
        raise service_refusal(400, "Bad Request", "Invalid parameters were given on search request")
    return value


def _reduced(content: dict[str, Any], fields: list[Any]) -> dict[str, Any]:
    """Return the fields that the request names; all fields if it names no field."""
    if not fields:
        return content
    reduced: dict[str, Any] = {}
    for field in fields:
        _copy(content, reduced, str(field).split("."))
    return reduced


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    name, rest = path[0], path[1:]
    if name not in source:
        return
    if not rest:
        target[name] = source[name]
    elif isinstance(source[name], dict):
        inner = target.get(name)
        # This is a copy: an earlier field may have put the record's own object here.
        target[name] = dict(inner) if isinstance(inner, dict) else {}
        _copy(source[name], target[name], rest)


def _invalid(message: str) -> PlatformRefusal:
    """Return the refusal of a member that is not valid."""
    return PlatformRefusal(
        app_error(400, "Bad Request", "Invalid parameters were given on search request", [message])
    )
