"""A FastAPI service for people who are signed in to OSDU.

    export OSDU_AUTH_USER_POOL_ID=us-east-1_Ab12Cd34E OSDU_AUTH_CLIENT_ID=1h57…
    export OSDU_AUTH_PLATFORM_URL=https://osdu.acme.com OSDU_AUTH_DATA_PARTITION_ID=opendes
    uvicorn fastapi_service:app
    curl -H "$(osdu-auth token --format header)" http://127.0.0.1:8000/wells

It lets a request in with a token that is good, and asks OSDU with the same token: what a person may
see there is for OSDU to decide, and the service needs no rights of its own.
"""

import os
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException

from osdu_auth import UserPoolVerifier, VerifiedToken
from osdu_auth.verification.services.fastapi import BearerToken

PLATFORM = os.environ["OSDU_AUTH_PLATFORM_URL"]
PARTITION = os.environ["OSDU_AUTH_DATA_PARTITION_ID"]

# One for the life of the process: it keeps the pool's keys, and the tokens that it has verified.
bearer = BearerToken(
    UserPoolVerifier(
        user_pool_id=os.environ["OSDU_AUTH_USER_POOL_ID"],
        client_id=os.environ["OSDU_AUTH_CLIENT_ID"],
        token_use="access",
        endpoint_url=os.environ.get("OSDU_AUTH_ENDPOINT_URL"),  # None: AWS
    )
)
Caller = Annotated[VerifiedToken, Depends(bearer)]

app = FastAPI()


@app.get("/me")
async def me(caller: Caller) -> dict[str, Any]:
    """Say who asks."""
    return {"subject": caller.subject, "username": caller.username, "scopes": list(caller.scopes)}


@app.get("/wells")
async def wells(caller: Caller, authorization: Annotated[str, Header()]) -> list[str]:
    """Return the names of the wells that the caller may see."""
    del caller  # whose token it is has been seen to; OSDU sees to it that they may search
    headers = {"Authorization": authorization, "data-partition-id": PARTITION}
    query = {"kind": "*:*:master-data--Well:*", "returnedFields": ["data.FacilityName"]}
    async with httpx.AsyncClient(base_url=PLATFORM) as osdu:
        answer = await osdu.post("/api/search/v2/query", json=query, headers=headers)
    if answer.status_code in {401, 403}:
        raise HTTPException(403, "OSDU does not let you search")
    if answer.is_error:
        raise HTTPException(502, "OSDU gave no answer")
    return [found["data"]["FacilityName"] for found in answer.json()["results"]]
