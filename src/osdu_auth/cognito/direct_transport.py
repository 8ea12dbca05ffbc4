"""DirectTransport: a user pool's operations over HTTPS, in AWS JSON 1.1.

The operations that osdu-auth uses are unsigned, so neither AWS credentials nor the SDK is needed
(the service model marks them `authtype: none`).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.endpoint import pool_address
from osdu_auth.cognito.service_errors import ServiceError, service_unavailable
from osdu_auth.errors import UnusableReply
from osdu_auth.text import printable
from osdu_auth.wire.http_call import Reply, send
from osdu_auth.wire.json_reader import strict_json
from osdu_auth.wire.retries import retry_after

if TYPE_CHECKING:
    from osdu_auth.cognito.api import Members

# The last attempt begins within ten seconds, so an operation ends within thirty.
REQUEST_TIMEOUT = 20.0
_OK, _TOO_MANY_REQUESTS, _SERVER_ERRORS = 200, 429, 500


class DirectTransport:
    """Calls a user pool without the AWS SDK.

    Args:
        region: the AWS region of the pool, such as `us-east-1`.
        endpoint_url: the profile's address of the pool's API; None for AWS's.
        patience: seconds that one request and its answer may take.

    Raises:
        ConfigurationError: the region or the address is invalid.
    """

    def __init__(
        self, region: str, endpoint_url: str | None = None, patience: float = REQUEST_TIMEOUT
    ) -> None:
        self._patience = patience
        self.address = pool_address(region, endpoint_url, os.environ)
        self.date: str | None = None

    def call(self, operation: str, members: Members) -> Members:
        """Carry out one operation, with exactly one request.

        Raises:
            ServiceError: the pool refused.
            OsduAuthError: no usable answer came.
        """
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        body = json.dumps(members).encode("ascii")
        reply = send("POST", self.address + "/", headers, body, total_timeout=self._patience)
        self.date = reply.headers.get("date")
        return _members(reply) if reply.status == _OK else _raise_error(reply)


def _members(reply: Reply) -> Members:
    # RevokeToken and GlobalSignOut answer with an empty body.
    value = strict_json(reply.body) if reply.body.strip() else {}
    if not isinstance(value, dict):
        raise _unusable_error(reply)
    return value


def _raise_error(reply: Reply) -> Members:
    """Raise the error of a reply whose status is not 200."""
    try:
        value: Any = strict_json(reply.body)
    except UnusableReply:
        value = None
    answer = value if isinstance(value, dict) else {}
    wait = retry_after(reply.headers.get("retry-after"))
    # Services send "Type", "namespace#Type" and, in the header, "Type:address".
    kind = _text(answer, "__type") or reply.headers.get("x-amzn-errortype", "")
    kind = kind.rpartition("#")[2].partition(":")[0].strip()
    if kind:
        message = _text(answer, "message") or _text(answer, "Message")
        raise ServiceError(kind, message, status=reply.status, retry_after=wait)
    if reply.status >= _SERVER_ERRORS or reply.status == _TOO_MANY_REQUESTS:
        raise service_unavailable(reply.status, retry_after=wait)
    raise _unusable_error(reply)


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def _unusable_error(reply: Reply) -> UnusableReply:
    return UnusableReply(
        f"The server that answered with status {reply.status} is not a user pool.",
        code="OA-N639",
        why=f"It sent {printable(reply.headers.get('content-type', 'something'), 60)}; a proxy, a "
        "firewall or a network's sign-in page may have answered instead.",
        fix="Check endpoint_url and the proxy settings; sign in to a guest network first.",
    )
