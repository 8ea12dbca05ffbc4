"""Ownership: whether a file or folder is this user's alone, or what others may do with it.

The law of this module: here, and nowhere else, is decided what "mine alone" means. It belongs to
this user, and its mode lets no other user do anything. The group of one that many systems give each
user is no other user, unless an access list names more. Who may write now may have written before;
and the owner of a file may change it at any time, root included: what root left in a folder of
this user's was not made by this user.

It imports next to nothing, as the fast way to a token asks it.
"""

import os

OPEN_TO_OTHERS, WRITE = 0o077, 0o022  # the bits of a mode that let others do something, or write
# What others may do, from the least to the most.
NOTHING, READ, CHANGE = 0, 1, 2

_GROUP = 0o070
_ACCESS_LIST = "system.posix_acl_access"


def is_ours(status: os.stat_result) -> bool:
    """Say whether a file or folder belongs to this user; `status` as of `is_ours_alone`."""
    return status.st_uid == os.geteuid()


def is_ours_alone(status: os.stat_result) -> bool:
    """Say whether a file or folder is plainly this user's alone; nothing is looked up.

    Args:
        status: of the open file, so that it can be no other one by now.
    """
    if os.name == "nt":  # not tried: there are no owners and modes of this kind
        return True
    return is_ours(status) and not status.st_mode & OPEN_TO_OTHERS


def access_of_others(status: os.stat_result, at: int | str) -> int:
    """Return the most that others may do with a file or folder: NOTHING, READ or CHANGE.

    Args:
        status: as of `is_ours_alone`.
        at: its descriptor or path, to look for an access list.
    """
    if is_ours_alone(status):
        return NOTHING
    if not is_ours(status) or others_may(WRITE, status, at):
        return CHANGE
    return READ if others_may(OPEN_TO_OTHERS, status, at) else NOTHING


def others_may(bits: int, status: os.stat_result, at: int | str) -> bool:
    """Say whether a mode lets other users do something, whatever user owns the file.

    Args:
        bits: of the mode: OPEN_TO_OTHERS or WRITE.
        status: as of `is_ours_alone`.
        at: as of `access_of_others`.
    """
    bits &= status.st_mode
    if bits & ~_GROUP:
        return True
    # An access list shows as what its group may do at most.
    return bool(bits) and (not _is_group_of_one(status.st_gid) or _has_access_list(at))


def _is_group_of_one(group: int) -> bool:
    """Say whether a group is this user's private one, as many systems give each user."""
    import grp
    import pwd

    try:
        entry, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return entry.gr_name == user and set(entry.gr_mem) <= {user}


def _has_access_list(at: int | str) -> bool:
    """Say whether a file or folder names further users who may use it (a POSIX ACL)."""
    if not hasattr(os, "getxattr"):  # not tried: macOS shows its access lists otherwise
        return False
    try:
        return bool(os.getxattr(at, _ACCESS_LIST))
    except OSError:  # there is none, or the file system has none
        return False
