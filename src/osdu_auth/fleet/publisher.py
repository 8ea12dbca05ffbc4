"""Publisher: keeps a fresh access token of a session on a board.

    newest tokens of the session ─▶ the session renews them if it is time ─▶ the board

One thread does this every half second, and reads the board each time. The invariants of this
module:

- The lock of the session's store decides which publisher renews. The lease on the board only
  saves requests: a publisher without the lease waits before it tries to renew.
- A token that the board lost is put there again; a text that was not sealed with the board key is
  replaced.
- No publisher of the same store can have published a higher generation than the store has. If the
  board has one, a publisher with another store uses the board, and this publisher ends: two
  publishers that renew copies of one session would lose the session.
"""

from __future__ import annotations

import enum
import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from osdu_auth.errors import (
    BoardUnavailable,
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreUnavailable,
)
from osdu_auth.fixes import Run
from osdu_auth.fleet import board_errors
from osdu_auth.fleet.addresses import board_of
from osdu_auth.fleet.board import NewerPosted, NotPosted, is_ahead
from osdu_auth.fleet.board_keys import board_key, made_if_missing
from osdu_auth.fleet.shared_token import SharedToken, opened, profile_digest
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret
from osdu_auth.stores.saved_session import next_generation
from osdu_auth.stores.token_store import last_generation_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from osdu_auth.fleet.board import Board
    from osdu_auth.fleet.shared_token_source import SharedTokenSource
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import SessionKey, TokenStore
    from osdu_auth.tokens import TokenSet

INTERVAL = 0.5  # seconds between two looks at the session
_FIRST_RETRY = 0.05  # seconds after the board failed; each next pause is twice as long
LEASE = 10.0  # seconds
# A token is renewed between these parts of its lifetime, each time at another point. If a renewal
# fails, workers still have a quarter of the token's lifetime.
_EARLIEST, _LATEST = 0.5, 0.75
_WITHOUT_LEASE = 0.8  # after this part of the lifetime, the holder of the lease has failed
_MARGIN = 0.5  # seconds
_LONGEST_DELAY = 30.0  # seconds that an issuer's answer may take
_TRIES = 3  # to put a token on the board while another publisher does so
_SIGN_OUT_LIFETIME = 86400.0  # seconds
_REASON_OF_WORKER = "OSDU refused the token of a worker"


class SharedSession(Protocol):
    """The members of a session that a publisher uses."""

    @property
    def profile(self) -> AnyProfile:
        """The profile it belongs to."""

    @property
    def store(self) -> TokenStore:
        """The store that it is kept in."""

    @property
    def key(self) -> SessionKey:
        """Its key in the store."""

    def saved(self, *, min_ttl: float | str = 0.0) -> SavedSession:
        """Return the session with a token that is valid for so many seconds."""

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than a token that OSDU refused, or the same token."""


class _Comparison(enum.Enum):
    """How the text on a board compares with the new token."""

    NONE = "none"
    OLDER = "older"
    ENOUGH = "as new, and of the same session"
    TO_REPLACE = "to be replaced, even if it names a higher generation"


class Published(NamedTuple):
    """The token that was published last.

    Args:
        generation: of the token.
        expires_at: until when it is valid, in seconds since 1970.
    """

    generation: int
    expires_at: float


class Publisher:
    """Keeps a fresh access token of a session on a board, until it is closed.

    Args:
        session: the session.
        board: an address, a board or a Dask client (`osdu_auth.fleet.addresses`).
        key: a reference to the board key, or the key; None for the key in force, which is made if
            it does not exist.
        on_error: is called with an error when it first occurs, and with None after a success that
            follows an error; None to log both.
        lease: seconds for which the other publishers wait for this publisher.
        interval: seconds between two looks at the session.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: OA-W710 to OA-W713: board or key cannot be used.
        StoreUnavailable: the board key cannot be made.
    """

    def __init__(
        self,
        session: SharedSession,
        board: str | Board | object,
        *,
        key: str | Secret | None = None,
        on_error: Callable[[OsduAuthError | None], object] | None = None,
        lease: float = LEASE,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self.board = board_of(board)
        self._named_key = key if isinstance(key, Secret) else made_if_missing(key)
        self._key = board_key(self._named_key)
        self._on_error = on_error or _log
        self._lease, self._interval = lease, interval
        self._clock = clock
        self._holder = f"{os.getpid()}-{os.urandom(8).hex()}"
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.published: Published | None = None
        self.last_error: OsduAuthError | None = None
        self._digest = ""
        self._newest: SavedSession | None = None
        self._is_withdrawn = False
        self._renews_at = _point_of_renewal()
        self._has_lease, self._lease_asked_at = False, 0.0
        self._refused_generation = 0

    def __repr__(self) -> str:
        return f"Publisher({self.board.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def key_reference(self) -> str | None:
        """The reference to the board key; None if the key itself was given."""
        return None if isinstance(self._named_key, Secret) else self._named_key

    @property
    def source(self) -> SharedTokenSource:
        """The token source for workers; its pickle has references to the board and to its key."""
        from osdu_auth.fleet.shared_token_source import SharedTokenSource

        profile = self._session.profile.without_private()
        return SharedTokenSource(self.board, key=self._named_key, profile=profile)

    def start(self) -> Self:
        """Publish a token, and start the thread that keeps it fresh.

        Raises:
            OsduAuthError: no token could be published: as for `Session.saved`; OA-W810 to OA-W818.
        """
        self._digest = profile_digest(self._session.profile.binding)
        self._newest = self._session.saved()
        self._publish(self._newest)
        self._thread = threading.Thread(target=self._run, name="osdu-auth publisher", daemon=True)
        self._thread.start()
        return self

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it ends by itself (`trouble` has the reason); return whether it has ended."""
        return self._stopped.wait(seconds)

    def close(self) -> None:
        """Stop; the token stays on the board until it expires, or another publisher replaces it."""
        self._stopped.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self.board.close()

    def _run(self) -> None:
        pause, retry = self._interval, _FIRST_RETRY
        while not self._stopped.wait(pause):
            pause = self._interval
            try:
                self._publish_newest()
            except OsduAuthError as error:
                self._report(error)
                if board_errors.ends_publisher(error):
                    self._stopped.set()
                if isinstance(error, BoardUnavailable):
                    pause = min(retry, self._interval)
                    retry *= 2
                    continue
            except Exception:  # noqa: BLE001 - a user's own store may raise any error
                logger().exception("The publisher continues after a failure.")
            else:
                self._report(None)
            retry = _FIRST_RETRY

    def _report(self, error: OsduAuthError | None) -> None:
        former, self.last_error = self.last_error, error
        if (former and former.code) != (error and error.code):
            self._on_error(error)

    def _publish_newest(self) -> None:
        """Look at the session once, and put its token on the board."""
        newest = self._newest_in_store()
        if newest is None:
            self._withdraw()
            return
        trouble = None
        try:
            newest = self._renewed_if_needed(newest)
        except OsduAuthError as error:  # the present token still has to be on the board
            trouble = error
        self._publish(newest)
        if trouble is not None:
            raise trouble

    def _newest_in_store(self) -> SavedSession | None:
        """Return the newest session; None if its user signed out, or another user signed in."""
        newest = self._newest
        try:
            stored = self._session.store.peek(self._session.key)
        except StoreUnavailable:
            return newest  # it may be readable again at the next look
        if stored is None or stored.binding != self._session.key.binding:
            return None
        if newest is not None and stored.subject != newest.subject:
            return None
        if newest is None or generation_of(stored) > generation_of(newest):
            self._newest = newest = stored
        return None if self._is_withdrawn and newest is not stored else newest

    def _renewed_if_needed(self, newest: SavedSession) -> SavedSession:
        """Return the session, renewed if it is time and no other process has renewed it."""
        tokens, now = newest.tokens, self._clock()
        age = (now - tokens.issued_at) / max(tokens.expires_at - tokens.issued_at, 1e-3)
        has_lease = self._holds_lease(now)
        refused = self._refused_by_osdu() if has_lease else None
        if refused == generation_of(newest) != self._refused_generation:
            self._refused_generation = refused
            self._session.token_instead_of(tokens.access_token, _REASON_OF_WORKER)
            renewed = self._session.saved()
        elif age >= (self._renews_at if has_lease else _WITHOUT_LEASE) or age < 0:
            # Ask for a token that is valid for longer: another process may have renewed it already.
            left, lifetime = tokens.expires_at - now, tokens.expires_at - tokens.issued_at
            renewed = self._session.saved(min_ttl=min(max(left, 0.0) + _MARGIN, lifetime))
        else:
            return newest
        if generation_of(renewed) > generation_of(newest):
            self._renews_at = _point_of_renewal()
            self._newest = newest = renewed
        return newest

    def _refused_by_osdu(self) -> int | None:
        """Return the generation that a worker asked to replace.

        None if there is none, or if the board cannot be reached.
        """
        try:
            return self.board.refused_generation()
        except BoardUnavailable:
            return None

    def _holds_lease(self, now: float) -> bool:
        """Return whether this publisher has the lease; True if the board is unreachable."""
        if now - self._lease_asked_at >= self._lease / 3 or now < self._lease_asked_at:
            self._lease_asked_at = now
            try:
                self._has_lease = self.board.lease(self._holder, self._lease)
            except BoardUnavailable:
                self._has_lease = True
        return self._has_lease

    def _publish(self, newest: SavedSession) -> None:
        """Put the newest token on the board, unless a newer one of the same session is there."""
        generation = generation_of(newest)
        if is_ahead(generation, self._clock()):
            raise board_errors.ahead_of_clock(self.board.address)
        tokens = newest.tokens
        shared = SharedToken(
            self._digest,
            generation,
            tokens.access_token,
            tokens.issued_at,
            _end_of(tokens),
            newest.subject or "",
        )
        self._put(shared)
        self._is_withdrawn = False
        self.published = Published(generation, shared.expires_at)

    def _withdraw(self) -> None:
        """Put the sign-out of the user on the board.

        Raises:
            SessionEnded: OA-W413: the board reports the sign-out to the workers.
        """
        newest, now = self._newest, self._clock()
        if newest is not None and not self._is_withdrawn:
            saved_generation = last_generation_of(self._session.store, self._session.key)
            # The sign-out has a generation of its own; that of the next sign-in is higher.
            is_saved = saved_generation > generation_of(newest)
            generation = (
                saved_generation if is_saved else next_generation(generation_of(newest), now)
            )
            until, subject = now + _SIGN_OUT_LIFETIME, newest.subject or ""
            self._put(SharedToken(self._digest, generation, None, now, until, subject))
            self._is_withdrawn = True
            self.published = None
        raise SessionEnded(
            "The user has signed out, and the workers of the fleet were informed.",
            code="OA-W413",
            why="The board has no token any more.",
            fix=Run("login", profile=self._session.profile.name),
        )

    def _put(self, shared: SharedToken) -> None:
        """Put a token on the board, unless the present text on the board has to stay.

        Raises:
            BoardUnavailable: OA-W816: a newer version publishes there; OA-W817: a publisher with
                another store does; or the board cannot be reached.
        """
        for _ in range(_TRIES):
            there = self.board.read()
            outcome = _Comparison.NONE if there is None else self._compare(there.text, shared)
            if outcome is _Comparison.ENOUGH:
                return
            instead_of = there.text if there and outcome is _Comparison.TO_REPLACE else None
            if self.board.put(shared.sealed(self._key), instead_of):
                trace("board: generation %d is there", shared.generation)
                return
        raise board_errors.unreachable(
            self.board.address, "It does not keep the token that is put there."
        )

    def _compare(self, text: str, shared: SharedToken) -> _Comparison:
        """Compare the text on the board with a new token; raises as `_put`."""
        address, now = self.board.address, self._clock()
        try:
            present = opened(text, self._key)
        except NewerPosted:
            raise board_errors.newer_version(address) from None
        except NotPosted as error:
            logger().warning("The text on the board %s is replaced: it %s.", address, error)
            return _Comparison.TO_REPLACE
        if is_ahead(present.generation, now):
            return _Comparison.TO_REPLACE
        if (present.profile, present.subject) != (shared.profile, shared.subject):
            if present.access_token is None or present.expires_at <= now:
                return _Comparison.TO_REPLACE
            raise board_errors.another_publisher(
                address, "It has the token of another user, or of another profile."
            )
        if present.generation < shared.generation:
            return _Comparison.OLDER
        if present.generation == shared.generation:
            return _Comparison.ENOUGH
        return self._compare_higher(present)

    def _compare_higher(self, present: SharedToken) -> _Comparison:
        """Accept a higher generation that a publisher with the same store put; raises as `_put`."""
        stored = self._session.store.peek(self._session.key)
        if stored is None:
            if present.access_token is None:
                return _Comparison.ENOUGH  # another publisher has put the sign-out on the board
        elif generation_of(stored) >= present.generation:
            self._newest = stored
            return _Comparison.ENOUGH
        raise board_errors.another_publisher(
            self.board.address, "It has a newer token than the session that is kept here."
        )


def generation_of(saved: SavedSession) -> int:
    """Return a session's generation; an old version may have saved it without one."""
    return saved.generation or int(saved.tokens.issued_at * 1000)


def _end_of(tokens: TokenSet) -> float:
    """Return when a token ends, in seconds since 1970.

    A session counts a token's lifetime from the moment when it was received, as the issuer's clock
    may differ. If both clocks agree, the token's own claim `exp` is used: the answer may have taken
    seconds, and workers without a board use a token until its end.
    """
    claimed = tokens.unverified_claims.get("exp")
    if isinstance(claimed, (int, float)) and 0 < tokens.expires_at - claimed < _LONGEST_DELAY:
        return float(claimed)
    return tokens.expires_at


def needs_person(error: OsduAuthError) -> bool:
    """Return whether a person has to sign in before a publisher has a token again."""
    return isinstance(error, (SessionEnded, SignInRequired))


def _point_of_renewal() -> float:
    """Return the part of its lifetime after which a token is renewed, each time another part."""
    return _EARLIEST + int.from_bytes(os.urandom(2), "big") / 0xFFFF * (_LATEST - _EARLIEST)


def _log(error: OsduAuthError | None) -> None:
    if error is None:
        logger().info("The publisher publishes again.")
    else:
        logger().warning("%s", error)
