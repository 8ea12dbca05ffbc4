"""The settings stamp: a short text that differs after any edit of the file of profiles.

It imports nothing but `os`, since `osdu-auth token` reads it on its way to a fresh token.
"""

import os

NO_SETTINGS = "-"


def settings_stamp(path: str) -> str:
    """Return the stamp of the file at `path`, `NO_SETTINGS` where there is none.

    Replacing the file changes device and inode, writing to it changes time and size; the time of
    the last change of the inode (ctime) cannot be set back by a program that restores the others.

    Args:
        path: the file of profiles; a link is followed.
    """
    try:
        status = os.stat(path)
    except OSError:
        return NO_SETTINGS
    return (
        f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"
        f"-{status.st_size}"
    )
