"""Many callers of an expired token, with ours and with other libraries: how often is it renewed?

Two hundred threads of one session, then sixteen processes, ask for a token at once. It is numbers
that are compared here, and no times.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from bench.far_ends import far_ends
from bench.table import Row
from bench.token_endpoint import LONG, SHORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.other_sessions import Kind
    from bench.token_endpoint import TokenEndpoint

THREADS, PROCESSES = 200, 16


def herd_rows() -> Iterator[Row]:
    """Let everybody's herd run; ours comes first, and is to renew once."""
    with far_ends() as (endpoint, kinds):
        bound: int | None = 1
        for prepare in kinds:
            yield from _herd_of(endpoint, prepare, bound)
            bound = None


def _herd_of(
    endpoint: TokenEndpoint, prepare: Callable[[], Kind], bound: int | None
) -> Iterator[Row]:
    kind = prepare()
    endpoint.lifetime = SHORT
    ask = kind.open()
    endpoint.lifetime = LONG
    before = kind.renewals()
    failed = _ask_in_threads(kind.name, ask)
    by_threads = kind.renewals() - before
    what = f"renewals by {kind.name}"
    yield Row(f"{what}, {THREADS} threads", _failures(failed, bound), by_threads, bound, "")
    by_processes, failed = _ask_in_processes(endpoint, prepare())
    figures = f"shared: {kind.store}; {_failures(failed, bound)}"
    yield Row(f"{what}, {PROCESSES} processes", figures, by_processes, bound, "")


def _failures(failed: int, bound: int | None) -> str:
    if failed and bound is not None:
        raise RuntimeError(f"{failed} got no token, so that their number of renewals says nothing")
    return f"{failed} got no token" if failed else "all got a token"


def _ask_in_threads(name: str, ask: Callable[[], object]) -> int:
    """Return how many failed."""
    together = Barrier(THREADS)

    def one(_: int) -> bool:
        together.wait()
        return _fails(name, ask)

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(one, range(THREADS)))


def _ask_in_processes(endpoint: TokenEndpoint, kind: Kind) -> tuple[int, int]:
    """Return how often they renewed, and how many failed.

    Each opens a session of its own, on the store that they share where there is one.
    """
    endpoint.lifetime = SHORT
    opened, ready = os.pipe()
    start, begin = os.pipe()
    children = []
    for _ in range(PROCESSES):
        child = os.fork()
        if child == 0:
            code = 2
            try:
                os.close(begin)
                ask = (kind.open_shared or kind.open)()
                os.write(ready, b".")
                os.read(start, 1)  # until all are there
                code = int(_fails(kind.name, ask))
            finally:
                os._exit(code)
        children.append(child)
    os.close(ready)
    for _ in children:
        os.read(opened, 1)
    endpoint.lifetime = LONG
    before = kind.renewals()
    os.close(begin)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    os.close(opened)
    os.close(start)
    return kind.renewals() - before, failed


def _fails(name: str, ask: Callable[[], object]) -> bool:
    try:
        return not ask()
    except Exception as error:  # noqa: BLE001 - it is what is counted
        print(f"({name}: {type(error).__name__}: {str(error)[:150]})", file=sys.stderr)
        return True
