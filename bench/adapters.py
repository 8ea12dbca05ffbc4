"""What an adapter adds to a request, over headers that are set by hand; nothing is sent.

The library's own part is in both figures, so that it is not in their difference. What is measured
is this thread's processor time.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import requests
import urllib3
from yarl import URL

from osdu_auth import MemoryStore, Profile, Sandbox, Secret, Session, unattended
from osdu_auth.adapters.aiohttp import session_middleware
from osdu_auth.adapters.urllib3 import SessionPoolManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Make = Callable[[], Any]
    Use = Callable[[Iterable[Any]], None]

REQUESTS, ROUNDS = 2_000, 25


@contextmanager
def signed_in() -> Iterator[Session]:
    """Yield a session that is signed in to a sandbox."""
    with Sandbox() as sandbox:
        profile = Profile(
            name="bench",
            region=sandbox.region,
            client_id=sandbox.public_client_id,
            platform_url=sandbox.platform_url,
            data_partition_id=sandbox.data_partition_id,
            endpoint_url=sandbox.endpoint_url,
            auth_flow="USER_PASSWORD_AUTH",
        )
        session = Session(profile, store=MemoryStore())
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        yield session


def adapters(session: Session) -> dict[str, tuple[float, float]]:
    """Return for each library the median seconds of a request: with the session, and by hand.

    Args:
        session: one that is signed in.
    """
    url = f"{session.profile.platform_url}/api/search/v2/query"
    by_hand = session.headers()
    measured = {
        "requests": _in_turn(*_requests(session, by_hand, url)),
        "httpx": _in_turn(*_httpx(session, by_hand, url)),
        "urllib3": _in_turn(*_urllib3(session, by_hand, url)),
    }
    loop = asyncio.new_event_loop()
    measured["httpx, async"] = _in_turn(*_async_httpx(session, by_hand, url, loop))
    measured["aiohttp"] = _in_turn(*_aiohttp(session, by_hand, url, loop))
    loop.close()
    return measured


def _requests(session: Session, by_hand: dict[str, str], url: str) -> tuple[Make, Use, Use]:
    prepared = requests.Request("POST", url, data=b"{}").prepare()

    def ours(fresh: Iterable[Any]) -> None:
        for request in fresh:
            session(request)

    def floor(fresh: Iterable[Any]) -> None:
        for request in fresh:
            _set(request.headers, by_hand)

    def make() -> requests.PreparedRequest:
        copied = prepared.copy()
        copied.hooks = {"response": []}  # copies share them
        return copied

    return make, ours, floor


def _httpx(session: Session, by_hand: dict[str, str], url: str) -> tuple[Make, Use, Use]:
    answer, no_auth = httpx.Response(200), httpx.Auth()

    def go_through(auth: Any, request: Any) -> None:
        flow = auth.sync_auth_flow(request)
        next(flow)
        try:
            flow.send(answer)
        except StopIteration:
            flow.close()

    def ours(fresh: Iterable[Any]) -> None:
        for request in fresh:
            go_through(session, request)

    def floor(fresh: Iterable[Any]) -> None:
        for request in fresh:
            _set(request.headers, by_hand)
            go_through(no_auth, request)

    return lambda: httpx.Request("POST", url, content=b"{}"), ours, floor


def _async_httpx(
    session: Session, by_hand: dict[str, str], url: str, loop: asyncio.AbstractEventLoop
) -> tuple[Make, Use, Use]:
    answer, no_auth = httpx.Response(200), httpx.Auth()

    async def go_through(auth: Any, request: Any) -> None:
        flow = auth.async_auth_flow(request)
        await flow.__anext__()
        try:
            await flow.asend(answer)
        except StopAsyncIteration:
            await flow.aclose()

    async def ours(fresh: Iterable[Any]) -> None:
        for request in fresh:
            await go_through(session, request)

    async def floor(fresh: Iterable[Any]) -> None:
        for request in fresh:
            _set(request.headers, by_hand)
            await go_through(no_auth, request)

    return (
        lambda: httpx.Request("POST", url, content=b"{}"),
        lambda fresh: loop.run_until_complete(ours(fresh)),
        lambda fresh: loop.run_until_complete(floor(fresh)),
    )


def _aiohttp(
    session: Session, by_hand: dict[str, str], url: str, loop: asyncio.AbstractEventLoop
) -> tuple[Make, Use, Use]:
    middleware = session_middleware(session)

    class Answered:
        status = 200

    async def answer(_: Any) -> Any:
        return Answered

    async def ours(fresh: Iterable[Any]) -> None:
        for request in fresh:
            await middleware(request, answer)

    async def floor(fresh: Iterable[Any]) -> None:
        for request in fresh:
            _set(request.headers, by_hand)
            await answer(request)

    return (
        lambda: aiohttp.ClientRequest("POST", URL(url), data=b"{}", loop=loop),
        lambda fresh: loop.run_until_complete(ours(fresh)),
        lambda fresh: loop.run_until_complete(floor(fresh)),
    )


def _urllib3(session: Session, by_hand: dict[str, str], url: str) -> tuple[Make, Use, Use]:
    answer = urllib3.HTTPResponse(status=200, retries=urllib3.Retry(3))

    class Answered(urllib3.HTTPConnectionPool):
        def urlopen(self, *_: Any, **__: Any) -> Any:
            return answer

    bearing, plain = SessionPoolManager(session), urllib3.PoolManager()
    bearing.pool_classes_by_scheme = plain.pool_classes_by_scheme = {"http": Answered}

    def ours(fresh: Iterable[Any]) -> None:
        for headers in fresh:
            bearing.urlopen("POST", url, body=b"{}", headers=headers)

    def floor(fresh: Iterable[Any]) -> None:
        for headers in fresh:
            _set(headers, by_hand)
            plain.urlopen("POST", url, body=b"{}", headers=headers)

    return lambda: urllib3.HTTPHeaderDict({"Content-Type": "application/json"}), ours, floor


def _set(headers: Any, by_hand: dict[str, str]) -> None:
    headers["Authorization"] = by_hand["Authorization"]
    headers["data-partition-id"] = by_hand["data-partition-id"]


def _in_turn(make: Make, ours: Use, floor: Use) -> tuple[float, float]:
    """Measure both in turn, on requests that are made beforehand."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for use, seconds in zip((ours, floor), times, strict=True):
            fresh = [make() for _ in range(REQUESTS)]
            gc.collect()
            gc.disable()  # as timeit does: it would count the thousands of requests at hand
            begin = time.thread_time()
            use(fresh)
            seconds.append((time.thread_time() - begin) / REQUESTS)
            gc.enable()
    return statistics.median(times[0]), statistics.median(times[1])
