"""Load wells into OSDU's storage, for longer than a token lives.

    osdu-auth login
    python bulk_load.py wells.csv

Each request asks the session for its token, and the session renews it when it is due. Before the
first one it is seen that the session itself lasts as long as the work takes. The id of a record is
made of the well's number, so that a load which was interrupted can be begun again: storage leaves
out what it has already.

Variables, besides those of osdu-auth:
    LOAD_TAKES  how long it takes at most, such as 6h; default: 2h
    LEGAL_TAG   the legal tag of the records; default: PARTITION-public-usa-dataset
    BATCH       records in a request; default: 500, the most that storage takes
"""

from __future__ import annotations

import csv
import os
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from osdu_auth import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth import SessionEvent, WorkerSession

KIND = "osdu:wks:master-data--Well:1.0.0"
TIMEOUT = 60  # seconds


def api(session: Session | WorkerSession) -> requests.Session:
    """Return a client of the platform that sends a fresh token with each request."""
    client = requests.Session()
    client.auth = session
    # The platform is busy, or its gateway is: what is written here can be written twice.
    again = Retry(5, backoff_factor=1, status_forcelist=(429, 502, 503, 504))
    client.mount(session.profile.platform_url or "https://", HTTPAdapter(max_retries=again))
    return client


def group_domain(session: Session) -> str:
    """Return what follows the @ in the names of the partition's groups."""
    url = f"{session.profile.platform_url}/api/entitlements/v2/groups"
    answer = api(session).get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    groups = [group["email"] for group in answer.json()["groups"]]
    domain: str = groups[0].partition("@")[2]
    return domain


def records_of(path: str, partition: str, domain: str) -> Iterator[dict[str, Any]]:
    """Yield a record for each line of a table of wells."""
    legal_tag = os.environ.get("LEGAL_TAG", f"{partition}-public-usa-dataset")
    acl = {
        "viewers": [f"data.default.viewers@{domain}"],
        "owners": [f"data.default.owners@{domain}"],
    }
    legal = {"legaltags": [legal_tag], "otherRelevantDataCountries": ["US"]}
    with open(path, newline="", encoding="utf-8") as file:
        for well in csv.DictReader(file):
            place = [float(well["longitude"]), float(well["latitude"])]
            feature = {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": place},
                "properties": {},
            }
            yield {
                "id": f"{partition}:master-data--Well:{well['number']}",
                "kind": KIND,
                "acl": acl,
                "legal": legal,
                "data": {
                    "FacilityID": well["number"],
                    "FacilityName": well["name"],
                    "CurrentOperatorName": well["operator"],
                    "SpatialLocation": {
                        "Wgs84Coordinates": {"type": "FeatureCollection", "features": [feature]}
                    },
                },
            }


def batches_of(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield as many records at a time as go into a request."""
    size = int(os.environ.get("BATCH", "500"))
    while batch := list(islice(records, size)):
        yield batch


def store(batch: list[dict[str, Any]], session: Session | WorkerSession) -> int:
    """Store records, and return how many of them are new or have changed."""
    url = f"{session.profile.platform_url}/api/storage/v2/records"
    answer = api(session).put(url, params={"skipdupes": "true"}, json=batch, timeout=TIMEOUT)
    answer.raise_for_status()
    count: int = answer.json()["recordCount"]
    return count


def say_renewed(event: SessionEvent) -> None:
    """Say that the session has a new token."""
    print(event, file=sys.stderr)


def main(path: str) -> None:
    """Load a table of wells."""
    session = Session()
    session.ensure(os.environ.get("LOAD_TAKES", "2h"))
    session.on("renewed", say_renewed)
    partition = session.profile.data_partition_id or sys.exit("the profile names no data partition")
    records = records_of(path, partition, group_domain(session))
    for number, batch in enumerate(batches_of(records), 1):
        print(f"batch {number}: {store(batch, session)} of {len(batch)} stored", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
