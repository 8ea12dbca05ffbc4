"""SharedKeyCopy: one key set on disk for all processes of a user, so that they fetch it once.

Invariant: a copy has the issuer, the address and the time of its fetch. It is used only if it has
the expected issuer and address, if only this user can read and write the file, and if only this
user can write the folder. Any other file is ignored without an error.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError
from osdu_auth.file_lock import FileLock
from osdu_auth.private_files import NotPrivate, PrivateFolder
from osdu_auth.verification.keys.key_set import KEY_SET_LIMIT
from osdu_auth.wire.json_reader import strict_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.verification.keys.key_fetching import KeySetAddress

FORMAT = 1

_PATIENCE = 12.0  # seconds: a little longer than another process's fetch


@dataclass(frozen=True)
class FetchedKeySet:
    """A key set as it was published.

    Args:
        jwks: from strictly parsed JSON.
        fetched_at: seconds since 1970.
    """

    jwks: dict[str, Any]
    fetched_at: float


@dataclass(frozen=True)
class SharedKeyCopy:
    """The copy of one issuer's key set in a folder.

    Args:
        folder: the user's own folder, which is made if it does not exist.
        address: the address of the key set.
    """

    folder: str
    address: KeySetAddress

    def read(self) -> FetchedKeySet | None:
        """Return the copy; None if there is no copy, or if it cannot be trusted."""
        try:
            with PrivateFolder(self.folder, closes_to_others=False) as folder:
                content = folder.read(self._name) or b""
            return (
                self._fetched_in(strict_value(content))
                if len(content) < 2 * KEY_SET_LIMIT
                else None
            )
        except (OSError, ValueError, NotPrivate):
            return None

    def fetch_once(
        self, fetch: Callable[[], FetchedKeySet], is_new_enough: Callable[[FetchedKeySet], bool]
    ) -> FetchedKeySet:
        """Return a key set that another process has just fetched, or fetch and save it.

        Args:
            fetch: fetches the key set.
            is_new_enough: says whether a copy is new enough to be used.

        Raises:
            KeysUnavailable: as for `fetch`.
        """
        try:
            with (
                PrivateFolder(self.folder, make=True, closes_to_others=False) as folder,
                FileLock(folder, f"{self._name}.lock", _PATIENCE),
            ):
                copy = self.read()
                if copy is None or not is_new_enough(copy):
                    copy = fetch()
                    with suppress(OSError, NotPrivate):
                        self._write(folder, copy)
                return copy
        except (OSError, NotPrivate):  # the keys can be fetched without a copy
            return fetch()

    @property
    def _name(self) -> str:
        """The file's name: a digest, since a name made from a URL could lead to another folder."""
        identity = f"{self.address.issuer}\n{self.address.jwks_uri}"
        return f"keys-{sha256(identity.encode()).hexdigest()[:32]}.json"

    def _write(self, folder: PrivateFolder, fetched: FetchedKeySet) -> None:
        content = {
            "format": FORMAT,
            "issuer": self.address.issuer,
            "jwks_uri": self.address.jwks_uri,
            "fetched_at": fetched.fetched_at,
            "jwks": fetched.jwks,
        }
        folder.replace(self._name, json.dumps(content).encode())

    def _fetched_in(self, content: Any) -> FetchedKeySet | None:
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            return None
        identity = (content.get("issuer"), content.get("jwks_uri"))
        jwks: Any = content.get("jwks")
        fetched_at: Any = content.get("fetched_at")
        if identity != (self.address.issuer, self.address.jwks_uri) or not isinstance(jwks, dict):
            return None
        if type(fetched_at) not in {int, float}:
            return None
        return FetchedKeySet(jwks, float(fetched_at))


def folder_of(path: str | os.PathLike[str] | None) -> str | None:
    """Return the folder in which keys are shared, checked; None if they are not shared.

    Raises:
        ConfigurationError: OA-C771: it is not a path.
    """
    given: object = path
    found = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    if given is None or (isinstance(found, str) and found and _can_be_a_path(found)):
        return found
    raise ConfigurationError(
        "The value of shared_folder is not the path of a folder.",
        code="OA-C771",
        why="It has to be the path of this user's own folder, which is made if it does not exist.",
        fix='Write it as in this example: shared_folder="/var/lib/my-service/keys"',
    )


def _can_be_a_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # a lone surrogate
        return False
