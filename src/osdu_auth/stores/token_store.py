"""TokenStore: the port of all places where sessions are kept."""

from __future__ import annotations

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from osdu_auth.fixes import Fix
    from osdu_auth.stores.saved_session import SavedSession


class SessionKey(NamedTuple):
    """Identifies a session in a store.

    Args:
        profile: the profile's name.
        binding: all settings of the profile that change its tokens, as one text.
    """

    profile: str
    binding: str = ""

    @property
    def text(self) -> str:
        """The key as one word: the name, and a digest of the binding.

        It is for stores that several machines share, where one name may have two profiles.
        """
        from hashlib import sha256

        return f"{self.profile}-{sha256(self.binding.encode()).hexdigest()[:16]}"


class StorageLevel(NamedTuple):
    """How well a store keeps the month-long part of a session.

    Args:
        sealed: whether the key that seals it is kept outside the store's own folder.
        description: in words, for `status`: what is kept where, and under which key.
        better: what the user could do to keep it better, as a sentence; "" for nothing.
    """

    sealed: bool
    description: str
    better: str | Fix = ""


class HeldSession(Protocol):
    """The right to renew or replace one session, during a `with` block of `TokenStore.open`."""

    def load(self) -> SavedSession | None:
        """Return the session; None if there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read.
        """

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Save a session in place of the former one, completely or not at all.

        Args:
            session: the session.
            instead_of: the session that must still be stored, as `load` returned it; None to save
                over anything, as a sign-in does.

        Raises:
            StoreConflict: another session is stored, or none.
            StoreUnavailable: it could not be written; the former one is still stored.
        """

    def delete(self) -> bool:
        """Wipe the session; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """


class TokenStore(Protocol):
    """Where sessions are kept; it may also have the methods of `LevelStore`, `GenerationStore`."""

    def peek(self, key: SessionKey) -> SavedSession | None:
        """Return a session without the right to change it; None if there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read.
        """

    def open(
        self, key: SessionKey, patience: float | None = None
    ) -> AbstractContextManager[HeldSession]:
        """Hold the one right to renew or replace a session, among all users of the store.

        Args:
            key: which session.
            patience: seconds to wait for another holder; None for this store's own limit.

        Raises:
            StoreNotWritable: the store cannot be written.
            StoreUnavailable: another holder kept the right for too long.
        """


class HeldSessionWithNotes(Protocol):
    """A `HeldSession` that can leave a note for the processes that wait for the same right."""

    def leave_note(self, note: str) -> None:
        """Leave a note in place of the former note; the note may be lost.

        Args:
            note: a text without a secret.
        """

    def note_left_while_waiting(self) -> str | None:
        """Return the note that was left while this holder waited, under the same settings.

        Return None if no note was left, or if this holder began to wait after it.
        """


class LevelStore(Protocol):
    """A store that says how well it keeps sessions; `login` and `status` show it."""

    def level(self, key: SessionKey | None = None) -> StorageLevel:
        """Return how well the month-long part is kept; this may call a key store, which is slow.

        Args:
            key: which session; None for a session that is not saved yet.

        Raises:
            StoreUnavailable: that cannot be found out.
        """


class GenerationStore(Protocol):
    """A store that remembers the generation of a session after its sign-out."""

    def last_generation(self, key: SessionKey) -> int:
        """Return the generation of the last sign-out; 0 if there was none.

        Args:
            key: which session.
        """


def note_left_while_waiting(right: HeldSession) -> str | None:
    """Return the note that was left while a holder waited; None if the store has no notes."""
    if not hasattr(right, "note_left_while_waiting"):
        return None
    return cast("HeldSessionWithNotes", right).note_left_while_waiting()


def last_generation_of(store: TokenStore, key: SessionKey) -> int:
    """Return the generation of the last sign-out; 0 if the store does not know it."""
    if not hasattr(store, "last_generation"):
        return 0
    return cast("GenerationStore", store).last_generation(key)


def level_of(store: TokenStore, key: SessionKey | None = None) -> StorageLevel:
    """Return how well a store keeps a session; as for `LevelStore.level`."""
    if hasattr(store, "level"):
        return cast("LevelStore", store).level(key)
    return StorageLevel(sealed=False, description=f"in a store of your own: {store!r}")
