"""A loopback stand-in for the token endpoints of other people's libraries; it counts what it gives.

It plays Google's token endpoint and the container credentials of AWS over HTTP, and Microsoft's
identity platform over HTTPS, as far as a renewal goes.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

LATENCY = 0.05  # seconds for a renewal, as over a network
SHORT, LONG = 60, 3600  # seconds that a token lives; every library takes the short one for expired
TENANT = "11111111-1111-4111-8111-111111111111"


class TokenEndpoint:
    """Both servers, and the number of tokens that they gave."""

    def __init__(self) -> None:
        self.lifetime = SHORT
        self.given = 0
        self.http = ""
        self.https_host = ""
        self._lock = threading.Lock()
        self._numbers = count()

    def give(self) -> str:
        """Return another token, after a while, and count it."""
        with self._lock:
            self.given += 1
            number = next(self._numbers)
        time.sleep(LATENCY)
        return f"token-{number}-" + "x" * 900

    def answer(self, path: str, form: dict[str, list[str]]) -> dict[str, Any] | None:
        """Return what is answered to a request; None where there is nothing.

        Args:
            path: its path.
            form: what it posts; empty where it posts nothing.
        """
        if path.endswith("/.well-known/openid-configuration"):
            base = f"https://{self.https_host}/{TENANT}"
            return {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        if path == "/credentials":
            expires = datetime.now(timezone.utc) + timedelta(seconds=self.lifetime)
            return {
                "AccessKeyId": "AKIDEXAMPLE",
                "SecretAccessKey": "secret",
                "Token": self.give(),
                "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        if not form:
            return None
        given = {
            "access_token": self.give(),
            "expires_in": self.lifetime,
            "token_type": "Bearer",
        }
        if form["grant_type"] == ["client_credentials"]:
            return given
        client_info = json.dumps({"uid": "user", "utid": TENANT}).encode()
        return given | {
            "refresh_token": "refresh",
            "scope": "https://osdu.example/.default",
            "client_info": base64.urlsafe_b64encode(client_info).decode(),
        }


@contextmanager
def token_endpoint(server_side: ssl.SSLContext) -> Iterator[TokenEndpoint]:
    """Run both servers.

    Args:
        server_side: with a certificate for `localhost`.
    """
    endpoint = TokenEndpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def answer(self) -> None:
            posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            value = endpoint.answer(self.path.partition("?")[0], parse_qs(posted.decode()))
            body = json.dumps(value).encode()
            self.send_response(404 if value is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - http.server calls them so

        def log_message(self, *_: object) -> None:
            pass

    with ExitStack() as running:
        plain, closed = _Server(("127.0.0.1", 0), Handler), _Server(("127.0.0.1", 0), Handler)
        closed.server_side = server_side
        for server in (plain, closed):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            running.callback(server.shutdown)
        endpoint.http = f"http://127.0.0.1:{plain.server_address[1]}"
        endpoint.https_host = f"localhost:{closed.server_address[1]}"
        yield endpoint


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True
    server_side: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.server_side is not None:  # in the connection's own thread
            request = self.server_side.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that is gone
