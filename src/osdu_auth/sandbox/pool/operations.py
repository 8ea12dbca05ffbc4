"""Every operation the pool speaks: the members it takes, and what it does with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import (
    change_password,
    device_operations,
    forgotten_password,
    initiate_auth,
    mfa_preference,
    renewal,
    respond_to_auth_challenge,
    self_service,
    sign_up,
    software_token_setup,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .input_shapes import Shape
    from .user_pool import UserPool

    Run = Callable[[UserPool, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Operation:
    """One operation: the members it takes, and what it does with them."""

    shape: Shape
    run: Run


OPERATIONS: dict[str, Operation] = {
    "InitiateAuth": Operation(initiate_auth.SHAPE, initiate_auth.initiate_auth),
    "RespondToAuthChallenge": Operation(
        respond_to_auth_challenge.SHAPE, respond_to_auth_challenge.respond_to_auth_challenge
    ),
    "GetTokensFromRefreshToken": Operation(
        renewal.GET_TOKENS_SHAPE, renewal.get_tokens_from_refresh_token
    ),
    "RevokeToken": Operation(self_service.REVOKE_TOKEN_SHAPE, self_service.revoke_token),
    "GlobalSignOut": Operation(self_service.ACCESS_TOKEN_SHAPE, self_service.global_sign_out),
    "GetUser": Operation(self_service.ACCESS_TOKEN_SHAPE, self_service.get_user),
    "ChangePassword": Operation(change_password.SHAPE, change_password.change_password),
    "ForgotPassword": Operation(
        forgotten_password.FORGOT_SHAPE, forgotten_password.forgot_password
    ),
    "ConfirmForgotPassword": Operation(
        forgotten_password.CONFIRM_SHAPE, forgotten_password.confirm_forgot_password
    ),
    "SignUp": Operation(sign_up.SIGN_UP_SHAPE, sign_up.sign_up),
    "ConfirmSignUp": Operation(sign_up.CONFIRM_SHAPE, sign_up.confirm_sign_up),
    "ResendConfirmationCode": Operation(sign_up.RESEND_SHAPE, sign_up.resend_confirmation_code),
    "AssociateSoftwareToken": Operation(
        software_token_setup.ASSOCIATE_SHAPE, software_token_setup.associate_software_token
    ),
    "VerifySoftwareToken": Operation(
        software_token_setup.VERIFY_SHAPE, software_token_setup.verify_software_token
    ),
    "SetUserMFAPreference": Operation(mfa_preference.SHAPE, mfa_preference.set_user_mfa_preference),
    "ConfirmDevice": Operation(device_operations.CONFIRM_SHAPE, device_operations.confirm_device),
    "UpdateDeviceStatus": Operation(
        device_operations.STATUS_SHAPE, device_operations.update_device_status
    ),
    "ListDevices": Operation(device_operations.LIST_SHAPE, device_operations.list_devices),
    "GetDevice": Operation(device_operations.DEVICE_SHAPE, device_operations.get_device),
    "ForgetDevice": Operation(device_operations.DEVICE_SHAPE, device_operations.forget_device),
}
"""The operations by their names."""
