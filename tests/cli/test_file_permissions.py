"""A session or key file with open permissions: a warning if readable, refused if writable.

Each fix is typed as it is printed. The row F-17 of the list of abuse and
faults.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Outcome, Shell
    from osdu_auth.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no modes of this kind")

OTHER_USER = 12345
SESSION, KEY = "sessions/acme.session", "key"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def to_others(bits: int) -> Callable[[Path], None]:
    return lambda path: path.chmod(bits)


def to_a_group(path: Path) -> None:
    os.chown(path, 0, OTHER_USER)
    path.chmod(0o660)


def to_an_owner(path: Path) -> None:
    os.chown(path, OTHER_USER, OTHER_USER)


def to_a_user_of_an_access_list(path: Path) -> None:
    """As `setfacl -m u:12345:rw` does (acl(5); the format is Linux's posix_acl_xattr.h)."""
    path.chmod(0o600)
    entries = [(1, 6, -1), (2, 6, OTHER_USER), (4, 0, -1), (16, 6, -1), (32, 0, -1)]
    packed = b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + packed)
    except OSError:
        pytest.skip("this file system has no access lists")


CHANGEABLE = [
    pytest.param(to_others(0o666), id="all may write"),
    pytest.param(to_others(0o602), id="all may write, and not read"),
    pytest.param(to_a_group, id="a group may write", marks=needs_root),
    pytest.param(to_an_owner, id="it is another user's", marks=needs_root),
    pytest.param(to_a_user_of_an_access_list, id="an access list", marks=needs_root),
]


def type_as_printed(shell: Shell, commands: str, sandbox: Sandbox) -> None:
    """Type commands that are joined by `&&`, and the password if it is asked for."""
    for command in commands.split(" && "):
        words = shlex.split(command)
        if words[0] != "osdu-auth":
            subprocess.run(command, shell=True, check=True)
            continue
        stdin = ("--password-stdin",) if words[1] == "login" else ()
        done = shell.run(*words[1:], *stdin, stdin=sandbox.password + "\n")
        assert done.code == 0, done.stderr


def lines(outcome: Outcome) -> str:
    return " ".join(outcome.stderr.split())


@pytest.mark.parametrize("name", [SESSION, KEY])
@pytest.mark.parametrize("bits", [0o644, 0o640, 0o604])
def test_a_file_that_others_could_read_is_made_private_and_this_is_said_once(
    signed_in: Shell, name: str, bits: int
) -> None:
    path = signed_in.state / name
    if bits == 0o640:
        if os.geteuid() != 0:
            pytest.skip("only root can give files to another group")
        os.chown(path, 0, OTHER_USER)
    path.chmod(bits)
    first = signed_in.run("status")
    assert lines(first).count(f"{path} could be read by others") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = signed_in.run("status")
    assert "could be read" not in second.stderr
    assert (first.code, first.stdout) == (second.code, second.stdout)


def test_a_fresh_token_from_a_readable_file_is_printed_with_a_warning(
    signed_in: Shell,
) -> None:
    token = signed_in.run("token").stdout
    (signed_in.state / SESSION).chmod(0o644)
    outcome = signed_in.run("token")
    assert (outcome.code, outcome.stdout) == (0, token)
    assert "could be read by others" in outcome.stderr


@pytest.mark.parametrize("name", [SESSION, KEY])
def test_the_fix_for_a_readable_file_makes_new_secrets(
    signed_in: Shell, sandbox: Sandbox, name: str
) -> None:
    path = signed_in.state / name
    before = path.read_bytes()
    path.chmod(0o644)
    said = lines(signed_in.run("status"))
    advised = re.search(r": ((rm|osdu-auth) .*)", said)
    assert advised, said
    type_as_printed(signed_in, advised[1], sandbox)
    if name == KEY:
        type_as_printed(signed_in, "osdu-auth login -p acme", sandbox)
    assert path.read_bytes() != before
    again = signed_in.run("token")
    assert (again.code, again.stderr) == (0, "")


@pytest.mark.parametrize("name", [SESSION, KEY])
@pytest.mark.parametrize("open_it", CHANGEABLE)
def test_a_file_that_others_could_have_changed_is_refused_and_the_fix_works(
    signed_in: Shell, sandbox: Sandbox, name: str, open_it: Callable[[Path], None]
) -> None:
    path = signed_in.state / name
    open_it(path)
    before = path.read_bytes(), path.stat().st_mode
    refused = signed_in.run("token", "--min-ttl", "20m")
    assert (refused.code, refused.stdout) == (8, "")
    assert "OA-F809" in refused.stderr
    assert str(path) in "".join(refused.stderr.split())
    assert (path.read_bytes(), path.stat().st_mode) == before, "it is left as it is"
    fix = re.search(r"osdu-auth login [^·]*$", lines(refused))
    assert fix, refused.stderr
    type_as_printed(signed_in, fix[0], sandbox)
    assert path.read_bytes() != before[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == os.geteuid()
    again = signed_in.run("token", "--min-ttl", "20m")
    assert (again.code, again.stderr) == (0, "")


@pytest.mark.parametrize("name", [SESSION, KEY])
def test_a_session_that_others_could_have_changed_can_be_signed_out(
    signed_in: Shell, sandbox: Sandbox, name: str
) -> None:
    (signed_in.state / name).chmod(0o666)
    signed_in.run("logout")
    assert not (signed_in.state / SESSION).exists()
    type_as_printed(signed_in, "osdu-auth login -p acme", sandbox)
    assert signed_in.run("token").code == 0


@needs_root
@pytest.mark.parametrize("name", [SESSION, KEY])
def test_a_user_s_own_group_counts_as_the_user(signed_in: Shell, name: str) -> None:
    path = signed_in.state / name
    os.chown(path, 0, 0)  # the group of root, who is alone in it
    path.chmod(0o660)
    outcome = signed_in.run("token", "--min-ttl", "20m")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "sessions"])
def test_a_folder_that_others_could_write_is_made_private_and_this_is_said_once(
    signed_in: Shell, name: str
) -> None:
    path = signed_in.state / name
    path.chmod(0o777)
    first = signed_in.run("status")
    assert lines(first).count(f"{path} could be written to by others") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert "written to" not in signed_in.run("status").stderr
