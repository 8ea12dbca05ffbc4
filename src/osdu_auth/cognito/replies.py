"""A user pool's replies as typed values. Members that are not listed here are ignored.

Invariant: a reply becomes a value only if each member that is used exists, has the right type and
can be sent on; otherwise an `UnusableReply` is raised.
"""

from __future__ import annotations

import re

from osdu_auth.errors import UnusableReply
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Cognito's tokens live for a day at most (AccessTokenValidity in the service model).
LONGEST_LIFETIME = 86_400

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # b64token of RFC 6750, section 2.1
_OPAQUE = re.compile(r"[!-~]+")
_DEVICE_KEY = re.compile(r"[!-~]{1,200}")  # [\w-]+_[0-9a-f-]+ of 55 at most in the service model
_TOKEN_LIMIT = 256 * 1024  # fifty custom attributes of 2,048 characters, and some room


class NewDevice(NamedTuple):
    """A new device that is not confirmed yet (`NewDeviceMetadata`).

    Args:
        key: the pool's name of the device.
        group_key: the name of the group that the device is in.
    """

    key: Secret
    group_key: Secret


class AuthenticationResult(NamedTuple):
    """The tokens that end a sign-in or a renewal.

    Args:
        access_token: the JWT for `Authorization: Bearer`.
        id_token: the JWT that says who the user is; None if there was none.
        refresh_token: gets new tokens; None if there was none, as in most renewals.
        expires_in: the access token's lifetime in seconds by the reply; None if it has none.
        new_device: this computer as a new device, if the pool remembers devices; else None.
    """

    access_token: Secret
    id_token: Secret | None = None
    refresh_token: Secret | None = None
    expires_in: int | None = None
    new_device: NewDevice | None = None


class ChallengeReply(NamedTuple):
    """A challenge as the pool sent it; `challenges.kinds` makes a value of it.

    Args:
        name: the challenge, such as `NEW_PASSWORD_REQUIRED`.
        session: the session to send back with the answer; None if there was none.
        parameters: the parameters of the challenge.
        available: the first factors that the user can choose from (`AvailableChallenges`).
    """

    name: str
    session: Secret | None
    parameters: Mapping[str, str]
    available: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ChallengeReply({self.name!r})"

    def username(self, default: str) -> str:
        """Return the pool's name of the user, which answers and the secret hash need.

        Args:
            default: the name to return if the challenge contains none.
        """
        named = self.parameters.get("USER_ID_FOR_SRP") or self.parameters.get("USERNAME")
        return named or default


class User(NamedTuple):
    """A user as the pool describes them.

    Args:
        username: the pool's name of the user.
        attributes: the user's attributes, such as `email`.
    """

    username: str
    attributes: Mapping[str, str]


def read_authentication(reply: Mapping[str, Any]) -> AuthenticationResult | ChallengeReply:
    """Read the reply of `InitiateAuth` and `RespondToAuthChallenge`.

    Raises:
        UnusableReply: OA-N634: neither tokens nor a challenge; OA-N635: a member is invalid.
    """
    result = optional_member(reply, "AuthenticationResult", dict)
    if result:
        return _read_result(result)
    name = optional_member(reply, "ChallengeName", str)
    if name:
        return ChallengeReply(
            name,
            read_session(reply),
            _texts(reply, "ChallengeParameters"),
            _text_list(reply, "AvailableChallenges"),
        )
    raise UnusableReply(
        "The user pool answered with neither tokens nor a challenge.",
        code="OA-N634",
        why="Another server than the user pool may have answered.",
        fix="Check endpoint_url and the proxy settings, then try again.",
    )


def read_result(reply: Mapping[str, Any]) -> AuthenticationResult:
    """Read a reply that must contain tokens.

    Raises:
        UnusableReply: see `read_authentication()`; a challenge is an error here.
    """
    answered = read_authentication(reply)
    if isinstance(answered, ChallengeReply):
        raise bad_member("AuthenticationResult")
    return answered


def read_client_token(reply: Mapping[str, Any]) -> AuthenticationResult:
    """Read the reply of `GetClientToken`.

    Raises:
        UnusableReply: OA-N635.
    """
    result = optional_member(reply, "ClientAuthenticationResult", dict)
    if not result:
        raise bad_member("ClientAuthenticationResult")
    return _read_result(result)


def read_user(reply: Mapping[str, Any]) -> User:
    """Read the reply of `GetUser`.

    Raises:
        UnusableReply: OA-N635.
    """
    username = optional_member(reply, "Username", str)
    if not username:
        raise bad_member("Username")
    attributes: dict[str, str] = {}
    for attribute in optional_member(reply, "UserAttributes", list) or []:
        if not isinstance(attribute, dict):
            raise bad_member("UserAttributes")
        name = optional_member(attribute, "Name", str)
        if not name:
            raise bad_member("UserAttributes")
        attributes[name] = optional_member(attribute, "Value", str) or ""
    return User(username, attributes)


def read_session(reply: Mapping[str, Any]) -> Secret | None:
    """Read the `Session` for the next request of a sign-in.

    Raises:
        UnusableReply: OA-N635.
    """
    return _secret(reply, "Session", _OPAQUE)


def optional_member(reply: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return a member of a reply; None where it is missing.

    Args:
        reply: the reply, or a part of it.
        name: the member's name.
        kind: the member's type.

    Raises:
        UnusableReply: OA-N635: it has another type.
    """
    value = reply.get(name)
    # In Python True is an int, but it is not a number of seconds.
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise bad_member(name)
    return value


def bad_member(name: str) -> UnusableReply:
    """Return the error of a reply with a member that is missing or of another type.

    Args:
        name: the member's name, a constant of ours; the value is never shown.
    """
    return UnusableReply(
        f"The user pool's answer has no usable {name}.",
        code="OA-N635",
        why="Another server than the user pool may have answered.",
        fix="Check endpoint_url and the proxy settings, then try again.",
    )


def _read_result(result: Mapping[str, Any]) -> AuthenticationResult:
    access_token = _secret(result, "AccessToken", _BEARER_TOKEN)
    if access_token is None:
        raise bad_member("AccessToken")
    if (optional_member(result, "TokenType", str) or "Bearer").lower() != "bearer":
        raise bad_member("TokenType")
    expires_in = optional_member(result, "ExpiresIn", int)
    if expires_in is not None and not 0 < expires_in <= LONGEST_LIFETIME:
        raise bad_member("ExpiresIn")
    return AuthenticationResult(
        access_token,
        _secret(result, "IdToken", _BEARER_TOKEN),
        _secret(result, "RefreshToken", _OPAQUE),
        expires_in,
        _new_device(result),
    )


def _new_device(result: Mapping[str, Any]) -> NewDevice | None:
    metadata = optional_member(result, "NewDeviceMetadata", dict)
    if not metadata:
        return None
    key = _secret(metadata, "DeviceKey", _DEVICE_KEY)
    group_key = _secret(metadata, "DeviceGroupKey", _OPAQUE)
    if key is None or group_key is None:
        raise bad_member("NewDeviceMetadata")
    return NewDevice(key, group_key)


def _secret(reply: Mapping[str, Any], name: str, form: re.Pattern[str]) -> Secret | None:
    value = optional_member(reply, name, str)
    if value is None:
        return None
    if len(value) > _TOKEN_LIMIT or not form.fullmatch(value):
        raise bad_member(name)
    return Secret(value)


def _texts(reply: Mapping[str, Any], name: str) -> dict[str, str]:
    value = optional_member(reply, name, dict) or {}
    if not all(isinstance(text, str) for text in value.values()):
        raise bad_member(name)
    return dict(value)


def _text_list(reply: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = optional_member(reply, name, list) or []
    if not all(isinstance(text, str) for text in value):
        raise bad_member(name)
    return tuple(value)
