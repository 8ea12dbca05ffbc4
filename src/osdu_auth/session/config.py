"""SessionConfig: a session's profile, store and credential; each is found on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from osdu_auth.errors import SessionEnded, SignInRequired, StoreUnavailable
from osdu_auth.fixes import Reader, Run
from osdu_auth.log import is_traced, trace
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.credentials.credential import Credential, IssuedTokens
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.resolve import FoundProfile
    from osdu_auth.stores.saved_session import EndMark, SavedSession
    from osdu_auth.stores.token_store import HeldSession, TokenStore

NOT_SIGNED_IN = "OA-S301"

_INSTEAD = "give workers session.for_workers(ttl) instead"


class SessionConfig:
    """What a session is made of.

    Args:
        chosen: the name of a profile, or a profile, given or found; None for the one in force.
        store: where the session is kept; None for the user's own private files.
        credential: how the tokens are got; None for the way that the profile names.
        boto3: a `boto3.Session` or a `cognito-idp` client to speak to the user pool with.
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
        found = self._found or self.found  # every call of an adapter passes here
        return found.profile

    @property
    def reader(self) -> Reader:
        """Who reads the errors of this session: a person at a shell, or a program.

        A profile that could not be found is what the error is about.
        """
        from osdu_auth.profiles.profile import AnyProfile

        return Reader(
            None if self._found is None else self._found.profile.name,
            made_in_python=isinstance(self.chosen, AnyProfile),
            signs_in_itself=self._given_store is not None or self._given_credential is not None,
            in_browser=self._found is not None and self._found.profile.sign_in == "browser",
        )

    def trace(self, decision: str, *values: object) -> None:
        """Say a decision of the session, where the trace is asked for (`osdu_auth.log`)."""
        if is_traced():
            trace("session %s: " + decision, self.profile.name, *values)

    @property
    def key(self) -> SessionKey:
        """Which session of the store it is."""
        return SessionKey(self.profile.name, self.credential.binding)

    @property
    def store(self) -> TokenStore:
        """Where the session is kept."""
        if self._store is None:
            from osdu_auth.stores.file import FileStore

            self._store = FileStore(
                settings_stamp=self.found.settings_stamp,
                require_sealed=self.profile.sealing == "required",
            )
        return self._store

    def peek(self) -> SavedSession | None:
        """Return what the store has, None where it has nothing.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        return self.store.peek(self.key)

    def has_any(self) -> bool:
        """Say whether the store has a session, be it one that cannot be read."""
        try:
            return self.peek() is not None
        except StoreUnavailable:
            return True

    def load(self) -> SavedSession:
        """Return the session as it is stored, with whatever token it has.

        Raises:
            SignInRequired: the user is not signed in.
            SessionEnded: the issuer refused to renew it.
            StoreUnavailable: it cannot be read.
        """
        saved = self.require_session(self.peek())
        if saved.end_mark is not None:
            raise ended_by(saved, self.profile.name)
        return saved

    def require_session(self, saved: SavedSession | None) -> SavedSession:
        """Return the session if there is one, and it is one of the profile as it is set now.

        Raises:
            SignInRequired: OA-S301: there is none; OA-S302: it is one of other settings.
        """
        profile = self.profile
        if saved is None and not profile.needs_person:
            raise SignInRequired(
                f'No token of "{profile.name}" is kept.',
                code=NOT_SIGNED_IN,
                why="It is a service account's: the next use gets one, without a sign-in.",
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
                f'The saved session is not one of "{profile.name}" as it is set now.',
                code="OA-S302",
                why="It was made at another user pool or issuer, with another app client, or with "
                "other scopes.",
                fix=Run("login", profile=profile.name),
            )
        return saved

    def issued_before(self) -> IssuedTokens | None:
        """Return what was issued to the last session of the same binding; None where nothing was.

        Signing in is what mends a session that cannot be read.
        """
        try:
            saved = self.peek()
        except StoreUnavailable:
            return None
        is_same = saved is not None and saved.binding == self.credential.binding
        return saved.issued if saved is not None and is_same else None

    @staticmethod
    def former(held: HeldSession) -> SavedSession | None:
        """Return the session that a sign-in replaces; None where it cannot be read."""
        try:
            return held.load()
        except StoreUnavailable:
            return None

    def begins_itself(self, stored: SavedSession | None) -> bool:
        """Say whether a new session is to be begun, and can be without a person."""
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
        """Return what makes the same session in another process of this user: profile and store.

        Raises:
            TypeError: it cannot be found from elsewhere.
        """
        from osdu_auth.profiles.references import holds_secret
        from osdu_auth.profiles.resolve import FoundProfile

        chosen = self.chosen
        if isinstance(chosen, FoundProfile):
            chosen = chosen.profile
        if not chosen and self._found is not None:
            chosen = self._found.profile.name
        if self._boto3 is not None:
            raise TypeError(f"a Session that speaks through boto3 does not travel; {_INSTEAD}")
        if self._given_credential is not None:
            raise TypeError(f"a Session that was given a credential does not travel; {_INSTEAD}")
        if (
            chosen is not None
            and not isinstance(chosen, str)
            and any(holds_secret(chosen.get(each)) for each in ("client_secret", "client_key"))
        ):
            raise TypeError(f"a Session whose profile holds a secret does not travel; {_INSTEAD}")
        return chosen, self._given_store


def ended_by(saved: SavedSession, profile_name: str) -> SessionEnded:
    """Return the error of a session that carries the mark of its end."""
    mark = cast("EndMark", saved.end_mark)
    return SessionEnded(
        mark.what, code=mark.code, why=mark.why, fix=Run("login", profile=profile_name)
    )
