"""AppClient: an app client of a user pool, and the secret hash that proves its secret."""

from __future__ import annotations

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Export
from osdu_auth.light_typing import NamedTuple
from osdu_auth.secret import Secret


class AppClient(NamedTuple):
    """A user pool's app client.

    Args:
        client_id: its id.
        client_secret: its secret; None for a public app client.
    """

    client_id: str
    client_secret: Secret | None = None


def secret_hash(app_client: AppClient, username: str) -> dict[str, Secret]:
    """Return the member `SECRET_HASH`; no member for a public app client.

    It is base64(HMAC-SHA256(client secret, user name + client id)): the Cognito developer guide,
    "Computing secret hash values".

    Args:
        app_client: the app client with the secret.
        username: exactly the user name of the same request: the typed name in the first request of
            a sign-in, and after that the name that Cognito gave.

    Raises:
        ConfigurationError: OA-C756: one of them is not text.
    """
    if app_client.client_secret is None:
        return {}
    from base64 import b64encode

    # `cryptography` is used, because `hmac` would load a second OpenSSL.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.hmac import HMAC

    # The secret is in no local variable, because crash reports show local variables.
    signature = HMAC(_encoded(app_client.client_secret.reveal(), "client secret"), SHA256())
    signature.update(_encoded(username + app_client.client_id, "user name"))
    return {"SECRET_HASH": Secret(b64encode(signature.finalize()).decode("ascii"))}


def require_text(text: str, part: str) -> None:
    """Refuse a text with bytes that are not UTF-8, as a terminal may pass them.

    Args:
        text: the text that will be sent.
        part: its name in the error, such as "user name".

    Raises:
        ConfigurationError: OA-C756.
    """
    if not text.isascii():
        _encoded(text, part)


def require_typable(new_password: Secret) -> None:
    """Refuse a new password that cannot be typed again, before the pool accepts it.

    Raises:
        ConfigurationError: OA-C756: it is not text.
        SignInRefused: OA-S352: it contains a character that cannot be typed.
    """
    from osdu_auth.errors import SignInRefused
    from osdu_auth.input_text import untypable_character_in

    require_text(new_password.reveal(), "new password")
    why = untypable_character_in(new_password.reveal())
    if why:
        raise SignInRefused(
            "That new password could not be typed again, and was not set.",
            code="OA-S352",
            why=why,
            fix="Choose a password of characters that are on a keyboard.",
        )


def _encoded(text: str, part: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"The {part} contains bytes that are not text.",
            code="OA-C756",
            why="The terminal, the variable or the file that it came from is not UTF-8.",
            fix="Write it in UTF-8. To set a terminal to UTF-8: " + Export("LC_ALL", "C.UTF-8"),
        ) from None
