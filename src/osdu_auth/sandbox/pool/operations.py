"""Every operation the pool serves, and what it does; the members it takes are the model's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool import (
    change_password,
    client_tokens,
    device_operations,
    forgotten_password,
    initiate_auth,
    mfa_preference,
    renewal,
    respond_to_auth_challenge,
    self_service,
    sign_up,
    software_token_setup,
    user_attributes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool

    Run = Callable[[UserPool, Mapping[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Run] = {
    "InitiateAuth": initiate_auth.initiate_auth,
    "RespondToAuthChallenge": respond_to_auth_challenge.respond_to_auth_challenge,
    "GetTokensFromRefreshToken": renewal.get_tokens_from_refresh_token,
    "GetClientToken": client_tokens.get_client_token,
    "RevokeToken": self_service.revoke_token,
    "GlobalSignOut": self_service.global_sign_out,
    "GetUser": self_service.get_user,
    "GetUserAuthFactors": self_service.get_user_auth_factors,
    "DeleteUser": self_service.delete_user,
    "UpdateUserAttributes": user_attributes.update_user_attributes,
    "DeleteUserAttributes": user_attributes.delete_user_attributes,
    "GetUserAttributeVerificationCode": user_attributes.get_user_attribute_verification_code,
    "VerifyUserAttribute": user_attributes.verify_user_attribute,
    "ChangePassword": change_password.change_password,
    "ForgotPassword": forgotten_password.forgot_password,
    "ConfirmForgotPassword": forgotten_password.confirm_forgot_password,
    "SignUp": sign_up.sign_up,
    "ConfirmSignUp": sign_up.confirm_sign_up,
    "ResendConfirmationCode": sign_up.resend_confirmation_code,
    "AssociateSoftwareToken": software_token_setup.associate_software_token,
    "VerifySoftwareToken": software_token_setup.verify_software_token,
    "SetUserMFAPreference": mfa_preference.set_user_mfa_preference,
    "ConfirmDevice": device_operations.confirm_device,
    "UpdateDeviceStatus": device_operations.update_device_status,
    "ListDevices": device_operations.list_devices,
    "GetDevice": device_operations.get_device,
    "ForgetDevice": device_operations.forget_device,
}
"""The operations by their names."""
