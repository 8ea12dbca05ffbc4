"""The pool's refusals, with the type names and sentences of Amazon Cognito.

Where Amazon does not publish a sentence, a comment next to it says so.
"""

from __future__ import annotations


class PoolError(Exception):
    """A refusal that becomes `{"__type": kind, "message": message}` with HTTP 400.

    Attributes:
        kind: the error's type, such as `NotAuthorizedException`.
        message: its sentence.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


def not_authorized(message: str) -> PoolError:
    """Return a `NotAuthorizedException`."""
    return PoolError("NotAuthorizedException", message)


def invalid_parameter(message: str) -> PoolError:
    """Return an `InvalidParameterException`."""
    return PoolError("InvalidParameterException", message)


def missing_parameter(name: str) -> PoolError:
    """Return the refusal of a request that lacks an authentication parameter."""
    return invalid_parameter(f"Missing required parameter {name}")


def wrong_credentials() -> PoolError:
    """Return the refusal that hides whether the user name or the password was wrong."""
    return not_authorized("Incorrect username or password.")


def invalid_access_token() -> PoolError:
    """Return the refusal of an access token that is not one of the pool's."""
    return not_authorized("Invalid Access Token")


def invalid_refresh_token() -> PoolError:
    """Return the refusal of a refresh token that is unknown, or was sent without its device."""
    return not_authorized("Invalid Refresh Token.")


def unknown_user() -> PoolError:
    """Return the refusal that says that a user does not exist."""
    return PoolError("UserNotFoundException", "User does not exist.")


def disabled_user() -> PoolError:
    """Return the refusal of a user whom an administrator disabled."""
    return not_authorized("User is disabled.")


def unknown_device() -> PoolError:
    """Return the refusal of a device that does not exist."""
    return PoolError("ResourceNotFoundException", "Device does not exist.")


def unknown_app_client(client_id: str) -> PoolError:
    """Return the refusal of an app client id that the pool does not know."""
    return PoolError("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
