"""The pool on the wire: AWS JSON 1.1 on `POST /`, and the issuers' keys.

The law of this module: an operation runs whole, with the pool's lock held, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from osdu_auth.sandbox.http_messages import (
    NotStrictJsonError,
    Response,
    json_response,
    strict_json,
    text_response,
)
from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter
from osdu_auth.sandbox.pool.member_checks import check
from osdu_auth.sandbox.pool.operations import OPERATIONS
from osdu_auth.sandbox.pool.service_model import OPERATIONS as MODEL
from osdu_auth.sandbox.pool.service_model import SIGNED_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.pool.user_pool import UserPool

OPERATION_PREFIX = "AWSCognitoIdentityProviderService."
_MEDIA_TYPE = "application/x-amz-json-1.1"
# What a request meets before it is an operation's: the model declares these for none.
_PROTOCOL_ERRORS = frozenset({"UnknownOperationException", "SerializationException"})


def answer(pool: UserPool, request: Request) -> Response:
    """Return the pool's answer to a request for `/` or for an issuer's keys."""
    if request.path == "/":
        return _answer_operation(pool, request)
    # Both issuers have the same keys, as they do at AWS.
    paths = {urlsplit(f"{issuer}/.well-known/jwks.json").path for issuer in pool.issuers.published}
    if request.path not in paths:
        absent = urlsplit(pool.issuers.absent).path
        # AWS answers so for a pool whose tokens name its original issuer (aws-jwt-verify #279).
        is_absent = absent and request.path.startswith(f"{absent}/")
        return text_response(403 if is_absent else 404, "The sandbox has nothing here.")
    if request.method not in {"GET", "HEAD"}:
        return text_response(405, "Use GET.", headers=(("Allow", "GET, HEAD"),))
    return json_response(200, pool.keys.public_key_set())


def _answer_operation(pool: UserPool, request: Request) -> Response:
    if request.method != "POST":
        return text_response(405, "The pool's API takes POST.", headers=(("Allow", "POST"),))
    request_id = (("x-amzn-RequestId", str(uuid4())),)
    name = _operation_name(request)
    try:
        reply = _run(pool, name, request)
    except PoolError as refusal:
        _check_declared(name, refusal)
        return json_response(
            400,
            {"__type": refusal.kind, "message": refusal.message},
            content_type=_MEDIA_TYPE,
            # Clients have seen this header with a colon at its end, so it has one here.
            headers=(("x-amzn-ErrorType", f"{refusal.kind}:"), *request_id),
        )
    if not MODEL[name]["replies"]:
        return Response(200, content_type=_MEDIA_TYPE, headers=request_id)
    return json_response(200, reply, content_type=_MEDIA_TYPE, headers=request_id)


def _operation_name(request: Request) -> str:
    """Return the name of the operation that is asked for; empty if the target is none of ours."""
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(OPERATION_PREFIX) or request.media_type != _MEDIA_TYPE:
        return ""
    return target.removeprefix(OPERATION_PREFIX)


def _run(pool: UserPool, name: str, request: Request) -> dict[str, Any]:
    run = OPERATIONS.get(name)
    if run is None:
        raise _not_served(name)
    body = _body(request)
    check(body, MODEL[name]["input"])
    with pool.lock:
        return run(pool, body)


def _not_served(name: str) -> PoolError:
    """Return the refusal of what the sandbox does not do, which is not what AWS does not know."""
    if name in MODEL:
        return PoolError("OperationNotEnabledException", f"The sandbox does not serve {name}.")
    if name in SIGNED_OPERATIONS:
        return invalid_parameter(
            f"The sandbox does not serve {name}, which needs AWS credentials at AWS."
        )
    return PoolError("UnknownOperationException", "The operation is not known.")


def _check_declared(name: str, refusal: PoolError) -> None:
    """Fail on an error that the model does not declare: AWS could not have answered it."""
    if name in MODEL and refusal.kind not in _PROTOCOL_ERRORS.union(MODEL[name]["errors"]):
        raise AssertionError(f"{name} does not declare {refusal.kind}") from refusal


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = strict_json(request.body)
    except NotStrictJsonError as error:
        raise PoolError("SerializationException", "The request could not be read.") from error
    if not isinstance(body, dict):
        raise PoolError("SerializationException", "The request is not a JSON object.")
    return body
