"""`GET /verify`: an ASGI application that a gateway asks whether a request may pass.

For nginx (`auth_request`) and Envoy (`ext_authz`): 200 lets it through, with who it is from in the
headers `X-Auth-*`; 400, 401, 403 and 503 do not, with the challenge for the client.

    app = VerifyEndpoint(verifier)      # and: uvicorn module:app
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from osdu_auth.verification.services.asgi import (
    answer,
    authorization_of,
    check_type,
    close_web_socket,
)
from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal

if TYPE_CHECKING:
    from osdu_auth.verification.claims.verified_token import VerifiedToken
    from osdu_auth.verification.services.asgi import Receive, Scope, Send
    from osdu_auth.verification.token_verifier import TokenVerifier

PATH = "/verify"

_OK, _NOT_FOUND, _METHOD_NOT_ALLOWED = 200, 404, 405
_EMPTY = (("content-length", "0"), ("cache-control", "no-store"))
# A claim is its issuer's, and may hold what a header cannot: everything else is percent-encoded.
_PLAIN = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
_BLANKS_AROUND = re.compile(r"^ +| +\Z")


class VerifyEndpoint:
    """Answers `GET /verify`, and any method below `/verify/`, which is how Envoy asks.

    Args:
        verifier: says what a good token is.
        realm: what is protected, as a challenge names it.
    """

    def __init__(self, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self._guard = BearerGuard(verifier, realm)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; nothing here is a web socket.

        Raises:
            ValueError: it is of a type that is not known.
        """
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        check_type(scope)
        if scope["type"] == "websocket":
            await close_web_socket(receive, send)
            return
        status, headers = await self._answer(scope)
        await answer(send, status, headers)

    async def _answer(self, scope: Scope) -> tuple[int, tuple[tuple[str, str], ...]]:
        path = _path_within(scope)
        if path != PATH and not path.startswith(PATH + "/"):
            return _NOT_FOUND, _EMPTY
        if path == PATH and scope["method"] not in {"GET", "HEAD"}:
            return _METHOD_NOT_ALLOWED, (("allow", "GET, HEAD"), *_EMPTY)
        checked = await self._guard.acheck(authorization_of(scope))
        if isinstance(checked, HttpRefusal):
            return checked.status, checked.headers
        return _OK, (*identity_headers(checked), *_EMPTY)


def _path_within(scope: Scope) -> str:
    """Return the path below where another application mounts this one (ASGI, `root_path`)."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if path.startswith(root + "/") else path


def identity_headers(token: VerifiedToken) -> tuple[tuple[str, str], ...]:
    """Return who a request is from, as headers for the service behind a gateway.

    All are percent-encoded UTF-8. Groups have commas between, which none of them holds as encoded.
    """
    return (
        ("x-auth-subject", _encoded(token.subject)),
        ("x-auth-username", _encoded(token.username)),
        ("x-auth-client-id", _encoded(token.client_id)),
        ("x-auth-scope", _encoded(" ".join(token.scopes))),
        ("x-auth-groups", ",".join(quote(group, safe="") for group in token.groups)),
    )


def _encoded(value: str) -> str:
    """Return a value as one header holds it; a server would take blanks around it away."""
    encoded = quote(value, safe=_PLAIN)
    return _BLANKS_AROUND.sub(lambda blanks: "%20" * len(blanks[0]), encoded)


async def _live(receive: Receive, send: Send) -> None:
    """Take part in the server's start and stop; there is nothing to do at either."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
