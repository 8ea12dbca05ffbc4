"""The board key: 32 random bytes that the publisher and its workers have, and no board has.

It is named by a reference, as a client secret is (`osdu_auth.profiles.references`): `file:PATH`,
`env:NAME`, `keyring:NAME`, `command:…`. Without a given reference, the variable
OSDU_AUTH_BOARD_KEY has the reference; if it is not set, the key is a private file in the state
folder, which a publisher makes.

A user who has the board key can read the token on the board, and can publish.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Blank, Chmod, Export, Fix
from osdu_auth.places import state_directory
from osdu_auth.private_files import PrivateFolder
from osdu_auth.stores.os_errors import translate_os_errors
from osdu_auth.stores.sealing import Key, is_key, new_key

if TYPE_CHECKING:
    from osdu_auth.secret import Secret

VARIABLE = "OSDU_AUTH_BOARD_KEY"
KEY_FILE = "board.key"
_KIND = "board"
_PATIENCE = 30.0  # seconds

_NAME_KEY = Export(VARIABLE, Blank("file:/path/of/board.key"))


def new_board_key() -> Secret:
    """Return a new random board key, as base64url."""
    return new_key(_KIND).value


def board_key(key: str | Secret | None) -> Key:
    """Return the board key.

    Args:
        key: a reference to it, or the key itself; None for the reference in force.

    Raises:
        ConfigurationError: OA-W712: the key cannot be read, or the text is not a board key.
    """
    if key is None or isinstance(key, str):
        return _referenced(key or reference_in_force())
    text = key.reveal()
    if not is_key(text):
        raise _key_unavailable("The given text is not a board key, which is base64url of 32 bytes.")
    return Key(_KIND, key)


def reference_in_force() -> str:
    """Return the reference to the board key that is used if no reference was given."""
    return os.environ.get(VARIABLE) or f"file:{os.path.join(state_directory(), KEY_FILE)}"


def made_if_missing(reference: str | None) -> str:
    """Return a reference to the board key; make the key if none was named and none exists.

    Args:
        reference: the given reference; None for the reference in force.

    Raises:
        StoreUnavailable: the file cannot be written into the state folder.
    """
    if reference is not None or os.environ.get(VARIABLE):
        return reference or reference_in_force()
    place = state_directory()
    path = os.path.join(place, KEY_FILE)
    with (
        translate_os_errors("The board key cannot be made", path, writing=True),
        PrivateFolder(place, make=True) as folder,
        FileLock(folder, KEY_FILE + ".lock", _PATIENCE),
    ):
        if folder.read(KEY_FILE) is None:
            folder.replace(KEY_FILE, new_board_key().reveal().encode() + b"\n")
    return reference_in_force()


def _referenced(reference: str) -> Key:
    from osdu_auth.profiles.references import is_reference, resolve

    kind = reference.partition(":")[0]
    if not is_reference(reference) or kind == "clear":
        raise _key_unavailable(
            "The given text is not a reference. A board key is named by one, and never typed."
        )
    try:
        value = resolve(reference)
    except (ConfigurationError, StoreUnavailable) as error:
        fix = error.advice if isinstance(error.advice, Chmod) else _NAME_KEY
        raise _key_unavailable(_why(error, reference), fix) from None
    if not is_key(value.reveal()):
        raise _key_unavailable(
            f"The text at {_shown(reference)} is not a board key, which is base64url of 32 bytes."
        )
    return Key(_KIND, value)


_REASONS = {
    "OA-C792": "The environment variable {rest} is not set.",
    "OA-C793": 'The OS key store has no entry "{rest}".',
    "OA-C796": "The text at {shown} is empty.",
    "OA-C749": "The text at {shown} is not one line of letters and digits.",
}


def _why(error: ConfigurationError | StoreUnavailable, reference: str) -> str:
    reason = _REASONS.get(error.code)
    if reason is None:
        return f"{_shown(reference)}: {error.why}"
    return reason.format(rest=reference.partition(":")[2], shown=_shown(reference))


def _shown(reference: str) -> str:
    from osdu_auth.text import printable

    kind = reference.partition(":")[0]
    return f"{kind}:…" if kind == "command" else printable(reference, 200)


def _key_unavailable(why: str, fix: str | Fix = _NAME_KEY) -> ConfigurationError:
    return ConfigurationError("The board key is not available.", code="OA-W712", why=why, fix=fix)
