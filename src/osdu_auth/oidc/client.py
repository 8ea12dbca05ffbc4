"""How an app client says who it is at an issuer's endpoints (RFC 6749, section 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.secret import Secret

ClientAuth = Literal["basic", "post", "none"]
_METHODS = {"client_secret_basic": "basic", "client_secret_post": "post", "none": "none"}


class OidcClient(NamedTuple):
    """An app client.

    Args:
        client_id: its id.
        secret: its secret; None for a public one.
        auth: how it says who it is.
        withholds_secret: whether the profile names a secret, and says not to send it.
    """

    client_id: str
    secret: Secret | None = None
    auth: ClientAuth = "none"
    withholds_secret: bool = False

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
        letters, digits and `-._~` (RFC 6749, section 2.3.1).
        """
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
        return {"client_id": self.client_id} if self.auth == "none" else {}
