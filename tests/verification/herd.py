"""K-06: a program that starts many processes, all of which verify the same token at one moment.

It reads what to do as JSON from standard input, and writes how many of them succeeded.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from osdu_auth import UserPoolVerifier
from osdu_auth.verification import keys_of_user_pool

THREADS = 4


def verify(told: dict[str, Any]) -> None:
    """The work of a service in each of its workers."""
    pool, endpoint_url = told["user_pool_id"], told["endpoint_url"]
    keys = None
    if told["shared_folder"]:
        keys = keys_of_user_pool(
            pool, endpoint_url=endpoint_url, shared_folder=told["shared_folder"]
        )
    verifier = UserPoolVerifier(
        user_pool_id=pool,
        client_id=told["client_id"],
        token_use="access",
        endpoint_url=endpoint_url,
        keys=keys,
    )
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(verifier.verify, [told["token"]] * THREADS * 2))


def main() -> None:
    told = json.load(sys.stdin)
    signal, gate = os.pipe()
    children = []
    for _ in range(told["processes"]):
        child = os.fork()
        if not child:
            os.close(gate)
            os.read(signal, 1)  # until the parent closes its end, which starts all at once
            try:
                verify(told)
            except BaseException as error:  # noqa: BLE001 - the parent counts exit codes
                sys.stderr.write(f"{error!r}\n")
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(gate)
    print(sum(os.waitpid(child, 0)[1] == 0 for child in children))


if __name__ == "__main__":
    main()
