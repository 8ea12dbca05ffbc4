"""Measure our sessions beside other libraries': the herd on an expired token, and a good token.

Two hundred threads of one session, then sixteen processes, ask for a token at once: how often is it
renewed? Then what a call costs that hands out a good one. All on loopback, where a renewal takes as
long as over a network. Exit code 1 where ours are renewed more than once.
"""

from __future__ import annotations

import gc
import os
import platform
import ssl
import statistics
import sys
import tempfile
import time
import timeit
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import trustme

from bench.other_sessions import everybody
from bench.token_endpoint import LATENCY, LONG, SHORT, token_endpoint
from bench.warm_token import Bare
from osdu_auth import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.other_sessions import Kind
    from bench.token_endpoint import TokenEndpoint

THREADS, PROCESSES = 200, 16
ROUNDS, SECONDS = 9, 0.02
# What would lead requests and botocore elsewhere, or to other certificate authorities.
UNSET = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY",
         "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")  # fmt: skip


@dataclass(frozen=True)
class Renewals:
    """What a herd came to.

    Args:
        name: whose.
        by_threads: how often the token endpoint was asked by all threads.
        by_processes: how often by all processes.
        failed: how many of both got no token.
        store: what the processes share, in words.
    """

    name: str
    by_threads: int
    by_processes: int
    failed: int
    store: str


def herd() -> list[Renewals]:
    """Let everybody's herd run; ours first."""
    with _prepared() as (endpoint, kinds):
        return [_herd_of(endpoint, prepare) for prepare in kinds]


def warm() -> list[tuple[str, float]]:
    """Return the median seconds of a call that hands out a token which is good; ours first.

    All are measured in turn, A B A B, after a bare method that does the least there is to do.
    """
    with _prepared() as (endpoint, kinds):
        endpoint.lifetime = LONG
        prepared = [prepare() for prepare in kinds]
        asks = [kind.open() for kind in prepared]
        token = asks[0]()
        bare = Bare(token, time.time() + LONG, time.time)
        names = ["a bare method", *(kind.name for kind in prepared)]
        timers = [timeit.Timer(ask) for ask in (bare.token, *asks)]
        for timer in timers:
            timer.timeit(1)  # the first call renews what has expired
        calls = [max(1, int(SECONDS / max(timer.timeit(5) / 5, 1e-8))) for timer in timers]
        times: list[list[float]] = [[] for _ in timers]
        gc.collect()
        for _ in range(ROUNDS):
            for timer, number, seconds in zip(timers, calls, times, strict=True):
                seconds.append(timer.timeit(number) / number)
        named = zip(names, times, strict=True)
        return [(name, statistics.median(seconds)) for name, seconds in named]


def _herd_of(endpoint: TokenEndpoint, prepare: Callable[[], Kind]) -> Renewals:
    kind = prepare()
    endpoint.lifetime = SHORT
    ask = kind.open()
    endpoint.lifetime = LONG
    before = kind.renewals()
    failed = _ask_in_threads(kind.name, ask)
    by_threads = kind.renewals() - before
    by_processes, unlucky = _ask_in_processes(endpoint, prepare())
    return Renewals(kind.name, by_threads, by_processes, failed + unlucky, kind.store)


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


@contextmanager
def _prepared() -> Iterator[tuple[TokenEndpoint, list[Callable[[], Kind]]]]:
    """Run the far ends, and yield what prepares each library for them."""
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = "*"
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
        token_endpoint(server_side) as endpoint,
    ):
        authority.cert_pem.write_to_path(str(Path(folder) / "ca.pem"))
        for renewal in ("GetTokensFromRefreshToken", "InitiateAuth"):
            sandbox.faults.latency(renewal, LATENCY, times=None)
        yield endpoint, everybody(endpoint, sandbox, Path(folder))


def main() -> int:
    """Print both tables; return 1 where our herd renews more than once, or anything of ours fails."""
    print(f"CPython {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores\n")
    herds = herd()
    print(f"| renewals on an expired token | {THREADS} threads | {PROCESSES} processes | "
          "shared by processes | failed |\n|---|---|---|---|---|")  # fmt: skip
    for each in herds:
        print(f"| {each.name} | {each.by_threads} | {each.by_processes} | {each.store} | "
              f"{each.failed} |")  # fmt: skip
    print("\n| a good token, handed out | median |\n|---|---|")
    for name, seconds in warm():
        print(f"| {name} | {seconds * 1e9:,.0f} ns |")
    ours = herds[0]
    return 0 if (ours.by_threads, ours.by_processes, ours.failed) == (1, 1, 0) else 1


if __name__ == "__main__":
    sys.exit(main())
