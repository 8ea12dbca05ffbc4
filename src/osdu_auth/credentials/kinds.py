"""Which credential gets the tokens of a profile: a class for each kind of sign-in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.credentials.credential import Credential
    from osdu_auth.profiles.profile import AnyProfile


def credential_of(
    profile: AnyProfile, boto3: object | None = None, clock: Callable[[], float] = time.time
) -> Credential:
    """Return the credential of the kind of sign-in that a profile names.

    Args:
        profile: the profile.
        boto3: a `boto3.Session` or a client of the issuer's service; None for none.
        clock: this machine's clock, in seconds since 1970.

    Raises:
        ConfigurationError: OA-C717: there is none for that kind.
    """
    if profile.sign_in not in _KINDS:
        raise of_another_kind(profile)
    return _KINDS[profile.sign_in](profile, boto3, clock)


def _user_pool(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.user_pool import UserPoolCredential

    return UserPoolCredential(profile, boto3, clock)


def _browser(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.browser import BrowserCredential

    del boto3  # which speaks no OpenID
    return BrowserCredential(profile, clock)


def _service(profile: Any, boto3: object | None, clock: Callable[[], float]) -> Credential:
    from osdu_auth.credentials.client_credentials import ClientCredentials

    del boto3
    return ClientCredentials(profile, clock)


# What makes the credential of each kind, by `AnyProfile.sign_in`; it is imported when it is made.
_KINDS = {"password": _user_pool, "browser": _browser, "client-credentials": _service}


def of_another_kind(profile: AnyProfile) -> ConfigurationError:
    """Return the error of a profile that is none of a user pool with a password."""
    return ConfigurationError(
        f'The profile "{profile.name}" is none of a user pool with a password.',
        code="OA-C717",
        why=f'It says sign_in = "{profile.sign_in}".',
        fix='Name a profile of sign_in = "password"; in a program also: '
        "Session(profile, credential=…)",
    )
