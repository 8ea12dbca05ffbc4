"""FastAPI: a dependency that gives an endpoint the verified token of its request.

bearer = BearerToken(verifier)

@app.get("/wells")
async def wells(token: Annotated[VerifiedToken, Depends(bearer)]): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from osdu_auth.verification.bearer import BearerGuard, Refusal
from osdu_auth.verification.verified_token import VerifiedToken  # noqa: TC001 - as above

if TYPE_CHECKING:
    from osdu_auth.verification.token_verifier import TokenVerifier


class BearerToken(SecurityBase):
    """A dependency that returns a `VerifiedToken`; the OpenAPI page shows it as a bearer scheme.

    Args:
        verifier: says what a good token is.
        realm: what is protected, as a challenge names it.
    """

    def __init__(self, verifier: TokenVerifier, realm: str = "osdu") -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = type(self).__name__
        self._guard = BearerGuard(verifier, realm)

    async def __call__(self, request: Request) -> VerifiedToken:
        """Return the verified token of a request.

        Raises:
            HTTPException: 400, 401, 403 or 503, with the challenge and nothing else.
        """
        checked = await self._guard.acheck(request.headers.getlist("authorization"))
        if isinstance(checked, Refusal):
            headers = {name: value for name, value in checked.headers if name != "content-length"}
            raise HTTPException(checked.status, checked.reason, headers)
        return checked
