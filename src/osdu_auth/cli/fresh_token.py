"""The short way of `osdu-auth token`: a fresh token goes from one small file to standard output.

It knows only the plainest calls. For anything else (another format, an aged token, a changed
profile, settings in the environment, anything odd about a file) it says no, and the whole program
takes over and explains.
"""

import os
import time

# Variables that do not make a profile of their own, so the short way may be taken beside them.
_HARMLESS = frozenset(
    ("OSDU_AUTH_PROFILE", "OSDU_AUTH_CONFIG_DIR", "OSDU_AUTH_STATE_DIR", "OSDU_AUTH_KEY_STORE")
)


def print_fresh_token(arguments: list[str]) -> bool:
    """Print the bare token if that can be done at once, and say whether it was done.

    Args:
        arguments: what follows `token` on the command line.
    """
    name = _profile_name(arguments)
    if name == "" or os.isatty(1) or _profile_from_environment():
        return False
    from osdu_auth.places import config_file, state_directory
    from osdu_auth.stores.hot import read_fresh_token

    try:
        token = read_fresh_token(state_directory(), config_file(), name, time.time())
        if token is not None:
            os.write(1, token.encode("ascii"))
    except Exception:  # noqa: BLE001 - whatever it is, the whole program says it better
        return False
    return token is not None


def _profile_name(arguments: list[str]) -> "str | None":
    """The profile asked for, None for the one in force, "" where this is not the plainest call."""
    if not arguments:
        return os.environ.get("OSDU_AUTH_PROFILE") or None
    if len(arguments) == 2 and arguments[0] in ("-p", "--profile"):  # noqa: PLR2004 - one option
        return arguments[1]
    return ""


def _profile_from_environment() -> bool:
    return any(name.startswith("OSDU_AUTH_") and name not in _HARMLESS for name in os.environ)
