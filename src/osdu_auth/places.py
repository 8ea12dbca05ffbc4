"""The folders of settings and sessions on this machine, and whether the settings were edited.

`OSDU_AUTH_CONFIG_DIR` and `OSDU_AUTH_STATE_DIR` name the folders; without them the platform's
convention does (`platformdirs`). In these variables `~` is the home folder, because a variable may
be set without a shell that replaces it. A relative path is refused: it would be a different folder
in each current directory. `osdu-auth token` has to end within milliseconds, so on Linux
`platformdirs` is not imported: this module reads the two environment variables of the convention. A
test compares the results.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as type checkers see it; nothing is imported for it on the fast path
if TYPE_CHECKING:
    from collections.abc import Collection

    from osdu_auth.fixes import Fix

CONFIG_FILE = "config.toml"
NO_SETTINGS = "-"  # the fingerprint where there is no file of profiles
# The name of the profile that the variables make; no other profile has it.
ENVIRONMENT = "environment"
_VARIABLES_PREFIX = "variables:"  # what the fingerprint of that profile begins with
# Characters that may be around a path by mistake, in addition to those that are not printable.
_ODD = "\"'` \u201c\u201d\u2018\u2019"
CONFIG_DIRECTORY, STATE_DIRECTORY = "OSDU_AUTH_CONFIG_DIR", "OSDU_AUTH_STATE_DIR"
_PREFIX = "OSDU_AUTH_"
# Variables that are no settings of a profile.
_OTHER_VARIABLES = frozenset(
    ("OSDU_AUTH_PROFILE", CONFIG_DIRECTORY, STATE_DIRECTORY, "OSDU_AUTH_KEY_STORE")
)


def config_directory() -> str:
    """Return the folder of the profiles.

    Raises:
        ConfigurationError: OA-C711: there is no home folder; OA-C747: the variable contains a
            relative path; OA-C748: spaces, invisible characters or quotes are around the path.
    """
    return _directory_in(CONFIG_DIRECTORY) or default_config_directory()


def default_config_directory() -> str:
    """Return the folder of the profiles where `OSDU_AUTH_CONFIG_DIR` names none.

    Raises:
        ConfigurationError: OA-C711: there is no home folder.
    """
    return _default_directory("XDG_CONFIG_HOME", ".config", "config")


def config_file() -> str:
    """Return the path of the file of profiles."""
    return os.path.join(config_directory(), CONFIG_FILE)


def settings_fingerprint(path: str) -> str:
    """Return a short text that differs after any edit of the file of profiles.

    Replacing the file changes device and inode, writing to it changes time and size; the time of
    the last change of the inode (ctime) cannot be set back by a program that restores the others.

    Args:
        path: the file of profiles; a link is followed.

    Returns:
        The fingerprint; `NO_SETTINGS` where there is no such file.
    """
    try:
        status = os.stat(path)
    except OSError:
        return NO_SETTINGS
    return (
        f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"
        f"-{status.st_size}"
    )


def profile_variables() -> list[str]:
    """Return the names of the variables that are set and may be settings of a profile."""
    return sorted(
        name for name in os.environ if name.startswith(_PREFIX) and name not in _OTHER_VARIABLES
    )


def variables_fingerprint(compared: Collection[str]) -> str:
    """Return a text that differs after any change of the variables that make a profile.

    It contains the values of the compared variables as hexadecimal digits. For every other variable
    it contains only the name, so that no secret is kept.

    Args:
        compared: the names of the variables whose values count.
    """
    return _VARIABLES_PREFIX + ",".join(
        f"{name}={os.fsencode(os.environ[name]).hex()}" if name in compared else name
        for name in profile_variables()
    )


def is_fingerprint_of_variables_now(fingerprint: str) -> bool:
    """Say whether a fingerprint is equal to that of the variables as they are set now."""
    noted = fingerprint[len(_VARIABLES_PREFIX) :].split(",")
    compared = {entry.partition("=")[0] for entry in noted if "=" in entry}
    return fingerprint == variables_fingerprint(compared)


def state_directory() -> str:
    """Return the folder of the sessions.

    Raises:
        ConfigurationError: see `config_directory`.
    """
    return _directory_in(STATE_DIRECTORY) or _default_directory(
        "XDG_STATE_HOME", ".local/state", "state"
    )


def _directory_in(variable: str) -> str | None:
    """Return the folder that a variable names, None where it names none."""
    named = os.environ.get(variable)
    if not named:
        return None
    _require_plain_ends(variable, named)
    if named.startswith("~"):
        _require_plain_ends("HOME", os.environ.get("HOME", ""))
    folder = os.path.expanduser(named)
    if os.path.isabs(folder):
        return folder
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.text import printable

    shown = printable(named, 200)
    raise ConfigurationError(
        f"{variable} is {shown}, which is not an absolute path.",
        code="OA-C747",
        why=_why_not_absolute(shown),
        fix=_absolute_path_fix(variable, named),
    )


def _require_plain_ends(variable: str, named: str) -> None:
    """Refuse a path with spaces, invisible characters or quotes around it.

    Raises:
        ConfigurationError: OA-C748.
    """
    if not named or (named.isprintable() and named[0] not in _ODD and named[-1] not in _ODD):
        return
    from osdu_auth.input_text import odd_character_around, value_in

    odd = odd_character_around(named)
    if not odd:
        return
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.fixes import Export, Unset
    from osdu_auth.text import printable

    corrected = value_in(named)
    raise ConfigurationError(
        f"{variable} is {printable(named, 200)}, with extra characters around it.",
        code="OA-C748",
        why=f"{odd} The path would lead to another folder than you intended.",
        fix=Export(variable, corrected) if corrected else Unset(variable),
    )


def _why_not_absolute(named: str) -> str:
    if named.startswith("$"):
        return "The program that set it did not replace the $ variable in the path by its value."
    if named.startswith("~"):
        return f"There is no home folder for {named.partition('/')[0]}."
    return "A relative path is a different folder in each directory that a command is run in."


def _absolute_path_fix(variable: str, named: str) -> str | Fix:
    """Return what to type to name the folder that was probably intended."""
    if named.startswith("~/") or named == "~":
        return f"Set {variable} to the full path of a folder of yours, beginning with /."
    import re

    from osdu_auth.fixes import Export, ShellExpression

    if named.startswith("~"):
        below = named.partition("/")[2] or "osdu-auth"
        return Export(variable, ShellExpression("$HOME"), f"/{below}")
    begun = re.match(r"\$\w+|\$\{\w+\}", named)
    if begun is not None:
        return Export(variable, ShellExpression(begun[0]), named[begun.end() :])
    return Export(variable, ShellExpression("$PWD"), f"/{named}")


def _default_directory(variable: str, below_home: str, kind: str) -> str:
    if sys.platform == "linux":
        base = os.environ.get(variable, "").strip()
        if not os.path.isabs(base):
            base = os.path.join(_home(variable), below_home)
        return os.path.join(base, "osdu-auth")
    # Not tried: macOS and Windows.
    import platformdirs

    default = platformdirs.PlatformDirs("osdu-auth", appauthor=False)
    return default.user_config_dir if kind == "config" else default.user_state_dir


def _home(variable: str) -> str:
    _require_plain_ends("HOME", os.environ.get("HOME", ""))
    home = os.path.expanduser("~")
    if os.path.isabs(home):
        return home
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.fixes import Blank, Export, ShellExpression
    from osdu_auth.text import printable

    named = os.environ.get("HOME")
    if named:
        raise ConfigurationError(
            f"HOME is {printable(named, 200)}, which is not an absolute path.",
            code="OA-C711",
            why="A relative path is a different folder in each directory that a command is run in.",
            fix=Export("HOME", ShellExpression("$PWD"), f"/{named}"),
        )
    ours = CONFIG_DIRECTORY if variable == "XDG_CONFIG_HOME" else STATE_DIRECTORY
    raise ConfigurationError(
        "There is no home folder.",
        code="OA-C711",
        why="HOME is not set, and the user database names no home folder for this user.",
        fix=Export(ours, Blank("/a/folder/of/yours")),
    )
