"""The fast path to a fresh access token: it reads the lines of a session file.

It imports very few modules. A session file is text, so that this module can read these lines:

    osdu-auth session 1
    settings <fingerprint of the file of profiles, or of the variables, when this was written>
    profile <name>
    fresh-until <seconds since 1970>
    expires <seconds since 1970>
    access <JWT>
    sealed <kind of key> <base64url of nonce and ciphertext>

If the file does not have a fresh token of the profile, or the settings have changed since it was
written, the functions return None, and the whole program continues. `osdu_auth.stores.session_text`
writes these lines, and reads all of them.
"""

import os

from osdu_auth.ownership import is_private
from osdu_auth.places import (
    ENVIRONMENT,
    NO_SETTINGS,
    is_fingerprint_of_variables_now,
    profile_variables,
    settings_fingerprint,
)

FORMAT_LINE = "osdu-auth session 1"
SESSIONS = "sessions"
SESSION_SUFFIX = ".session"
CURRENT = "current"
HOSTS = "hosts"

_LINES = 8  # the seven lines above, and the empty text after the last line's end
_LARGEST = 16 * 1024 * 1024  # bytes
_LONGEST_LIFE = 24 * 60 * 60  # seconds; no app client's tokens live longer
# If a file was written in the future, the clock was set back, and an old token would look fresh.
# The times of files are rounded to some hundredths of a second.
_CLOCK_TICKS = 5.0  # seconds
_REGULAR_FILE = 0o100000
_FILE_TYPE = 0o170000


def read_fresh_token(
    state_directory: str, config_file: str, profile_name: str | None, now: float
) -> str | None:
    """Return a profile's access token if it is fresh and its settings are unchanged, else None.

    If variables make the profile, their fingerprint is compared with the saved one. The value of a
    secret is not a part of it: another secret does not mean another token.

    The file of profiles is not opened here, and it is not checked whether other users could change
    it. The whole program did that before it saved the token with the file's fingerprint. An edit, a
    replacement or a new mode of the file changes the fingerprint, and the whole program checks the
    file again.

    Args:
        state_directory: the folder of sessions (`places.state_directory()`).
        config_file: the file of profiles (`places.config_file()`).
        profile_name: the profile's name; None for the profile in force.
        now: seconds since 1970.
    """
    is_of_variables = bool(profile_variables())
    fingerprint = NO_SETTINGS if is_of_variables else settings_fingerprint(config_file)
    if is_of_variables:
        # If such variables are set, the whole program handles a profile of the file.
        profile_name = ENVIRONMENT if profile_name in {None, ENVIRONMENT} else None
    elif fingerprint == NO_SETTINGS:
        profile_name = None
    elif profile_name is None:
        profile_name = read_current(state_directory, fingerprint)
    if profile_name is None or not _is_plain_name(profile_name):
        return None
    path = path_on_this_computer(
        state_directory, os.path.join(SESSIONS, profile_name + SESSION_SUFFIX)
    )
    lines = (_read_private(path, not_after=now + _CLOCK_TICKS) or "").split("\n")
    if (
        len(lines) != _LINES
        or lines[0] != FORMAT_LINE
        or not _is_present(_after("settings ", lines[1]), fingerprint)
        or lines[2] != "profile " + profile_name
        or not lines[6].startswith("sealed ")
        or lines[7]
    ):
        return None
    fresh_until, token = _after("fresh-until ", lines[3]), _after("access ", lines[5])
    try:
        is_fresh = 0 < float(fresh_until) - now <= _LONGEST_LIFE
    except ValueError:
        return None
    return token if is_fresh and is_token(token) else None


def _is_present(saved: str, fingerprint: str) -> bool:
    """Return whether the settings have not changed since the session was saved.

    Args:
        saved: their fingerprint in the session's file.
        fingerprint: the present fingerprint of the file of profiles; `NO_SETTINGS` if variables
            make the profile.
    """
    if fingerprint == NO_SETTINGS:
        return is_fingerprint_of_variables_now(saved)
    return saved == fingerprint


def read_current(state_directory: str, fingerprint: str) -> str | None:
    """Return the saved name of the profile in force; None if the settings have changed since."""
    lines = (_read_private(path_on_this_computer(state_directory, CURRENT)) or "").split("\n")
    is_note = len(lines) == 3 and lines[0] == fingerprint  # noqa: PLR2004 - two lines
    return lines[1] if is_note else None


def path_on_this_computer(state_directory: str, name: str) -> str:
    """Return the path of a file: in this computer's own folder, or else in the shared one."""
    own = os.path.join(state_directory, HOSTS, name_of_this_computer(), name)
    return own if os.path.lexists(own) else os.path.join(state_directory, name)


def name_of_this_computer() -> str:
    """Return this computer's name as the name of a folder; different names stay different."""
    if os.name == "nt":  # not tried: on Windows no folder is for one computer only
        return "-"
    name = os.uname().nodename
    if _is_plain_name(name):
        return name
    letters = [chr(byte) for byte in os.fsencode(name)]
    escaped = [letter if _is_plain_name(letter) else f"%{ord(letter):02x}" for letter in letters]
    return "".join(escaped) or "%"


def is_token(text: str) -> bool:
    """Return whether `text` can be a token: visible ASCII characters without a blank."""
    return text.isascii() and text.isprintable() and " " not in text and text != ""


def _after(word: str, line: str) -> str:
    return line[len(word) :] if line.startswith(word) else ""


def _is_plain_name(name: str) -> bool:
    plain = name.replace(".", "0").replace("-", "0").replace("_", "0")
    return plain.isascii() and plain.isalnum() and name[0] not in "._-"


def _read_private(path: str, not_after: float = float("inf")) -> str | None:
    """Return the text of a private file; None if it is not private, or cannot be read.

    Args:
        path: the file.
        not_after: the latest time of its last change, in seconds since 1970.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_private(status) or status.st_size > _LARGEST or status.st_mtime > not_after:
            return None
        return os.read(descriptor, status.st_size + 1).decode("ascii")
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _is_private(status: os.stat_result) -> bool:
    is_file = status.st_mode & _FILE_TYPE == _REGULAR_FILE
    return is_file and status.st_nlink <= 1 and is_private(status)
