"""Any object in the place of a file or folder of the store is refused or ignored, never followed.

A row is a set-up, the result of loading and the result of saving: a code, or KEPT. In every case
nothing outside the store changes.

The row F-05 of the list of abuse and faults.
"""

from __future__ import annotations

import grp
import os
import pickle
import pwd
import socket
import stat
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from osdu_auth.errors import StoreUnavailable
from osdu_auth.stores.file import FileStore
from stored import store_session, stored, wipe_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

KEPT = "kept"
OTHER_USER = 12345
SESSION, LOCK, TEMPORARY = (
    "sessions/acme.session",
    "sessions/acme.lock",
    "sessions/acme.session.new",
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
no_root = pytest.mark.skipif(os.geteuid() == 0, reason="permissions are no obstacle to root")


@dataclass
class Scene:
    """A state folder with a session in it, and files next to it that must not change."""

    state: Path
    victims: Path

    def away(self, name: str) -> Path:
        """Move the file or folder of that name out of the store, and return its former path."""
        place = self.state / name
        if os.path.lexists(place):
            place.rename(self.victims / "taken")
        return place


def link(name: str, target: str) -> Callable[[Scene], None]:
    return lambda scene: scene.away(name).symlink_to(scene.victims / target)


def hard_link(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.away(name).hardlink_to(scene.victims / "victim")


def pipe(name: str) -> Callable[[Scene], None]:
    return lambda scene: os.mkfifo(scene.away(name))


def device(name: str) -> Callable[[Scene], None]:
    return lambda scene: os.mknod(scene.away(name), stat.S_IFCHR | 0o600, os.makedev(1, 3))


def folder(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.away(name).mkdir()


def file(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.away(name).touch()


def mode(name: str, bits: int) -> Callable[[Scene], None]:
    return lambda scene: (scene.state / name).chmod(bits)


def owner(name: str) -> Callable[[Scene], None]:
    return lambda scene: os.chown(scene.state / name, OTHER_USER, OTHER_USER)


def listening_socket(scene: Scene) -> None:
    here = os.getcwd()
    os.chdir(scene.away(SESSION).parent)  # a socket's path may have 108 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("acme.session")
    finally:
        os.chdir(here)


def too_large(scene: Scene) -> None:
    os.truncate(scene.state / SESSION, 16 * 1024 * 1024 + 1)


def left_by_a_killed_process(scene: Scene) -> None:
    (scene.state / TEMPORARY).write_text("left")


def linked_way(scene: Scene) -> None:
    """The folder above is reached through a link, as /home often is."""
    scene.state.parent.rename(scene.victims / "disk")
    scene.state.parent.symlink_to(scene.victims / "disk")


def linked_way_through_an_open_folder(scene: Scene) -> None:
    (scene.victims / "open").mkdir()
    scene.state.parent.rename(scene.victims / "open" / "disk")
    scene.state.parent.symlink_to(scene.victims / "open" / "disk")
    (scene.victims / "open").chmod(0o777)


ROWS = {
    "the file is a link to another": (link(SESSION, "victim"), "OA-F806", "OA-F806"),
    "the file is a link that leads nowhere": (link(SESSION, "none"), "OA-F806", "OA-F806"),
    "the file is a link to itself": (link(SESSION, "taken"), "OA-F806", "OA-F806"),
    "the file is a pipe": (pipe(SESSION), "OA-F806", "OA-F806"),
    "the file is a socket": (listening_socket, "OA-F806", "OA-F806"),
    "the file is a folder": (folder(SESSION), "OA-F806", "OA-F806"),
    "the file has a second name": (hard_link(SESSION), "OA-F806", "OA-F806"),
    "the file is large": (too_large, "OA-F806", "OA-F806"),
    "the file can be read by others": (mode(SESSION, 0o644), KEPT, KEPT),
    "the file can be written by others": (mode(SESSION, 0o666), "OA-F809", KEPT),
    "the folder of sessions is a link": (link("sessions", "folder"), "OA-F806", "OA-F806"),
    "the folder of sessions is a link that leads nowhere": (
        link("sessions", "none"),
        "OA-F806",
        "OA-F806",
    ),
    "the folder of sessions is a file": (file("sessions"), "OA-F806", "OA-F806"),
    "the folder of sessions is open to all": (mode("sessions", 0o777), KEPT, KEPT),
    "the state folder is a link": (link("", "folder"), "OA-F806", "OA-F806"),
    "the state folder is a link that leads nowhere": (link("", "none"), "OA-F806", "OA-F806"),
    "the state folder is a file": (file(""), "OA-F806", "OA-F806"),
    "the state folder is a pipe": (pipe(""), "OA-F806", "OA-F806"),
    "the state folder is open to all": (mode("", 0o777), KEPT, KEPT),
    "the lock is a link to a file": (link(LOCK, "victim"), KEPT, "OA-F806"),
    "the lock is a link that leads nowhere": (link(LOCK, "none"), KEPT, "OA-F806"),
    "the lock is a pipe": (pipe(LOCK), KEPT, "OA-F806"),
    "the lock is a folder": (folder(LOCK), KEPT, "OA-F806"),
    "the lock has a second name": (hard_link(LOCK), KEPT, "OA-F806"),
    "the lock can be written by others": (mode(LOCK, 0o666), KEPT, KEPT),
    "the temporary file is a link to a file": (link(TEMPORARY, "victim"), KEPT, KEPT),
    "the temporary file is a link that leads nowhere": (link(TEMPORARY, "none"), KEPT, KEPT),
    "the temporary file is a pipe": (pipe(TEMPORARY), KEPT, KEPT),
    "the temporary file has a second name": (hard_link(TEMPORARY), KEPT, KEPT),
    "the temporary file is a folder": (folder(TEMPORARY), KEPT, "OA-F805"),
    "the temporary file was left": (left_by_a_killed_process, KEPT, KEPT),
    "the key is a link to a file": (link("key", "victim"), "OA-F806", "OA-F806"),
    "the key is a pipe": (pipe("key"), "OA-F806", "OA-F806"),
    "the key has a second name": (hard_link("key"), "OA-F806", "OA-F806"),
    "the key can be read by others": (mode("key", 0o644), KEPT, KEPT),
    "the key can be written by others": (mode("key", 0o622), "OA-F809", KEPT),
    "others may write above": (mode("..", 0o777), "OA-F806", "OA-F806"),
    "others may write above, in a folder like /tmp": (mode("..", 0o1777), KEPT, KEPT),
    "the way leads over a link": (linked_way, KEPT, KEPT),
    "the way leads over a link and through an open folder": (
        linked_way_through_an_open_folder,
        "OA-F806",
        "OA-F806",
    ),
}
OF_ROOT = {
    "the file is a device": (device(SESSION), "OA-F806", "OA-F806"),
    "the lock is a device": (device(LOCK), KEPT, "OA-F806"),
    "the file is another user's": (owner(SESSION), "OA-F809", KEPT),
    "the folder of sessions is another user's": (owner("sessions"), "OA-F806", "OA-F806"),
    "the state folder is another user's": (owner(""), "OA-F806", "OA-F806"),
    "the lock is another user's": (owner(LOCK), KEPT, "OA-F806"),
    "the key is another user's": (owner("key"), "OA-F809", KEPT),
    "the folder above is another user's": (owner(".."), "OA-F806", "OA-F806"),
}
OF_OTHERS = {
    "the file cannot be read": (mode(SESSION, 0o000), "OA-F804", "OA-F804"),
    "the folder of sessions is read-only": (mode("sessions", 0o500), KEPT, "OA-F804"),
}


@pytest.fixture
def scene(tmp_path: Path, session: SavedSession) -> Iterator[Scene]:
    (tmp_path / "above").mkdir()
    victims = tmp_path / "victims"
    (victims / "folder").mkdir(parents=True)
    (victims / "folder" / "acme.session").write_text("a victim")
    (victims / "victim").write_text("a victim")
    (victims / "victim").chmod(0o640)
    store_session(FileStore(str(tmp_path / "above" / "state")), "acme", session)
    yield Scene(tmp_path / "above" / "state", victims)
    (tmp_path / "above").chmod(0o700)


def picture(victims: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of each file that must not change."""
    there = [path for path in victims.rglob("*") if "disk" not in path.parts]
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in there
    }


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except StoreUnavailable as error:
        refusal = error
    else:
        return KEPT
    assert "canary" not in str(refusal)
    assert refusal.fix
    return refusal.code


@pytest.mark.parametrize(
    ("prepare", "loading", "saving"),
    [
        *(pytest.param(*row, id=name) for name, row in ROWS.items()),
        *(pytest.param(*row, id=name, marks=needs_root) for name, row in OF_ROOT.items()),
        *(pytest.param(*row, id=name, marks=no_root) for name, row in OF_OTHERS.items()),
    ],
)
def test_no_link_is_followed_out_of_the_store(
    prepare: Callable[[Scene], None],
    loading: str,
    saving: str,
    scene: Scene,
    session: SavedSession,
) -> None:
    prepare(scene)
    before = picture(scene.victims)
    store = FileStore(str(scene.state), patience=0.3)
    newer = replace(session, account="bob")
    loaded = outcome(lambda: stored(store, "acme"))
    if loaded == KEPT:
        assert stored(store, "acme") == session
    assert (loaded, outcome(lambda: store_session(store, "acme", newer))) == (loading, saving)
    assert picture(scene.victims) == before
    if saving == KEPT:
        assert stored(store, "acme") == newer
        there = [path.lstat() for path in (scene.state, *scene.state.rglob("*"))]
        assert {stat.S_IMODE(each.st_mode) for each in there} == {0o700, 0o600}
        assert not os.path.lexists(scene.state / TEMPORARY)
    elif loading == KEPT:
        assert stored(store, "acme") == session


REPLACEABLE = {
    name: pytest.param(row[0], id=name, marks=marks)
    for rows, marks in ((ROWS, ()), (OF_ROOT, needs_root))
    for name, row in rows.items()
    if name.startswith(("the file ", "the lock ")) and row[2] == "OA-F806"
}


@pytest.mark.parametrize("prepare", REPLACEABLE.values())
def test_the_fix_for_a_file_that_is_not_private_lets_the_user_sign_in(
    prepare: Callable[[Scene], None], scene: Scene, session: SavedSession
) -> None:
    prepare(scene)
    before = picture(scene.victims)
    store = FileStore(str(scene.state), patience=0.3)
    with pytest.raises(StoreUnavailable) as refused:
        store_session(store, "acme", session)
    assert str(scene.state / "sessions" / "acme.") in refused.value.fix
    subprocess.run(refused.value.fix, shell=True, check=True)
    store_session(store, "acme", session)
    assert stored(store, "acme") == session
    assert picture(scene.victims) == before


def test_the_error_of_a_path_that_others_can_write_has_the_command_that_fixes_it(
    scene: Scene, session: SavedSession
) -> None:
    scene.state.parent.chmod(0o777)
    with pytest.raises(StoreUnavailable) as raised:
        stored(FileStore(str(scene.state)), "acme")
    assert raised.value.fix == f"chmod go-w {scene.state.parent}"
    os.chmod(scene.state.parent, 0o755)
    assert stored(FileStore(str(scene.state)), "acme") == session


@pytest.mark.parametrize("bits", [0o755, 0o711, 0o750])
def test_a_folder_that_others_use_is_refused_and_stays_open_to_them(
    bits: int, tmp_path: Path, session: SavedSession
) -> None:
    home = tmp_path / "a home"
    (home / "public_html").mkdir(parents=True)
    home.chmod(bits)
    store = FileStore(str(home))
    assert outcome(lambda: store_session(store, "acme", session)) == "OA-F806"
    with pytest.raises(StoreUnavailable) as refused:
        stored(store, "acme")
    assert refused.value.code == "OA-F806"
    assert f"export OSDU_AUTH_STATE_DIR='{home}/osdu-auth'" in refused.value.fix
    assert stat.S_IMODE(home.stat().st_mode) == bits
    assert [path.name for path in home.iterdir()] == ["public_html"]
    store_session(FileStore(str(home / "osdu-auth")), "acme", session)


@pytest.mark.parametrize("beside", ["config.toml", "acme.client-secret", "private"])
def test_an_open_folder_with_nothing_that_others_can_use_is_closed(
    beside: str, tmp_path: Path, session: SavedSession
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / beside).touch()
    (folder / beside).chmod(0o600 if beside == "private" else 0o644)
    folder.chmod(0o755)
    store_session(FileStore(str(folder)), "acme", session)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@needs_root
@pytest.mark.parametrize(("group", "loading"), [(0, KEPT), (OTHER_USER, "OA-F806")])
def test_a_group_that_can_write_above_is_refused_unless_the_user_is_its_only_member(
    group: int, loading: str, scene: Scene
) -> None:
    os.chown(scene.state.parent, 0, group)
    scene.state.parent.chmod(0o770)
    assert outcome(lambda: stored(FileStore(str(scene.state)), "acme")) == loading


@pytest.mark.parametrize(
    "name",
    ["a b", "-p", "new\nline", "tab\t", 'quo"te', "üñí", "\udcff\udc80", "*", "$HOME", "...", "~"],
)
def test_a_state_folder_may_have_any_name(name: str, tmp_path: Path, session: SavedSession) -> None:
    store = FileStore(str(tmp_path / name / "state"))
    store_session(store, "acme", session)
    assert stored(FileStore(str(tmp_path / name / "state")), "acme") == session
    assert wipe_session(store, "acme")


def test_a_state_folder_may_be_named_from_the_current_folder(
    tmp_path: Path, session: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore("state")
    store_session(store, "acme", session)
    assert stored(FileStore(str(tmp_path / "state")), "acme") == session
    monkeypatch.chdir("/")
    assert stored(store, "acme") == session
    assert stored(pickle.loads(pickle.dumps(store)), "acme") == session


def test_a_tilde_before_a_state_folder_is_the_home_folder(
    tmp_path: Path, session: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    store_session(FileStore("~/state"), "acme", session)
    assert stored(FileStore(str(tmp_path / "home" / "state")), "acme") == session
    assert list((tmp_path / "here").iterdir()) == []


def test_a_removed_current_folder_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert outcome(lambda: FileStore("state")) == "OA-F805"


@pytest.mark.parametrize(
    "place", ["n" * 300, "/".join(["folder"] * 1000), "file/state", "file", "victim/../file/state"]
)
def test_a_folder_that_cannot_be_made_is_reported(
    place: str, tmp_path: Path, session: SavedSession
) -> None:
    (tmp_path / "file").write_text("a victim")
    store = FileStore(str(tmp_path / place))
    assert outcome(lambda: store_session(store, "acme", session)) in {"OA-F805", "OA-F806"}
    assert (tmp_path / "file").read_text() == "a victim"


@pytest.mark.parametrize("home", ["file", "none", "link"])
def test_a_home_that_is_not_a_folder_is_reported_or_made(
    home: str, tmp_path: Path, session: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a victim")
    (tmp_path / "link").symlink_to("file")
    monkeypatch.setenv("HOME", str(tmp_path / home))
    saving = outcome(lambda: store_session(FileStore(), "acme", session))
    assert saving == (KEPT if home == "none" else "OA-F805")
    assert (tmp_path / "file").read_text() == "a victim"


@pytest.mark.parametrize(
    ("name", "members", "loading"),
    [
        ("alice", [], KEPT),
        ("alice", ["alice"], KEPT),
        ("alice", ["alice", "mallory"], "OA-F806"),
        ("alice", ["mallory"], "OA-F806"),
        ("staff", [], "OA-F806"),
        ("staff", ["alice"], "OA-F806"),
    ],
)
def test_a_group_is_this_users_alone_if_it_is_named_so_and_has_no_other_member(
    name: str, members: list[str], loading: str, tmp_path: Path, session: SavedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "shared"
    folder.mkdir()
    store_session(FileStore(str(folder / "state")), "acme", session)
    folder.chmod(0o770)
    user, group = os.geteuid(), folder.stat().st_gid
    # The users and groups of this machine.
    monkeypatch.setattr(
        pwd, "getpwuid", {user: pwd.struct_passwd(("alice", "x", user, group, "", "/", ""))}.get
    )
    monkeypatch.setattr(grp, "getgrgid", {group: grp.struct_group((name, "x", group, members))}.get)
    store = FileStore(str(folder / "state"))
    assert outcome(lambda: stored(store, "acme")) == loading
    assert outcome(lambda: store_session(store, "acme", session)) == loading
