"""The fast path to a fresh access token: the lines of a session file, read with nothing but `os`.

A session file is text, so that this module can read the lines that it needs:

    osdu-auth session 1
    settings <fingerprint of the file of profiles, or of the variables, when this was written>
    profile <name>
    fresh-until <seconds since 1970>
    expires <seconds since 1970>
    access <JWT>
    sealed <kind of key> <base64url of nonce and ciphertext>

Where the file does not plainly hold a fresh token of that profile, made under the present
settings, the answer is None, and the whole program finds out why. `osdu_auth.stores.session_text`
writes these lines and reads all of them.
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

_LINES = 8  # the seven above, and nothing after the last line's end
_LARGEST = 16 * 1024 * 1024  # bytes
_LONGEST_LIFE = 24 * 60 * 60  # seconds; no app client's tokens live longer
# A file from the future means that the clock was set back, and then an old token looks fresh. File
# times are taken from a clock that ticks some hundred times a second.
_CLOCK_TICKS = 5.0  # seconds
_REGULAR_FILE = 0o100000
_FILE_TYPE = 0o170000


def read_fresh_token(
    state_directory: str, config_file: str, profile_name: str | None, now: float
) -> str | None:
    """Return a profile's access token if it is fresh and its settings are unchanged, else None.

    Where variables make a profile, they are compared with those that the token was kept under. The
    value of a secret is not among them: it says nothing about which token is right.

    The file of profiles is not opened, so nothing that it says is obeyed here, and whether others
    could change it need not be looked at: what is returned is a token that was kept in our own
    folder, under that very fingerprint, after the file had been read and found to be trusted. An
    edit, a replacement or a change of the file's mode changes the fingerprint, and the whole
    program looks again.

    Args:
        state_directory: the folder of sessions (`places.state_directory()`).
        config_file: the file of profiles (`places.config_file()`).
        profile_name: whose token; None for the profile that is in force without being named.
        now: seconds since 1970.
    """
    is_of_variables = bool(profile_variables())
    fingerprint = NO_SETTINGS if is_of_variables else settings_fingerprint(config_file)
    if is_of_variables:
        # A profile of the file is left to the whole program while there are such variables.
        profile_name = ENVIRONMENT if profile_name in {None, ENVIRONMENT} else None
    elif fingerprint == NO_SETTINGS:
        profile_name = None
    elif profile_name is None:
        profile_name = read_current(state_directory, fingerprint)
    if profile_name is None or not _is_plain_name(profile_name):
        return None
    path = at_hand(state_directory, os.path.join(SESSIONS, profile_name + SESSION_SUFFIX))
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


def _is_present(noted: str, fingerprint: str) -> bool:
    """Say whether the settings are as they were noted.

    Args:
        noted: their fingerprint in the session's file.
        fingerprint: the present one of the file of profiles; `NO_SETTINGS` for the variables.
    """
    if fingerprint == NO_SETTINGS:
        return is_fingerprint_of_variables_now(noted)
    return noted == fingerprint


def read_current(state_directory: str, fingerprint: str) -> str | None:
    """Return the name of the profile in force under the settings of `fingerprint`, or None."""
    lines = (_read_private(at_hand(state_directory, CURRENT)) or "").split("\n")
    is_note = len(lines) == 3 and lines[0] == fingerprint  # noqa: PLR2004 - two lines
    return lines[1] if is_note else None


def at_hand(state_directory: str, name: str) -> str:
    """Return where a file of this computer lies: its own if there is one, else all computers'."""
    own = os.path.join(state_directory, HOSTS, name_of_this_computer(), name)
    return own if os.path.lexists(own) else os.path.join(state_directory, name)


def name_of_this_computer() -> str:
    """Return this computer's name as that of a folder; two names never become the same."""
    if os.name == "nt":  # not tried: nothing is kept for one computer alone there
        return "-"
    name = os.uname().nodename
    if _is_plain_name(name):
        return name
    letters = [chr(byte) for byte in os.fsencode(name)]
    escaped = [letter if _is_plain_name(letter) else f"%{ord(letter):02x}" for letter in letters]
    return "".join(escaped) or "%"


def is_token(text: str) -> bool:
    """Say whether `text` can stand in a header and on a line: visible ASCII and no blank."""
    return text.isascii() and text.isprintable() and " " not in text and text != ""


def _after(word: str, line: str) -> str:
    return line[len(word) :] if line.startswith(word) else ""


def _is_plain_name(name: str) -> bool:
    plain = name.replace(".", "0").replace("-", "0").replace("_", "0")
    return plain.isascii() and plain.isalnum() and name[0] not in "._-"


def _read_private(path: str, not_after: float = float("inf")) -> str | None:
    """Return the text of a file that is ours alone, None where it is not or cannot be read.

    Args:
        path: the file.
        not_after: when it must have been written, in seconds since 1970.
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
