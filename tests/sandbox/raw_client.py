"""A client of the sandbox in raw HTTP and JSON, without code of the product."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox

TARGET = "AWSCognitoIdentityProviderService."
FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
ALL_FLOWS = (*FLOWS, "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH")
PASSWORD = "Correct-Horse-7"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def refusal(self) -> tuple[str, str]:
        """The type and the message of a pool error, found in the body and in the header."""
        assert self.status == 400
        assert self.headers["x-amzn-errortype"] == f"{self.body['__type']}:"
        return self.body["__type"], self.body["message"]

    @property
    def result(self) -> dict[str, Any]:
        """The AuthenticationResult of a reply that must be a success."""
        assert self.status == 200, self.raw
        result: dict[str, Any] = self.body["AuthenticationResult"]
        return result


def send(
    sandbox: Sandbox,
    method: str,
    path: str,
    *,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    port = int(sandbox.endpoint_url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        raw = response.read()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, raw)
    finally:
        connection.close()


def call(sandbox: Sandbox, operation: str, **members: Any) -> Reply:
    headers = {
        "X-Amz-Target": TARGET + operation,
        "Content-Type": "application/x-amz-json-1.1",
    }
    return send(sandbox, "POST", "/", body=json.dumps(members), headers=headers)


def secret_hash(app_client: AppClient, username: str) -> str:
    assert app_client.client_secret is not None
    message = (username + app_client.client_id).encode()
    digest = hmac.new(app_client.client_secret.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def hashed(app_client: AppClient, username: str) -> dict[str, str]:
    """The SECRET_HASH parameter, where the app client has a secret."""
    if app_client.client_secret is None:
        return {}
    return {"SECRET_HASH": secret_hash(app_client, username)}


def sign_in(sandbox: Sandbox, app_client: AppClient, username: str, password: str) -> Reply:
    parameters = {"USERNAME": username, "PASSWORD": password, **hashed(app_client, username)}
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=app_client.client_id,
        AuthParameters=parameters,
    )


def initiate(sandbox: Sandbox, app_client: AppClient, flow: str, **parameters: str) -> Reply:
    """InitiateAuth, with a SECRET_HASH over the USERNAME where the app client needs one."""
    extra = hashed(app_client, parameters["USERNAME"]) if "USERNAME" in parameters else {}
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow=flow,
        ClientId=app_client.client_id,
        AuthParameters={**extra, **parameters},
    )


def respond(
    sandbox: Sandbox,
    app_client: AppClient,
    challenge: str,
    session: str | None,
    username: str,
    **responses: str,
) -> Reply:
    """RespondToAuthChallenge, with a SECRET_HASH over the user name where one is needed.

    The responses that only one challenge has are given by name.
    """
    members = {} if session is None else {"Session": session}
    return call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=app_client.client_id,
        ChallengeName=challenge,
        ChallengeResponses={"USERNAME": username, **hashed(app_client, username), **responses},
        **members,
    )


def renew(sandbox: Sandbox, app_client: AppClient, refresh_token: str) -> Reply:
    secret = {"ClientSecret": app_client.client_secret} if app_client.client_secret else {}
    return call(
        sandbox,
        "GetTokensFromRefreshToken",
        ClientId=app_client.client_id,
        RefreshToken=refresh_token,
        **secret,
    )


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def claims(token: str) -> dict[str, Any]:
    payload: dict[str, Any] = decoded(token.split(".")[1])
    return payload


def header(token: str) -> dict[str, Any]:
    first: dict[str, Any] = decoded(token.split(".", maxsplit=1)[0])
    return first
