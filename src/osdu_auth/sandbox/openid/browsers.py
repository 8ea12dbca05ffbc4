"""The browsers that use the sign-in pages: their signed-in users, and the attempts to sign in.

Invariant: an attempt to sign in goes on only in the browser that began it, so a page of another
site can neither send a form of the attempt nor continue it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Headers, Request
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest
    from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn, Reply
    from osdu_auth.sandbox.pool.users import User

ATTEMPT_SECONDS = 600.0
"""How long a sign-in in a browser may take, in seconds."""


@dataclass(frozen=True)
class SignedInUser:
    """A user who has signed in at the pages, in one browser.

    Attributes:
        user: the user.
        auth_time: when the user signed in, in seconds since the epoch.
    """

    user: User
    auth_time: float


@dataclass
class SignInAttempt:
    """One attempt to sign in, which an authorization request began in a browser.

    Attributes:
        identifier: the id that its forms have.
        browser: the id of the browser that it belongs to.
        authorization: the authorization request.
        expires: when it ends, in seconds since the epoch.
        pending: the pool's pending sign-in, once the password is right.
        challenge: the pool's challenge that waits for an answer.
        signed_in: the user who signed in, where only consent is left.
    """

    identifier: str
    browser: str
    authorization: AuthorizationRequest
    expires: float
    pending: PendingSignIn | None = None
    challenge: Reply | None = None
    signed_in: SignedInUser | None = None


class Browsers:
    """The browsers that opened the pages of one pool; guarded by the pool's lock.

    Args:
        pool_name: a part of the cookies' names. A browser sends a cookie to all ports of a host,
            so to other sandboxes too.
    """

    def __init__(self, pool_name: str) -> None:
        self._browser_cookie = f"sandbox-{pool_name}-browser"
        self._session_cookie = f"sandbox-{pool_name}-session"
        self._signed_in: dict[str, tuple[SignedInUser, float]] = {}
        self._attempts: dict[str, SignInAttempt] = {}

    def signed_in_user(self, request: Request, now: float) -> SignedInUser | None:
        """Return the user who is signed in in the browser that asks, or `None`."""
        signed_in, expires = self._signed_in.get(
            _cookies(request).get(self._session_cookie, ""), (None, 0.0)
        )
        return signed_in if now < expires else None

    def begin(
        self, request: Request, authorization: AuthorizationRequest, now: float
    ) -> tuple[SignInAttempt, Headers]:
        """Return a new attempt to sign in, and the headers that bind it to the browser."""
        self._attempts = {
            name: other for name, other in self._attempts.items() if now < other.expires
        }
        browser = _cookies(request).get(self._browser_cookie) or secrets.token_urlsafe(24)
        attempt = SignInAttempt(
            secrets.token_urlsafe(24), browser, authorization, now + ATTEMPT_SECONDS
        )
        self._attempts[attempt.identifier] = attempt
        return attempt, (_cookie(self._browser_cookie, browser),)

    def find(self, request: Request, identifier: str | None, now: float) -> SignInAttempt | None:
        """Return the attempt that a form of this browser belongs to, or `None`."""
        attempt = self._attempts.get(identifier or "")
        browser = _cookies(request).get(self._browser_cookie)
        if attempt is None or attempt.browser != browser or now >= attempt.expires:
            return None
        return attempt

    def end(self, attempt: SignInAttempt) -> None:
        """Forget an attempt whose authorization request is answered."""
        self._attempts.pop(attempt.identifier, None)

    def sign_in(self, signed_in: SignedInUser, expires: float) -> Headers:
        """Remember a user who is signed in, and return the headers for the browser.

        Args:
            signed_in: the user.
            expires: when the browser's session ends, in seconds since the epoch.
        """
        session = secrets.token_urlsafe(24)
        self._signed_in[session] = (signed_in, expires)
        return (_cookie(self._session_cookie, session),)

    def sign_out(self, request: Request) -> Headers:
        """Sign out the user of the browser that asks, and return the headers for the browser."""
        self._signed_in.pop(_cookies(request).get(self._session_cookie, ""), None)
        return (_cookie(self._session_cookie, "", "; Max-Age=0"),)


def _cookies(request: Request) -> Mapping[str, str]:
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def _cookie(name: str, value: str, more: str = "") -> tuple[str, str]:
    # No `Secure`, as the sandbox has no https. `Lax`, as a link in an application opens the pages.
    return ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}")
