"""AppClient: what Cognito calls the program that signs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.secret import Secret


@dataclass(frozen=True)
class AppClient:
    """A user pool's app client.

    Args:
        client_id: its id.
        client_secret: its secret; None for a public app client.
    """

    client_id: str
    client_secret: Secret | None = None
