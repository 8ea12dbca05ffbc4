"""The fast path of `osdu-auth token`: a fresh token goes from one small file to standard output.

It knows only the plainest calls. For anything else (another format, an aged token, a changed
profile or variable, anything odd about a file) it answers no, and the whole program takes over and
explains. The whole program prepares it for the next call (`prepare_fast_path`).
"""

import os
import time

TYPE_CHECKING = False  # as type checkers see it; nothing is imported for it on the fast path
if TYPE_CHECKING:
    from osdu_auth.session import Session
    from osdu_auth.stores.saved_session import SavedSession


def plain_call(arguments: list[str]) -> "tuple[str | None] | None":
    """Return which profile's token is asked for and nothing else; None where more is asked for.

    Args:
        arguments: what follows `token` on the command line.

    Returns:
        The profile's name as it was typed, None where none was.
    """
    if os.isatty(1):
        return None
    if not arguments:
        return (None,)
    is_name = len(arguments) == 2 and arguments[0] in ("-p", "--profile")  # noqa: PLR2004 - one option
    # A carriage return is the end of a line in a script of Windows, and not part of the name.
    return (arguments[1],) if is_name and arguments[1] and arguments[1][-1] != "\r" else None


def print_fresh_token(call: "tuple[str | None]") -> bool:
    """Print the bare token if that can be done at once, and say whether it was done.

    Args:
        call: as of `plain_call`.
    """
    if "OSDU_AUTH_DEBUG" in os.environ:  # what is asked and decided is said by the whole program
        return False
    from osdu_auth.places import config_file, state_directory
    from osdu_auth.stores.fast_path import read_fresh_token

    name = call[0] or os.environ.get("OSDU_AUTH_PROFILE") or None
    try:
        token = read_fresh_token(state_directory(), config_file(), name, time.time())
        if token is not None:
            os.write(1, token.encode("ascii"))
    except Exception:  # noqa: BLE001 - whatever it is, the whole program says it better
        return False
    return token is not None


def prepare_fast_path(session: "Session", saved: "SavedSession") -> None:
    """Note what the fast path needs: the settings as they are now, and the profile in force.

    It is a convenience: where it cannot be written, the whole program goes on working.

    Args:
        session: one that has just been used, so that it is known to fit its profile.
        saved: what it is saved as.
    """
    from osdu_auth.errors import StoreUnavailable
    from osdu_auth.places import NO_SETTINGS
    from osdu_auth.stores.file import FileStore

    found, store = session.found, session.store
    if found.settings_fingerprint == NO_SETTINGS or not isinstance(store, FileStore):
        return
    try:
        store.update_fingerprint(found.profile.name, saved)
        if found.is_current:
            store.remember_current(found.profile.name)
    except StoreUnavailable:
        return
