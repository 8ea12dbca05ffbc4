"""An edit changes one profile only, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from osdu_auth.errors import ConfigurationError
from osdu_auth.private_files import PrivateFolder
from osdu_auth.profiles.edits import remove_profile, write_profile
from osdu_auth.profiles.file import read_profiles
from osdu_auth.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

ACME = Profile("acme", "us-east-1", "abc", client_secret="env:X", data_partition_id="osdu")
FULL = replace(
    ACME,
    name="full",
    username="alice",
    platform_url="https://osdu.acme.com",
    user_pool_id="us-east-1_Ab",
    endpoint_url="http://127.0.0.1:1",
    transport="boto3",
    sealing="required",
)
BY_HAND = """\
# my settings
default_profile = "acme"  # the one for work

[profiles.zeta]  # last by name, first here
client_id = "zzz"
region   =   "eu-west-1"

[profiles.acme]
# the id from the wiki
client_id = "old"
region = "us-east-1"
username = "bob"
store.sealed = "required"
"""


def test_a_profile_is_read_as_it_was_written(config_file: Path) -> None:
    for profile in (ACME, FULL):
        write_profile(profile)
        assert read_profiles().profile(profile.name) == profile
    assert config_file.stat().st_mode & 0o777 == 0o600
    assert config_file.parent.stat().st_mode & 0o777 == 0o700


def test_comments_order_and_other_profiles_survive(config_file: Path) -> None:
    config_file.parent.mkdir()
    config_file.write_text(BY_HAND)
    write_profile(ACME)
    text = config_file.read_text()
    for kept in ("# my settings", "# the one for work", "# last by name", "# the id from the wiki"):
        assert kept in text
    assert 'region   =   "eu-west-1"' in text
    assert text.index("zeta") < text.index("profiles.acme")
    assert read_profiles().profile("acme") == ACME


def test_the_default_profile_is_set_when_asked_for(config_file: Path) -> None:
    write_profile(FULL)
    assert read_profiles().default is None
    write_profile(ACME, make_default=True)
    assert read_profiles().default == "acme"
    assert read_profiles().profile("full") == FULL


def test_a_removed_profile_is_gone_and_no_longer_the_default(config_file: Path) -> None:
    write_profile(FULL)
    write_profile(ACME, make_default=True)
    remove_profile("acme")
    assert (read_profiles().names, read_profiles().default) == (["full"], None)
    with pytest.raises(ConfigurationError) as raised:
        remove_profile("acme")
    assert raised.value.code == "OA-C784"


@pytest.mark.parametrize("head", ["", "[profiles]\n# all of them\n\n"])
def test_the_last_profile_can_be_removed_and_another_written(config_file: Path, head: str) -> None:
    write_profile(ACME, make_default=True)
    written = config_file.read_text()
    config_file.write_text(written.replace("[profiles.acme]", f"{head}[profiles.acme]"))
    remove_profile("acme")
    assert (read_profiles().names, read_profiles().default) == ([], None)
    assert head.strip() in config_file.read_text()
    write_profile(FULL)
    assert read_profiles().profile("full") == FULL


def test_the_target_of_a_linked_file_is_edited(config_file: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "osdu.toml").write_text(BY_HAND)
    config_file.parent.mkdir()
    config_file.symlink_to(dotfiles / "osdu.toml")
    write_profile(ACME)
    assert config_file.is_symlink()
    assert [path.name for path in dotfiles.iterdir()] == ["osdu.toml"]
    assert read_profiles().profile("acme") == ACME


def test_a_linked_folder_is_followed(config_file: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    config_file.parent.symlink_to(tmp_path / "dotfiles")
    write_profile(ACME)
    assert (tmp_path / "dotfiles" / "config.toml").exists()


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
def test_folders_that_others_may_read_stay_as_open_as_they_are(
    mode: int, config_file: Path, tmp_path: Path
) -> None:
    dotfiles = tmp_path / "dotfiles"
    for folder in (config_file.parent, dotfiles):
        folder.mkdir()
        folder.chmod(mode)
    config_file.symlink_to(dotfiles / "osdu.toml")
    write_profile(ACME)
    remove_profile(ACME.name)
    assert [path.stat().st_mode & 0o777 for path in (config_file.parent, dotfiles)] == [mode, mode]


@pytest.mark.parametrize(
    "content",
    [
        b"x =",
        b"\xff",
        b'typo = "x"',
        b'profiles = { acme = { region = "us-east-1", client_id = "a" } }\n',
        b'profiles.acme.region = "us-east-1"\nprofiles.acme.client_id = "a"\n',
    ],
)
def test_a_file_is_edited_to_the_wanted_result_or_left_as_it_is(
    content: bytes, config_file: Path
) -> None:
    config_file.parent.mkdir()
    config_file.write_bytes(content)
    try:
        write_profile(ACME)
    except ConfigurationError:
        assert config_file.read_bytes() == content
    else:
        assert read_profiles().profile("acme") == ACME


def test_all_edits_at_the_same_time_take_effect(config_file: Path) -> None:
    program = (
        "import sys\n"
        "from osdu_auth.profiles.edits import write_profile\n"
        "from osdu_auth.profiles.profile import Profile\n"
        "for number in range(5):\n"
        "    write_profile(Profile(f'{sys.argv[1]}{number}', 'us-east-1', 'abc'))\n"
    )
    editors = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "abcd"]
    assert [editor.wait(60) for editor in editors] == [0, 0, 0, 0]
    assert sorted(read_profiles().names) == sorted(f"{a}{n}" for a in "abcd" for n in range(5))


def test_a_full_disk_leaves_the_file_as_it_was(config_file: Path) -> None:
    write_profile(ACME)
    before = config_file.read_bytes()
    program = (
        "import resource, signal\n"
        "from osdu_auth.errors import ConfigurationError\n"
        "from osdu_auth.profiles.edits import write_profile\n"
        "from osdu_auth.profiles.profile import Profile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "try:\n"
        "    write_profile(Profile('other', 'us-east-1', 'abc'))\n"
        "except ConfigurationError as error:\n"
        "    print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"OA-C787\n"
    assert config_file.read_bytes() == before
    assert sorted(path.name for path in config_file.parent.iterdir()) == [
        "config.toml",
        "config.toml.lock",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="a read-only folder is no obstacle to root")
def test_a_read_only_folder_is_reported(config_file: Path) -> None:
    config_file.parent.mkdir(0o500)
    with pytest.raises(ConfigurationError) as raised:
        write_profile(ACME)
    assert raised.value.code == "OA-C787"


def test_a_folder_in_the_place_of_the_file_is_reported(config_file: Path) -> None:
    config_file.mkdir(parents=True)
    with pytest.raises(ConfigurationError) as raised:
        write_profile(ACME)
    assert raised.value.code == "OA-C787"


def test_a_file_in_the_place_of_the_folder_is_reported(config_file: Path) -> None:
    config_file.parent.write_text("")
    with pytest.raises(ConfigurationError) as raised:
        write_profile(ACME)
    assert raised.value.code == "OA-C787"


def test_an_edit_that_takes_too_long_is_reported(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osdu_auth.profiles.edits.PATIENCE", 0.1)
    with PrivateFolder(str(config_file.parent), make=True) as folder:
        holder = folder.open_lock_file("config.toml.lock")
    import fcntl

    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        with pytest.raises(ConfigurationError) as raised:
            write_profile(ACME)
        assert raised.value.code == "OA-C789"
        command = raised.value.fix.partition("end that process: ")[2]
        named = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
        assert str(os.getpid()) in named.stdout  # as it is printed: it names who holds the lock
    finally:
        os.close(holder)
    write_profile(ACME)
