"""TokenStore: the port that every place for sessions implements, and the value that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


@dataclass(frozen=True)
class SavedSession:
    """What outlives a process: the newest tokens, and how they came to be.

    Args:
        tokens: the newest token set.
        username: who signed in, as typed.
        signed_in_at: when a person last signed in, in seconds since 1970.
        pool_and_client: what the session belongs to (`Profile.pool_and_client`).
        unknown: what a later version kept with this sign-in, as JSON; it comes along in renewals.
        subject: the issuer's own stable name of the user, which lasts as long as the sign-in; None
            for that of the tokens, as in the sessions of before it was kept.
        pool_address: the address of the user pool's API that issued it; None where it was not kept.
    """

    tokens: TokenSet
    username: str
    signed_in_at: float
    pool_and_client: str
    unknown: Secret | None = field(default=None, compare=False, repr=False)
    subject: str | None = None
    pool_address: str | None = None

    def __post_init__(self) -> None:
        if self.subject is None:
            object.__setattr__(self, "subject", self.tokens.unverified_subject)

    def to_secret(self) -> Secret:
        """Return all that is to be kept as one text, for stores that keep texts."""
        import json

        from osdu_auth.secret import Secret
        from osdu_auth.stores.session_members import members

        return Secret(json.dumps(members(self)))

    @classmethod
    def from_secret(cls, kept: Secret) -> SavedSession:
        """Return the session of a text that `to_secret` gave, of this version or another.

        Raises:
            ValueError: it is no such text.
        """
        import json

        from osdu_auth.stores.session_members import session_of

        try:
            return session_of(json.loads(kept.reveal()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("this is not the text of a session") from None


class StorageLevel(NamedTuple):
    """How well a store keeps the month-long part of a session.

    Args:
        sealed: whether the key that seals it lies outside the store's own folder.
        description: the same in words, for `status`: what is kept where, and under which key.
    """

    sealed: bool
    description: str


class TokenStore(Protocol):
    """Where sessions are kept, one for each profile name."""

    def load(self, profile_name: str) -> SavedSession | None:
        """Return the session of that profile, None where there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read.
        """

    def save(self, profile_name: str, session: SavedSession) -> None:
        """Keep a session, whole or not at all, in place of the profile's former one.

        Raises:
            StoreUnavailable: it could not be written; the former one is still there.
        """

    def delete(self, profile_name: str) -> bool:
        """Wipe the session of that profile; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """

    def lock(
        self, profile_name: str, patience: float | None = None
    ) -> AbstractContextManager[None]:
        """Hold the one right to renew or replace that profile's session, across processes.

        Its holder, a thread, may take it again; `save` and `delete` do.

        Args:
            profile_name: whose session.
            patience: seconds to wait for another holder; None for as long as this store waits.

        Raises:
            StoreUnavailable: somebody else held it for too long.
        """

    def level(self, profile_name: str | None = None) -> StorageLevel:
        """Say how well the month-long part is kept; this may take as long as a key store takes.

        Args:
            profile_name: whose session; None for one that is still to be saved.

        Raises:
            StoreUnavailable: it cannot be said.
        """
