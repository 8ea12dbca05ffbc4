"""Errors of the operating system on a store's files become errors of osdu-auth."""

from __future__ import annotations

import errno
from contextlib import contextmanager

from osdu_auth.errors import StoreNotWritable, StoreUnavailable
from osdu_auth.fixes import Blank, Command, Export, Remove, Run
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.private_files import ChangeableByOthers, NotPrivate

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGEABLE = "OA-F809"  # other users could have changed a file, so it is not used

ELSEWHERE = Export(STATE_DIRECTORY, Blank("/a/folder/of/yours"))

# By the number of an error: code, why, fix.
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


_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP}


@contextmanager
def translate_os_errors(
    what_fails: str,
    path: str,
    *,
    writing: bool = False,
    replaceable: bool = False,
    profile_name: str | None = None,
) -> Iterator[None]:
    """Turn an operating system's error into `StoreUnavailable`.

    The original error is not chained, as the frames of its traceback have secrets.

    Args:
        what_fails: a sentence without its end, such as `The session could not be saved`.
        path: the folder or file of the sentence.
        writing: whether the block writes, or takes the lock to write.
        replaceable: whether a sign-in makes the file `path` again, so that the user may remove a
            file that is not private.
        profile_name: of the profile whose sign-in replaces `path` without reading it.

    Raises:
        StoreNotWritable: OA-F801 to OA-F805: the file system refused to write.
        StoreUnavailable: OA-F801 to OA-F805: it refused to read; OA-F806: a file is not private;
            OA-F807: another process held the lock for too long; OA-F808: the file system has no
            locks; OA-F809: other users could have changed a file.
    """
    try:
        yield
    except ChangeableByOthers as fault:
        raise _changeable(what_fails, fault, profile_name) from None
    except NotPrivate as fault:
        if replaceable and fault.path == path:
            fault.fix = Remove(path)
        raise _not_private(what_fails, fault) from None
    except OSError as error:
        if isinstance(error, TimeoutError) and error.errno is None:  # of `FileLock`, not the disk
            raise _busy(what_fails, path) from None
        refused = StoreNotWritable if writing and error.errno not in _NO_LOCKS else StoreUnavailable
        raise _refused(refused, what_fails, path, error) from None


def _busy(what_fails: str, path: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"{what_fails}.",
        code="OA-F807",
        why="Another process has held its lock for too long.",
        fix="Try again, or end that process: " + Command("fuser", path),
    )


def _refused(
    kind: type[StoreUnavailable], what_fails: str, path: str, error: OSError
) -> StoreUnavailable:
    other = ("OA-F805", f"The operating system says: {error.strerror}.", "Use another folder")
    code, why, fix = _BY_NUMBER.get(error.errno or 0, other)
    why = f"{why} Path: {path}."
    return kind(f"{what_fails}.", code=code, why=why, fix=f"{fix}: " + ELSEWHERE)


def _changeable(
    what_fails: str, fault: ChangeableByOthers, profile_name: str | None
) -> StoreUnavailable:
    return StoreUnavailable(
        f"{what_fails}.",
        code=CHANGEABLE,
        why=f"{fault.path} {fault.reason}, who could have changed it, so it is not used.",
        fix=Run("login", profile=profile_name) if profile_name else Remove(fault.path),
    )


def _not_private(what_fails: str, fault: NotPrivate) -> StoreUnavailable:
    elsewhere = "Remove it, run this without sudo, or use another folder: " + ELSEWHERE
    return StoreUnavailable(
        f"{what_fails}.",
        code="OA-F806",
        why=f"{fault.path} {fault.reason}; secrets are kept only where no other user has access.",
        fix=fault.fix or elsewhere,
    )
