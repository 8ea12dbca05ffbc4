"""Network disk: whether a folder lies on a disk that several computers share.

A lock there may hold among the processes of one computer only, or not at all, and nothing says
which. Linux tells where a folder lies (proc_pid_mountinfo(5)); macOS and Windows were not tried, so
there, as wherever the table cannot be read, a folder counts as local.
"""

from __future__ import annotations

import os
import re

MOUNT_TABLE = "/proc/self/mountinfo"

_KINDS = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda", "davfs"),
        *("ceph", "lustre", "gpfs", "beegfs", "glusterfs", "orangefs", "panfs", "wekafs"),
        *("gfs2", "ocfs2", "fuse.sshfs", "fuse.smbnetfs", "fuse.curlftpfs", "fuse.davfs"),
        *("fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.mfs", "fuse.juicefs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.mount-s3", "fuse.gcsfuse", "fuse.seaweedfs"),
    ]
)
_POINT = 4  # the field of a line that says where
_ESCAPE = re.compile(rb"\\([0-7]{3})")


def network_disk(path: str, mount_table: str = MOUNT_TABLE) -> str | None:
    """Return the kind of network file system that a folder lies on, None where on none.

    Args:
        path: the folder; it need not exist yet.
        mount_table: what is mounted where, as Linux tells it.
    """
    try:
        with open(mount_table, "rb") as table:
            lines = [line.partition(b" - ") for line in table if b" - " in line]
    except OSError:
        return None
    mounts = [
        (before, after.partition(b" ")[0].decode("ascii", "replace")) for before, _, after in lines
    ]
    if not any(kind in _KINDS for _, kind in mounts):
        return None  # as nearly everywhere, so that no path is looked at
    place, kind, longest = os.fsencode(os.path.realpath(path)), "", 0
    for fields, kind_there in mounts:
        point = _point_of(fields)
        # At the same length: what was mounted later covers what was there before.
        if len(point) >= longest and _is_at_or_below(place, point):
            kind, longest = kind_there, len(point)
    return kind if kind in _KINDS else None


def _point_of(before: bytes) -> bytes:
    """Return where something is mounted; what cannot be read is mounted nowhere."""
    fields = before.split(b" ")
    if len(fields) <= _POINT:
        return b""
    return _ESCAPE.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), fields[_POINT])


def _is_at_or_below(place: bytes, point: bytes) -> bool:
    return point != b"" and (place == point or place.startswith(point.rstrip(b"/") + b"/"))
