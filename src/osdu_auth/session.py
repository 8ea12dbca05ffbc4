"""Session: the moving part. It holds the newest token, and gets a newer one when that one ages.

The law of renewal: a token that is still good is used even if nothing else works; a session is
given up only when the pool refuses to renew what was read again under the lock; and whatever the
pool hands out is written down before it is used.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import (
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreUnavailable,
    UsageError,
)
from osdu_auth.stores.fitness import freshness, require_lifetime, require_session_of
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.credentials import UserPoolCredential
    from osdu_auth.profiles.finding import FoundProfile
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.secret import Secret
    from osdu_auth.stores.token_store import SavedSession, TokenStore
    from osdu_auth.tokens import Device

# Seconds for which a pool that did not answer is left alone while the token is still good.
PAUSE = 10.0


@dataclass(frozen=True)
class SignedOut:
    """What signing out came to.

    Args:
        was_signed_in: whether there was a session on this machine.
        revocation_error: why the pool could not end the session on its side; None if it did.
    """

    was_signed_in: bool
    revocation_error: OsduAuthError | None = None


class Session:
    """A signed-in user of one profile, who always has a fresh bearer token.

    It asks nobody anything and does nothing before it is used. It is also what `requests` and
    `httpx` take as `auth=`.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.
        store: where the session is kept; None for the user's own private files.
        boto3: a `boto3.Session` or a `cognito-idp` client to speak to the user pool with.
        clock: this machine's clock, in seconds since 1970.
    """

    def __init__(
        self,
        profile: str | Profile | None = None,
        *,
        store: TokenStore | None = None,
        boto3: object | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._chosen = profile
        self._found: FoundProfile | None = None
        self._store = store
        self._boto3 = boto3
        self._clock = clock
        self._lock = threading.RLock()
        self._saved: SavedSession | None = None
        # The hot path's two: what token() compares and what it returns.
        self._fresh_until = 0.0
        self._access_token: Secret

    def __repr__(self) -> str:
        chosen = self._chosen
        name = chosen if chosen is None or isinstance(chosen, str) else chosen.name
        return f"Session({'' if name is None else repr(name)})"

    @property
    def profile(self) -> Profile:
        """The profile this session belongs to, found on first use.

        Raises:
            ConfigurationError: there is no such profile, or it is not fit for use.
        """
        return self.found.profile

    @property
    def found(self) -> FoundProfile:
        """The profile and how it was found; raises as `profile` does."""
        if self._found is None:
            from osdu_auth.profiles.finding import find_profile, given_profile

            chosen = self._chosen
            if chosen is None or isinstance(chosen, str):
                self._found = find_profile(chosen)
            else:
                self._found = given_profile(chosen)
        return self._found

    @property
    def store(self) -> TokenStore:
        """Where this session is kept."""
        if self._store is None:
            from osdu_auth.stores.file import FileStore

            self._store = FileStore(
                settings_stamp=self.found.settings_stamp,
                require_sealed=self.profile.sealing == "required",
            )
        return self._store

    def token(self, *, min_ttl: float = 0.0) -> Secret:
        """Return a bearer token that is good now, and for at least `min_ttl` seconds more.

        Raises:
            SignInRequired: nobody is signed in.
            SessionEnded: the pool will not renew the session.
            Unreachable: a renewal was needed and the pool did not answer.
            UsageError: the app client's tokens do not live as long as `min_ttl`.
        """
        if self._clock() + min_ttl < self._fresh_until:
            return self._access_token
        return self.saved(min_ttl=min_ttl).tokens.access_token

    def headers(self, url: str | None = None) -> dict[str, str]:
        """Return the headers of an OSDU call: `Authorization` and `data-partition-id`.

        Args:
            url: where they are to be sent; anywhere but the profile's platform is refused. None
                where you see to that yourself.

        Raises:
            ConfigurationError: `url` is not on the profile's platform.
            OsduAuthError: as of `token()`.
        """
        if url is not None:
            from osdu_auth.profiles.origin import require_origin

            require_origin(url, self.profile)
        headers = {"Authorization": "Bearer " + self.token().reveal()}
        if self.profile.data_partition_id is not None:
            headers["data-partition-id"] = self.profile.data_partition_id
        return headers

    def __call__(self, request: Any) -> Any:
        """Put the headers on a request of `requests` or `httpx`, which call their `auth=` so.

        Raises:
            ConfigurationError: the request does not go to the profile's platform.
            OsduAuthError: as of `token()`.
        """
        headers = self.headers(str(request.url))
        request.headers["Authorization"] = headers.pop("Authorization")
        for name, value in headers.items():
            request.headers.setdefault(name, value)
        return request

    def sign_in(
        self,
        username: str,
        password: Secret | None,
        answer: Answers,
        note: Callable[[str], None] | None = None,
    ) -> SavedSession:
        """Sign in, and keep the session.

        Args:
            username: as the user types it; an e-mail address where the pool allows it.
            password: the user's password; None to be asked for it if it comes to that.
            answer: meets what the pool asks on the way, such as a new password.
            note: is told what the user should know although it worked, such as that the password
                itself was sent; None to log that as a warning. The session returned has it as well.

        Raises:
            SignInRefused: the pool said no.
            ChallengeUnanswered: it asked something that was not, or cannot be, answered.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the pool did not answer.
            StoreUnavailable: the session could not be kept.
        """
        from osdu_auth.stores.token_store import SavedSession

        signed_in = self.credential.sign_in(username, password, answer, self._device_of(username))
        for text in signed_in.notes:
            (note or _warn)(text)
        saved = SavedSession(
            signed_in.tokens,
            username,
            self._clock(),
            self.profile.pool_and_client,
            signed_in.notes,
        )
        with self._lock, self.store.lock(self.profile.name):
            self.store.save(self.profile.name, saved)
            return self._adopt(saved)

    def saved(self, *, min_ttl: float = 0.0) -> SavedSession:
        """Return the session with a token on the terms of `token()`, renewed where it has to be."""
        with self._lock:
            saved = self._saved or self.load()
            if freshness(saved, self._clock(), min_ttl) is Freshness.FRESH:
                return self._adopt(saved)
            require_lifetime(saved, min_ttl)
            try:
                return self._adopt(self._renewed(saved, min_ttl))
            except (SessionEnded, SignInRequired, UsageError):
                raise
            except OsduAuthError as error:
                if freshness(saved, self._clock(), min_ttl) is Freshness.EXPIRED:
                    raise
                _logger().info("Renewal is put off, as the token is still good: %s", error)
                return self._adopt(saved, until=self._clock() + PAUSE)

    def renew(self) -> SavedSession:
        """Get a new token now, however fresh the present one is, and return the session.

        Raises:
            OsduAuthError: as of `token()`.
        """
        with self._lock, self.store.lock(self.profile.name):
            return self._adopt(self._renew(self.load()))

    def load(self) -> SavedSession:
        """Return the session as it is kept, with whatever token it has.

        Raises:
            SignInRequired: nobody is signed in.
            StoreUnavailable: it cannot be read.
        """
        return require_session_of(self.profile, self.store.load(self.profile.name))

    def sign_out(self) -> SignedOut:
        """End the session at the pool, and wipe it here whatever the pool answers.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        name = self.profile.name
        with self._lock, self.store.lock(name):
            self._saved, self._fresh_until = None, 0.0
            revocation_error = None
            try:
                saved = self.store.load(name)
                if saved is not None:
                    self.credential.revoke(saved.tokens)
            except OsduAuthError as error:
                revocation_error = error
            return SignedOut(self.store.delete(name), revocation_error)

    def wipe(self) -> bool:
        """Forget the session here, without a word to the pool; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        with self._lock, self.store.lock(self.profile.name):
            self._saved, self._fresh_until = None, 0.0
            return self.store.delete(self.profile.name)

    @property
    def credential(self) -> UserPoolCredential:
        """How this session gets its tokens."""
        from osdu_auth.credentials import UserPoolCredential

        return UserPoolCredential(self.profile, self._boto3, self._clock)

    def _device_of(self, username: str) -> Device | None:
        """Return what the pool knows this computer as, if the same user signed in here last."""
        try:
            saved = self.store.load(self.profile.name)
        except StoreUnavailable:
            return None  # signing in is what mends a session that cannot be read
        if saved is None or saved.username != username:
            return None
        same_pool = saved.pool_and_client == self.profile.pool_and_client
        return saved.tokens.device if same_pool else None

    def _adopt(self, saved: SavedSession, until: float | None = None) -> SavedSession:
        """Hold a session; with `until`, use its token that long before renewal is tried again."""
        # The token goes first: a thread that sees the new time must find the new token.
        self._saved = saved
        self._access_token = saved.tokens.access_token
        fresh_until = saved.tokens.fresh_until if until is None else until
        self._fresh_until = min(fresh_until, saved.tokens.expires_at)
        return saved

    def _renewed(self, seen: SavedSession, min_ttl: float) -> SavedSession:
        with self.store.lock(self.profile.name):
            saved = self.load()
            if saved != seen and freshness(saved, self._clock(), min_ttl) is Freshness.FRESH:
                return saved
            return self._renew(saved)

    def _renew(self, saved: SavedSession) -> SavedSession:
        """Renew what was read under the lock, and write it down before anybody uses it."""
        name = self.profile.name
        try:
            tokens = self.credential.renew(saved.tokens)
        except SessionEnded:
            self.store.delete(name)
            raise
        renewed = replace(saved, tokens=tokens)
        try:
            self.store.save(name, renewed)
        except StoreUnavailable as error:
            # The caller's work goes on with the token in memory; the next process may have to ask.
            _logger().warning("The renewed session could not be kept: %s", error)
        return renewed


def _warn(note: str) -> None:
    _logger().warning("%s", note)


def _logger() -> Logger:
    """The package's log; `logging` is imported only when there is something to say."""
    from logging import getLogger

    return getLogger("osdu_auth")
