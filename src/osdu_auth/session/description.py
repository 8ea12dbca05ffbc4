"""What a notebook shows of a session: who is signed in, where, and until when.

The laws of this module: no secret is shown; nothing is sent, asked or renewed; and where memory
does not tell, only our own files are read, as a store of the user's may be on a network. `repr()`
itself reads nothing at all, as logs, debuggers and tracebacks call it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.state import State
    from osdu_auth.stores.saved_session import SavedSession


def description_of(name: str, config: SessionConfig, state: State, now: float) -> str:
    """Return one line about a session.

    Args:
        name: what `repr()` says.
        config: profile and store.
        state: what this process knows of the session.
        now: seconds since 1970.
    """
    try:
        saved = None if state.held is None else state.held.saved
        if state.ended is not None:
            return f"{name}: the session has ended. Next: {state.ended.error.fix}"
        if saved is None and not _is_on_this_machine(config):
            return name
        saved = saved or config.load()
        partition = config.profile.data_partition_id or "no data partition"
    except OsduAuthError as error:
        error.note_reader(config.reader)
        return f"{name}: {printable(error.what)} Next: {error.fix} [{error.code}]"
    except Exception as error:  # noqa: BLE001 - a cell that shows a session does not fail for it
        return f"{name}: {type(error).__name__}"
    return f"{name}: {printable(saved.account)} · {printable(partition)} · {_until(saved, now)}"


def _is_on_this_machine(config: SessionConfig) -> bool:
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.memory import MemoryStore

    return isinstance(config.store, (FileStore, MemoryStore))


def _until(saved: SavedSession, now: float) -> str:
    from time import localtime, strftime

    left = saved.tokens.expires_at - now
    if left <= 0:
        return "the access token has expired; it is renewed when it is used"
    from osdu_auth.durations import duration_in_words

    until = strftime("%H:%M", localtime(saved.tokens.expires_at))
    return f"access token until {until}, {duration_in_words(left)}; it renews itself"
