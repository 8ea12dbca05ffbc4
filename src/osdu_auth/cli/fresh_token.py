"""The fast path of `osdu-auth token`: a fresh token goes from one small file to standard output.

It handles only calls without other options than `-p`. In any other case (another format, a token
that is not fresh, a changed profile or variable, a file that is not private) it returns, and the
whole program continues. The whole program prepares the next call (`prepare_fast_path`).
"""

import os
import time

TYPE_CHECKING = False  # type checkers take it for True; `typing` is not imported for it
if TYPE_CHECKING:
    from osdu_auth.session import Session
    from osdu_auth.stores.saved_session import SavedSession


def plain_call(arguments: list[str]) -> "tuple[str | None] | None":
    """Parse a call without options, or with `-p NAME` only.

    Args:
        arguments: the arguments after `token` on the command line.

    Returns:
        A tuple of the profile's name, or of None for a call without a name; None for other calls.
    """
    if os.isatty(1):
        return None
    if not arguments:
        return (None,)
    is_name = len(arguments) == 2 and arguments[0] in ("-p", "--profile")  # noqa: PLR2004 - one option
    # A carriage return is from the line end of a Windows script, and not a part of the name.
    return (arguments[1],) if is_name and arguments[1] and arguments[1][-1] != "\r" else None


def print_fresh_token(call: "tuple[str | None]") -> bool:
    """Print the bare token if the fast path finds a fresh one; return whether it was printed.

    Args:
        call: the result of `plain_call`.
    """
    if "OSDU_AUTH_DEBUG" in os.environ:  # only the whole program prints the trace
        return False
    from osdu_auth.places import config_file, state_directory
    from osdu_auth.stores.fast_path import read_fresh_token

    name = call[0] or os.environ.get("OSDU_AUTH_PROFILE") or None
    try:
        token = read_fresh_token(state_directory(), config_file(), name, time.time())
        if token is not None:
            os.write(1, token.encode("ascii"))
    except Exception:  # noqa: BLE001 - the whole program reports the error
        return False
    return token is not None


def prepare_fast_path(session: "Session", saved: "SavedSession") -> None:
    """Save what the fast path needs: the settings' fingerprint, and the profile in force.

    If that cannot be saved, the next call is slower, and works.

    Args:
        session: a session that has just given a token, so that it fits its profile.
        saved: the saved session.
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
