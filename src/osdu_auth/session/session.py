"""Session: the object that a program uses to get a fresh token.

This module describes what a program can do with a session; the other modules of this folder do it.
"""

from __future__ import annotations

import time

from osdu_auth.adapters.auth import LibraryAuth
from osdu_auth.clocks import Clocks
from osdu_auth.errors import ErrorsWithReader, SessionEnded, SignInRequired
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.session.config import SessionConfig
from osdu_auth.session.current import CurrentSession
from osdu_auth.session.demand import Demand, Wanted, ttl_in_seconds
from osdu_auth.session.events import Listeners
from osdu_auth.session.renewer import Renewer
from osdu_auth.session.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.credentials.credential import Credential
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Reader
    from osdu_auth.fleet.board import Board
    from osdu_auth.fleet.publisher import Publisher
    from osdu_auth.oidc.questions import BrowserAnswers
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.resolve import FoundProfile
    from osdu_auth.secret import Secret
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.events import EventKind, SessionEvent
    from osdu_auth.session.explanation import Tried
    from osdu_auth.session.sign_in_and_out import SignedOut
    from osdu_auth.session.state import User
    from osdu_auth.session.workers import WorkerSession
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import SessionKey, TokenStore


class Session(LibraryAuth):
    """Gives fresh bearer tokens of one profile's user.

    A new object does nothing until it is used, and does not ask a person anything unless
    `interactive` is set. Any number of threads, tasks, event loops and forked processes may use one
    object at the same time. `requests` and `httpx` take it as `auth=`.

    Args:
        profile: a profile or its name; None for the profile in force.
        store: where the session is kept; None for the user's private files.
        credential: how its tokens are got; None for the profile's kind of sign-in.
        boto3: a `boto3.Session` or a `cognito-idp` client that calls the user pool; None for the
            profile's `transport`.
        interactive: whether the person at this terminal or notebook may be asked to sign in.
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
        """Show a line about the session in a notebook's cell; IPython calls this method."""
        from osdu_auth.session.explanation import description_of

        del cycle
        printer.text(description_of(repr(self), self._config, self._current.state, self._clock()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait for a running renewal, so that its token is saved."""
        self._renewer.wait()

    def __reduce__(self) -> tuple[Callable[..., Session], tuple[object, ...]]:
        """Pickle a reference to the session: its profile, its store and its user, but no token.

        Raises:
            TypeError: another process could not make the same session: its store is this process's
                memory, its profile holds a secret, or it has a client of boto3.
        """
        return _session_at, (*self._config.reference(), self._current.state.user)

    def __copy__(self) -> Self:
        return self  # a copied object, such as an HTTP client, shares the session

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def profile(self) -> AnyProfile:
        """The profile of this session, found on first use.

        Raises:
            ConfigurationError: there is no such profile, or it has a mistake.
        """
        return self._config.profile

    @property
    def found(self) -> FoundProfile:
        """The profile and how it was found; raises as `profile` does."""
        return self._config.found

    @property
    def reader(self) -> Reader:
        """Who reads its errors: a person at a shell, or a program."""
        return self._config.reader

    @property
    def store(self) -> TokenStore:
        """Where this session is kept."""
        return self._config.store

    @property
    def key(self) -> SessionKey:
        """The key of this session in its store."""
        return self._config.key

    @property
    def credential(self) -> Credential:
        """How this session gets its tokens."""
        return self._config.credential

    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a bearer token that is good for `min_ttl` more.

        In the last tenth of its life a token is returned at once, and renewed in the background.
        The caller waits for a renewal only if no good token is held.

        Args:
            min_ttl: for how long the token has to be good: seconds, or a text such as `"20m"`.

        Raises:
            SignInRequired: the user is not signed in.
            SessionEnded: the issuer refused to renew the session; OA-S432: another user has signed
                in; OA-S433: another program signed out.
            Unreachable: a renewal was needed, and the issuer did not answer.
            UsageError: OA-U201: no token of this app client is good for `min_ttl`.
            ValueError: `min_ttl` is not a duration.
        """
        # `min_ttl` is not keyword-only: Python would look its default up at each call.
        begin, end, token = self._current.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return self._get(Demand(ttl_in_seconds(min_ttl)))

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Do what `token` does; only this task waits for a renewal.

        If a person is asked to sign in, the event loop waits for the person.
        """
        begin, end, token = self._current.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return await self._aget(Demand(ttl_in_seconds(min_ttl)))

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than one that the platform answered 401 to.

        All callers with the same refused token share one renewal. If the platform refuses the new
        token too, at once or for the same reason, the same new token is returned again: another
        renewal would not help.

        Args:
            refused: the token that was sent.
            reason: why it was refused, in the same words each time; "" if that is not known.

        Raises:
            OsduAuthError: as `token` does.
        """
        held = self._renewer.get_from_memory(Demand(refused=refused))
        if held is not None:
            return held.token
        return self._get(Demand(refused=refused, reason=reason, wanted=Wanted.FRESH))

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Do what `token_instead_of` does; only this task waits."""
        held = self._renewer.get_from_memory(Demand(refused=refused))
        if held is not None:
            return held.token
        return await self._aget(Demand(refused=refused, reason=reason, wanted=Wanted.FRESH))

    def sign_in(
        self,
        username: str,
        password: Secret | str | None,
        answer: Answers | BrowserAnswers | None = None,
        note: Callable[[str], None] | None = None,
        by: Credential | None = None,
    ) -> SavedSession:
        """Sign in, and save the session.

        Args:
            username: as the user types it; an e-mail address if the pool allows it. For a browser
                it is the user who is expected, and "" accepts any user.
            password: the user's password; None for a browser, or to be asked for it if the pool
                wants it.
            answer: a function that answers the questions of the sign-in: for a new password, for
                example, or whether the password itself may be sent if the pool refuses SRP. For a
                browser it answers a `BrowserAddressQuestion` and an `OtherAccountQuestion`. None
                if no person is there: a question then raises `ChallengeUnanswered`.
            note: called with what the user should know although the sign-in worked, such as that
                the password itself was sent; None to log that as a warning.
            by: another credential of the same issuer for this sign-in, such as
                `in_browser(session.profile)`; renewals use the profile's own credential.

        Raises:
            SignInRefused: the issuer refused the sign-in.
            ChallengeUnanswered: a question was not answered, or cannot be answered.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the issuer did not answer.
            StoreUnavailable: the session could not be saved.
        """
        from osdu_auth.session.sign_in_and_out import sign_in

        person = (username, password, answer)
        return sign_in(self._config, self._renewer, by, person, note, self._clock)

    def saved(self, *, min_ttl: float | str = 0.0) -> SavedSession:
        """Return the session with a fresh token; no renewal is left to the background.

        It is for programs that end soon. A token that is good but not fresh is returned as it is if
        another process renews it, or if the issuer does not answer within seconds.

        Raises:
            OsduAuthError: as `token` does.
        """
        return self._renewer.get(Demand(ttl_in_seconds(min_ttl), wanted=Wanted.FRESH)).saved

    def renew(self) -> SavedSession:
        """Get a new token now, even if the present one is fresh, and return the session.

        Raises:
            OsduAuthError: as `token` does.
        """
        return self._renewer.get(Demand(wanted=Wanted.NEW)).saved

    def load(self) -> SavedSession:
        """Return the stored session, even if its token has expired.

        Raises:
            SignInRequired: the user is not signed in.
            SessionEnded: OA-S432: another user has signed in.
            StoreUnavailable: it cannot be read.
        """
        with ErrorsWithReader(self._config):
            saved = self._config.load()
            self._current.require_same_user(saved)
        return saved

    def sign_out(self) -> SignedOut:
        """End the session at the issuer, and wipe it here even if the issuer refuses.

        If another user has signed in, their session is not changed.

        Raises:
            ConfigurationError: OA-C726, OA-C728: the request would go to another server than the
                issuer; nothing is sent, and the session is kept (`wipe` removes it).
            StoreUnavailable: it could not be wiped; `why` says whether the issuer ended it.
        """
        from osdu_auth.session.sign_in_and_out import sign_out

        return sign_out(self._config, self._renewer, self._current)

    def wipe(self) -> bool:
        """Wipe the session here, without a request to the issuer; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        from osdu_auth.session.sign_in_and_out import wipe

        return wipe(self._config, self._renewer)

    def renewal_fault(self) -> OsduAuthError | None:
        """Return why it cannot be renewed with the present settings; None if it may be renewed.

        The issuer is not asked, and may refuse for other reasons.

        Raises:
            OsduAuthError: as `load` does.
        """
        from osdu_auth.session.explanation import renewal_fault

        return renewal_fault(self._config, self.load())

    def deadline(self) -> SessionDeadline | None:
        """Return when a person has to sign in again; None if that is not known or not needed.

        Raises:
            SignInRequired: the user is not signed in.
            StoreUnavailable: the session cannot be read.
        """
        from osdu_auth.session.deadline import deadline_of

        if not self.profile.needs_person:
            return None
        return deadline_of(self.load(), self.profile, self._clock())

    def ensure(self, duration: float | str) -> None:
        """Refuse a job that takes longer than this session lasts.

        Args:
            duration: how long the job takes: seconds, or a text such as `"6h"`.

        Raises:
            SessionEnded: OA-S430: the session ends before the job.
            SignInRequired: the user is not signed in.
            ValueError: `duration` is not a duration.
        """
        from osdu_auth.durations import seconds_of
        from osdu_auth.session.deadline import require_time

        deadline = self.deadline()
        with ErrorsWithReader(self._config):
            require_time(deadline, seconds_of(duration), self._clock(), self.profile.name)

    def on(self, kind: EventKind, listener: Callable[[SessionEvent], object]) -> Callable[[], None]:
        """Call a function when an event of this session happens.

        It is called in the thread of the event, after the locks are released. What it raises is
        logged.

        Args:
            kind: `"renewed"`, `"ending"` (a person has to sign in again soon) or `"ended"`.
            listener: called with a `SessionEvent`.

        Returns:
            A function that removes the listener.

        Raises:
            ValueError: there is no such kind.
            TypeError: the listener is not a function, or it is asynchronous.
        """
        return self._listeners.add(kind, listener)

    def explain(self) -> tuple[Tried, ...]:
        """Return what is tried to get a token, in order, with the results.

        Nothing is renewed, and no person is asked.
        """
        from osdu_auth.session.explanation import explanation_of

        return explanation_of(self._config, self._clock())

    def for_workers(self, ttl: float | str) -> WorkerSession:
        """Return a token source for other processes and machines, which cannot renew its token.

        Args:
            ttl: how long the work takes: seconds, or a text such as `"45m"`. The token is good for
                that long at least; after its end the worker gets an error.

        Raises:
            UsageError: OA-U201: no token of this app client is good for so long.
            OsduAuthError: as `token` does.
            ValueError: `ttl` is not a duration.
        """
        from osdu_auth.session.workers import worker_session

        return worker_session(self.profile, self.saved(min_ttl=ttl))

    def share(self, board: str | Board | object, *, key: str | Secret | None = None) -> Publisher:
        """Put a fresh access token on a board, again and again, for workers without a session.

        The first token is there when this returns. Workers read it with a `SharedTokenSource`; give
        them the publisher's `source`, or the board's address and the board key.

        Args:
            board: an address, such as `dir:/shared/osdu-board` or `rediss://host:6379/0`; a board
                of `osdu_auth.fleet`; or a Dask client.
            key: a reference to the board key, such as `file:/etc/osdu/board.key`, or the key; None
                for OSDU_AUTH_BOARD_KEY, or else for a private file, which is made if it is missing.

        Returns:
            A publisher that runs until it is closed, for example by the end of a `with` block.

        Raises:
            BoardUnavailable: OA-W810 to OA-W818: the board does not take it.
            ConfigurationError: OA-W710 to OA-W713: the board or the key cannot be used.
            OsduAuthError: as `token` does.
        """
        from osdu_auth.fleet.publisher import Publisher

        return Publisher(self, board, key=key, clock=self._clock).start()

    def _get(self, demand: Demand) -> Secret:
        """Get a token; if a sign-in is needed and `interactive` is set, ask the person for it."""
        try:
            return self._renewer.get(demand).token
        except (SignInRequired, SessionEnded):
            if not self._interactive:
                raise
        from osdu_auth.prompts.sign_in import prompt_lock, sign_in_interactively

        with prompt_lock():
            try:
                return self._renewer.get(demand).token  # another thread may have asked the person
            except (SignInRequired, SessionEnded):
                sign_in_interactively(self)
                return self._renewer.get(demand).token

    async def _aget(self, demand: Demand) -> Secret:
        """Do what `_get` does; only this task waits, unless a person has to be asked."""
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
    """Return the session of a pickled reference; it does not ask a person anything."""
    session = Session(chosen, store=store)
    session._current.state = State(user=user)  # noqa: SLF001 - of the same module
    return session
