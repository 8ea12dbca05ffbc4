"""The pool on the wire: AWS JSON 1.1 on `POST /`, and the issuer's two documents.

The law of this module: an operation runs whole, with the pool's lock held, or not at all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from osdu_auth.sandbox.messages import (
    NotStrictJsonError,
    Response,
    json_response,
    strict_json,
    text_response,
)

from .errors import PoolError
from .input_shapes import check
from .operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.messages import Request

    from .operations import Operation
    from .user_pool import UserPool

OPERATION_PREFIX = "AWSCognitoIdentityProviderService."
_MEDIA_TYPE = "application/x-amz-json-1.1"


def answer(pool: UserPool, request: Request) -> Response:
    """Return the pool's answer to a request for `/` or for the issuer's documents."""
    if request.path == "/":
        return _answer_operation(pool, request)
    documents = _documents(pool)
    document = documents.get(request.path)
    if document is None:
        absent = urlsplit(pool.issuers.absent).path
        # AWS answers so for a pool whose tokens name its original issuer (aws-jwt-verify #279).
        is_absent = absent and request.path.startswith(f"{absent}/")
        return text_response(403 if is_absent else 404, "The sandbox has nothing here.")
    if request.method not in {"GET", "HEAD"}:
        return text_response(405, "Use GET.", headers=(("Allow", "GET, HEAD"),))
    return json_response(200, document())


def _answer_operation(pool: UserPool, request: Request) -> Response:
    if request.method != "POST":
        return text_response(405, "The pool's API takes POST.", headers=(("Allow", "POST"),))
    request_id = (("x-amzn-RequestId", str(uuid4())),)
    try:
        operation, body = _read_operation(request)
        check(body, operation.shape)
        with pool.lock:
            reply = operation.run(pool, body)
    except PoolError as refusal:
        return json_response(
            400,
            {"__type": refusal.kind, "message": refusal.message},
            content_type=_MEDIA_TYPE,
            # Clients have seen this header with a colon at its end, so it has one here.
            headers=(("x-amzn-ErrorType", f"{refusal.kind}:"), *request_id),
        )
    return json_response(200, reply, content_type=_MEDIA_TYPE, headers=request_id)


def _read_operation(request: Request) -> tuple[Operation, Mapping[str, Any]]:
    target = request.headers.get("x-amz-target", "")
    operation = OPERATIONS.get(target.removeprefix(OPERATION_PREFIX))
    known = operation is not None and target.startswith(OPERATION_PREFIX)
    if operation is None or not known or request.media_type != _MEDIA_TYPE:
        raise PoolError("UnknownOperationException", "The operation is not known.")
    try:
        body = strict_json(request.body)
    except NotStrictJsonError as error:
        raise PoolError("SerializationException", "The request could not be read.") from error
    if not isinstance(body, dict):
        raise PoolError("SerializationException", "The request is not a JSON object.")
    return operation, body


def _documents(pool: UserPool) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return what is published, by path; both issuers have the same keys, as they do at AWS."""
    documents: dict[str, Callable[[], dict[str, Any]]] = {}
    for issuer in pool.issuers.published:
        folder = f"{urlsplit(issuer).path}/.well-known"
        documents[f"{folder}/openid-configuration"] = partial(_configuration, issuer)
        documents[f"{folder}/jwks.json"] = pool.keys.public_key_set
    return documents


def _configuration(issuer: str) -> dict[str, Any]:
    """Return an issuer's metadata (OpenID Connect Discovery 1.0, section 3)."""
    return {
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
