"""What makes a record valid, and the storage service's words for one that is not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.platform.refusal_shapes import service_refusal

if TYPE_CHECKING:
    from osdu_auth.sandbox.platform.records import Records
    from osdu_auth.sandbox.platform.refusal_shapes import RefusedError

_KIND = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+:\d+\.\d+\.\d+\Z")
_MEMBERS = ("id", "kind", "acl", "legal", "data", "ancestry", "meta", "tags")
_RECORD_ID = re.compile(r"[\w.-]+:[\w.-]+:[\w.:%-]+\Z")


def check_record(record: Any, records: Records) -> dict[str, Any]:
    """Return a record that may be stored, without what is null or no member of a record.

    Args:
        record: One element of the request's array.
        records: Where it is to be stored.

    Raises:
        RefusedError: 400, in the service's shape, for the first rule that is broken.
    """
    if not isinstance(record, dict):
        raise _invalid("A record must be an object")
    _check_kind(record)
    _check_id(record, records)
    _check_acl(record.get("acl"), records)
    _check_legal(record.get("legal"), records)
    if not isinstance(record.get("data"), dict):
        raise _invalid("data: Record data cannot be empty")
    return {name: record[name] for name in _MEMBERS if record.get(name) is not None}


def _check_kind(record: dict[str, Any]) -> None:
    kind = record.get("kind")
    if not isinstance(kind, str) or not kind:
        raise _invalid("kind: Record kind cannot be null or empty")
    if not _KIND.match(kind):
        raise _invalid(f"kind: Not a valid record kind format. Found: {kind[:200]}")


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
        raise _invalid(
            f"The record '{str(record_id)[:200]}' does not follow the naming convention: "
            f"it must begin with '{start}'"
        )


def _check_acl(acl: Any, records: Records) -> None:
    if not isinstance(acl, dict):
        raise _invalid("acl: Record ACL cannot be empty")
    for role in ("viewers", "owners"):
        if not _is_texts(acl.get(role)):
            raise _invalid(f"acl: Invalid group name in {role}")
        for name in acl[role]:
            # The domain is the partition's, not the host's; mixing them up is a common mistake.
            if not name.endswith(f"@{records.groups.domain}"):
                raise service_refusal(400, "Invalid ACL", "Acl not match with tenant or domain")


def _check_legal(legal: Any, records: Records) -> None:
    if not isinstance(legal, dict):
        raise _invalid("legal: Record legal cannot be empty")
    if not _is_texts(legal.get("legaltags")):
        raise _invalid("legal: At least one legal tag is required")
    if not _is_texts(legal.get("otherRelevantDataCountries")):
        raise _invalid("legal: otherRelevantDataCountries cannot be empty")
    unknown = [name for name in legal["legaltags"] if name not in records.legal_tags]
    if unknown:
        message = f"Invalid legal tags: {','.join(unknown)[:200]}"
        raise service_refusal(400, "Invalid legal tags", message)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _invalid(message: str) -> RefusedError:
    # The service writes what its validator found as JSON inside the message.
    return service_refusal(400, "Validation error.", json.dumps({"errors": [message]}))
