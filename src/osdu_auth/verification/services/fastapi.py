"""FastAPI: a dependency that gives an endpoint the verified token of a request.

bearer = BearerToken(verifier)

@app.get("/wells")
async def wells(token: Annotated[VerifiedToken, Depends(bearer)]): ...

@app.put("/wells")
async def write(token: Annotated[VerifiedToken, Security(bearer, scopes=["osdu/write"])]): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException, WebSocketException
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotations
from fastapi.security import SecurityScopes  # noqa: TC002 - as above
from fastapi.security.base import SecurityBase

from osdu_auth.verification.claims.verified_token import VerifiedToken  # noqa: TC001 - as above
from osdu_auth.verification.services.asgi import POLICY_VIOLATION
from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal

if TYPE_CHECKING:
    from osdu_auth.verification.token_verifier import TokenVerifier


class BearerToken(SecurityBase):
    """A dependency that returns a `VerifiedToken`; the OpenAPI page shows it as a bearer scheme.

    Args:
        verifier: verifies the tokens.
        realm: the name of the protected service in a challenge.
    """

    def __init__(self, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = type(self).__name__
        self._guard = BearerGuard(verifier, realm)

    async def __call__(self, connection: HTTPConnection, needed: SecurityScopes) -> VerifiedToken:
        """Return the verified token of a request or a web socket.

        Args:
            connection: the request.
            needed: the scopes in `Security(…, scopes=…)`, all of which are needed.

        Raises:
            HTTPException: 400, 401, 403 or 503, with the challenge and nothing else.
            WebSocketException: the same for a web socket, which is closed before it is accepted.
        """
        checked = await self._guard.acheck(connection.headers.getlist("authorization"))
        if not isinstance(checked, HttpRefusal):
            checked = self._guard.require(checked, needed.scopes)
        if isinstance(checked, HttpRefusal):
            if connection.scope["type"] == "websocket":
                raise WebSocketException(POLICY_VIOLATION)
            headers = {name: value for name, value in checked.headers if name != "content-length"}
            raise HTTPException(checked.status, checked.reason, headers)
        return checked
