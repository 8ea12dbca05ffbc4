"""How an app client authenticates at an issuer's endpoints (RFC 6749, section 2.3)."""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import value_in
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.profiles.profile import no_secret_to_send
from osdu_auth.profiles.references import ReferenceTarget
from osdu_auth.secret import Secret
from osdu_auth.text import printable
from osdu_auth.url import percent_encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    ClientAuth = Literal["basic", "post", "none", "ready_basic"]

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, section 2.2
_METHODS = {"client_secret_basic": "basic", "client_secret_post": "post", "none": "none"}


def _basic_in(text: str, place: str) -> Secret:
    """Return the value for the header `Authorization: Basic …`, without these two words.

    Raises:
        ConfigurationError: OA-A707: it is not a value for Basic authentication.
    """
    value = re.sub(r"\A(?:authorization\s*:)?\s*basic\s+", "", value_in(text), flags=re.IGNORECASE)
    if client_id_in(Secret(value)):
        return Secret(value)
    raise ConfigurationError(
        f"The value at {printable(place, 100)} is not a value for Basic authentication.",
        code="OA-A707",
        why="Such a value is base64 of the app client's id, a colon and its secret. It is not "
        "shown here.",
        fix="Say where the right value is: " + READY_BASIC.elsewhere,
    )


READY_BASIC = ReferenceTarget("The value for Basic authentication", "client_secret", _basic_in)


def client_id_in(value: Secret) -> str:
    """Return the app client's id in a value for Basic authentication; "" if it has none."""
    from base64 import b64decode
    from urllib.parse import unquote_plus

    try:
        pair = b64decode(value.reveal(), validate=True).decode()
    except ValueError:
        return ""
    client_id, colon, secret = pair.partition(":")
    return unquote_plus(client_id) if colon and secret else ""


class OidcClient(NamedTuple):
    """An app client.

    Args:
        client_id: its id.
        secret: its secret; None for a public app client.
        auth: its authentication method.
        withholds_secret: whether the profile names a secret, and also says not to send it.
        assertion: returns a new assertion for each request; None if it sends no assertion.
        assertion_source: the key or token that assertions are made from, to see whether it was
            replaced.
    """

    client_id: str
    secret: Secret | None = None
    auth: ClientAuth = "none"
    withholds_secret: bool = False
    assertion: Callable[[], Secret] | None = None
    assertion_source: Secret | None = None

    @property
    def sends_secret(self) -> bool:
        """Whether it sends a secret to the issuer."""
        return self.secret is not None

    @classmethod
    def chosen(
        cls,
        client_id: str,
        secret: Secret | None,
        wanted: ClientAuth | None,
        offered: Sequence[str],
    ) -> OidcClient:
        """Return an app client that uses the profile's authentication method, or the first offered.

        An issuer whose metadata names no method accepts Basic (OpenID Connect Discovery 1.0,
        section 3). Where the profile says "none", its secret is not sent: an issuer refuses the
        secret of a public app client.

        Args:
            client_id: its id.
            secret: its secret; None for a public app client.
            wanted: the profile's method; None if the profile names no method.
            offered: the methods in the issuer's metadata, such as `client_secret_post`.

        Raises:
            ConfigurationError: OA-B703: the method needs a secret, and there is none.
        """
        if wanted is None:
            methods = [_METHODS[method] for method in offered if method in _METHODS]
            first = next((method for method in methods if method != "none"), "basic")
            wanted = "none" if secret is None else "post" if first == "post" else "basic"
        if wanted == "none":
            return cls(client_id, withholds_secret=secret is not None)
        if secret is None:
            raise no_secret_to_send(wanted)
        return cls(client_id, secret, wanted)

    def headers(self) -> dict[str, str]:
        """Return the headers that authenticate it.

        For Basic, id and secret are form-encoded before they are joined, except letters, digits and
        `-._~` (RFC 6749, section 2.3.1). A value that is encoded already is sent unchanged.
        """
        if self.auth == "ready_basic" and self.secret is not None:
            return {"Authorization": f"Basic {self.secret.reveal()}"}
        if self.auth != "basic" or self.secret is None:
            return {}
        from base64 import b64encode

        # A form writes a space as a plus sign.
        pair = ":".join(
            percent_encoded(text).replace("%20", "+")
            for text in (self.client_id, self.secret.reveal())
        )
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode("ascii")}

    def fields(self) -> dict[str, str]:
        """Return the fields of the form that authenticate it."""
        if self.auth == "post" and self.secret is not None:
            return {"client_id": self.client_id, "client_secret": self.secret.reveal()}
        if self.assertion is not None:
            return {
                "client_id": self.client_id,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": self.assertion().reveal(),
            }
        return {"client_id": self.client_id} if self.auth == "none" else {}
