"""A reference leads to the app client's secret, and no error shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles import references
from osdu_auth.profiles.references import check_reference, resolve, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-1vu2o9secret"


def refusal(reference: str) -> ConfigurationError:
    """The error of resolving a reference; it never shows the canary."""
    with pytest.raises(ConfigurationError) as raised:
        resolve(reference)
    assert CANARY not in f"{raised.value} {raised.value!r}"
    assert raised.value.fix
    return raised.value


def test_a_reference_to_a_variable_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_SECRET", f"{CANARY}\n")
    assert resolve("env:ACME_SECRET").reveal() == CANARY


def test_a_reference_to_a_private_file_in_the_home_folder_is_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "secret"
    file.write_text(f"{CANARY}\r\n")
    file.chmod(0o600)
    assert resolve("file:~/secret").reveal() == CANARY


def test_a_command_is_run_without_a_shell_and_its_first_line_is_taken() -> None:
    program = f"print('{CANARY}'); print('more')"
    assert resolve(f'command:"{sys.executable}" -c "{program}"').reveal() == CANARY
    assert resolve("command:echo $HOME;x").reveal() == "$HOME;x"


def test_a_secret_in_clear_is_accepted_with_the_word_clear() -> None:
    assert resolve(f"clear:{CANARY}").reveal() == CANARY
    assert resolve("clear: a:b ").reveal() == " a:b "


@for_each("text", [CANARY, "", ":", "env", "ENV:X", "env:", "vault:x", "env:A B"])
def test_a_text_that_is_not_a_reference_is_refused_and_not_shown(text: str) -> None:
    error = refusal(text)
    assert error.code == "OA-C710"
    for kind in references.REFERENCE_KINDS:
        assert f"{kind}:" in error.fix


@given(st.text())
def test_the_check_returns_the_text_or_raises_our_error_for_every_text(text: str) -> None:
    code = "OA-C710"
    try:
        assert check_reference(text) == text
    except ConfigurationError as error:
        code = error.code
    assert code == "OA-C710"


def test_the_error_of_an_unset_variable_has_a_line_to_type() -> None:
    error = refusal("env:NOT_SET_ANYWHERE")
    assert error.code == "OA-C792"
    assert "export NOT_SET_ANYWHERE" in error.fix


def test_an_empty_secret_is_reported_for_each_reference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMPTY", "\n")
    (tmp_path / "empty").touch(0o600)
    for reference in ("env:EMPTY", f"file:{tmp_path}/empty", "command:true"):
        assert refusal(reference).code == "OA-C796"


def test_a_text_that_is_no_secret_is_not_sent_to_an_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An issuer answers only "invalid_client" to it, and the user would look for another secret."""
    for text, said in {
        "env:ANOTHER_VARIABLE": "not to another reference",
        json.dumps({"client_secret": "x" * 30}): "It is a JSON object",
        "x" * 1025: "It has 1,025 characters",
        "two lines\nof text": "It contains a line break",
    }.items():
        monkeypatch.setenv("ACME_SECRET", text)
        with pytest.raises(ConfigurationError) as raised:
            resolve("env:ACME_SECRET")
        assert (raised.value.code, said in raised.value.why) == ("OA-C749", True), text[:20]
        assert text not in str(raised.value)
    large = tmp_path / "large"
    large.touch(mode=0o600)
    large.write_text("\n" * 65536 + "x" * 30)
    with pytest.raises(ConfigurationError, match="cannot be read") as raised:
        resolve(f"file:{large}")
    assert "more than 64 KiB" in raised.value.why


def test_a_file_that_others_can_read_is_refused_with_the_chmod_to_type(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o644)
    error = refusal(f"file:{file}")
    assert (error.code, error.fix) == ("OA-C794", f"chmod 600 {file}")
    subprocess.run(error.fix.split(), check=True)
    assert resolve(f"file:{file}").reveal() == CANARY


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
READER = 12345

AS_READER = """
import grp, os, pwd, shlex, sys
import encodings.utf_8_sig
import osdu_auth.text
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.references import resolve
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))  # by now, as the interpreter may lie where that user cannot go
try:
    print(resolve("file:" + sys.argv[1]).reveal())
except ConfigurationError as error:
    print(error.code, error.fix, sep="\\n")
"""


def read_by_another(path: Path) -> str:
    """The result of resolving a reference to a file as another user, who is in one group."""
    done = subprocess.run(
        [sys.executable, "-c", AS_READER, str(path), str(READER)],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(path.parent), "PATH": os.environ["PATH"]},
    )
    return done.stdout.rstrip("\n")


@pytest.fixture
def mount() -> Iterator[Path]:
    """A folder that all users can enter, such as the folder of a container's secrets."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_the_variable_of_a_secret_is_known_from_its_reference() -> None:
    assert variables_of("env:ACME_SECRET") == {"ACME_SECRET"}
    for reference in ("file:/ACME_SECRET", "keyring:acme", "command:env", "clear:env:x", None):
        assert not variables_of(reference)


@needs_root
@pytest.mark.parametrize(
    ("mode", "owner", "group"),
    [
        (0o444, 0, 0),
        (0o644, 0, 0),
        (0o440, 0, READER),
        (0o640, 0, READER),
        (0o444, 500, 500),
        (0o604, 500, 500),
        (0o600, READER, READER),
    ],
)
def test_a_file_of_another_user_that_only_they_can_change_may_be_read(
    mount: Path, mode: int, owner: int, group: int
) -> None:
    file = mount / "a secret"
    file.write_text(CANARY)
    os.chown(file, owner, group)
    file.chmod(mode)
    assert read_by_another(file) == CANARY


@needs_root
def test_a_secret_that_a_mount_shows_by_links_may_be_read(mount: Path) -> None:
    """As Kubernetes mounts secrets: NAME is a link to ..data/NAME, and ..data to a folder."""
    (mount / "..2026").mkdir(mode=0o755)
    (mount / "..2026/secret").write_text(CANARY)
    (mount / "..2026/secret").chmod(0o644)
    (mount / "..data").symlink_to("..2026")
    (mount / "secret").symlink_to("..data/secret")
    assert read_by_another(mount / "secret") == CANARY


@needs_root
@pytest.mark.parametrize(
    ("mode", "owner", "group"), [(0o666, 0, 0), (0o646, 500, 500), (0o660, 0, READER)]
)
def test_a_file_of_another_user_that_others_can_change_is_refused_and_a_copy_advised(
    mount: Path, mode: int, owner: int, group: int
) -> None:
    file = mount / "-a secret; of 'all'"
    file.write_text(CANARY)
    os.chown(file, owner, group)
    file.chmod(mode)
    code, fix = read_by_another(file).splitlines()
    assert code == "OA-C794"
    assert "chmod" not in fix
    copying, _, naming = fix.rpartition(": ")[2].partition(" && ")
    assert naming == f"osdu-auth init --client-secret file:{mount}/osdu-auth-secret"
    subprocess.run(copying, shell=True, check=True)
    os.chown(mount / "osdu-auth-secret", READER, READER)  # as if that user had typed it
    assert read_by_another(mount / "osdu-auth-secret") == CANARY


@needs_root
@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_the_error_of_an_unreadable_file_says_what_to_do(mount: Path, mode: int) -> None:
    file = mount / "secret"
    file.write_text(CANARY)
    file.chmod(mode)
    code, fix = read_by_another(file).splitlines()
    assert code == "OA-C794"
    assert fix.endswith("or name another place: osdu-auth init --client-secret REF")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize(("group", "is_followed"), [(0, True), (12345, False)])
def test_a_file_for_a_group_is_read_if_the_user_is_its_only_member(
    group: int, is_followed: bool, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    os.chown(file, 0, group)
    file.chmod(0o640)
    if is_followed:
        assert resolve(f"file:{file}").reveal() == CANARY
    else:
        assert refusal(f"file:{file}").fix == f"chmod 600 {file}"


def test_a_path_that_is_not_a_text_file_is_refused_as_a_secret(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "binary").write_bytes(b"\xff" + CANARY.encode())
    (tmp_path / "binary").chmod(0o600)
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe", tmp_path / "binary"):
        assert refusal(f"file:{path}").code == "OA-C794"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (f"sh -c 'echo {CANARY}; echo {CANARY} >&2; exit 3'", "exit code 3"),
        ("/no/such/program", "No such file"),
        ("'unbalanced", "not a command line"),
        (r"printf '\377'", "not text"),
    ],
)
def test_the_error_of_a_failed_command_does_not_show_its_output(
    command: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    error = refusal(f"command:{command}")
    assert error.code == "OA-C795"
    assert why in error.why
    assert capfd.readouterr() == ("", "")


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "COMMAND_PATIENCE", 0.3)
    start = time.monotonic()
    error = refusal("command:sleep 300")
    assert error.code == "OA-C795"
    assert time.monotonic() - start < 60


def test_a_command_does_not_find_another_secret_in_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", CANARY)
    assert resolve("command:sh -c 'echo -${OSDU_AUTH_CLIENT_SECRET}-'").reveal() == "--"
