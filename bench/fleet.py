"""A thousand workers at the end of a token: how often is the issuer asked?

Ours read one board; the others have a credential of their own each, which is how they are used on a
cluster. Numbers are compared, and how soon a worker has what was published; processes and events
that go wrong are in `tests/fleet/test_storm.py`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench.far_ends import far_ends
from bench.other_sessions import azure_identity, google_auth
from bench.table import Row
from bench.token_endpoint import LONG, SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.other_sessions import Kind
    from bench.token_endpoint import TokenEndpoint
    from osdu_auth import Secret, Session
    from osdu_auth.clocks import Moment
    from osdu_auth.fleet.shared_token import SharedToken

WORKERS = 1000
_LIMIT = 120.0  # seconds


def fleet_rows() -> Iterator[Row]:
    """Let a token end for a thousand workers of each kind."""
    from osdu_auth import MemoryStore, Profile, Sandbox, Secret, Session, unattended

    with Sandbox() as sandbox:
        client = sandbox.pool.add_app_client("fleet", generate_secret=False, rotation=True)
        profile = Profile(
            name="bench",
            region=sandbox.region,
            client_id=client.client_id,
            username=sandbox.username,
            user_pool_id=sandbox.user_pool_id,
            endpoint_url=sandbox.endpoint_url,
            platform_url=sandbox.platform_url,
        )
        session = Session(profile, store=MemoryStore())
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        asked_before = sandbox.requests.count("GetTokensFromRefreshToken")
        last, nearly_all = _ours(session)
        asked = sandbox.requests.count("GetTokensFromRefreshToken") - asked_before
    yield Row(
        f"requests to the issuer, osdu-auth, {WORKERS:,} workers on one board",
        f"a new token after {nearly_all:.0f} ms for 99 of 100, {last:.0f} ms for all",
        asked,
        1,
        "",
    )
    with far_ends() as (endpoint, kinds):
        for prepare in kinds:
            if getattr(prepare, "func", None) in {google_auth, azure_identity}:
                yield _own_credentials(endpoint, prepare())


def _ours(session: Session) -> tuple[float, float]:
    """Renew once, and return after how many milliseconds all, and 99 of 100, have the token."""
    from osdu_auth.fleet import MemoryBoard, SharedTokenSource, new_board_key
    from osdu_auth.fleet.board_reader import BoardReader

    took: list[float] = []

    class TimedReader(BoardReader):
        def _hold(self, shared: SharedToken, token: Secret, now: float, here: Moment) -> None:
            super()._hold(shared, token, now, here)
            took.append(time.perf_counter())

    class Timed(SharedTokenSource):
        _reader_class = TimedReader

    board, key = MemoryBoard(), new_board_key()
    with session.share(board, key=key) as publisher:
        workers = [Timed(board, key=key) for _ in range(WORKERS)]
        for worker in workers:
            worker.token()
        took.clear()
        session.renew()
        publisher._publish_newest()  # noqa: SLF001 - at once, and not at its next look
        began, end = time.perf_counter(), time.monotonic() + _LIMIT
        while len(took) < WORKERS and time.monotonic() < end:
            time.sleep(0.01)
        for worker in workers:
            worker.close()
    times = sorted((at - began) * 1000 for at in took)
    if len(times) < WORKERS:
        raise RuntimeError(f"{WORKERS - len(times)} workers did not get the token")
    return max(times[-1], 0.0), max(times[WORKERS * 99 // 100], 0.0)


def _own_credentials(endpoint: TokenEndpoint, kind: Kind) -> Row:
    """Have each worker ask once with a credential of its own that has expired."""
    endpoint.lifetime = SHORT
    asks = [kind.open() for _ in range(WORKERS)]
    endpoint.lifetime = LONG
    before = kind.renewals()
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda ask: ask(), asks))
    asked = kind.renewals() - before
    what = f"requests to the issuer, {kind.name}, {WORKERS:,} workers with a credential each"
    return Row(what, "all got a token", asked, None, "")
