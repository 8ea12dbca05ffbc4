"""`GET /verify`: an ASGI application that a gateway asks whether to accept a request.

For nginx (`auth_request`) and Envoy (`ext_authz`): 200 accepts the request, and the headers
`X-Auth-*` identify the caller; 400, 401, 403 and 503 refuse it, with the challenge for the client.

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
# A claim may have characters that a header cannot have: all but these are percent-encoded.
_NOT_ENCODED = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
_SPACES_AT_ENDS = re.compile(r"^ +| +\Z")


class VerifyEndpoint:
    """Answers `GET /verify`, and any method below `/verify/`, as Envoy needs it.

    Args:
        verifier: verifies the tokens.
        realm: the name of the protected service in a challenge.
    """

    def __init__(self, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self._guard = BearerGuard(verifier, realm)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; a web socket is closed.

        Raises:
            ValueError: its type is unknown.
        """
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
            return
        check_type(scope)
        if scope["type"] == "websocket":
            await close_web_socket(receive, send)
            return
        status, headers = await self._answer(scope)
        await answer(send, status, headers)

    async def _answer(self, scope: Scope) -> tuple[int, tuple[tuple[str, str], ...]]:
        path = _path_below_root(scope)
        if path != PATH and not path.startswith(PATH + "/"):
            return _NOT_FOUND, _EMPTY
        if path == PATH and scope["method"] not in {"GET", "HEAD"}:
            return _METHOD_NOT_ALLOWED, (("allow", "GET, HEAD"), *_EMPTY)
        checked = await self._guard.acheck(authorization_of(scope))
        if isinstance(checked, HttpRefusal):
            return checked.status, checked.headers
        return _OK, (*identity_headers(checked), *_EMPTY)


def _path_below_root(scope: Scope) -> str:
    """Return the path without `root_path`, the path at which this application is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if path.startswith(root + "/") else path


def identity_headers(token: VerifiedToken) -> tuple[tuple[str, str], ...]:
    """Return the caller's identity as headers for the service behind a gateway.

    All are percent-encoded UTF-8. Groups are separated by commas; a comma in a name is encoded.
    """
    return (
        ("x-auth-subject", _encoded(token.subject)),
        ("x-auth-username", _encoded(token.username)),
        ("x-auth-client-id", _encoded(token.client_id)),
        ("x-auth-scope", _encoded(" ".join(token.scopes))),
        ("x-auth-groups", ",".join(quote(group, safe="") for group in token.groups)),
    )


def _encoded(value: str) -> str:
    """Return a value for a header; spaces at its ends are encoded, as servers remove them."""
    encoded = quote(value, safe=_NOT_ENCODED)
    return _SPACES_AT_ENDS.sub(lambda spaces: "%20" * len(spaces[0]), encoded)


async def _answer_lifespan(receive: Receive, send: Send) -> None:
    """Answer the messages of the server's start and stop; no work is done for them."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
