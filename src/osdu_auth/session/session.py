"""Session: the moving part. It gives a fresh token, and is what a user of the library holds.

Most of this module is words: it is where all that one may do with a session is described, and the
work is done in the modules beside it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.adapters.auth import LibraryAuth
from osdu_auth.clocks import Clocks
from osdu_auth.errors import (
    ErrorsFor,
    NothingSent,
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreUnavailable,
)
from osdu_auth.log import logger
from osdu_auth.secret import Secret
from osdu_auth.session.config import SessionConfig
from osdu_auth.session.current import CurrentSession
from osdu_auth.session.demand import Demand, Wanted
from osdu_auth.session.events import KINDS, Listeners
from osdu_auth.session.renewer import Renewer
from osdu_auth.session.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.credentials.credential import Credential
    from osdu_auth.fixes import Reader
    from osdu_auth.fleet.board import Board
    from osdu_auth.fleet.publisher import Publisher
    from osdu_auth.oidc.questions import BrowserAnswers
    from osdu_auth.profiles.finding import FoundProfile
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.events import Kind, SessionEvent
    from osdu_auth.session.explanation import Tried
    from osdu_auth.session.state import User
    from osdu_auth.session.workers import WorkerSession
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import SessionKey, TokenStore


class SignedOut(NamedTuple):
    """What signing out came to.

    Args:
        was_signed_in: whether there was a session on this machine.
        revocation_error: why the pool could not end the session on its side; None if it did.
    """

    was_signed_in: bool
    revocation_error: OsduAuthError | None = None


class Session(LibraryAuth):
    """A signed-in user of one profile, who always has a fresh bearer token.

    It does nothing before it is used, and asks nobody anything unless it is told to. It may be used
    by any number of threads, tasks and event loops at once, and in forked processes. It is also
    what `requests` and `httpx` take as `auth=`.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.
        store: where the session is kept; None for the user's own private files.
        credential: how its tokens are got; None for the way that the profile names.
        boto3: a `boto3.Session` or a `cognito-idp` client to speak to the user pool with, as the
            short form of a credential that does.
        interactive: whether whoever sits at this terminal or notebook may be asked to sign in.
        clock: this machine's clock, in seconds since 1970.
        monotonic: a clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        profile: str | AnyProfile | FoundProfile | None = None,
        *,
        store: TokenStore | None = None,
        credential: Credential | None = None,
        boto3: object | None = None,
        interactive: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = SessionConfig(profile, store, credential, boto3, clock)
        self._listeners = Listeners()
        clocks = Clocks(clock, monotonic)
        self._current = CurrentSession(self._config, clocks, self._listeners)
        self._renewer = Renewer(self._config, self._current, clocks, self._listeners)
        self._interactive = interactive
        self._clock = clock

    def __repr__(self) -> str:
        chosen = self._config.chosen
        name = chosen if chosen is None or isinstance(chosen, str) else self.profile.name
        return f"Session({'' if name is None else repr(name)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - as it is called
        """Show in a notebook's cell, which asks for it by this name, whose session it is."""
        from osdu_auth.session.description import description_of

        del cycle  # it holds no other object
        printer.text(description_of(repr(self), self._config, self._current.state, self._clock()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait for a renewal that is under way, so that nothing is lost."""
        self._renewer.wait()

    def __reduce__(self) -> tuple[Callable[..., Session], tuple[object, ...]]:
        """Travel as a reference: where to find the session, whose it is, and no more of it.

        Raises:
            TypeError: it cannot be found from elsewhere, as its store is this process's memory, its
                profile holds a secret, or it speaks through a client of boto3.
        """
        return _session_at, (*self._config.reference(), self._current.state.user)

    def __copy__(self) -> Self:
        return self  # what is copied with it, such as an HTTP client, goes on as the same user

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def profile(self) -> AnyProfile:
        """The profile this session belongs to, found on first use.

        Raises:
            ConfigurationError: there is no such profile, or it is not fit for use.
        """
        return self._config.profile

    @property
    def found(self) -> FoundProfile:
        """The profile and how it was found; raises as `profile` does."""
        return self._config.found

    @property
    def reader(self) -> Reader:
        """Who reads its errors, and whether commands do for this session what a fix says."""
        return self._config.reader

    @property
    def store(self) -> TokenStore:
        """Where this session is kept."""
        return self._config.store

    @property
    def key(self) -> SessionKey:
        """Which session of its store it is."""
        return self._config.key

    @property
    def credential(self) -> Credential:
        """How this session gets its tokens."""
        return self._config.credential

    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a bearer token that is good now, and for some time more.

        In the last part of its life a token is renewed while it is used; only without a good one
        does the caller wait.

        Args:
            min_ttl: for how long at least: seconds, or a text such as `"20m"`.

        Raises:
            SignInRequired: nobody is signed in.
            SessionEnded: the pool will not renew the session; OA-S432: another user signed in
                meanwhile; OA-S433: it was ended elsewhere.
            Unreachable: a renewal was needed and the pool did not answer.
            UsageError: the app client's tokens do not live as long as `min_ttl`.
            ValueError: `min_ttl` is no duration.
        """
        # `min_ttl` is not by keyword alone: its default would be looked up at each call.
        begin, end, token = self._current.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return self._get(Demand(_seconds(min_ttl)))

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns; a renewal holds up this task, and not its event loop.

        Where a person is asked to sign in, the event loop waits for them as well.

        Raises:
            OsduAuthError: as of `token`.
        """
        begin, end, token = self._current.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return await self._aget(Demand(_seconds(min_ttl)))

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than one that the platform answered 401 to.

        Whoever was refused the same token is served by the same renewal. A token is returned as it
        is where it was refused as soon as it came, or for the reason for which the one before it
        was: a newer one would be refused as well.

        Args:
            refused: the token that was sent.
            reason: why it was refused, in any stable words.

        Raises:
            OsduAuthError: as of `token`.
        """
        held = self._renewer.current(Demand(other_than=refused))
        if held is not None:
            return held.token
        return self._get(Demand(other_than=refused, reason=reason, wanted=Wanted.FRESH))

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return what `token_instead_of` returns, and hold up this task alone.

        Raises:
            OsduAuthError: as of `token`.
        """
        held = self._renewer.current(Demand(other_than=refused))
        if held is not None:
            return held.token
        return await self._aget(Demand(other_than=refused, reason=reason, wanted=Wanted.FRESH))

    def sign_in(
        self,
        username: str,
        password: Secret | str | None,
        answer: Answers | BrowserAnswers | None = None,
        note: Callable[[str], None] | None = None,
        by: Credential | None = None,
    ) -> SavedSession:
        """Sign in, and keep the session.

        Args:
            username: as the user types it; an e-mail address where the pool allows it. In a browser
                it is who is expected, and "" where that is open.
            password: the user's password; None to be asked for it if it comes to that, and in a
                browser.
            answer: answers what the pool asks on the way, such as a new password, and our question
                whether the password itself may be sent where the pool refuses SRP; None where no
                person is there, which ends with `ChallengeUnanswered` if there is a question. In a
                browser it answers a `BrowserAddressQuestion` and an `OtherAccountQuestion`.
            note: is told what the user should know although it worked, such as that the password
                itself was sent; None to log that as a warning.
            by: another credential of the same issuer that begins this one session, such as
                `in_browser(session.profile)`; it goes on as the profile says.

        Raises:
            SignInRefused: the pool said no.
            ChallengeUnanswered: it asked something that was not, or cannot be, answered.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the pool did not answer.
            StoreUnavailable: the session could not be kept.
        """
        from osdu_auth.credentials.credential import SignInInput
        from osdu_auth.fixes import rendered
        from osdu_auth.stores.saved_session import SavedSession
        from osdu_auth.stores.token_store import last_generation_of

        if answer is None:
            from osdu_auth.cognito.challenges import nobody

            answer = nobody
        if isinstance(password, str):
            password = Secret(password)
        credential = self.credential
        given = SignInInput(username, password, answer)
        with ErrorsFor(self._config):
            issued = (by or credential).obtain(given, self._config.issued_before())
        for told in issued.notes:
            (note or _warn)(rendered(told, self.reader))
        with self._renewer.replacing() as held:
            former = self._config.former(held)
            last = last_generation_of(self.store, self.key)
            saved = SavedSession.begun(issued, credential.binding, self._clock(), former, last)
            held.save(saved)
            self._renewer.adopt_sign_in(saved)
        return saved

    def saved(self, *, min_ttl: float | str = 0.0) -> SavedSession:
        """Return the session with a token on the terms of `token()`, renewed here and now.

        It is for programs that end soon: nothing is left to be done meanwhile. A token that is
        still good is returned as it is where another process renews it, or the pool does not answer
        within seconds.

        Raises:
            OsduAuthError: as of `token()`.
        """
        return self._renewer.get(Demand(_seconds(min_ttl), wanted=Wanted.FRESH)).saved

    def renew(self) -> SavedSession:
        """Get a new token now, however fresh the present one is, and return the session.

        Raises:
            OsduAuthError: as of `token()`.
        """
        return self._renewer.get(Demand(wanted=Wanted.NEW)).saved

    def load(self) -> SavedSession:
        """Return the session as it is kept, with whatever token it has.

        Raises:
            SignInRequired: nobody is signed in.
            SessionEnded: OA-S432: another user is than the one as whom this was begun.
            StoreUnavailable: it cannot be read.
        """
        with ErrorsFor(self._config):
            saved = self._config.load()
            self._current.require_same_user(saved)
        return saved

    def sign_out(self) -> SignedOut:
        """End the session at the pool, and wipe it here whatever the pool answers.

        That of another user, who signed in elsewhere meanwhile, is left alone.

        Raises:
            ConfigurationError: OA-C726, OA-C728: another server than the one that issued it would
                be asked; nothing is sent, and the session is kept (`wipe` wipes it all the same).
            StoreUnavailable: it could not be wiped; `why` says whether the pool ended it.
        """
        revocation_error, ended, is_kept = None, "", False
        if not self._config.has_any():
            self._renewer.forget()
            return SignedOut(was_signed_in=False)
        with self._renewer.replacing() as held:
            try:
                saved = held.load()
                if saved is not None and not self._current.state.is_users(saved):
                    return SignedOut(was_signed_in=False)
                if saved is not None and saved.end_mark is None:
                    self.credential.revoke(saved.issued)
                    ended = " The user pool has ended it all the same."
            except OsduAuthError as error:
                is_kept = isinstance(error, NothingSent)
                if is_kept:
                    raise
                error.note_reader(self._config.reader)
                revocation_error = error
            finally:
                if not is_kept:
                    self._renewer.forget()
            try:
                return SignedOut(held.delete(), revocation_error)
            except StoreUnavailable as error:
                error.why += ended
                raise

    def wipe(self) -> bool:
        """Forget the session here, without a word to the pool; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        if not self._config.has_any():
            self._renewer.forget()
            return False
        with self._renewer.replacing() as held:
            self._renewer.forget()
            return held.delete()

    def renewal_fault(self) -> OsduAuthError | None:
        """Return why it cannot be renewed with the settings of the moment; None where it may be.

        The user pool is not asked: it may have reasons of its own.

        Raises:
            OsduAuthError: as of `load`.
        """
        from osdu_auth.session.explanation import renewal_fault

        return renewal_fault(self._config, self.load())

    def deadline(self) -> SessionDeadline | None:
        """Return when a person has to sign in again; None where nobody knows, or has to.

        Raises:
            SignInRequired: nobody is signed in.
            StoreUnavailable: the session cannot be read.
        """
        from osdu_auth.session.deadline import deadline_of

        if not self.profile.needs_person:
            return None
        return deadline_of(self.load(), self.profile, self._clock())

    def ensure(self, duration: float | str) -> None:
        """Refuse to begin what this session cannot outlive.

        Args:
            duration: how long it takes: seconds, or a text such as `"6h"`.

        Raises:
            SessionEnded: OA-S430: the session ends before.
            SignInRequired: nobody is signed in.
            ValueError: that is no duration.
        """
        from osdu_auth.durations import seconds_of
        from osdu_auth.session.deadline import require_time

        deadline = self.deadline()
        with ErrorsFor(self._config):
            require_time(deadline, seconds_of(duration), self._clock(), self.profile.name)

    def on(self, kind: Kind, listener: Callable[[SessionEvent], object]) -> Callable[[], None]:
        """Have a function called when something happens to this session.

        It is called in whichever thread it happens, after the locks are released; what it raises is
        logged.

        Args:
            kind: `"renewed"`, `"ending"` (a person has to sign in again soon) or `"ended"`.
            listener: is given a `SessionEvent`.

        Returns:
            A function that ends this.

        Raises:
            ValueError: there is no such kind.
            TypeError: that is no function, or one to be awaited.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
        from inspect import iscoroutinefunction

        given: object = listener
        if not callable(given) or iscoroutinefunction(given):
            raise TypeError("a listener is a function, and not an asynchronous one")
        return self._listeners.add(kind, listener)

    def explain(self) -> tuple[Tried, ...]:
        """Return what was tried to get a token, in order, and what came of it; nobody is asked."""
        from osdu_auth.session.explanation import explanation_of

        return explanation_of(self._config, self._clock())

    def for_workers(self, ttl: float | str) -> WorkerSession:
        """Return what other processes and machines may have: a token, and nothing to renew it by.

        Args:
            ttl: how long the work takes: seconds, or a text such as `"45m"`. The token is good for
                that long at least, and is refused loudly after its end.

        Raises:
            UsageError: OA-U201: no token of this app client lives that long.
            OsduAuthError: as of `token()`.
            ValueError: that is no duration.
        """
        from osdu_auth.session.workers import worker_session

        return worker_session(self.profile, self.saved(min_ttl=ttl))

    def share(self, board: str | Board | object, *, key: str | Secret | None = None) -> Publisher:
        """Keep a fresh access token on a board, for workers that have no session.

        The token is there when this returns. Workers read it by a `SharedTokenSource`; give them
        the publisher's `source`, or the board's address and the board key.

        Args:
            board: an address, such as `dir:/shared/osdu-board` or `rediss://host:6379/0`; a board
                of `osdu_auth.fleet`; or a Dask client.
            key: a reference to the board key, such as `file:/etc/osdu/board.key`, or the key; None
                for OSDU_AUTH_BOARD_KEY, else a private file that is made where it lacks.

        Returns:
            A publisher that goes on until it is closed, as at the end of a `with` block.

        Raises:
            BoardUnavailable: OA-W810 to OA-W818: the board does not take it.
            ConfigurationError: OA-W710 to OA-W713: board or key cannot be used.
            OsduAuthError: as of `token()`.
        """
        from osdu_auth.fleet.publisher import Publisher

        return Publisher(self, board, key=key, clock=self._clock).start()

    def _get(self, demand: Demand) -> Secret:
        """Get a token, if need be from a session that the person here is asked to sign in to."""
        try:
            return self._renewer.get(demand).token
        except (SignInRequired, SessionEnded):
            if not self._interactive:
                raise
        from osdu_auth.questions.signing_in import alone_with_the_person, sign_in_here

        with alone_with_the_person():
            try:
                return self._renewer.get(demand).token  # another thread had the person sign in
            except (SignInRequired, SessionEnded):
                sign_in_here(self)
                return self._renewer.get(demand).token

    async def _aget(self, demand: Demand) -> Secret:
        """Get a token as `_get` does; only this task waits, unless a person has to be asked."""
        try:
            return (await self._renewer.aget(demand)).token
        except (SignInRequired, SessionEnded):
            if not self._interactive:
                raise
        return self._get(demand)


def _session_at(
    chosen: str | AnyProfile | FoundProfile | None,
    store: TokenStore | None,
    user: User | None = None,
) -> Session:
    """Return the session that a reference leads to; it never asks a person anything.

    Args:
        chosen: the profile.
        store: the store; None for the user's own private files.
        user: whose session it was when the reference was made; None where that was open.
    """
    session = Session(chosen, store=store)
    session._current.state = State(user=user)  # noqa: SLF001 - of the same module
    return session


def _seconds(written: float | str) -> float:
    if written == 0:
        return 0.0
    from osdu_auth.durations import seconds_of

    return seconds_of(written)


def _warn(note: str) -> None:
    logger().warning("%s", note)
