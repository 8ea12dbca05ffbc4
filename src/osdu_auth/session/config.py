"""SessionConfig: the profile, the store and the credential of a session; each is made on first use.

It also reads the stored session, and takes the right to renew it.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

from osdu_auth.errors import SessionEnded, SignInRequired, StoreNotWritable, StoreUnavailable
from osdu_auth.fixes import Reader, Run
from osdu_auth.light_typing import TYPE_CHECKING, cast
from osdu_auth.log import is_trace_on, trace
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from osdu_auth.credentials.credential import Credential, IssuedTokens
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.resolve import FoundProfile
    from osdu_auth.stores.saved_session import EndMark, SavedSession
    from osdu_auth.stores.token_store import HeldSession, TokenStore

NOT_SIGNED_IN = "OA-S301"

_NO_PICKLE = "cannot be pickled; give workers session.for_workers(ttl) instead"


class SessionConfig:
    """The profile, the store and the credential of a session.

    Args:
        chosen: a profile or its name; None for the profile in force (`find_profile`).
        store: where the session is kept; None for the user's private files.
        credential: how the tokens are got; None for the profile's kind of sign-in.
        boto3: a `boto3.Session` or a `cognito-idp` client that calls the user pool; None for the
            profile's `transport`.
        clock: this machine's clock, in seconds since 1970.
    """

    def __init__(
        self,
        chosen: str | AnyProfile | FoundProfile | None,
        store: TokenStore | None,
        credential: Credential | None,
        boto3: object | None,
        clock: Callable[[], float],
    ) -> None:
        self.chosen = chosen
        self._given_store = store
        self._credential = self._given_credential = credential
        self._boto3 = boto3
        self._clock = clock
        self._found: FoundProfile | None = None
        self._store = store

    @property
    def found(self) -> FoundProfile:
        """The profile and how it was found; raises as `find_profile` does."""
        if self._found is None:
            from osdu_auth.profiles.resolve import FoundProfile, find_profile, given_profile

            chosen = self.chosen
            if chosen is None or isinstance(chosen, str):
                self._found = find_profile(chosen)
            elif isinstance(chosen, FoundProfile):
                given_profile(chosen.profile)
                self._found = chosen
            else:
                self._found = given_profile(chosen)
        return self._found

    @property
    def profile(self) -> AnyProfile:
        """The profile; raises as `find_profile` does."""
        found = self._found or self.found  # fast, as every call of an adapter needs it
        return found.profile

    @property
    def reader(self) -> Reader:
        """Who reads the errors of this session: a person at a shell, or a program."""
        from osdu_auth.profiles.profile import AnyProfile

        return Reader(
            # No name if the profile was not found: then the error is about that.
            None if self._found is None else self._found.profile.name,
            made_in_python=isinstance(self.chosen, AnyProfile),
            signs_in_itself=self._given_store is not None or self._given_credential is not None,
            in_browser=self._found is not None and self._found.profile.sign_in == "browser",
        )

    def trace(self, decision: str, *values: object) -> None:
        """Log a decision of the session if the trace is on (`osdu_auth.log`)."""
        if is_trace_on():
            trace("session %s: " + decision, self.profile.name, *values)

    @property
    def key(self) -> SessionKey:
        """The key of the session in the store."""
        return SessionKey(self.profile.name, self.credential.binding)

    @property
    def store(self) -> TokenStore:
        """Where the session is kept."""
        if self._store is None:
            from osdu_auth.stores.file import FileStore

            self._store = FileStore(
                settings_fingerprint=self.found.settings_fingerprint,
                require_sealed=self.profile.sealing == "required",
            )
        return self._store

    def peek(self) -> SavedSession | None:
        """Return the stored session without the right to change it; None if there is none.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        return self.store.peek(self.key)

    @contextmanager
    def open(self, patience: float | None = None) -> Iterator[HeldSession]:
        """Take the one right to renew the session; a store that is not writable can only be read.

        Args:
            patience: seconds to wait for another holder; None for the store's own limit.

        Raises:
            StoreUnavailable: another holder kept the right for too long.
        """
        with ExitStack() as stack:
            held: HeldSession
            try:
                held = stack.enter_context(self.store.open(self.key, patience))
            except StoreNotWritable as error:
                held = _ReadOnlySession(self, error)
            yield held

    def has_any(self) -> bool:
        """Return whether the store has a session, even one that cannot be read."""
        try:
            return self.peek() is not None
        except StoreUnavailable:
            return True

    def load(self) -> SavedSession:
        """Return the stored session, even if its token has expired.

        Raises:
            SignInRequired: the user is not signed in.
            SessionEnded: the issuer refused to renew it.
            StoreUnavailable: it cannot be read.
        """
        saved = self.require_session(self.peek())
        if saved.end_mark is not None:
            raise error_of_end(saved, self.profile.name)
        return saved

    def require_session(self, saved: SavedSession | None) -> SavedSession:
        """Return the session if there is one, and its settings are the profile's.

        Raises:
            SignInRequired: OA-S301: there is no session; OA-S302: it has other settings.
        """
        profile = self.profile
        if saved is None and not profile.needs_person:
            raise SignInRequired(
                f'No token of "{profile.name}" is kept.',
                code=NOT_SIGNED_IN,
                why="The profile is a service account: its next use gets a token, without a "
                "sign-in.",
                fix="To try that: " + Run("login", profile=profile.name),
            )
        if saved is None:
            raise SignInRequired(
                f'Not signed in to "{profile.name}".',
                code=NOT_SIGNED_IN,
                fix=Run("login", profile=profile.name),
            )
        if saved.binding != self.credential.binding:
            raise SignInRequired(
                f'The settings of "{profile.name}" have changed since its sign-in.',
                code="OA-S302",
                why="The saved session belongs to another user pool, issuer or app client, or has "
                "other scopes.",
                fix=Run("login", profile=profile.name),
            )
        return saved

    def issued_before(self) -> IssuedTokens | None:
        """Return what was issued to the last session of the same binding; None if there is none."""
        try:
            saved = self.peek()
        except StoreUnavailable:  # a sign-in replaces a session that cannot be read
            return None
        is_same = saved is not None and saved.binding == self.credential.binding
        return saved.issued if saved is not None and is_same else None

    def must_begin_without_person(self, stored: SavedSession | None) -> bool:
        """Return whether a new session is needed, and the credential needs no person for it."""
        credential = self.credential
        if credential.needs_person:
            return False
        return stored is None or stored.binding != credential.binding or stored.end_mark is not None

    @property
    def credential(self) -> Credential:
        """How the session gets its tokens."""
        if self._credential is None:
            from osdu_auth.credentials.kinds import credential_of

            self._credential = credential_of(self.profile, self._boto3, self._clock)
        return self._credential

    def reference(self) -> tuple[str | AnyProfile | None, TokenStore | None]:
        """Return the profile and the store, with which another process makes the same session.

        Raises:
            TypeError: another process could not make the same session.
        """
        from osdu_auth.profiles.references import holds_secret
        from osdu_auth.profiles.resolve import FoundProfile

        chosen = self.chosen
        if isinstance(chosen, FoundProfile):
            chosen = chosen.profile
        if not chosen and self._found is not None:
            chosen = self._found.profile.name
        if self._boto3 is not None:
            raise TypeError(f"a Session with a client of boto3 {_NO_PICKLE}")
        if self._given_credential is not None:
            raise TypeError(f"a Session with a credential of its own {_NO_PICKLE}")
        if (
            chosen is not None
            and not isinstance(chosen, str)
            and any(holds_secret(chosen.get(each)) for each in ("client_secret", "client_key"))
        ):
            raise TypeError(f"a Session whose profile holds a secret {_NO_PICKLE}")
        return chosen, self._given_store


class _ReadOnlySession:
    """A `HeldSession` of a store that is not writable: it can be read, and not saved.

    Args:
        config: the session's.
        error: why the store is not writable.
    """

    def __init__(self, config: SessionConfig, error: StoreNotWritable) -> None:
        self._error = error
        self.load = config.peek

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Raise why the store is not writable."""
        del session, instead_of
        self._raise()

    def delete(self) -> bool:
        """Raise why the store is not writable."""
        self._raise()

    def _raise(self) -> NoReturn:
        from copy import copy

        raise copy(self._error)


def error_of_end(saved: SavedSession, profile_name: str) -> SessionEnded:
    """Return the error of a session that is marked as ended."""
    mark = cast("EndMark", saved.end_mark)
    return SessionEnded(
        mark.what, code=mark.code, why=mark.why, fix=Run("login", profile=profile_name)
    )
