"""A call with each HTTP library, made as its users make it."""

from __future__ import annotations

import asyncio
import io
import ssl
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from osdu_auth.adapters.auth import LibraryAuth

CONTENT = b"a body to be sent"


@dataclass(frozen=True)
class Call:
    """One HTTP call.

    Args:
        url: where.
        body: none, bytes, text, file, generator, multipart, or answer: what urllib3 is yet to read
            of another answer, which has `tell` and `seek` and cannot go back.
        headers: those of the caller.
        ca: a file of authorities to trust.
        proxy: a proxy's URL.
        skipped: how many bytes of a file have been read before it is given to the library.
    """

    url: str
    body: str = "none"
    headers: dict[str, str] | None = None
    ca: str | None = None
    proxy: str | None = None
    skipped: int = 3

    @property
    def method(self) -> str:
        return "GET" if self.body == "none" else "POST"

    @property
    def content(self) -> Any:
        kinds: dict[str, Any] = {"bytes": CONTENT, "text": CONTENT.decode(), "generator": _parts()}
        if self.body == "file":
            kinds["file"] = io.BytesIO(b"-" * self.skipped + CONTENT)
            kinds["file"].seek(self.skipped)
        if self.body == "answer":
            kinds["answer"] = HTTPResponse(io.BytesIO(CONTENT), preload_content=False)
        return kinds.get(self.body)

    @property
    def files(self) -> dict[str, Any] | None:
        return {"part": ("name", io.BytesIO(CONTENT))} if self.body == "multipart" else None

    @property
    def trust(self) -> ssl.SSLContext:
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.ca:
            trusted.load_verify_locations(self.ca)
        return trusted


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    response: Any = None


def _parts() -> Iterator[bytes]:
    yield CONTENT[:5]
    yield CONTENT[5:]


async def _async_parts() -> AsyncIterator[bytes]:
    for part in _parts():
        yield part


class Client(ABC):
    """An HTTP library."""

    bodies: tuple[str, ...] = ("none", "bytes", "text", "file", "generator", "multipart", "answer")
    # Whether a call to another host is refused, as `auth=` requests a token for it.
    refuses_elsewhere = True
    sends_the_rest_of_a_file = True
    ignores_environment = False

    @abstractmethod
    def send(self, session: LibraryAuth, call: Call) -> Answer:
        """Make one call."""

    def send_many(self, session: LibraryAuth, call: Call, count: int) -> list[Answer]:
        """Make calls at once."""
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _: self.send(session, call), range(count)))


class Requests(Client):
    def send(self, session: LibraryAuth, call: Call) -> Answer:
        import requests

        response = requests.request(
            call.method,
            call.url,
            auth=session,
            data=call.content,
            files=call.files,
            headers=call.headers,
            verify=call.ca or True,
            proxies={"all": call.proxy} if call.proxy else None,
            timeout=20,
        )
        return Answer(response.status_code, response.text, response)


class RequestsSession(Client):
    """One `requests.Session` for all calls, with the session as its `auth`."""

    def __init__(self) -> None:
        import requests

        self._http = requests.Session()

    def send(self, session: LibraryAuth, call: Call) -> Answer:
        self._http.auth = session
        with self._http.request(
            call.method,
            call.url,
            data=call.content,
            files=call.files,
            headers=call.headers,
            verify=call.ca or True,
            proxies={"all": call.proxy} if call.proxy else None,
            timeout=20,
            stream=True,
        ) as response:
            return Answer(response.status_code, response.text, response)


class Httpx(Client):
    name = "httpx"
    sends_the_rest_of_a_file = False  # it sends the length of the whole file

    def send(self, session: LibraryAuth, call: Call) -> Answer:
        return self.send_many(session, call, 1)[0]

    def send_many(self, session: LibraryAuth, call: Call, count: int) -> list[Answer]:
        httpx = import_module(self.name)

        def send(_: int) -> Answer:
            response = client.request(
                call.method,
                call.url,
                auth=session,
                content=call.content,
                files=call.files,
                headers=call.headers,
                timeout=20,
            )
            return Answer(response.status_code, response.text, response)

        with (
            httpx.Client(
                verify=call.trust,
                proxy=call.proxy,
                follow_redirects=True,
                # If threads share it, its pool sometimes closes a surplus connection from which one
                # of them reads.
                limits=httpx.Limits(max_connections=count, max_keepalive_connections=count),
            ) as client,
            ThreadPoolExecutor(count) as pool,
        ):
            return list(pool.map(send, range(count)))


class Httpx2(Httpx):
    name = "httpx2"
    sends_the_rest_of_a_file = True


class Asynchronous(Client):
    """A library for asyncio."""

    def send(self, session: LibraryAuth, call: Call) -> Answer:
        return self.send_many(session, call, 1)[0]

    def send_many(self, session: LibraryAuth, call: Call, count: int) -> list[Answer]:
        return asyncio.run(self._all(session, call, count))

    async def _all(self, session: LibraryAuth, call: Call, count: int) -> list[Answer]:
        async with self.client(session, call) as client:
            return list(await asyncio.gather(*(self.asend(client, call) for _ in range(count))))

    @abstractmethod
    def client(self, session: LibraryAuth, call: Call) -> Any:
        """Return the library's client."""

    @abstractmethod
    async def asend(self, client: Any, call: Call) -> Answer:
        """Make one call."""


class AsyncHttpx(Asynchronous):
    name = "httpx"
    bodies = ("none", "bytes", "text", "generator", "multipart")

    def client(self, session: LibraryAuth, call: Call) -> Any:
        httpx = import_module(self.name)
        return httpx.AsyncClient(
            auth=session,
            verify=call.trust,
            proxy=call.proxy,
            follow_redirects=True,
            timeout=20,
            limits=httpx.Limits(max_connections=20),  # its pool is slow with many
        )

    async def asend(self, client: Any, call: Call) -> Answer:
        content = _async_parts() if call.body == "generator" else call.content
        response = await client.request(
            call.method, call.url, content=content, files=call.files, headers=call.headers
        )
        return Answer(response.status_code, response.text, response)


class AsyncHttpx2(AsyncHttpx):
    name = "httpx2"


class Aiohttp(Asynchronous):
    refuses_elsewhere = False

    def client(self, session: LibraryAuth, call: Call) -> Any:
        import aiohttp

        from osdu_auth.adapters.aiohttp import session_middleware

        return aiohttp.ClientSession(
            middlewares=[session_middleware(session)],
            connector=aiohttp.TCPConnector(ssl=call.trust),
            trust_env=True,
        )

    async def asend(self, client: Any, call: Call) -> Answer:
        import aiohttp

        data = _async_parts() if call.body == "generator" else call.content
        if call.body == "multipart":
            data = aiohttp.FormData()
            data.add_field("part", io.BytesIO(CONTENT), filename="name")
        async with client.request(
            call.method,
            call.url,
            data=data,
            headers=call.headers,
            proxy=call.proxy,
            max_redirects=30,
        ) as response:
            return Answer(response.status, await response.text(), response)


class Urllib3(Client):
    refuses_elsewhere = False
    ignores_environment = True

    def send(self, session: LibraryAuth, call: Call) -> Answer:
        import urllib3

        from osdu_auth.adapters.urllib3 import SessionPoolManager, SessionProxyManager

        fields: Any = {"part": ("name", CONTENT)} if call.files else None
        with self._pool(session, call, SessionPoolManager, SessionProxyManager) as pool:
            response = pool.request(
                call.method,
                call.url,
                body=call.content,
                fields=fields,
                headers=call.headers,
                retries=urllib3.Retry(30, other=0),
            )
            return Answer(response.status, response.data.decode(), response)

    @staticmethod
    @contextmanager
    def _pool(session: LibraryAuth, call: Call, direct: Any, proxied: Any) -> Iterator[Any]:
        if call.proxy:
            with proxied(session, call.proxy, ca_certs=call.ca) as pool:
                yield pool
        else:
            with direct(session, ca_certs=call.ca) as pool:
                yield pool


ALL: dict[str, type[Client]] = {
    "requests": Requests,
    "requests-session": RequestsSession,
    "httpx": Httpx,
    "httpx-async": AsyncHttpx,
    "httpx2": Httpx2,
    "httpx2-async": AsyncHttpx2,
    "aiohttp": Aiohttp,
    "urllib3": Urllib3,
}
