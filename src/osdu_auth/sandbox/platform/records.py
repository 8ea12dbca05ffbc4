"""The records of one data partition, for the storage service and the search service.

Invariant: a record is replaced, never changed, so a reader always sees a whole record.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.platform.schemas import WELL_KIND, WELLBORE_KIND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from osdu_auth.sandbox.platform.groups import Groups
    from osdu_auth.sandbox.platform.legal import LegalTags

_FIRST_VERSION = 1_705_305_600_000_000
_CREATED = "2024-01-15T08:00:00.000Z"


@dataclass(frozen=True)
class Record:
    """One version of a record, as storage returns it.

    Attributes:
        id: `{partition}:{entity type}:{name}`.
        version: a number of 16 digits; a later version has a larger one.
        content: the whole record as JSON.
    """

    id: str
    version: int
    content: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind, `{authority}:{source}:{entity type}:{version}`."""
        return str(self.content["kind"])

    def visible_to(self, group_emails: Collection[str]) -> bool:
        """Say whether a member of these groups may read the record."""
        acl = self.content["acl"]
        return not {*acl["viewers"], *acl["owners"]}.isdisjoint(group_emails)

    def owned_by(self, group_emails: Collection[str]) -> bool:
        """Say whether a member of these groups may replace the record."""
        return not set(self.content["acl"]["owners"]).isdisjoint(group_emails)


class Records:
    """Every version of every record.

    Args:
        data_partition_id: the data partition.
        groups: the groups whose domain access control lists must have.
        legal_tags: the tags that records may name.
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
        for record_id, kind, data in _sample_records(data_partition_id):
            content = {"id": record_id, "kind": kind, "acl": acl, "legal": legal, "data": data}
            self.put(content, created_by=groups.email("sandbox"), created=_CREATED)

    def get(self, record_id: str) -> Record | None:
        """Return the newest version of a record, or `None`."""
        versions = self.versions(record_id)
        return versions[-1] if versions else None

    def versions(self, record_id: str) -> list[Record]:
        """Return every version of a record, oldest first; empty if there is no such record."""
        with self._lock:
            return list(self._records.get(record_id, ()))

    def all(self) -> list[Record]:
        """Return the newest version of every record, in the order in which they were added."""
        with self._lock:
            return [versions[-1] for versions in self._records.values()]

    def new_id(self, kind: str) -> str:
        """Return a new id for a record of `kind`."""
        return f"{self.data_partition_id}:{kind.split(':')[2]}:{uuid4().hex}"

    def put(self, content: dict[str, Any], *, created_by: str, created: str) -> Record:
        """Keep a new version of a record.

        Args:
            content: the record with its id; it is valid.
            created_by: the e-mail address of the user who writes it.
            created: the time, as ISO 8601 text.
        """
        with self._lock:
            self._version += 1
            stored = {
                **content,
                "version": self._version,
                "createUser": created_by,
                "createTime": created,
            }
            record = Record(content["id"], self._version, stored)
            self._records.setdefault(record.id, []).append(record)
            return record


@dataclass(frozen=True)
class _Well:
    """An invented well: its name, operator, depths and place do not exist."""

    number: int
    name: str
    operator: str
    longitude: float
    latitude: float
    spudded: str
    wellbores: tuple[tuple[str, float], ...]


_WELLS = (
    _Well(8690, "Kestrel Moor 1", "Northlight", 1.8421, 57.3307, "2009-03-14", (("A", 3120.4),)),
    _Well(8691, "Kestrel Moor 2", "Northlight", 1.8634, 57.3412, "2010-06-02", (("A", 3288.0),)),
    _Well(
        8702, "Osprey Deep 1", "Northlight", 2.1177, 58.0194, "2012-09-21",
        (("A", 4410.7), ("B", 4622.5)),
    ),
    _Well(8715, "Juniper Flat 3", "Calder Ridge", -102.440, 31.882, "2014-01-30", (("A", 2874.1),)),
    _Well(
        8716, "Juniper Flat 4H", "Calder Ridge", -102.4391, 31.8799, "2015-11-08",
        (("A", 5310.9), ("B", 5498.2)),
    ),
    _Well(8730, "Marlin Bank 7", "Blue Shelf", -89.7312, 27.9045, "2017-04-17", (("A", 6021.3),)),
    _Well(8741, "Tamarind East 1", "Blue Shelf", 114.902, -21.4468, "2018-08-25", (("A", 3745.6),)),
    _Well(8755, "Fjellrev 1", "Havdyp", 6.5519, 65.1083, "2020-02-11", (("A", 2988.8),)),
)  # fmt: skip


def _sample_records(data_partition_id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the id, the kind and the data of every sample record.

    Args:
        data_partition_id: the data partition, with which the ids begin.
    """
    for well in _WELLS:
        well_id = f"{data_partition_id}:master-data--Well:{well.number}"
        yield well_id, WELL_KIND, _well_data(well)
        for suffix, depth in well.wellbores:
            wellbore_id = f"{data_partition_id}:master-data--Wellbore:{well.number}-{suffix}"
            yield wellbore_id, WELLBORE_KIND, _wellbore_data(well, well_id, suffix, depth)


def _well_data(well: _Well) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [well.longitude, well.latitude]}
    feature = {"type": "Feature", "geometry": point, "properties": {}}
    return {
        "FacilityID": str(well.number),
        "FacilityName": well.name,
        "CurrentOperatorName": well.operator,
        "FacilityEvents": [{"FacilityEventTypeID": "SPUD", "EffectiveDateTime": well.spudded}],
        "SpatialLocation": {
            "Wgs84Coordinates": {"type": "FeatureCollection", "features": [feature]}
        },
    }


def _wellbore_data(well: _Well, well_id: str, suffix: str, depth: float) -> dict[str, Any]:
    return {
        "FacilityID": f"{well.number}-{suffix}",
        "FacilityName": f"{well.name} {suffix}",
        # A relationship ends with a colon: it names every version of the record.
        "WellID": f"{well_id}:",
        "VerticalMeasurements": [
            {"VerticalMeasurementID": "TotalDepth", "VerticalMeasurement": depth}
        ],
    }
