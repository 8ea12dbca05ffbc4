"""What a user pool answers, as values. Members that are not listed here are ignored.

The law of this module: a reply becomes a value only if each member that is used is there, has its
type and can be carried on; otherwise it is an `UnusableReply`, whoever sent it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import UnusableReply
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

# Cognito's tokens live for a day at most (AccessTokenValidity in the service model).
LONGEST_LIFETIME = 86_400

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # b64token of RFC 6750, section 2.1
_OPAQUE = re.compile(r"[!-~]+")
_DEVICE_KEY = re.compile(r"[!-~]{1,200}")  # [\w-]+_[0-9a-f-]+ of 55 at most in the service model
_TOKEN_LIMIT = 256 * 1024  # fifty custom attributes of 2,048 characters, and room


class NewDevice(NamedTuple):
    """What the pool calls this computer (`NewDeviceMetadata`), until that is confirmed.

    Args:
        key: its own name.
        group_key: the name of the group that it is in.
    """

    key: Secret
    group_key: Secret


class AuthenticationResult(NamedTuple):
    """The tokens that end a sign-in or a renewal.

    Args:
        access_token: the JWT for `Authorization: Bearer`.
        id_token: the JWT that says who the user is; None if none came.
        refresh_token: gets new tokens; None if none came, as at most renewals.
        expires_in: the access token's lifetime in seconds as the pool put it; None if it did not.
        new_device: what the pool calls this computer from now on, if it wants to remember it.
    """

    access_token: Secret
    id_token: Secret | None = None
    refresh_token: Secret | None = None
    expires_in: int | None = None
    new_device: NewDevice | None = None


class ChallengeReply(NamedTuple):
    """A challenge as it came, not yet understood.

    Args:
        name: such as `NEW_PASSWORD_REQUIRED`.
        session: to be sent back with the answer; None if none came.
        parameters: what goes with the challenge.
        available: the first factors that there are to choose from (`AvailableChallenges`).
    """

    name: str
    session: Secret | None
    parameters: Mapping[str, str]
    available: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ChallengeReply({self.name!r})"

    def username(self, otherwise: str) -> str:
        """Return what the pool calls the user: answers carry it, and the secret hash is over it.

        Args:
            otherwise: for where the challenge does not say.
        """
        named = self.parameters.get("USER_ID_FOR_SRP") or self.parameters.get("USERNAME")
        return named or otherwise


class User(NamedTuple):
    """A user as the pool describes them.

    Args:
        username: the pool's own name of the user.
        attributes: such as `email`.
    """

    username: str
    attributes: Mapping[str, str]


def read_authentication(reply: Mapping[str, Any]) -> AuthenticationResult | ChallengeReply:
    """Read the reply of `InitiateAuth` and `RespondToAuthChallenge`.

    Raises:
        UnusableReply: OA-N634 neither tokens nor a challenge; OA-N635 a member is bad.
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
        why="Something else than a user pool may have answered.",
        fix="Check endpoint_url and the proxy settings, then try again.",
    )


def read_result(reply: Mapping[str, Any]) -> AuthenticationResult:
    """Read a reply that must hold tokens.

    Raises:
        UnusableReply: as of `read_authentication()`; a challenge is no answer here.
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
    """Read the `Session` that a sign-in goes on with.

    Raises:
        UnusableReply: OA-N635.
    """
    return _secret(reply, "Session", _OPAQUE)


def optional_member(reply: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return a member of a reply, None where it lacks.

    Args:
        reply: the reply, or a part of it.
        name: the member's name.
        kind: its type.

    Raises:
        UnusableReply: OA-N635: it is of another type.
    """
    value = reply.get(name)
    # True is an int to Python, and no number of seconds to anyone.
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise bad_member(name)
    return value


def bad_member(name: str) -> UnusableReply:
    """Return the error of a reply with a member that is missing or of another type.

    Args:
        name: the member's name, from our own list; its value is never shown.
    """
    return UnusableReply(
        f"The user pool's answer has no usable {name}.",
        code="OA-N635",
        why="Something else than a user pool may have answered.",
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
    told = optional_member(result, "NewDeviceMetadata", dict)
    if not told:
        return None
    key = _secret(told, "DeviceKey", _DEVICE_KEY)
    group_key = _secret(told, "DeviceGroupKey", _OPAQUE)
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
