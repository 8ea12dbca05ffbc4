"""AppClient: what Cognito calls the program that signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from osdu_auth.secret import Secret


class AppClient(NamedTuple):
    """A user pool's app client.

    Args:
        client_id: its id.
        client_secret: its secret; None for a public app client.
    """

    client_id: str
    client_secret: Secret | None = None
