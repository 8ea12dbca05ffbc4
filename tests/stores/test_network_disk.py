"""On a disk that several computers share, each computer has its own sessions and its own key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from osdu_auth.places import settings_fingerprint
from osdu_auth.stores.fast_path import name_of_this_computer, read_fresh_token
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.state_folder import MOUNT_TABLE, network_disk
from osdu_auth.stores.token_store import SessionKey
from stored import store_session, stored, wipe_session

if TYPE_CHECKING:
    from osdu_auth.stores.saved_session import SavedSession

ROOT = "24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"


def mount(point: str, kind: str, *, optional: str = "shared:7 ", root: str = "/") -> str:
    return f"91 24 0:53 {root} {point} rw,relatime {optional}- {kind} server:/export rw,vers=4.2"


@pytest.mark.parametrize(
    ("mounts", "place", "kind"),
    [
        ([], "/home/alice", None),
        ([mount("/home", "nfs4")], "/home/alice/.local/state", "nfs4"),
        ([mount("/home", "nfs4")], "/home", "nfs4"),
        ([mount("/home", "nfs4")], "/homes/alice", None),
        ([mount("/home", "nfs4")], "/hom", None),
        ([mount("/", "nfs")], "/anywhere", "nfs"),
        ([mount("/home", "cifs"), mount("/home/alice", "ext4")], "/home/alice/x", None),
        ([mount("/home", "cifs"), mount("/home/alice", "ext4")], "/home/bob/x", "cifs"),
        ([mount("/home", "autofs"), mount("/home/alice", "nfs")], "/home/alice/x", "nfs"),
        ([mount("/home", "nfs"), mount("/home", "xfs")], "/home/alice", None),
        ([mount("/home", "xfs"), mount("/home", "smb3")], "/home/alice", "smb3"),
        ([mount("/home/a", "nfs", root="/export/a")], "/home/a/x", "nfs"),  # a bind mount
        ([mount("/home", "nfs4", optional="")], "/home/alice", "nfs4"),
        ([mount("/home", "nfs4", optional="shared:7 master:1 ")], "/home/alice", "nfs4"),
        ([mount("/my\\040disk\\134", "9p")], "/my disk\\/x", "9p"),
        ([mount("/tab\\011end\\012", "9p")], "/tab\tend\n/x", "9p"),
        ([mount("/h\\303\\274", "9p")], "/hü/x", "9p"),
        ([mount("/home", "fuse.sshfs")], "/home/alice", "fuse.sshfs"),
        ([mount("/home", "fuse.portal")], "/home/alice", None),
        ([mount("/home", "tmpfs")], "/home/alice", None),
        (["", "no mount", "a b c d /home - nfs", "91 24 0:53 /", " - nfs"], "/home/alice", None),
        ([mount("", "nfs")], "/home/alice", None),
    ],
)
def test_a_disk_is_known_by_the_innermost_mount_above(
    mounts: list[str], place: str, kind: str | None, tmp_path: Path
) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(os.fsencode("\n".join([ROOT, *mounts, ""])))
    assert network_disk(place, str(table)) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "ceph", "lustre", "gpfs", "beegfs", "afs"])
def test_the_disks_of_clusters_and_offices_are_known(kind: str, tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(mount("/home", kind))
    assert network_disk("/home/alice", str(table)) == kind


def test_a_link_is_followed_to_the_disk_that_it_leads_to(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("far")
    table.write_text(f"{ROOT}\n{mount(str(tmp_path / 'far'), 'nfs')}\n")
    assert network_disk(str(tmp_path / "near" / "state"), str(table)) == "nfs"


@pytest.mark.parametrize("fault", ["absent", "a folder", "no table"])
def test_a_disk_counts_as_local_if_the_table_cannot_be_read(fault: str, tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    if fault == "a folder":
        table.mkdir()
    elif fault == "no table":
        table.write_bytes(bytes(range(256)) * 10)
    assert network_disk("/home/alice", str(table)) is None


@pytest.mark.skipif(not os.path.exists(MOUNT_TABLE), reason="only Linux tells what is mounted")
def test_this_machine_s_own_table_can_be_read(tmp_path: Path) -> None:
    assert network_disk("/proc") is None


@pytest.fixture
def network(tmp_path: Path) -> str:
    """A table of mounts in which the temporary folder is on a network disk."""
    table = tmp_path / "mountinfo"
    table.write_text(f"{ROOT}\n{mount(str(tmp_path), 'nfs4')}\n")
    return str(table)


@pytest.fixture
def own(state: Path) -> Path:
    """The folder of this computer only."""
    return state / "hosts" / name_of_this_computer()


def test_sessions_and_key_are_in_this_computers_folder_and_the_level_says_so(
    network: str, state: Path, own: Path, session: SavedSession
) -> None:
    store = FileStore(str(state), mount_table=network)
    store_session(store, "acme", session)
    assert stored(FileStore(str(state), mount_table=network), "acme") == session
    assert sorted(path.name for path in own.iterdir()) == ["key", "key.lock", "sessions"]
    assert [path.name for path in state.iterdir()] == ["hosts"]
    assert {path.stat().st_mode & 0o077 for path in state.rglob("*")} == {0}
    said = store.level().description
    assert said.endswith("; its folder is on nfs4: kept for this computer only")
    assert wipe_session(store, "acme")
    assert stored(store, "acme") is None


def test_the_hot_path_finds_this_computers_session(
    network: str, state: Path, tmp_path: Path, session: SavedSession
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# profiles")
    fingerprint = settings_fingerprint(str(config))
    store = FileStore(str(state), settings_fingerprint=fingerprint, mount_table=network)
    store_session(store, "acme", session)
    store.remember_current("acme")
    (file,) = state.rglob("acme.session")
    now = session.tokens.issued_at
    os.utime(file, (now, now))
    for name in ("acme", None):
        assert read_fresh_token(str(state), str(config), name, now) == "header.access.signature"
    assert wipe_session(store, "acme")
    assert read_fresh_token(str(state), str(config), "acme", now) is None


def test_an_older_shared_session_is_used_until_this_computer_has_its_own(
    network: str, state: Path, own: Path, session: SavedSession
) -> None:
    """Version 0.1.0 kept sessions of all computers together."""
    store_session(FileStore(str(state)), "acme", session)
    store = FileStore(str(state), mount_table=network)
    assert stored(store, "acme") == session
    shared = "; its folder is on nfs4: shared with other computers until it is renewed"
    assert store.level(SessionKey("acme")).description.endswith(shared)
    renewed = replace(session, account="bob")
    store_session(store, "acme", renewed)
    assert store.level(SessionKey("acme")).description.endswith("nfs4: kept for this computer only")
    assert (own / "sessions" / "acme.session").exists()
    assert stored(FileStore(str(state), mount_table=network), "acme") == renewed
    assert wipe_session(store, "acme")
    assert stored(store, "acme") is None
    assert list(state.rglob("*.session")) == []


def test_the_stamp_is_updated_in_the_folder_that_has_the_session(
    network: str, state: Path, session: SavedSession
) -> None:
    store_session(FileStore(str(state)), "acme", session)
    later = FileStore(str(state), settings_fingerprint="later", mount_table=network)
    later.update_fingerprint("acme", session)
    assert b"settings later\n" in (state / "sessions" / "acme.session").read_bytes()
    assert stored(later, "acme") == session


def test_a_computer_with_its_own_folder_keeps_using_it(
    network: str, state: Path, session: SavedSession
) -> None:
    store_session(FileStore(str(state), mount_table=network), "acme", session)
    store = FileStore(str(state))  # the same files, now on a local disk
    assert stored(store, "acme") == session
    renewed = replace(session, account="bob")
    store_session(store, "acme", renewed)
    assert stored(FileStore(str(state), mount_table=network), "acme") == renewed
    assert store.level().description.endswith("; kept for this computer only")


UNSHARE = shutil.which("unshare")
COMPUTER = f"""
import os, socket, sys
sys.path[:0] = {[str(folder) for folder in Path(__file__).parents[:2]]!r}
computer, state, network = sys.argv[1:]
socket.sethostname(os.fsencode(computer).decode("unicode_escape"))
from conftest import make_session
from stored import store_session, stored
from osdu_auth.stores.file import FileStore
store = FileStore(state, mount_table=network)
assert stored(store, "acme") is None
store_session(store, "acme", make_session(computer))
assert stored(store, "acme").account == "alice" + computer
print(*sorted(os.listdir(os.path.join(state, "hosts"))))
"""


def run_on(computer: str, state: Path, network: str) -> list[str]:
    """Sign in on a computer of that name, and return the folders that exist then."""
    done = subprocess.run(
        [
            *(str(UNSHARE), "--uts", "--map-root-user"),
            *(sys.executable, "-c", COMPUTER, computer, str(state), network),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    if "unshare" in done.stderr:
        pytest.skip("no computer of another name can be made here")
    assert not done.returncode, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(UNSHARE is None, reason="unshare is not installed")
def test_computers_with_any_names_have_separate_sessions(state: Path, network: str) -> None:
    names = ["node-1", "node-1.example.com", "Node-1", "a_b", r"a\x20b", r"..\x2fx", r"\x2e", "%20"]
    for computer in names:
        run_on(computer, state, network)
    assert sorted(path.name for path in (state / "hosts").iterdir()) == sorted(
        ["node-1", "node-1.example.com", "Node-1", "a_b", "a%20b", "%2e%2e%2fx", "%2e", "%2520"]
    )
    assert list(state.iterdir()) == [state / "hosts"]
