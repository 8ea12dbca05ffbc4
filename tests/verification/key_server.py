"""An issuer's server on loopback: it publishes keys, counts requests, and fails for a test."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from osdu_auth import UserPoolVerifier
from verification.minting import CLIENT, NOW, POOL, claims, jwks

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from osdu_auth import IssuerKeys


class _Server(ThreadingHTTPServer):
    request_queue_size = 512  # many processes connect at the same time


class KeyServer:
    """Publishes a key set for the pool; a test can change its answers at any time."""

    def __init__(self) -> None:
        self.body: bytes = json.dumps(jwks()).encode()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.before: Callable[[], object] = lambda: None
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.paths.append(self.path)
                outer.before()
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.issuer = f"{self.url}/{POOL}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop; connections are refused from now on."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def fetches(self) -> int:
        """How often the key set was requested."""
        return len(self.paths)

    def publish(self, *members: Any) -> None:
        self.body = json.dumps(jwks(*members)).encode()

    def claims(self, **members: Any) -> dict[str, Any]:
        """Claims of this issuer, valid for a long time from `NOW` on."""
        return claims(**({"iss": self.issuer, "exp": NOW - 60 + 24 * 3600} | members))


class Held:
    """A key server's answers, held back until a test releases them: order instead of time.

    They leave by themselves after nine seconds, within the ten that a fetch may take, so that a
    caller which waits for the fetch has its answer, and is seen to have waited.

    Args:
        server: the key server.
    """

    def __init__(self, server: KeyServer) -> None:
        self.ends: list[str] = []  # why each answer was released
        self._is_released = threading.Event()
        self._is_asked = threading.Event()
        server.before = self._hold

    def _hold(self) -> None:
        self._is_asked.set()
        self.ends.append("released" if self._is_released.wait(9) else "timeout")

    def wait_for_fetch(self) -> None:
        """Wait until keys are requested."""
        assert self._is_asked.wait(60), "no key was asked for"

    def release(self) -> None:
        """Release the answers."""
        self._is_released.set()


class FakeClock:
    """A clock, in seconds since 1970, which the test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def fetching_verifier(
    server: KeyServer, clock: Callable[[], float], keys: IssuerKeys | None = None, **settings: Any
) -> UserPoolVerifier:
    """A verifier that has to fetch keys from the server."""
    return UserPoolVerifier(
        user_pool_id=POOL,
        client_id=CLIENT,
        token_use="access",
        endpoint_url=server.url,
        clock=clock,
        keys=keys,
        **settings,
    )
