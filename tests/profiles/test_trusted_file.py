"""A file of profiles that other users could change is not used, and the fix in the error works.

The row F-14 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import Session
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.edits import remove_profile, write_profile, write_setting
from osdu_auth.profiles.file import read_profiles
from osdu_auth.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OTHER_USER = 12345
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
TEXT = '[profiles.acme]\nregion = "us-east-1"\nclient_id = "abc"\n'


@dataclass
class Scene:
    """A home folder with a file of profiles in it."""

    home: Path
    file: Path

    @property
    def folder(self) -> Path:
        return self.file.parent


DOORS = ["OSDU_AUTH_CONFIG_DIR", "XDG_CONFIG_HOME", "HOME"]
each_door = pytest.mark.parametrize("scene", DOORS, indirect=True)


@pytest.fixture
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The file at the path of a variable, or of our own variable by default."""
    door = getattr(request, "param", DOORS[0])
    umask = os.umask(0o022)
    home = tmp_path / "home"
    folders = {"OSDU_AUTH_CONFIG_DIR": "my settings/osdu", "XDG_CONFIG_HOME": "x/osdu-auth"}
    folder = home / folders.get(door, ".config/osdu-auth")
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(TEXT)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("OSDU_AUTH_CONFIG_DIR")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    if door == "OSDU_AUTH_CONFIG_DIR":
        monkeypatch.setenv(door, str(folder))
    elif door == "XDG_CONFIG_HOME":
        monkeypatch.setenv(door, str(folder.parent))
    yield Scene(home, folder / "config.toml")
    os.umask(umask)


def mode(bits: int, *above: str) -> Callable[[Scene], None]:
    """Set the mode of the file, or of the folder `above`: "." is its own folder."""
    return lambda scene: scene.folder.joinpath(*above or [scene.file.name]).chmod(bits)


def group(bits: int, *above: str) -> Callable[[Scene], None]:
    """Give the file or folder to a group that is not this user's."""

    def prepare(scene: Scene) -> None:
        os.chown(scene.folder.joinpath(*above or [scene.file.name]), -1, OTHER_USER)
        mode(bits, *above)(scene)

    return prepare


def owner(*above: str) -> Callable[[Scene], None]:
    return lambda scene: os.chown(
        scene.folder.joinpath(*above or [scene.file.name]), OTHER_USER, OTHER_USER
    )


def everything_open(scene: Scene) -> None:
    for path in (scene.file, scene.folder, scene.folder.parent):
        path.chmod(0o777)


def link(scene: Scene, target: str = "../dotfiles/osdu.toml") -> Path:
    """Make the file a link, as a program for dotfiles does, and return its target."""
    (scene.folder.parent / "dotfiles").mkdir()
    there = scene.file.rename(scene.folder.parent / "dotfiles" / "osdu.toml")
    scene.file.symlink_to(target if target.startswith(".") else there)
    return there


def linked_to_an_open_file(scene: Scene) -> None:
    link(scene).chmod(0o666)


def linked_into_an_open_folder(scene: Scene) -> None:
    link(scene, "absolute").parent.chmod(0o777)


def linked_over_a_link_in_an_open_folder(scene: Scene) -> None:
    """The file and its folder are closed; all users can replace the name that leads there."""
    there = link(scene)
    (scene.home / "open").mkdir()
    (scene.home / "open" / "way").symlink_to(there.parent)
    (scene.home / "open").chmod(0o777)
    scene.file.unlink()
    scene.file.symlink_to(scene.home / "open" / "way" / "osdu.toml")


def linked_folder(scene: Scene) -> None:
    moved = scene.folder.rename(scene.home / "moved")
    scene.folder.symlink_to(moved)


def linked_folder_that_is_open(scene: Scene) -> None:
    linked_folder(scene)
    (scene.home / "moved").chmod(0o777)


def others_link(scene: Scene) -> None:
    link(scene)
    os.chown(scene.file, OTHER_USER, OTHER_USER, follow_symlinks=False)


def give_by_access_list(path: Path) -> None:
    """Let another user write by an access list; the group's bits then show what it may do."""
    entries = ((0x01, 6, -1), (0x02, 6, OTHER_USER), (0x04, 4, -1), (0x10, 6, -1), (0x20, 4, -1))
    packed = [struct.pack("<HHI", tag, may, who & 0xFFFFFFFF) for tag, may, who in entries]
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(packed))
    except OSError:
        pytest.skip("this file system has no access lists")


OURS_TO_MEND: Mapping[str, Callable[[Scene], object]] = {
    "all may write to the file": mode(0o666),
    "others may write to the file": mode(0o602),
    "a sticky bit closes no file": mode(0o1666),
    "all may write to its folder": mode(0o777, "."),
    "all may write above its folder": mode(0o777, ".."),
    "all may write to all of them": everything_open,
    "a link leads to an open file": linked_to_an_open_file,
    "a link leads into an open folder": linked_into_an_open_folder,
    "a link leads over an open folder": linked_over_a_link_in_an_open_folder,
    "its folder is a link to an open one": linked_folder_that_is_open,
    "an access list lets another user write": lambda scene: give_by_access_list(scene.file),
}
OF_A_GROUP = {
    "a group may write to the file": group(0o664),
    "a group may write to its folder": group(0o775, "."),
    "a group may write above its folder": group(0o775, ".."),
}
OF_ANOTHER = {
    "the file is another user's": owner(),
    "its folder is another user's": owner("."),
    "the folder above is another user's": owner(".."),
    "a link is another user's": others_link,
}
TRUSTED: Mapping[str, Callable[[Scene], object]] = {
    "as it is": mode(0o644),
    "private": mode(0o600),
    "read-only": mode(0o444),
    "in a folder like /tmp": mode(0o1777, ".."),
    "in a sticky folder of its own": mode(0o1777, "."),
    "a link to dotfiles": link,
    "an absolute link to dotfiles": lambda scene: link(scene, "absolute"),
    "its folder is a link": linked_folder,
}
OF_ONE = {"a group of one": mode(0o664), "a group of one above": mode(0o775, "..")}


def rows(*tables: Mapping[str, Callable[[Scene], object]]) -> list[Any]:
    by_root = {**OF_A_GROUP, **OF_ANOTHER, **OF_ONE}  # root's group is a group of one anywhere
    return [
        pytest.param(prepare, id=name, marks=[needs_root] if name in by_root else [])
        for table in tables
        for name, prepare in table.items()
    ]


def refusal() -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        read_profiles()
    assert refused.value.code == "OA-C798"
    return refused.value


def type_in(command: str, scene: Scene) -> str:
    """Type a command as it was printed, and return the folder of settings that is used then."""
    printed = subprocess.run(
        ["bash", "-c", f'{command} && printf %s "$OSDU_AUTH_CONFIG_DIR"'],
        capture_output=True, text=True, check=True, cwd=scene.home,
    )  # fmt: skip
    return printed.stdout


@pytest.mark.parametrize("prepare", rows(OURS_TO_MEND, OF_A_GROUP))
def test_a_file_that_others_could_change_is_not_used_until_it_is_closed_to_them(
    prepare: Callable[[Scene], object], scene: Scene
) -> None:
    prepare(scene)
    refused = refusal()
    assert refused.fix.startswith("chmod go-w ")
    with pytest.raises(ConfigurationError) as used:
        _ = Session("acme").profile
    assert used.value.code == "OA-C798"
    type_in(refused.fix, scene)
    assert read_profiles().profile("acme").client_id == "abc"


@each_door
@pytest.mark.parametrize("prepare", [mode(0o666), mode(0o777, ".")], ids=["file", "folder"])
def test_the_file_is_checked_in_every_place_that_it_may_have(
    prepare: Callable[[Scene], object], scene: Scene
) -> None:
    prepare(scene)
    type_in(refusal().fix, scene)
    assert read_profiles().names == ["acme"]


@needs_root
@each_door
@pytest.mark.parametrize("prepare", rows(OF_ANOTHER))
def test_a_file_of_another_user_is_not_used_and_a_copy_of_it_is(
    prepare: Callable[[Scene], object], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(scene)
    refused = refusal()
    assert "chmod" not in refused.fix
    folder = type_in(refused.fix, scene)
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", folder)
    assert read_profiles().profile("acme").client_id == "abc"


@pytest.mark.parametrize("prepare", rows(TRUSTED, OF_ONE))
def test_a_file_that_only_this_user_can_change_is_used_and_written(
    prepare: Callable[[Scene], object], scene: Scene
) -> None:
    prepare(scene)
    assert read_profiles().profile("acme").client_id == "abc"
    write_profile(Profile("new", "eu-west-1", "def"))
    assert read_profiles().names == ["acme", "new"]


@pytest.mark.parametrize("prepare", rows(OURS_TO_MEND, OF_A_GROUP, OF_ANOTHER))
@pytest.mark.parametrize(
    "edit",
    [
        lambda: write_profile(Profile("new", "eu-west-1", "def")),
        lambda: write_setting("acme", "auth_flow", "USER_PASSWORD_AUTH"),
        lambda: remove_profile("acme"),
    ],
    ids=["write", "set", "remove"],
)
def test_no_file_is_written_where_other_users_could_change_it(
    edit: Callable[[], None], prepare: Callable[[Scene], object], scene: Scene
) -> None:
    prepare(scene)
    before = {path: (path.lstat().st_mode, path.lstat().st_uid) for path in scene.home.rglob("*")}
    with pytest.raises(ConfigurationError) as refused:
        edit()
    assert refused.value.code == "OA-C798"
    after = {path: (path.lstat().st_mode, path.lstat().st_uid) for path in scene.home.rglob("*")}
    assert after == before
    assert scene.file.read_text() == TEXT


@each_door
@pytest.mark.parametrize("bits", [0o777, 0o700])
def test_a_missing_file_in_an_open_place_is_no_error(bits: int, scene: Scene) -> None:
    scene.file.unlink()
    scene.folder.rmdir()
    scene.folder.parent.chmod(bits)
    assert read_profiles().names == []
    if bits == 0o700:
        write_profile(Profile("new", "eu-west-1", "def"))
        assert scene.folder.stat().st_mode & 0o777 == 0o700
        return
    with pytest.raises(ConfigurationError) as refused:
        write_profile(Profile("new", "eu-west-1", "def"))
    assert not scene.folder.exists()
    type_in(refused.value.fix, scene)
    write_profile(Profile("new", "eu-west-1", "def"))
    assert read_profiles().names == ["new"]


@needs_root
def test_the_copy_goes_to_another_folder_if_no_folder_in_the_home_is_safe(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner()(scene)
    os.chown(scene.home, OTHER_USER, OTHER_USER)
    refused = refusal()
    assert "mktemp" in refused.fix
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", type_in(refused.fix, scene))
    assert read_profiles().profile("acme").client_id == "abc"


@pytest.fixture
def common_ground() -> Iterator[Path]:
    """A folder that every user can reach; the folders of tests are closed to others."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def begin_as_another_user(call: Callable[[], str]) -> tuple[int, int]:
    """Start a call in a process of another user; return its id and the descriptor of its result."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads do not matter here
        child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    try:
        os.setgroups([])
        os.setgid(OTHER_USER)
        os.setuid(OTHER_USER)
        os.write(theirs, call().encode())
    finally:
        os._exit(0)


def as_another_user(call: Callable[[], str]) -> str:
    """Return the result of a call in a process of another user, who is not root."""
    child, result = begin_as_another_user(call)
    with os.fdopen(result) as told:
        text = told.read()
    os.waitpid(child, 0)
    return text


def names_or_fix() -> str:
    try:
        return ",".join(read_profiles().names)
    except ConfigurationError as error:
        return error.fix


@needs_root
@pytest.mark.parametrize(("bits", "is_used"), [(0o644, True), (0o664, False), (0o666, False)])
def test_a_file_of_root_is_used_and_one_that_root_left_open_can_be_copied(
    bits: int, is_used: bool, common_ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other user may not be able to read the source, so it is imported before.
    from osdu_auth.profiles.toml_text import untrusted_file_error

    del untrusted_file_error
    file, home = common_ground / "etc" / "config.toml", common_ground / "home"
    for folder in (file.parent, home):
        folder.mkdir(mode=0o755)
    file.write_text(TEXT)
    file.chmod(bits)
    os.chown(home, OTHER_USER, OTHER_USER)
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(file.parent))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def read_or_copy() -> str:
        os.chdir(home)
        told = names_or_fix()
        if told == "acme":
            return "used"
        folder = type_in(told, Scene(home, file))
        os.environ["OSDU_AUTH_CONFIG_DIR"] = folder
        return f"copied {names_or_fix()}" if "chmod" not in told else told

    assert as_another_user(read_or_copy) == ("used" if is_used else "copied acme")


@needs_root
def test_a_file_that_an_attacker_swaps_in_a_folder_like_tmp_is_never_used(
    common_ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, theirs = common_ground / "sticky", common_ground / "theirs"
    for made in (folder, theirs):
        made.mkdir()
    folder.chmod(0o1777)
    os.chown(theirs, OTHER_USER, OTHER_USER)
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(folder))
    place = folder / "config.toml"

    enough = common_ground / "enough"

    def attack() -> str:
        evil, begin = theirs / "evil.toml", time.monotonic()
        evil.write_text(TEXT.replace("acme", "evil"))
        swaps = 0
        while not enough.exists() and time.monotonic() < begin + 60:
            place.hardlink_to(evil)
            place.unlink()
            place.symlink_to(evil)
            place.unlink()
            swaps += 2
        return str(swaps)

    child, result = begin_as_another_user(attack)
    seen, begin = set(), time.monotonic()
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > begin + 1 and "OA-C798" in seen:
            enough.touch()
        try:
            seen.add(",".join(read_profiles().names))
        except ConfigurationError as error:
            seen.add(error.code)
    with os.fdopen(result) as told:
        assert int(told.read()) > 100
    # There is no file, or another user's file, or a link that came after the path was checked.
    assert "OA-C798" in seen
    assert seen <= {"", "OA-C798", "OA-C786"}
