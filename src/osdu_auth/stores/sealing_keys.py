"""SealingKeys: finds or makes the key that seals this user's sessions.

The key is in the OS key store, or in a private file if no key store is usable. Each session names
the kind of key that sealed it. Invariants:

- A key that was made in one place is used as long as it is there. So no session becomes unreadable,
  and no session is sealed by a weaker key without a message.
- A key that other users could have changed is not used, and is replaced by a new one.
- If sealing is required, a key in a file never seals a new session.
- A session with nothing but an access token is not sealed: no key is made or read for it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from osdu_auth.errors import StoreUnavailable
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Export, Remove, Run
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.secret import Secret
from osdu_auth.stores.os_errors import CHANGEABLE, translate_os_errors
from osdu_auth.stores.sealing import NO_KEY, Key, is_key, new_key
from osdu_auth.stores.token_store import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.private_files import PrivateFolder
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.state_folder import StateFolder

KEY_FILE = "key"
KEY_LOCK = "key.lock"
ENTRY = "key of saved sessions"  # with blanks, which a client secret's entry cannot have
IN_KEY_STORE = "os-key-store"
IN_FILE = "key-file"

_CANNOT_BE_MADE = "The key of the saved sessions cannot be made"
_PATIENCE = 30.0  # seconds; to make a key takes two calls of a key store at most


class SealingKeys:
    """The keys of one state folder.

    Args:
        folder: the folder of the key file.
        require_sealed: whether only the OS key store's key may seal a new session.
    """

    def __init__(self, folder: StateFolder, *, require_sealed: bool) -> None:
        self._path = os.path.join(folder.path, KEY_FILE)
        self._require_sealed = require_sealed
        # Kept, as a call of the OS key store takes a tenth of a second; a file is read each time.
        self._of_key_store: Key | None = None
        self._key_store = ""

    def for_saving(
        self, folder: PrivateFolder, session: SavedSession, read: Key | None = None
    ) -> Key:
        """Return the key that seals a session; make one if there is none.

        Args:
            folder: the state folder, open.
            session: the session.
            read: the key that has just opened the former session; None if there was no session.

        Raises:
            StoreUnavailable: OA-F815: sealing is required and no OS key store is usable; or a key
                cannot be read or made.
        """
        key = None
        if not self._require_sealed:
            if session.is_access_token_alone:
                return NO_KEY
            is_of_file = read is not None and read.kind == IN_FILE
            key = read if is_of_file else self._from_trusted_file(folder)
        return key or self._from_key_store_if_usable(folder) or self._from_new_file(folder)

    def for_reading(self, kind: str, profile_name: str, folder: PrivateFolder) -> Key:
        """Return the key of that kind.

        Args:
            kind: the kind of key that the session names.
            profile_name: the session's profile, for error messages.
            folder: the state folder, open.

        Raises:
            StoreUnavailable: OA-F809: other users could have changed the key; OA-F813: the OS key
                store cannot be used now; OA-F814: the key is gone.
        """
        if kind == NO_KEY.kind:
            return NO_KEY
        key = self._from_file(folder, profile_name) if kind == IN_FILE else self._of_key_store
        if kind == IN_KEY_STORE and key is None:
            try:
                key = self._ask_key_store(make=False)
            except StoreUnavailable as error:
                raise _key_store_unusable(error, profile_name) from None
        if key is None:
            raise StoreUnavailable(
                f'The key that sealed the session of "{profile_name}" is gone.',
                code="OA-F814",
                why="It was removed, or belongs to another user or machine.",
                fix=Run("login", profile=profile_name),
            )
        return key

    def level(self, kind: str | None = None) -> StorageLevel:
        """Return where a key is kept, or would be.

        It takes microseconds with a key file, or if no key store can exist. Otherwise it takes one
        call of the key store, a tenth of a second to three seconds, once for each `SealingKeys`.

        Args:
            kind: of the key that sealed a session; None for the key of new sessions.
        """
        if kind == NO_KEY.kind:
            described = "private file · it holds the access token alone, so nothing is sealed"
            return StorageLevel(sealed=False, description=described)
        in_file = os.path.lexists(self._path) and not self._require_sealed
        if kind == IN_FILE or (kind is None and in_file):
            return StorageLevel(
                sealed=False,
                description="private file · its key is next to it, made when no OS key store "
                "was usable",
            )
        if self._of_key_store or self._is_key_store_usable():
            described = f"sealed file · key in the OS key store ({self._key_store})"
            return StorageLevel(sealed=True, description=described)
        if kind == IN_KEY_STORE:
            described = "sealed file · key in the OS key store, which cannot be used now"
            return StorageLevel(sealed=True, description=described)
        described = "private file · its key is next to it, as no OS key store is usable here"
        if self._require_sealed:
            described = "nothing is kept: an OS key store is required, and none is usable here"
            return StorageLevel(sealed=False, description=described)
        better = (
            "An OS key store is better, such as GNOME Keyring or KWallet of a desktop session. "
            "When it runs: " + Remove(self._path).then(Run("login"))
        )
        return StorageLevel(sealed=False, description=described, better=better)

    def _from_file(self, folder: PrivateFolder, profile_name: str | None = None) -> Key | None:
        what_fails = "The key of the saved sessions cannot be read"
        with translate_os_errors(what_fails, self._path, profile_name=profile_name):
            return _key(folder.read(KEY_FILE, self._advice_for_known_key))

    def _advice_for_known_key(self) -> str:
        return (
            "Other users may know the key of the saved sessions. To get a new one, sign in to each "
            f"profile again after: {Remove(self._path)}"
        )

    def _from_trusted_file(self, folder: PrivateFolder) -> Key | None:
        """Return the key of the file; remove a key that other users could have changed."""
        try:
            return self._from_file(folder)
        except StoreUnavailable as error:
            if error.code != CHANGEABLE:
                raise
        with self._locked(folder):
            try:  # again, as another process may have made a new one
                return self._from_file(folder)
            except StoreUnavailable as error:
                if error.code != CHANGEABLE:
                    raise
            folder.remove(KEY_FILE)
        return None

    @contextmanager
    def _locked(self, folder: PrivateFolder) -> Iterator[None]:
        """Hold the one right to make a key."""
        with (
            translate_os_errors(_CANNOT_BE_MADE, self._path, writing=True),
            FileLock(folder, KEY_LOCK, _PATIENCE),
        ):
            yield

    def _from_new_file(self, folder: PrivateFolder) -> Key:
        with self._locked(folder):
            key = _key(folder.read(KEY_FILE))  # again, as another process may have made one
            if key is None:
                key = new_key(IN_FILE)
                folder.replace(KEY_FILE, key.value.reveal().encode() + b"\n")
            return key

    def _from_key_store_if_usable(self, folder: PrivateFolder) -> Key | None:
        if self._of_key_store:
            return self._of_key_store
        from osdu_auth.key_store import can_exist

        try:
            if not can_exist():
                return self._ask_key_store(make=False)  # it raises why there is none
            with self._locked(folder):
                return self._ask_key_store(make=True)
        except StoreUnavailable as error:
            if self._require_sealed:
                raise sealing_required(f"{error.what} {error.why}".strip()) from None
            return None

    def _ask_key_store(self, *, make: bool) -> Key | None:
        from osdu_auth import key_store

        answer = key_store.read(ENTRY)
        if make and not (answer.value and is_key(answer.value.reveal())):
            answer = key_store.write(ENTRY, new_key(IN_KEY_STORE).value)
        self._key_store = answer.key_store
        if answer.value and is_key(answer.value.reveal()):
            self._of_key_store = Key(IN_KEY_STORE, answer.value)
        return self._of_key_store

    def _is_key_store_usable(self) -> bool:
        try:
            self._ask_key_store(make=False)
        except StoreUnavailable:
            return False
        return True


def _key(content: bytes | None) -> Key | None:
    text = (content or b"").strip().decode("ascii", "replace")
    return Key(IN_FILE, Secret(text)) if is_key(text) else None


def sealing_required(why: str) -> StoreUnavailable:
    """Return the error of a profile that requires an OS key store, if none is usable.

    Args:
        why: why none is usable, as a sentence.
    """
    return StoreUnavailable(
        "Nothing was saved, as this profile requires an OS key store.",
        code="OA-F815",
        why=why,
        fix='Make a key store usable, or set store.sealed = "preferred" in the profile.',
    )


def _key_store_unusable(error: StoreUnavailable, profile_name: str) -> StoreUnavailable:
    from osdu_auth.key_store import KEY_STORE_VARIABLE

    return StoreUnavailable(
        f'The session of "{profile_name}" is sealed by the OS key store, which cannot be used now.',
        code="OA-F813",
        why=f"{error.what} {error.why} The session is kept.".replace("  ", " "),
        fix="Unlock the key store and try again; or sign in again, with the key in a file: "
        + Export(KEY_STORE_VARIABLE, "off").then(Run("login", profile=profile_name)),
    )
