"""Ownership: whether a file or folder is private, and what other users may do with it.

Invariant: only this module decides what "private" means. The file belongs to this user, and its
mode gives other users no permission. A private group, which many systems make for each
user, counts as the user, unless an access list names more users. A user who may write to a file now
may have written to it before. A file of root in this user's folder counts as another user's.

This module imports almost nothing, because the fast path to a token uses it.
"""

import os

OPEN_TO_OTHERS, WRITE = 0o077, 0o022  # mode bits: any permission of others, and write
# The access of others, from the least to the most.
NOTHING, READ, CHANGE = 0, 1, 2

_GROUP = 0o070
_ACCESS_LIST = "system.posix_acl_access"


def is_own(status: os.stat_result) -> bool:
    """Say whether a file or folder belongs to this user."""
    return status.st_uid == os.geteuid()


def is_private(status: os.stat_result) -> bool:
    """Say whether a file or folder is private, by its owner and mode, without its access list.

    Args:
        status: the status of the open file, so that it is the status of this very file.
    """
    if os.name == "nt":  # not tried: owners and modes of this kind do not exist there
        return True
    return is_own(status) and not status.st_mode & OPEN_TO_OTHERS


def access_of_others(status: os.stat_result, at: int | str) -> int:
    """Return the highest access of others to a file or folder: NOTHING, READ or CHANGE.

    Args:
        status: see `is_private`.
        at: its descriptor or path, where an access list is looked up.
    """
    if is_private(status):
        return NOTHING
    if not is_own(status) or others_may(WRITE, status, at):
        return CHANGE
    return READ if others_may(OPEN_TO_OTHERS, status, at) else NOTHING


def others_may(bits: int, status: os.stat_result, at: int | str) -> bool:
    """Say whether other users have permissions, without looking at the owner.

    Args:
        bits: the permissions: OPEN_TO_OTHERS or WRITE.
        status: see `is_private`.
        at: see `access_of_others`.
    """
    bits &= status.st_mode
    if bits & ~_GROUP:
        return True
    # Where there is an access list, the group bits are its mask: the most that it allows.
    return bool(bits) and (not _is_private_group(status.st_gid) or _has_access_list(at))


def _is_private_group(group: int) -> bool:
    """Say whether a group is this user's private group, without other members."""
    import grp
    import pwd

    try:
        entry, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return entry.gr_name == user and set(entry.gr_mem) <= {user}


def _has_access_list(at: int | str) -> bool:
    """Say whether a file or folder names further users who may use it (a POSIX ACL)."""
    if not hasattr(os, "getxattr"):  # not tried: macOS shows its access lists in another way
        return False
    try:
        return bool(os.getxattr(at, _ACCESS_LIST))
    except OSError:  # no list, or a file system without access lists
        return False
