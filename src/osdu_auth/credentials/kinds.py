"""The table of credentials: which class gets the tokens of each kind of sign-in."""

from __future__ import annotations

import time

from osdu_auth.errors import ConfigurationError
from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from osdu_auth.credentials.credential import Credential
    from osdu_auth.profiles.profile import AnyProfile


def credential_of(
    profile: AnyProfile, boto3: object | None = None, clock: Callable[[], float] = time.time
) -> Credential:
    """Return the credential of a profile's kind of sign-in.

    Args:
        profile: the profile.
        boto3: a `boto3.Session` or a `cognito-idp` client that calls the user pool; None for the
            profile's `transport`.
        clock: this machine's clock, in seconds since 1970.

    Raises:
        ConfigurationError: OA-C717: no credential has that kind.
    """
    if profile.sign_in not in _CREDENTIALS:
        raise not_a_password_profile(profile)
    return _CREDENTIALS[profile.sign_in](profile, boto3, clock)


def _user_pool(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.user_pool import UserPoolCredential

    return UserPoolCredential(profile, boto3, clock)


def _browser(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.browser import BrowserCredential

    del boto3  # boto3 does not call an OpenID issuer
    return BrowserCredential(profile, clock)


def _service(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.client_credentials import ClientCredentials

    del boto3
    return ClientCredentials(profile, clock)


# The function that makes the credential, by `AnyProfile.sign_in`; it imports the module.
_CREDENTIALS = {"password": _user_pool, "browser": _browser, "client-credentials": _service}


def not_a_password_profile(profile: AnyProfile) -> ConfigurationError:
    """Return the error of a profile that does not sign in to a user pool with a password."""
    return ConfigurationError(
        f'The profile "{profile.name}" does not sign in to a user pool with a password.',
        code="OA-C717",
        why=f'It says sign_in = "{profile.sign_in}".',
        fix='Name a profile of sign_in = "password"; in a program also: '
        "Session(profile, credential=…)",
    )
