"""How an app client says who it is at an issuer's endpoints (RFC 6749, section 2.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run
from osdu_auth.input_text import value_in
from osdu_auth.profiles.references import ReferenceTarget
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ClientAuth = Literal["basic", "post", "none", "ready_basic"]
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, section 2.2
_METHODS = {"client_secret_basic": "basic", "client_secret_post": "post", "none": "none"}


def _basic_in(text: str, place: str) -> Secret:
    """Return a ready value of Basic, without the words that may stand before it.

    Raises:
        ConfigurationError: OA-A707: it is none.
    """
    value = re.sub(r"\A(?:authorization\s*:)?\s*basic\s+", "", value_in(text), flags=re.IGNORECASE)
    if client_id_in(Secret(value)):
        return Secret(value)
    raise ConfigurationError(
        f"What is at {printable(place, 100)} is no ready value of Basic.",
        code="OA-A707",
        why="It is base64 of an app client's id, a colon and its secret; it is not shown.",
        fix="Name the place of the right value: " + READY_BASIC.elsewhere,
    )


READY_BASIC = ReferenceTarget("The ready value of Basic", "client_secret", _basic_in)


def client_id_in(value: Secret) -> str:
    """Return the app client's id in a ready value of Basic; "" where there is none."""
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
        secret: its secret; None for a public one.
        auth: how it says who it is.
        withholds_secret: whether the profile names a secret, and says not to send it.
        assertion: gives a new assertion for each request; None where it shows none.
        made_of: what assertions are made of, to see whether it was replaced.
    """

    client_id: str
    secret: Secret | None = None
    auth: ClientAuth = "none"
    withholds_secret: bool = False
    assertion: Callable[[], Secret] | None = None
    made_of: Secret | None = None

    @property
    def shows_secret(self) -> bool:
        """Whether it shows a secret to the issuer."""
        return self.secret is not None

    @classmethod
    def chosen(
        cls,
        client_id: str,
        secret: Secret | None,
        wanted: ClientAuth | None,
        offered: Sequence[str],
    ) -> OidcClient:
        """Return an app client with the way that the profile wants, or the first that is offered.

        An issuer that offers nothing takes Basic (OpenID Connect Discovery 1.0, section 3). Where
        the profile says that none is shown, its secret is not sent: an issuer refuses one of a
        public app client.

        Args:
            client_id: its id.
            secret: its secret; None for a public one.
            wanted: what the profile says; None where it says nothing.
            offered: what the issuer's metadata says, such as `client_secret_post`.

        Raises:
            ConfigurationError: OA-B703: a way that takes a secret, and there is none.
        """
        if wanted is None:
            ways = [_METHODS[method] for method in offered if method in _METHODS]
            first = next((way for way in ways if way != "none"), "basic")
            wanted = "none" if secret is None else "post" if first == "post" else "basic"
        if wanted == "none":
            return cls(client_id, withholds_secret=secret is not None)
        if secret is None:
            raise ConfigurationError(
                "The app client is to show a secret, and the profile names none.",
                code="OA-B703",
                why=f'The profile says client_auth = "{wanted}".',
                fix="Say where the secret is: "
                + Run("init", "--client-secret", Blank("REF"))
                + ", or where the app client has none: "
                + Run("init", "--client-auth", "none", of_browser=True),
            )
        return cls(client_id, secret, wanted)

    def headers(self) -> dict[str, str]:
        """Return the headers that say who it is.

        For Basic, id and secret are encoded as forms are before they are joined, which leaves
        letters, digits and `-._~` (RFC 6749, section 2.3.1). A ready value is sent as it is.
        """
        if self.auth == "ready_basic" and self.secret is not None:
            return {"Authorization": f"Basic {self.secret.reveal()}"}
        if self.auth != "basic" or self.secret is None:
            return {}
        from base64 import b64encode
        from urllib.parse import quote_plus

        pair = f"{quote_plus(self.client_id, '')}:{quote_plus(self.secret.reveal(), '')}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode("ascii")}

    def fields(self) -> dict[str, str]:
        """Return the fields of the form that say who it is."""
        if self.auth == "post" and self.secret is not None:
            return {"client_id": self.client_id, "client_secret": self.secret.reveal()}
        if self.assertion is not None:
            return {
                "client_id": self.client_id,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": self.assertion().reveal(),
            }
        return {"client_id": self.client_id} if self.auth == "none" else {}
