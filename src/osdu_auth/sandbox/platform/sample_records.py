"""Invented wells and wellbores, so that a first search finds something to look at.

No well here exists: names, operators, depths and coordinates are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.platform.schemas import WELL_KIND, WELLBORE_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class _Well:
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


def sample_records(data_partition_id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the id, the kind and the data of every sample record.

    Args:
        data_partition_id: The data partition the ids begin with.
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
