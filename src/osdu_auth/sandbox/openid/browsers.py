"""What is remembered of browsers: who is signed in in one, and the sign-ins under way in it.

The law of this module: a sign-in under way goes on only in the browser that began it, so a page of
another site can neither send its form nor take it over.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Headers, Request
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.users import User

UNDER_WAY_SECONDS = 600.0
"""How long a sign-in in a browser may take, in seconds."""


@dataclass(frozen=True)
class SignedInPerson:
    """Who is signed in in a browser.

    Attributes:
        user: The user.
        auth_time: When, in seconds since the epoch.
    """

    user: User
    auth_time: float


@dataclass
class SignInUnderWay:
    """One authorization request whose answer waits for a person.

    Attributes:
        identifier: What its forms carry.
        browser: The browser that it belongs to.
        asked: What the app client asked for.
        expires: When it is over, in seconds since the epoch.
        conversation: The pool's conversation, once the password is right.
        question: The pool's open question.
        person: Who signed in; what is left then is consent.
    """

    identifier: str
    browser: str
    asked: AuthorizationRequest
    expires: float
    conversation: Conversation | None = None
    question: Reply | None = None
    person: SignedInPerson | None = None


class Browsers:
    """The browsers that came to the pages of one pool; guarded by the pool's lock.

    Args:
        pool_name: Part of the cookies' names: cookies do not tell ports apart.
    """

    def __init__(self, pool_name: str) -> None:
        self._browser_cookie = f"sandbox-{pool_name}-browser"
        self._session_cookie = f"sandbox-{pool_name}-session"
        self._persons: dict[str, tuple[SignedInPerson, float]] = {}
        self._under_way: dict[str, SignInUnderWay] = {}

    def person_in(self, request: Request, now: float) -> SignedInPerson | None:
        """Return who is signed in in the browser that asks, or `None`."""
        person, expires = self._persons.get(
            _cookies(request).get(self._session_cookie, ""), (None, 0.0)
        )
        return person if now < expires else None

    def begin(
        self, request: Request, asked: AuthorizationRequest, now: float
    ) -> tuple[SignInUnderWay, Headers]:
        """Return a new sign-in under way, and the headers that tie it to the browser."""
        self._under_way = {
            name: other for name, other in self._under_way.items() if now < other.expires
        }
        browser = _cookies(request).get(self._browser_cookie) or secrets.token_urlsafe(24)
        under_way = SignInUnderWay(
            secrets.token_urlsafe(24), browser, asked, now + UNDER_WAY_SECONDS
        )
        self._under_way[under_way.identifier] = under_way
        return under_way, (_cookie(self._browser_cookie, browser),)

    def going_on(
        self, request: Request, identifier: str | None, now: float
    ) -> SignInUnderWay | None:
        """Return the sign-in under way that a form belongs to, in its own browser; or `None`."""
        under_way = self._under_way.get(identifier or "")
        browser = _cookies(request).get(self._browser_cookie)
        if under_way is None or under_way.browser != browser or now >= under_way.expires:
            return None
        return under_way

    def end(self, under_way: SignInUnderWay) -> None:
        """Forget a sign-in that is answered."""
        self._under_way.pop(under_way.identifier, None)

    def sign_in(self, person: SignedInPerson, expires: float) -> Headers:
        """Remember who is signed in, and return the headers that tell the browser.

        Args:
            person: Who.
            expires: Until when, in seconds since the epoch.
        """
        session = secrets.token_urlsafe(24)
        self._persons[session] = (person, expires)
        return (_cookie(self._session_cookie, session),)

    def sign_out(self, request: Request) -> Headers:
        """Forget who is signed in in the browser that asks, and return the headers for it."""
        self._persons.pop(_cookies(request).get(self._session_cookie, ""), None)
        return (_cookie(self._session_cookie, "", "; Max-Age=0"),)


def _cookies(request: Request) -> Mapping[str, str]:
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def _cookie(name: str, value: str, more: str = "") -> tuple[str, str]:
    # Without Secure: the sandbox speaks http. Lax: an application's link leads here.
    return ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}")
