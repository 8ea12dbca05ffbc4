"""Ending the browser's session at the issuer, which does not end with our session.

OpenID Connect RP-Initiated Logout 1.0; a user pool's page takes other parameters (Amazon Cognito
developer guide, "The managed login sign-out endpoint"). The id token is not sent as a hint: the
address is an argument of the browser's program, which other users of this computer can see.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from osdu_auth.errors import SignInRefused
from osdu_auth.oidc.browser import open_browser, why_no_browser
from osdu_auth.oidc.listener import Listener
from osdu_auth.oidc.pages import SIGNED_OUT
from osdu_auth.oidc.token_endpoint import with_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.oidc.pages import Page

_PATIENCE = 30.0  # seconds for the browser to come back


def sign_out(
    metadata: IssuerMetadata,
    client_id: str,
    ports: tuple[int, ...] | None,
    say: Callable[[str], object],
    patience: float = _PATIENCE,
) -> None:
    """Make the browser end its session at the issuer.

    Args:
        metadata: of the issuer.
        client_id: the app client's id.
        ports: the ports to try for a user pool, whose page sends the browser back; None for another
            issuer, whose page does not send it back and may ask for a confirmation.
        say: shows a line to the person.
        patience: seconds for the browser to come back from a user pool.

    Raises:
        SignInRefused: OA-B321: the browser did not come back; OA-B322: the issuer has no such page.
        ConfigurationError: OA-B720: no port is free.
    """
    page = metadata.end_session_endpoint
    if page is None:
        raise SignInRefused(
            "This issuer has no page that signs a browser out.",
            code="OA-B322",
            why="Its metadata names no end_session_endpoint. Google has no such page, either.",
            fix="Sign out on the issuer's own page.",
        )
    if ports is None:
        _open(with_query(page, {"client_id": client_id}), say)
        say("The page may ask whether to sign out; the browser stays there.")
        return
    came_back = threading.Event()
    with Listener(ports) as listener:

        def decide(_: list[tuple[str, str]]) -> Page:
            came_back.set()
            return SIGNED_OUT

        listener.start(decide)
        uri = listener.redirect_uri
        _open(with_query(page, {"client_id": client_id, "logout_uri": uri}), say)
        if came_back.wait(patience):
            return
    raise SignInRefused(
        f"The browser did not come back within {patience:.0f} seconds.",
        code="OA-B321",
        why="If the page says that the address is not registered, the browser is still signed in.",
        fix=f"Ask the administrator to register {uri} as a sign-out URL of the app client "
        f"{client_id}.",
    )


def _open(address: str, say: Callable[[str], object]) -> None:
    why_not = why_no_browser(os.environ)
    if why_not is None and open_browser(address):
        say("A browser was opened to sign out. If you do not see it, open this address:")
    else:
        say(
            f"Open this address in the browser, as {why_not or 'the browser could not be started'}:"
        )
    say(address)
