"""The storage service: it returns records by id and version, and keeps records that are valid."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.platform.refusal_shapes import not_supported, service_refusal
from osdu_auth.sandbox.platform.routes import Route, Service, is_absent, role_groups
from osdu_auth.sandbox.platform.service_refusals import STORAGE

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Response
    from osdu_auth.sandbox.platform.records import Record, Records
    from osdu_auth.sandbox.platform.refusal_shapes import PlatformRefusal
    from osdu_auth.sandbox.platform.routes import Call

_KIND = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+:\d+\.\d+\.\d+\Z")
_MEMBERS = ("id", "kind", "acl", "legal", "data", "ancestry", "meta", "tags")
_RECORD_ID = re.compile(r"[\w.-]+:[\w.-]+:[\w.:%-]+\Z")
_MOST_RECORDS = 500
_MOST_FETCHED = 100
_MOST_IN_BATCH = 20
_MOST_LISTED = 1000
_ID = "(?P<id>[^/]+)"
_ATTRIBUTE = frozenset({"attribute"})
_FRAME = "frame-of-reference"
_UNSUPPORTED_ROUTES = (
    ("PATCH", "/records"),
    ("POST", "/records/(delete|copy)"),
    ("POST", "/records/[^/]+:delete"),
    ("DELETE", "/records/[^/]+(/versions)?"),
    ("GET", "/query/kinds"),
    ("GET", "/schemas(/[^/]+)?"),
    ("POST", "/schemas"),
    ("POST", "/replay"),
    ("GET", "/replay/status/[^/]+"),
)


def storage_service(records: Records) -> Service:
    """Return the service at `/api/storage/v2`.

    Args:
        records: the records that it keeps.
    """
    read = role_groups("storage", "viewer", "creator", "admin")
    write = role_groups("storage", "creator", "admin")
    administer = role_groups("storage", "admin")
    stored = _StorageRoutes(records)
    routes = (
        Route("GET", f"/records/{_ID}", read, stored.newest, unsupported_parameters=_ATTRIBUTE),
        Route("GET", f"/records/versions/{_ID}", read, stored.versions),
        Route(
            "GET",
            rf"/records/{_ID}/(?P<version>\d+)",
            read,
            stored.version,
            unsupported_parameters=_ATTRIBUTE,
        ),
        Route("PUT", "/records", write, stored.put),
        Route("GET", "/query/records", administer, stored.ids_of_kind),
        Route("POST", "/query/records", read, stored.fetch),
        Route("POST", "/query/records:batch", read, stored.batch),
    )
    return Service(
        "/api/storage/v2",
        "storage-aws",
        routes,
        STORAGE,
        unsupported_routes=_UNSUPPORTED_ROUTES,
        unsupported_headers=frozenset({"x-collaboration"}),
        group_cache_seconds=300.0,
    )


class _StorageRoutes:
    """The answers of the service's routes."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def newest(self, call: Call) -> Response:
        return json_response(200, self._visible_versions(call)[-1].content)

    def version(self, call: Call) -> Response:
        wanted = int(call.path_values["version"])
        for record in self._visible_versions(call):
            if record.version == wanted:
                return json_response(200, record.content)
        record_id = call.path_values["id"]
        raise _not_found(f"The requested record version was not found: {record_id}/{wanted}")

    def versions(self, call: Call) -> Response:
        found = self._visible_versions(call)
        return json_response(
            200,
            {"recordId": found[-1].id, "versions": [record.version for record in found]},
        )

    def ids_of_kind(self, call: Call) -> Response:
        query = call.request.query
        kind = query.get("kind")
        if not kind:
            raise _invalid("Required parameter 'kind' is not present.")
        limit, first = query.get("limit", "10"), query.get("cursor", "0")
        if not limit.isascii() or not limit.isdigit() or not 0 < int(limit[:9]) <= _MOST_LISTED:
            raise _invalid(f"'limit' must be from 1 to {_MOST_LISTED}")
        ids = [record.id for record in self._records.all() if record.kind == kind]
        if not first.isascii() or not first.isdigit() or int(first[:9]) > len(ids):
            raise service_refusal(400, "Cursor invalid", "The requested cursor does not exist")
        last = int(first) + int(limit)
        cursor = {"cursor": str(last)} if last < len(ids) else {}
        return json_response(200, {**cursor, "results": ids[int(first) : last]})

    def fetch(self, call: Call) -> Response:
        ids = _ids(call.body, 0, _MOST_FETCHED)
        if not is_absent(call.body.get("attributes")):
            raise not_supported("the member attributes of POST query/records")
        found, absent = self._fetched(call, ids)
        return json_response(200, {"records": found, "invalidRecords": absent, "retryRecords": []})

    def batch(self, call: Call) -> Response:
        frame = call.request.headers.get(_FRAME, "")
        if not frame:
            raise service_refusal(
                400,
                "Frame of reference is not appropriately provided",
                f"please use customized header {_FRAME}",
            )
        if frame.lower() != "none":
            raise not_supported(f"another {_FRAME} than none")
        found, absent = self._fetched(call, _ids(call.body, 1, _MOST_IN_BATCH))
        return json_response(200, {"records": found, "notFound": absent, "conversionStatuses": []})

    def put(self, call: Call) -> Response:
        body = call.body
        if not isinstance(body, list) or not 0 < len(body) <= _MOST_RECORDS:
            raise _invalid(f"Up to {_MOST_RECORDS} records can be ingested at a time")
        # All records are checked before one is stored, so a refused request changes nothing.
        checked = [_check_record(record, self._records) for record in body]
        before = [self._records.get(record.get("id", "")) for record in checked]
        if any(old is not None and not old.owned_by(call.group_emails) for old in before):
            raise service_refusal(
                403, "User Unauthorized", "User is not authorized to update records."
            )
        skips_duplicates = call.request.query.get("skipdupes", "").lower() == "true"
        stored: list[Record] = []
        skipped: list[str] = []
        moment = datetime.fromtimestamp(call.now, tz=timezone.utc)
        created = moment.isoformat(timespec="milliseconds")
        for record, old in zip(checked, before, strict=True):
            if skips_duplicates and old is not None and old.content["data"] == record["data"]:
                skipped.append(old.id)
                continue
            content = {**record, "id": record.get("id") or self._records.new_id(record["kind"])}
            stored.append(self._records.put(content, created_by=call.email, created=created))
        return json_response(
            201,
            {
                "recordCount": len(stored),
                "recordIds": [record.id for record in stored],
                "skippedRecordIds": skipped,
                "recordIdVersions": [f"{record.id}:{record.version}" for record in stored],
            },
        )

    def _visible_versions(self, call: Call) -> list[Record]:
        """Return the versions of the record in the path, oldest first.

        Raises:
            PlatformRefusal: 404: there is no such record; 403: the caller may not see the newest
                version.
        """
        record_id = call.path_values["id"]
        found = self._records.versions(record_id)
        if not found:
            raise _not_found(f"The record '{record_id}' was not found")
        if not found[-1].visible_to(call.group_emails):
            raise service_refusal(
                403, "Access denied", "The user is not authorized to perform this action"
            )
        return found

    def _fetched(self, call: Call, ids: list[str]) -> tuple[list[Any], list[str]]:
        """Return the records that the caller may see, and the ids of all other records."""
        known = {record_id: self._records.get(record_id) for record_id in ids}
        visible = {
            record_id: record.content
            for record_id, record in known.items()
            if record is not None and record.visible_to(call.group_emails)
        }
        absent = [record_id for record_id in known if record_id not in visible]
        return list(visible.values()), absent


def _ids(body: Any, least: int, most: int) -> list[str]:
    ids = body.get("records") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise _invalid("The list of record ids cannot be empty")
    if not least <= len(ids) <= most:
        raise _invalid(f"Up to {most} record ids can be sent at a time")
    return ids


def _invalid(message: str) -> PlatformRefusal:
    return service_refusal(400, "Validation error.", message)


def _not_found(message: str) -> PlatformRefusal:
    return service_refusal(404, "Record not found", message)


def _check_record(record: Any, records: Records) -> dict[str, Any]:
    """Return a record that may be stored, without null values and unknown members.

    Args:
        record: one element of the request's array.
        records: the records of the data partition.

    Raises:
        PlatformRefusal: 400, in the service's shape, for the first rule that is broken.
    """
    if not isinstance(record, dict):
        raise _invalid_record("A record must be an object")
    _check_kind(record)
    _check_id(record, records)
    _check_acl(record.get("acl"), records)
    _check_legal(record.get("legal"), records)
    if not isinstance(record.get("data"), dict):
        raise _invalid_record("data: Record data cannot be empty")
    return {name: record[name] for name in _MEMBERS if record.get(name) is not None}


def _check_kind(record: dict[str, Any]) -> None:
    kind = record.get("kind")
    if not isinstance(kind, str) or not kind:
        raise _invalid_record("kind: Record kind cannot be null or empty")
    if not _KIND.match(kind):
        raise _invalid_record(f"kind: Not a valid record kind format. Found: {kind[:200]}")


def _check_id(record: dict[str, Any], records: Records) -> None:
    record_id = record.get("id")
    if record_id is None:
        return
    entity = record["kind"].split(":")[2]
    start = f"{records.data_partition_id}:{entity}:"
    if (
        not isinstance(record_id, str)
        or not _RECORD_ID.match(record_id)
        or not record_id.startswith(start)
    ):
        raise _invalid_record(
            f"The record '{str(record_id)[:200]}' does not follow the naming convention: "
            f"it must begin with '{start}'"
        )


def _check_acl(acl: Any, records: Records) -> None:
    if not isinstance(acl, dict):
        raise _invalid_record("acl: Record ACL cannot be empty")
    for role in ("viewers", "owners"):
        if not _is_texts(acl.get(role)):
            raise _invalid_record(f"acl: Invalid group name in {role}")
        for name in acl[role]:
            # The domain is the partition's, not the host's; users often confuse them.
            if not name.endswith(f"@{records.groups.domain}"):
                raise service_refusal(400, "Invalid ACL", "Acl not match with tenant or domain")


def _check_legal(legal: Any, records: Records) -> None:
    if not isinstance(legal, dict):
        raise _invalid_record("legal: Record legal cannot be empty")
    if not _is_texts(legal.get("legaltags")):
        raise _invalid_record("legal: At least one legal tag is required")
    if not _is_texts(legal.get("otherRelevantDataCountries")):
        raise _invalid_record("legal: otherRelevantDataCountries cannot be empty")
    unknown = [name for name in legal["legaltags"] if name not in records.legal_tags]
    if unknown:
        message = f"Invalid legal tags: {','.join(unknown)[:200]}"
        raise service_refusal(400, "Invalid legal tags", message)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _invalid_record(message: str) -> PlatformRefusal:
    # The service writes the findings of its validator as JSON inside the message.
    return service_refusal(400, "Validation error.", json.dumps({"errors": [message]}))
