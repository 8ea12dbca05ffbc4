"""What goes wrong with a store's files, in our own words."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import StoreUnavailable
from osdu_auth.private_files import NotPrivate

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELSEWHERE = "export OSDU_AUTH_STATE_DIR=/a/folder/of/yours"

# What the operating system says: code, why, fix.
_BY_NUMBER = {
    errno.ENOSPC: ("OA-F801", "The disk is full.", "Free some space, or use another disk"),
    errno.EFBIG: ("OA-F801", "The file may not grow.", "Raise ulimit -f, or use another disk"),
    errno.EDQUOT: (
        "OA-F802",
        "Your disk quota is used up.",
        "Free some space, or use another disk",
    ),
    errno.EROFS: ("OA-F803", "The disk is read-only.", "Use a folder that can be written to"),
    errno.EACCES: ("OA-F804", "It is not permitted.", "Make the folder yours, or use another"),
    errno.EPERM: ("OA-F804", "It is not permitted.", "Make the folder yours, or use another"),
    errno.ENOLCK: ("OA-F808", "That file system has no locks.", "Use a folder on a local disk"),
    errno.EOPNOTSUPP: ("OA-F808", "That file system has no locks.", "Use a folder on a local disk"),
}


@contextmanager
def in_our_words(what_fails: str, path: str) -> Iterator[None]:
    """Turn an operating system's error into `StoreUnavailable`.

    The original is not chained: the frames that it came through hold what was to be kept.

    Args:
        what_fails: a sentence without its end, such as `The session could not be saved`.
        path: the folder or file that it is about.

    Raises:
        StoreUnavailable: OA-F801 to OA-F808.
    """
    try:
        yield
    except TimeoutError:
        raise _busy(what_fails, path) from None
    except NotPrivate as fault:
        raise _not_private(what_fails, fault) from None
    except OSError as error:
        raise _refused(what_fails, path, error) from None


def _busy(what_fails: str, path: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"{what_fails}.",
        code="OA-F807",
        why="Another process has held its lock for too long.",
        fix=f"Try again, or end that process: fuser {path}",
    )


def _refused(what_fails: str, path: str, error: OSError) -> StoreUnavailable:
    other = ("OA-F805", f"The operating system says: {error.strerror}.", "Use another folder")
    code, why, fix = _BY_NUMBER.get(error.errno or 0, other)
    return StoreUnavailable(
        f"{what_fails}.", code=code, why=f"{why} Path: {path}.", fix=f"{fix}: {_ELSEWHERE}"
    )


def _not_private(what_fails: str, fault: NotPrivate) -> StoreUnavailable:
    return StoreUnavailable(
        f"{what_fails}.",
        code="OA-F806",
        why=f"{fault.path} {fault.reason}, and what is not yours alone keeps no secrets.",
        fix=f"Take it away, run this without sudo, or use another folder: {_ELSEWHERE}",
    )
