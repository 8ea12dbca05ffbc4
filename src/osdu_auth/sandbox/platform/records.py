"""The records of one data partition: what storage keeps and search looks through.

The law of this module: a record is replaced, never changed, so whoever reads one reads it whole.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.platform.sample_records import sample_records

if TYPE_CHECKING:
    from collections.abc import Collection

    from osdu_auth.sandbox.platform.groups import Groups
    from osdu_auth.sandbox.platform.legal import LegalTags

_FIRST_VERSION = 1_705_305_600_000_000
_CREATED = "2024-01-15T08:00:00.000Z"


@dataclass(frozen=True)
class Record:
    """One record, as storage returns it.

    Attributes:
        id: `{partition}:{entity type}:{name}`.
        version: A 16-digit number that grows.
        content: The whole record as JSON.
    """

    id: str
    version: int
    content: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind, `{authority}:{source}:{entity type}:{version}`."""
        return str(self.content["kind"])

    def visible_to(self, group_emails: Collection[str]) -> bool:
        """Tell whether a member of these groups may read the record."""
        acl = self.content["acl"]
        return not {*acl["viewers"], *acl["owners"]}.isdisjoint(group_emails)

    def owned_by(self, group_emails: Collection[str]) -> bool:
        """Tell whether a member of these groups may replace the record."""
        return not set(self.content["acl"]["owners"]).isdisjoint(group_emails)


class Records:
    """Every version of every record.

    Args:
        data_partition_id: The data partition.
        groups: Whose domain access control lists must have.
        legal_tags: The tags records may name.
    """

    def __init__(self, data_partition_id: str, groups: Groups, legal_tags: LegalTags) -> None:
        self.data_partition_id = data_partition_id
        self.groups = groups
        self.legal_tags = legal_tags
        self._lock = threading.Lock()
        self._records: dict[str, list[Record]] = {}
        self._version = _FIRST_VERSION
        acl = {
            "viewers": [groups.email("data.default.viewers")],
            "owners": [groups.email("data.default.owners")],
        }
        legal = {"legaltags": [legal_tags.default], "otherRelevantDataCountries": ["US"]}
        for record_id, kind, data in sample_records(data_partition_id):
            content = {"id": record_id, "kind": kind, "acl": acl, "legal": legal, "data": data}
            self.put(content, created_by=groups.email("sandbox"), created=_CREATED)

    def get(self, record_id: str) -> Record | None:
        """Return the newest version of a record, or `None`."""
        versions = self.versions(record_id)
        return versions[-1] if versions else None

    def versions(self, record_id: str) -> list[Record]:
        """Return every version of a record, oldest first; none if there is no such record."""
        with self._lock:
            return list(self._records.get(record_id, ()))

    def all(self) -> list[Record]:
        """Return the newest version of every record, oldest id first."""
        with self._lock:
            return [versions[-1] for versions in self._records.values()]

    def new_id(self, kind: str) -> str:
        """Return an id for a record of `kind` that came without one."""
        return f"{self.data_partition_id}:{kind.split(':')[2]}:{uuid4().hex}"

    def put(self, content: dict[str, Any], *, created_by: str, created: str) -> Record:
        """Keep a new version of a record.

        Args:
            content: The record with its id, already found valid.
            created_by: The e-mail address of whoever writes it.
            created: The time, as ISO 8601 text.
        """
        with self._lock:
            self._version += 1
            stamped = {
                **content,
                "version": self._version,
                "createUser": created_by,
                "createTime": created,
            }
            record = Record(content["id"], self._version, stamped)
            self._records.setdefault(record.id, []).append(record)
            return record
