"""The search service: records by kind and query, a page at a time or by a cursor."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.platform.refusal_shapes import (
    RefusedError,
    app_error,
    not_served,
    service_refusal,
)
from osdu_auth.sandbox.platform.routes import Route, Service, is_absent, one_of
from osdu_auth.sandbox.platform.search_query import QueryError, QueryFormError, matcher
from osdu_auth.sandbox.platform.service_refusals import SEARCH

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Response
    from osdu_auth.sandbox.platform.records import Records
    from osdu_auth.sandbox.platform.routes import Call

_KIND = re.compile(r"[\w.*-]+:[\w.*-]+:[\w.*-]+:[\w.*-]+\Z")
_DEFAULT_LIMIT = 10
_MOST_RESULTS = 1000
_DEEPEST_RESULT = 10_000
_CURSOR_SECONDS = 90.0
# What the service has and the sandbox does not; what neither has is passed over.
_LACKING_MEMBERS = (
    "sort", "spatialFilter", "aggregateBy", "highlightedFields", "suggestPhrase",
)  # fmt: skip
_LACKING = (
    ("POST", "/ccs/query"),
    ("GET", "/index/schema/[^/]+"),
    ("DELETE", "/index/[^/]+"),
)


def search_service(records: Records) -> Service:
    """Return the service at `/api/search/v2`.

    Args:
        records: The records it looks through.
    """
    roles = one_of("search", "user", "admin")
    cursors = _Cursors()
    routes = (
        Route("POST", "/query", roles, lambda call: _query(call, records)),
        Route("POST", "/query_with_cursor", roles, lambda call: _cursor(call, records, cursors)),
    )
    return Service(
        "/api/search/v2",
        "search-aws",
        routes,
        SEARCH,
        lacking=_LACKING,
        also_needs=_has_a_data_group,
        remembers_groups=300.0,
    )


def _has_a_data_group(names: frozenset[str]) -> bool:
    return any(name.startswith("data.") for name in names)


def _query(call: Call, records: Records) -> Response:
    body = _body(call)
    found = _found(call, body, records)
    limit, offset = _limit(body), _number(body, "offset", 0)
    if offset + limit > _DEEPEST_RESULT:
        raise _invalid(
            "Invalid combination of limit and offset values, offset + limit cannot be greater "
            f"than {_DEEPEST_RESULT}"
        )
    return json_response(
        200,
        {
            "results": found[offset : offset + limit],
            "aggregations": [],
            "totalCount": len(found),
        },
    )


def _cursor(call: Call, records: Records, cursors: _Cursors) -> Response:
    body = _body(call)
    token = _typed(body, "cursor", str, "")
    if token:
        opened = cursors.take(token, call)
    else:
        opened = _OpenCursor(call.username, _found(call, body, records), _limit(body))
    page, following = opened.page()
    total = len(opened.found)
    if not page:
        return json_response(200, {"cursor": None, "results": [], "totalCount": total})
    kept = cursors.keep(following, call)
    return json_response(200, {"cursor": kept, "results": page, "totalCount": total})


@dataclass(frozen=True)
class _OpenCursor:
    """What is left of a search that is read a page at a time.

    Attributes:
        username: Whose it is.
        found: All that was found.
        limit: How much of it makes a page.
        first: Where the next page begins.
        expires: When it ends, in seconds since the epoch.
    """

    username: str
    found: list[Any]
    limit: int
    first: int = 0
    expires: float = 0.0

    def page(self) -> tuple[list[Any], _OpenCursor]:
        """Return the next page and what is left after it."""
        last = self.first + self.limit
        following = _OpenCursor(self.username, self.found, self.limit, last)
        return self.found[self.first : last], following


class _Cursors:
    """The cursors that are open; each is good for 90 seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, _OpenCursor] = {}

    def keep(self, cursor: _OpenCursor, call: Call) -> str:
        """Return the text by which a cursor is asked for."""
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

    def take(self, token: str, call: Call) -> _OpenCursor:
        """Return the caller's cursor.

        Raises:
            RefusedError: 400 if there is none or its time is over, 403 if it is another user's.
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
    """Return a query's members without those that are null, which are as if absent.

    Raises:
        RefusedError: 400 if it is no object, 501 for a member that the sandbox lacks.
    """
    if not isinstance(call.body, dict):
        # The framework cannot make a query of it.
        raise RefusedError(SEARCH.unreadable(call.request, call.now))
    for name in _LACKING_MEMBERS:
        if not is_absent(call.body.get(name)) and call.body[name] is not False:
            raise not_served(f"the member {name} of a search")
    return {name: value for name, value in call.body.items() if value is not None}


def _found(call: Call, body: dict[str, Any], records: Records) -> list[Any]:
    kinds = _kinds(body.get("kind"))
    try:
        found_by = matcher(_typed(body, "query", str, ""))
    except QueryFormError as error:
        raise not_served(str(error)) from error
    except QueryError as error:
        raise service_refusal(400, "Bad Request", f"Invalid query: {error}") from error
    owned = _typed(body, "queryAsOwner", bool, False)  # noqa: FBT003 - a JSON value
    fields = _typed(body, "returnedFields", list, [])
    mine = call.group_emails
    return [
        _reduced(record.content, fields)
        for record in records.all()
        if any(kind.fullmatch(record.kind) for kind in kinds)
        and (record.owned_by(mine) if owned else record.visible_to(mine))
        and found_by(record.content)
    ]


def _kinds(kind: Any) -> list[re.Pattern[str]]:
    names = kind.split(",") if isinstance(kind, str) and kind else kind
    if not isinstance(names, list) or not names:
        raise _invalid("kind can not be null or empty")
    if not all(isinstance(name, str) and _KIND.match(name) for name in names):
        raise _invalid(f"Not a valid record kind format. Found: {str(kind)[:200]}")
    return [re.compile(re.escape(name).replace(r"\*", "[^:]*")) for name in names]


def _limit(body: dict[str, Any]) -> int:
    """Return how many results are wanted: none is ten, and never more than a thousand."""
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
    """Return only the returned fields; none named is all of them."""
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
        # A copy: an earlier field may have put the record's own object here.
        target[name] = dict(inner) if isinstance(inner, dict) else {}
        _copy(source[name], target[name], rest)


def _invalid(message: str) -> RefusedError:
    """Return the refusal of a member that does not validate."""
    return RefusedError(
        app_error(400, "Bad Request", "Invalid parameters were given on search request", [message])
    )
