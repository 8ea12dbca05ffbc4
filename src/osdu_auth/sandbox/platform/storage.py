"""The storage service: one record by its id, and records in an array to keep."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from osdu_auth.sandbox.messages import json_response

from .record_rules import check_record
from .replies import access_denied, service_refusal
from .routes import Route, Service, one_of

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Response

    from .records import Record, Records
    from .routes import Call

_MOST_RECORDS = 500


def storage_service(records: Records) -> Service:
    """Return the service at `/api/storage/v2`.

    Args:
        records: The records it keeps.
    """
    read = one_of("storage", "viewer", "creator", "admin")
    write = one_of("storage", "creator", "admin")
    return Service(
        "/api/storage/v2",
        "storage-aws",
        (
            Route("GET", "/records/(?P<id>[^/]+)", read, lambda call: _get(call, records)),
            Route("PUT", "/records", write, lambda call: _put(call, records)),
        ),
        wants_content_type=True,
    )


def _get(call: Call, records: Records) -> Response:
    record_id = call.path_values["id"]
    record = records.get(record_id)
    if record is None:
        raise service_refusal(404, "Record not found", f"The record '{record_id}' was not found")
    if not record.visible_to(call.groups.emails_of(call.username)):
        raise access_denied()
    return json_response(200, record.content)


def _put(call: Call, records: Records) -> Response:
    body = call.body
    if not isinstance(body, list) or not 0 < len(body) <= _MOST_RECORDS:
        raise service_refusal(
            400, "Invalid request", f"Send an array of 1 to {_MOST_RECORDS} records"
        )
    # All are checked before the first is kept: a refused request changes nothing.
    checked = [check_record(record, records) for record in body]
    mine = call.groups.emails_of(call.username)
    before = [records.get(record.get("id", "")) for record in checked]
    if any(old is not None and not old.owned_by(mine) for old in before):
        raise access_denied()
    skipping = call.request.query.get("skipdupes", "").lower() == "true"
    stored: list[Record] = []
    skipped: list[str] = []
    created = datetime.fromtimestamp(call.now, tz=timezone.utc).isoformat(timespec="milliseconds")
    for record, old in zip(checked, before, strict=True):
        if skipping and old is not None and old.content["data"] == record["data"]:
            skipped.append(old.id)
            continue
        content = {**record, "id": record.get("id") or records.new_id(record["kind"])}
        stored.append(records.put(content, created_by=call.email, created=created))
    return json_response(
        201,
        {
            "recordCount": len(stored),
            "recordIds": [record.id for record in stored],
            "skippedRecordIds": skipped,
            "recordIdVersions": [f"{record.id}:{record.version}" for record in stored],
        },
    )
