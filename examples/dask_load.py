"""Load wells into OSDU's storage by many workers at once.

    osdu-auth login
    python dask_load.py wells.csv

The workers are given a token that is good for as long as their part takes, and nothing to renew it
by: the session stays with the program that hands the parts out, and each part is handed out with a
token that is fresh then. `DASK_SCHEDULER=tls://…` names a cluster; without it, workers are started
on this computer. `bulk_load.py` says what else can be set.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

from dask.distributed import Client, LocalCluster, as_completed

from bulk_load import batches_of, group_domain, records_of, store
from osdu_auth import Session

PART_TAKES = "10m"
AT_ONCE = 8  # parts that are handed out and not yet done


def main(path: str) -> None:
    """Load a table of wells."""
    session = Session()
    session.ensure(os.environ.get("LOAD_TAKES", "2h"))
    partition = session.profile.data_partition_id or sys.exit("the profile names no data partition")
    batches = batches_of(records_of(path, partition, group_domain(session)))
    with ExitStack() as cluster:
        scheduler = os.environ.get("DASK_SCHEDULER") or cluster.enter_context(
            LocalCluster(n_workers=2, host="127.0.0.1", dashboard_address=None)
        )
        dask = cluster.enter_context(Client(scheduler))
        dask.upload_file(os.path.join(os.path.dirname(__file__), "bulk_load.py"))
        parts = as_completed()
        stored = 0
        for batch in batches:
            parts.add(dask.submit(store, batch, session.for_workers(PART_TAKES), pure=False))
            if parts.count() >= AT_ONCE:
                stored += next(parts).result()
        stored += sum(part.result() for part in parts)
    print(f"{stored} records stored")


if __name__ == "__main__":
    main(sys.argv[1])
