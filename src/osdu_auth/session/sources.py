"""Where a session's profile, store and credential come from; each is found on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.stores.fitness import require_session_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from osdu_auth.credentials import UserPoolCredential
    from osdu_auth.profiles.finding import FoundProfile
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.stores.token_store import SavedSession, TokenStore
    from osdu_auth.tokens import Device


class Sources:
    """What a session is made of.

    Args:
        chosen: the name of a profile, or a profile; None for the one that is in force.
        store: where the session is kept; None for the user's own private files.
        boto3: a `boto3.Session` or a `cognito-idp` client to speak to the user pool with.
        clock: this machine's clock, in seconds since 1970.
    """

    def __init__(
        self,
        chosen: str | Profile | None,
        store: TokenStore | None,
        boto3: object | None,
        clock: Callable[[], float],
    ) -> None:
        self.chosen = chosen
        self.given_store = store
        self.boto3 = boto3
        self._clock = clock
        self._found: FoundProfile | None = None
        self._store = store

    @property
    def found(self) -> FoundProfile:
        """The profile and how it was found; raises as `find_profile` does."""
        if self._found is None:
            from osdu_auth.profiles.finding import find_profile, given_profile

            chosen = self.chosen
            if chosen is None or isinstance(chosen, str):
                self._found = find_profile(chosen)
            else:
                self._found = given_profile(chosen)
        return self._found

    @property
    def settled(self) -> str | Profile | None:
        """What was chosen, or the name of what was found instead; None before that."""
        return self.chosen if self._found is None or self.chosen else self._found.profile.name

    @property
    def profile(self) -> Profile:
        """The profile; raises as `find_profile` does."""
        found = self._found or self.found  # every call of an adapter passes here
        return found.profile

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

    @property
    def credential(self) -> UserPoolCredential:
        """How the session gets its tokens."""
        from osdu_auth.credentials import UserPoolCredential

        return UserPoolCredential(self.profile, self.boto3, self._clock)

    def lock(self, patience: float | None = None) -> AbstractContextManager[None]:
        """Hold the one right to renew or replace the session; as of `TokenStore.lock`."""
        return self.store.lock(self.profile.name, patience)

    def load(self) -> SavedSession:
        """Return the session as it is kept, with whatever token it has.

        Raises:
            SignInRequired: nobody is signed in.
            StoreUnavailable: it cannot be read.
        """
        return require_session_of(self.profile, self.store.load(self.profile.name))

    def device_of(self, username: str) -> Device | None:
        """Return what the pool knows this computer as, if the same user signed in here last."""
        try:
            saved = self.store.load(self.profile.name)
        except StoreUnavailable:
            return None  # signing in is what mends a session that cannot be read
        if saved is None or saved.tokens.device is None or saved.username != username:
            return None
        if saved.pool_and_client != self.profile.pool_and_client:
            return None
        try:
            self.credential.require_issuer_of(saved)
        except ConfigurationError:
            return None  # another server knows nothing of it
        return saved.tokens.device
