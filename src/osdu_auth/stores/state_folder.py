"""State folder: the folder of this computer's sessions.

    <state folder>/             on a local disk: the sessions and their key
        hosts/<computer>/       on a network disk: those of one computer

Several computers may share a network disk. A lock there may work only among the processes of one
computer, or not at all, and no system call says which. So each computer has its own sessions and
its own key there, and needs no lock of another computer. A computer that has such a folder always
uses it.

Linux lists the mounted file systems in a file (proc_pid_mountinfo(5)). If that cannot be read, and
on macOS and Windows (not tried), a folder counts as local.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.private_files import PrivateFolder
from osdu_auth.private_paths import path_exists
from osdu_auth.stores.fast_path import HOSTS, name_of_this_computer

if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNT_TABLE = "/proc/self/mountinfo"

_NETWORK_FILE_SYSTEMS = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda", "davfs"),
        *("ceph", "lustre", "gpfs", "beegfs", "glusterfs", "orangefs", "panfs", "wekafs"),
        *("gfs2", "ocfs2", "fuse.sshfs", "fuse.smbnetfs", "fuse.curlftpfs", "fuse.davfs"),
        *("fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.mfs", "fuse.juicefs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.mount-s3", "fuse.gcsfuse", "fuse.seaweedfs"),
    ]
)
_MOUNT_POINT_FIELD = 4  # the field of a line that has the mount point
_ESCAPE = rb"\\([0-7]{3})"


class StateFolder(NamedTuple):
    """A folder of sessions and their key.

    Args:
        root: the state folder.
        below: the names of the folders from the state folder to this one.
    """

    root: str
    below: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path of the folder."""
        return os.path.join(self.root, *self.below)

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[PrivateFolder]:
        """Open it; a folder on its path that other users could use is refused.

        Args:
            make: whether to make missing folders.

        Raises:
            FileNotFoundError, NotPrivate, OSError: as for `PrivateFolder`.
        """
        with ExitStack() as stack:
            folder = stack.enter_context(PrivateFolder(self.root, make=make))
            for name in self.below:
                inner = PrivateFolder(name, make=make, inside=folder)
                folder = stack.enter_context(inner)
            yield folder

    def may_be_there(self) -> bool:
        """Return whether to open it; the state folder itself is opened in any case."""
        return not self.below or path_exists(self.path)

    def of_this_computer(self) -> StateFolder:
        """Return the folder in this one for this computer; it need not exist."""
        return StateFolder(self.root, (*self.below, HOSTS, name_of_this_computer()))

    def folder_for_writing(self, mount_table: str) -> StateFolder:
        """Return the folder that this computer saves sessions in.

        Args:
            mount_table: as for `network_disk`.

        Raises:
            OSError: the operating system did not say whether a folder exists.
        """
        own = self.of_this_computer()
        return own if path_exists(own.path) or network_disk(self.root, mount_table) else self


def network_disk(path: str, mount_table: str = MOUNT_TABLE) -> str | None:
    """Return the kind of network file system that a folder is on; None for a local one.

    Args:
        path: the folder; it need not exist yet.
        mount_table: the file in which Linux lists the mounted file systems.
    """
    try:
        with open(mount_table, "rb") as table:
            lines = [line.partition(b" - ") for line in table if b" - " in line]
    except OSError:
        return None
    mounts = [
        (before, after.partition(b" ")[0].decode("ascii", "replace")) for before, _, after in lines
    ]
    if not any(kind in _NETWORK_FILE_SYSTEMS for _, kind in mounts):
        return None  # the usual case, without a look at the path
    place, kind, longest = os.fsencode(os.path.realpath(path)), "", 0
    for fields, kind_there in mounts:
        point = _mount_point_of(fields)
        # `>=`: a later mount at the same point hides the earlier one.
        if len(point) >= longest and _is_at_or_below(place, point):
            kind, longest = kind_there, len(point)
    return kind if kind in _NETWORK_FILE_SYSTEMS else None


def _mount_point_of(before: bytes) -> bytes:
    """Return the mount point of a line; empty if the line cannot be read."""
    fields = before.split(b" ")
    if len(fields) <= _MOUNT_POINT_FIELD:
        return b""
    point = fields[_MOUNT_POINT_FIELD]
    if b"\\" not in point:
        return point
    return re.sub(_ESCAPE, lambda octal: bytes([int(octal[1], 8) & 0xFF]), point)


def _is_at_or_below(place: bytes, point: bytes) -> bool:
    return point != b"" and (place == point or place.startswith(point.rstrip(b"/") + b"/"))
