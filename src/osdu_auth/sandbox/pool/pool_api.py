"""The pool's API over HTTP: AWS JSON 1.1 on `POST /`, and the issuers' keys.

Invariant: an operation holds the pool's lock from beginning to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from osdu_auth.sandbox.http_messages import (
    NotStrictJson,
    Response,
    json_response,
    strict_json,
    text_response,
)
from osdu_auth.sandbox.pool import (
    device_operations,
    initiate_auth,
    respond_to_auth_challenge,
    self_service,
    signed_out_operations,
    software_token_setup,
    token_operations,
    user_attributes,
)
from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter
from osdu_auth.sandbox.pool.service_model import check_members, service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.pool.user_pool import UserPool

    Operation = Callable[[UserPool, Mapping[str, Any]], dict[str, Any]]

OPERATION_PREFIX = "AWSCognitoIdentityProviderService."

OPERATIONS: dict[str, Operation] = {
    "InitiateAuth": initiate_auth.initiate_auth,
    "RespondToAuthChallenge": respond_to_auth_challenge.respond_to_auth_challenge,
    "GetTokensFromRefreshToken": token_operations.get_tokens_from_refresh_token,
    "GetClientToken": token_operations.get_client_token,
    "RevokeToken": token_operations.revoke_token,
    "GlobalSignOut": self_service.global_sign_out,
    "GetUser": self_service.get_user,
    "GetUserAuthFactors": self_service.get_user_auth_factors,
    "DeleteUser": self_service.delete_user,
    "UpdateUserAttributes": user_attributes.update_user_attributes,
    "DeleteUserAttributes": user_attributes.delete_user_attributes,
    "GetUserAttributeVerificationCode": user_attributes.get_user_attribute_verification_code,
    "VerifyUserAttribute": user_attributes.verify_user_attribute,
    "ChangePassword": self_service.change_password,
    "ForgotPassword": signed_out_operations.forgot_password,
    "ConfirmForgotPassword": signed_out_operations.confirm_forgot_password,
    "SignUp": signed_out_operations.sign_up,
    "ConfirmSignUp": signed_out_operations.confirm_sign_up,
    "ResendConfirmationCode": signed_out_operations.resend_confirmation_code,
    "AssociateSoftwareToken": software_token_setup.associate_software_token,
    "VerifySoftwareToken": software_token_setup.verify_software_token,
    "SetUserMFAPreference": self_service.set_user_mfa_preference,
    "ConfirmDevice": device_operations.confirm_device,
    "UpdateDeviceStatus": device_operations.update_device_status,
    "ListDevices": device_operations.list_devices,
    "GetDevice": device_operations.get_device,
    "ForgetDevice": device_operations.forget_device,
}
"""The operations by their names; the members that each takes are in the service model."""

_MEDIA_TYPE = "application/x-amz-json-1.1"
# The errors of a request from which no operation can be read; the model does not declare them.
_PROTOCOL_ERRORS = frozenset({"UnknownOperationException", "SerializationException"})


def answer(pool: UserPool, request: Request) -> Response:
    """Return the pool's answer to a request for `/` or for an issuer's keys."""
    if request.path == "/":
        return _answer_operation(pool, request)
    # Both issuers have the same keys, as they do at AWS.
    paths = {urlsplit(f"{issuer}/.well-known/jwks.json").path for issuer in pool.issuers.published}
    if request.path not in paths:
        unpublished = urlsplit(pool.issuers.unpublished).path
        # AWS answers so for a pool whose tokens name its original issuer (aws-jwt-verify #279).
        is_unpublished = unpublished and request.path.startswith(f"{unpublished}/")
        return text_response(
            403 if is_unpublished else 404, "The sandbox has no resource at this path."
        )
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
            # At AWS the value of this header ends with a colon.
            headers=(("x-amzn-ErrorType", f"{refusal.kind}:"), *request_id),
        )
    if not service_model().operations[name]["replies"]:
        return Response(200, content_type=_MEDIA_TYPE, headers=request_id)
    return json_response(200, reply, content_type=_MEDIA_TYPE, headers=request_id)


def _operation_name(request: Request) -> str:
    """Return the name of the operation that is asked for; empty if it is not one of Cognito's."""
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(OPERATION_PREFIX) or request.media_type != _MEDIA_TYPE:
        return ""
    return target.removeprefix(OPERATION_PREFIX)


def _run(pool: UserPool, name: str, request: Request) -> dict[str, Any]:
    run = OPERATIONS.get(name)
    if run is None:
        raise _not_supported(name)
    body = _body(request)
    check_members(body, service_model().operations[name]["input"])
    with pool.lock:
        return run(pool, body)


def _not_supported(name: str) -> PoolError:
    """Return the refusal of an operation that the sandbox lacks, or that AWS does not know."""
    model = service_model()
    if name in model.operations:
        return PoolError("OperationNotEnabledException", f"The sandbox does not serve {name}.")
    if name in model.signed_operations:
        return invalid_parameter(
            f"The sandbox does not serve {name}, which needs AWS credentials at AWS."
        )
    return PoolError("UnknownOperationException", "The operation is not known.")


def _check_declared(name: str, refusal: PoolError) -> None:
    """Fail on an error that the model does not declare: AWS cannot answer with it."""
    operation = service_model().operations.get(name)
    if operation is not None and refusal.kind not in _PROTOCOL_ERRORS.union(operation["errors"]):
        raise AssertionError(f"{name} does not declare {refusal.kind}") from refusal


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = strict_json(request.body)
    except NotStrictJson as error:
        raise PoolError("SerializationException", "The request could not be read.") from error
    if not isinstance(body, dict):
        raise PoolError("SerializationException", "The request is not a JSON object.")
    return body
