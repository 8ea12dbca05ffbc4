"""WSGI: a middleware that passes requests with a valid token to any WSGI application.

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

TOKEN = "osdu_auth.token"  # noqa: S105 - a key of `environ`


class BearerMiddleware:
    """Verifies the token of every request.

    Args:
        app: the application that gets the requests.
        verifier: verifies the tokens.
        realm: the name of the protected service in a challenge.
    """

    def __init__(self, app: WSGIApplication, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self._app = app
        self._guard = BearerGuard(verifier, realm)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; two headers that the server joined by a comma are malformed."""
        authorization = environ.get("HTTP_AUTHORIZATION")
        checked = self._guard.check([] if authorization is None else [authorization])
        if isinstance(checked, HttpRefusal):
            start_response(f"{checked.status} {checked.reason}", list(checked.headers))
            return [b""]
        environ[TOKEN] = checked
        return self._app(environ, start_response)
