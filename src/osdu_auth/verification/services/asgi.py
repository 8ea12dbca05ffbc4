"""ASGI: a middleware that passes requests with a valid token to any ASGI application.

    app = BearerMiddleware(app, verifier)

The application finds the `VerifiedToken` in `scope["osdu_auth.token"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import TypeAlias

    from osdu_auth.verification.token_verifier import TokenVerifier

    Scope: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN = "osdu_auth.token"  # noqa: S105 - a key of `scope`

POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1


class BearerMiddleware:
    """Verifies the token of every HTTP request and web socket.

    Args:
        app: the application that gets the requests.
        verifier: verifies the tokens.
        realm: the name of the protected service in a challenge.
    """

    def __init__(self, app: Application, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self._app = app
        self._guard = BearerGuard(verifier, realm)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection.

        Raises:
            ValueError: its type is unknown; the application does not get it.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        check_type(scope)
        checked = await self._guard.acheck(authorization_of(scope))
        if isinstance(checked, HttpRefusal):
            await _refuse(scope, receive, send, checked)
            return
        await self._app({**scope, TOKEN: checked}, receive, send)


def authorization_of(scope: Scope) -> list[str]:
    """Return the values of a request's `Authorization` headers."""
    return [
        value.decode("latin-1")
        for name, value in scope["headers"]
        if name.lower() == b"authorization"
    ]


def check_type(scope: Scope) -> None:
    """Refuse connections of an unknown type, in which a token could be anywhere.

    Raises:
        ValueError: as ASGI requires ("Specification", "Applications").
    """
    if scope["type"] not in {"http", "websocket"}:
        raise ValueError(f"only HTTP and web sockets are served here, not {scope['type']!r}")


async def answer(send: Send, status: int, headers: tuple[tuple[str, str], ...]) -> None:
    """Answer an HTTP request, without a body."""
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": b""})


async def close_web_socket(receive: Receive, send: Send) -> None:
    """Close a web socket before it is accepted, so that the server answers 403."""
    await receive()  # the message `websocket.connect`
    await send({"type": "websocket.close", "code": POLICY_VIOLATION})


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: HttpRefusal) -> None:
    if scope["type"] == "websocket":
        await close_web_socket(receive, send)
        return
    await answer(send, refusal.status, refusal.headers)
