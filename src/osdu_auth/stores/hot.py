"""The hot path's half of the session file: a fresh access token, read with nothing but `os`.

A session file is text, so that this module can read the lines that it needs:

    osdu-auth session 1
    settings <stamp of the file of profiles when this was written>
    profile <name>
    fresh-until <seconds since 1970>
    expires <seconds since 1970>
    access <JWT>
    sealed <kind of key> <base64url of nonce and ciphertext>

The law of this module: it never explains. Whatever is not plainly a fresh token of that profile
under unchanged settings is None, and the slow path finds out why. `osdu_auth.stores.session_text`
writes these lines and reads all of them.
"""

import os

from osdu_auth.profiles.stamp import NO_SETTINGS, settings_stamp

FORMAT_LINE = "osdu-auth session 1"
SESSIONS = "sessions"
SESSION_SUFFIX = ".session"
CURRENT = "current"

_LINES = 8  # the seven above, and nothing after the last line's end
_LARGEST = 16 * 1024 * 1024  # bytes
_OPEN_TO_OTHERS = 0o077
_REGULAR_FILE = 0o100000
_FILE_TYPE = 0o170000


def read_fresh_token(
    state_directory: str, config_file: str, profile_name: str | None, now: float
) -> str | None:
    """Return a profile's access token if it is fresh and its settings are unchanged, else None.

    Args:
        state_directory: the folder of sessions (`places.state_directory()`).
        config_file: the file of profiles (`places.config_file()`).
        profile_name: whose token; None for the profile that is in force without being named.
        now: seconds since 1970.
    """
    stamp = settings_stamp(config_file)
    if profile_name is None:
        profile_name = read_current(state_directory, stamp)
    if profile_name is None or stamp == NO_SETTINGS or not _is_plain_name(profile_name):
        return None
    text = _read_private(os.path.join(state_directory, SESSIONS, profile_name + SESSION_SUFFIX))
    lines = (text or "").split("\n")
    if (
        len(lines) != _LINES
        or lines[0] != FORMAT_LINE
        or lines[1] != "settings " + stamp
        or lines[2] != "profile " + profile_name
        or not lines[6].startswith("sealed ")
        or lines[7]
    ):
        return None
    fresh_until, token = _after("fresh-until ", lines[3]), _after("access ", lines[5])
    try:
        is_fresh = now < float(fresh_until)
    except ValueError:
        return None
    return token if is_fresh and is_token(token) else None


def read_current(state_directory: str, stamp: str) -> str | None:
    """Return the name of the profile that was in force under the settings of `stamp`, or None."""
    lines = (_read_private(os.path.join(state_directory, CURRENT)) or "").split("\n")
    return lines[1] if len(lines) == 3 and lines[0] == stamp else None  # noqa: PLR2004 - two lines


def is_token(text: str) -> bool:
    """Say whether `text` can stand in a header and on a line: visible ASCII and no blank."""
    return text.isascii() and text.isprintable() and " " not in text and text != ""


def _after(word: str, line: str) -> str:
    return line[len(word) :] if line.startswith(word) else ""


def _is_plain_name(name: str) -> bool:
    plain = name.replace(".", "0").replace("-", "0").replace("_", "0")
    return plain.isascii() and plain.isalnum() and name[0] not in "._-"


def _read_private(path: str) -> str | None:
    """Return the text of a file that is ours alone, None where it is not or cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_private(status) or status.st_size > _LARGEST:
            return None
        return os.read(descriptor, status.st_size + 1).decode("ascii")
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _is_private(status: os.stat_result) -> bool:
    if os.name == "nt":  # not tried: there are no owners and modes of this kind
        return status.st_mode & _FILE_TYPE == _REGULAR_FILE
    return (
        status.st_mode & _FILE_TYPE == _REGULAR_FILE
        and status.st_mode & _OPEN_TO_OTHERS == 0
        and status.st_uid == os.geteuid()
    )
