"""WSGI: a middleware that lets requests with a good token through to any WSGI application.

    app.wsgi_app = BearerMiddleware(app.wsgi_app, verifier)     # Flask

The application finds the `VerifiedToken` in `environ["osdu_auth.token"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from osdu_auth.verification.token_verifier import TokenVerifier

TOKEN = "osdu_auth.token"  # noqa: S105 - the name of a place


class BearerMiddleware:
    """Verifies the token of every request.

    Args:
        app: the application behind it.
        verifier: says what a good token is.
        realm: what is protected, as a challenge names it.
    """

    def __init__(self, app: WSGIApplication, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self._app = app
        self._guard = BearerGuard(verifier, realm)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; a server that joins two headers by a comma makes them malformed."""
        authorization = environ.get("HTTP_AUTHORIZATION")
        checked = self._guard.check([] if authorization is None else [authorization])
        if isinstance(checked, HttpRefusal):
            start_response(f"{checked.status} {checked.reason}", list(checked.headers))
            return [b""]
        environ[TOKEN] = checked
        return self._app(environ, start_response)
