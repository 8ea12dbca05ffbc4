"""The search service: records by kind and query, a page at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.messages import json_response

from .replies import service_refusal
from .routes import Route, Service, one_of
from .search_query import QueryError, matcher

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Response

    from .records import Records
    from .replies import RefusedError
    from .routes import Call

_KIND = re.compile(r"[\w.*-]+:[\w.*-]+:[\w.*-]+:[\w.*-]+\Z")
_DEFAULT_LIMIT = 10
_MOST_RESULTS = 1000
_MEMBERS = frozenset(
    {"kind", "query", "limit", "offset", "returnedFields", "queryAsOwner", "trackTotalCount"}
)


def search_service(records: Records) -> Service:
    """Return the service at `/api/search/v2`.

    Args:
        records: The records it looks through.
    """
    roles = one_of("search", "user", "admin")
    route = Route("POST", "/query", roles, lambda call: _query(call, records))
    return Service("/api/search/v2", "search-aws", (route,))


def _query(call: Call, records: Records) -> Response:
    body = call.body
    if not isinstance(body, dict):
        raise _invalid("The query must be an object")
    unknown = sorted(set(body) - _MEMBERS)
    if unknown:
        raise _invalid(f"The sandbox does not understand {unknown[0][:100]}")
    kinds = _kinds(body.get("kind"))
    try:
        found_by = matcher(_typed(body, "query", str, ""))
    except QueryError as error:
        raise _invalid(f"Invalid query: {error}") from error
    limit = _number(body, "limit", _DEFAULT_LIMIT) or _DEFAULT_LIMIT
    offset = _number(body, "offset", 0)
    if limit > _MOST_RESULTS:
        raise _invalid(f"'limit' must be less than or equal to {_MOST_RESULTS}")
    mine = call.groups.emails_of(call.username)
    owned = _typed(body, "queryAsOwner", bool, False)  # noqa: FBT003 - a JSON value
    found = [
        record.content
        for record in records.all()
        if any(kind.fullmatch(record.kind) for kind in kinds)
        and (record.owned_by(mine) if owned else record.visible_to(mine))
        and found_by(record.content)
    ]
    fields = _typed(body, "returnedFields", list, [])
    results = [_reduced(content, fields) for content in found[offset : offset + limit]]
    return json_response(200, {"results": results, "aggregations": [], "totalCount": len(found)})


def _kinds(kind: Any) -> list[re.Pattern[str]]:
    names = kind.split(",") if isinstance(kind, str) else kind
    if not isinstance(names, list) or not names:
        raise _invalid("'kind' can not be null or empty")
    if not all(isinstance(name, str) and _KIND.match(name) for name in names):
        raise _invalid("Not a valid record kind format; it is authority:source:type:version")
    return [re.compile(re.escape(name).replace(r"\*", "[^:]*")) for name in names]


def _number(body: dict[str, Any], name: str, default: int) -> int:
    value = _typed(body, name, int, default)
    if isinstance(value, bool) or value < 0:
        raise _invalid(f"'{name}' must be equal or greater than 0")
    return int(value)


def _typed(body: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _invalid(f"'{name}' has a wrong type")
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
    return service_refusal(400, "Bad Request", message)
