"""The story of the demo: sign in, call OSDU, renew, sign out; each step is shown and checked."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from osdu_auth.demo.output import show
from osdu_auth.demo.sequence_diagram import Exchange, draw
from osdu_auth.demo.sequence_svg import draw_svg
from osdu_auth.durations import duration_in_words, rfc3339_time
from osdu_auth.errors import OsduAuthError, SessionEnded
from osdu_auth.fixes import Command
from osdu_auth.profiles.profile import Profile
from osdu_auth.secret import MASK, Secret
from osdu_auth.session import Session
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession

SENDER, POOL, OSDU = "osdu-auth", "user pool", "OSDU"
GROUPS, SEARCH = "/api/entitlements/v2/groups", "/api/search/v2/query"
WELLS = b'{"kind": "*:*:master-data--Well:*", "limit": 3, "returnedFields": ["id"]}'
SHOWN_CLAIMS = ("token_use", "username", "client_id", "scope")


def run_demo(sandbox: Sandbox) -> bool:
    """Run the demo's steps, show them, and return whether each step succeeded.

    Args:
        sandbox: a running sandbox.
    """
    story = Story(sandbox)
    story.run()
    show("\nWhat just happened:\n")
    show(draw(SENDER, [POOL, OSDU], story.exchanges))
    mark, words = ("✓", "Every") if story.succeeded else ("✗", "Not every")
    show(f"\n{mark} {words} step succeeded.")
    if story.succeeded:
        show(
            f"\nNext: {Command('osdu-auth', 'sandbox')} runs such a pool and platform, for you to "
            f"sign in to; {Command('osdu-auth', 'init')} asks for the values of your own platform."
        )
    return story.succeeded


def draw_as_svg(sandbox: Sandbox) -> str | None:
    """Run the demo's steps, show them on standard error, and return a diagram of them.

    Args:
        sandbox: a running sandbox.

    Returns:
        An SVG document; None if a step failed.
    """
    story = Story(sandbox, partial(show, err=True))
    story.run()
    return draw_svg(SENDER, [POOL, OSDU], story.exchanges) if story.succeeded else None


class Story:
    """The demo's steps, in order, and the exchange of each.

    Args:
        sandbox: a running sandbox.
        show: prints a text.
    """

    def __init__(self, sandbox: Sandbox, show: Callable[[str], None] = show) -> None:
        from osdu_auth.stores.memory import MemoryStore

        self.exchanges: list[Exchange] = []
        self._show = show
        self._part = ""
        self._sandbox = sandbox
        self._profile = Profile(
            name="demo",
            region=sandbox.region,
            client_id=sandbox.client_id,
            client_secret="clear:" + sandbox.client_secret,
            platform_url=sandbox.platform_url,
            data_partition_id=sandbox.data_partition_id,
            user_pool_id=sandbox.user_pool_id,
            endpoint_url=sandbox.endpoint_url,
        )
        self._store = MemoryStore()
        self._session = Session(self._profile, store=self._store)

    @property
    def succeeded(self) -> bool:
        """Whether each step succeeded."""
        return all(exchange.expected for exchange in self.exchanges)

    def run(self) -> None:
        """Run the steps, and show each."""
        self._show(f"A user pool and an OSDU platform run at {self._sandbox.endpoint_url}\n")
        saved = self._sign_in()
        if saved is None:
            return
        self._call_osdu()
        self._renew(saved)
        self._sign_out()

    def _sign_in(self) -> SavedSession | None:
        from osdu_auth.cognito.challenges import unattended

        self._part = "Sign in, once"
        self._show(f"1. Sign in as {self._sandbox.username}; by SRP the password stays here")
        saved: SavedSession | None = self._step(
            POOL,
            "InitiateAuth (SRP)",
            lambda: self._session.sign_in(
                self._sandbox.username, Secret(self._sandbox.password), unattended
            ),
            lambda saved: ("three tokens", saved.tokens.refresh_token is not None),
        )
        if saved is not None:
            self._show("\n".join(_lines_about(saved)))
        return saved

    def _call_osdu(self) -> None:
        self._part = "Call OSDU with the bearer token, and without it"
        self._show(f"\n2. {self._part}")
        self._ask_osdu("GET entitlements/v2/groups", "GET", GROUPS, None, "groups")
        self._ask_osdu("POST search/v2/query", "POST", SEARCH, WELLS, "results")
        from osdu_auth.platform.call import probe

        self._step(
            OSDU,
            "GET entitlements/v2/groups, no token",
            lambda: probe(self._sandbox.platform_url, GROUPS),
            lambda reply: (f"{reply.status}", reply.status == 401),  # noqa: PLR2004
        )

    def _ask_osdu(
        self, label: str, method: str, path: str, body: bytes | None, member: str
    ) -> None:
        import json

        from osdu_auth.platform.call import call

        def check(reply: Any) -> tuple[str, bool]:
            found = len(json.loads(reply.body)[member]) if reply.status == 200 else 0  # noqa: PLR2004
            return f"{reply.status}, {found} {member}", found > 0

        self._step(OSDU, label, lambda: call(self._session, method, path, body), check)

    def _renew(self, before: SavedSession) -> None:
        self._part = "Renew, as osdu-auth does before a token expires"
        self._show(f"\n3. {self._part}")
        self._step(
            POOL,
            "GetTokensFromRefreshToken",
            self._session.renew,
            lambda after: (
                "a new access token",
                after.tokens.access_token != before.tokens.access_token,
            ),
        )

    def _sign_out(self) -> None:
        self._part = "Sign out, and check that the old session has ended"
        self._show(f"\n4. {self._part}")
        old = self._session.load()
        self._step(
            POOL,
            "RevokeToken",
            self._session.sign_out,
            lambda outcome: ("revoked", outcome.revocation_error is None),
        )
        with self._store.open(self._session.key) as held:
            held.save(old)
        self._step(
            POOL,
            "renewal by the old session",
            self._refused_renewal,
            lambda refused: ("refused" if refused else "renewed", refused),
        )

    def _refused_renewal(self) -> bool:
        try:
            self._session.renew()
        except SessionEnded:
            return True
        return False

    def _step(
        self,
        receiver: str,
        request: str,
        act: Callable[[], Any],
        check: Callable[[Any], tuple[str, bool]],
    ) -> Any:
        """Run one step, record its exchange, and show it."""
        started = time.perf_counter()
        try:
            result = act()
        except OsduAuthError as error:
            result, answer, expected = None, f"{error.what} [{error.code}]", False
        else:
            answer, expected = check(result)
        seconds = time.perf_counter() - started
        self.exchanges.append(Exchange(receiver, request, answer, seconds, expected, self._part))
        self._show(f"   {'✓' if expected else '✗'} {request}: {answer}")
        return result


def _lines_about(saved: SavedSession) -> list[str]:
    """Return lines with the claims and the lifetime of each token, and never a whole token."""
    tokens, lines = saved.tokens, []
    for name, token in (("access token", tokens.access_token), ("id token", tokens.id_token)):
        if token is None:
            continue
        claims = unverified_claims(token)
        life = duration_in_words(claims.get("exp", 0) - claims.get("iat", 0))
        lines.append(
            f"     {name:14}{_start(token)}   valid for {life}, until {rfc3339_time(claims['exp'])}"
        )
        lines += [f"       {claim:12}{claims[claim]}" for claim in SHOWN_CLAIMS if claim in claims]
    if tokens.refresh_token is not None:
        start = _start(tokens.refresh_token)
        lines.append(f"     refresh token {start}   opaque; it is exchanged for new tokens")
    return lines


def _start(token: Secret) -> str:
    """Return the first characters of a token; they belong to its header and are not secret."""
    return token.reveal()[:8] + "…" + MASK
