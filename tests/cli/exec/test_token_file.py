"""The token file of `osdu-auth exec`: private, complete, fresh, and removed with its command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from cli.exec.conftest import HOST, WAIT, Running, python
from osdu_auth.cli.exec.token_file import token_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox, User

RENEWAL = "GetTokensFromRefreshToken"


@pytest.mark.parametrize(
    ("mode", "in_runtime_folder"), [(0o700, True), (0o755, False), (None, False)]
)
def test_the_token_file_is_private_and_ends_with_the_command(
    start: Callable[..., Running],
    signed_in: Shell,
    tmp_path: Path,
    mode: int | None,
    in_runtime_folder: bool,
) -> None:
    runtime = tmp_path / "runtime"
    if mode is not None:
        runtime.mkdir()
        runtime.chmod(mode)
    running = start(*python(WAIT), env={"XDG_RUNTIME_DIR": str(runtime)})
    assert running.file.read_text() == signed_in.run("token").stdout
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (running.file, running.file.parent)]
    assert modes == [0o600, 0o700]
    place = runtime / "osdu-auth" if in_runtime_folder else signed_in.state / "exec" / HOST
    assert running.file.parent.parent == place
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert running.end() == ""
    assert os.listdir(place) == ["lock"]
    if mode is not None:
        assert stat.S_IMODE(runtime.stat().st_mode) == mode


def test_two_hosts_that_share_a_state_folder_have_separate_token_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hosts a.b and a-b once shared a folder, and may not see each other's locks."""
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    places = set()
    for host in ("a.b", "a-b"):
        monkeypatch.setattr(os, "uname", lambda host=host: SimpleNamespace(nodename=host))
        with token_file() as file:
            places.add(Path(file.path).parent.parent)
    assert places == {tmp_path / "exec" / "a.b", tmp_path / "exec" / "a-b"}


def test_the_file_gets_a_new_token_before_the_old_one_expires_and_is_always_complete(
    short_lived: None, signed_in: Shell
) -> None:
    code = """
import os, re, time
seen, looks, end = set(), 0, time.time() + 60
while (len(seen) < 2 or looks <= 1000) and time.time() < end:
    text = open(os.environ["OSDU_ACCESS_TOKEN_FILE"]).read()
    assert re.fullmatch(r"[\\w-]+[.][\\w-]+[.][\\w-]+", text), len(text)
    seen.add(text)
    looks += 1
print(len(seen), looks > 1000)
"""
    outcome = signed_in.run("exec", *python(code))
    assert (outcome.stdout, outcome.stderr) == ("2 True\n", "")


def test_without_a_place_for_the_file_nothing_is_started(signed_in: Shell) -> None:
    (signed_in.state / "exec").touch()
    outcome = signed_in.run("exec", "--", "echo", "started")
    assert (outcome.code, outcome.stdout) == (8, "")
    assert "OA-F805" in outcome.stderr
    told = re.search('XDG_RUNTIME_DIR="(.*)"', outcome.stderr)
    assert told, outcome.stderr
    folder = subprocess.check_output(["sh", "-c", f"echo {told[1]}"], text=True)
    runtime = {"XDG_RUNTIME_DIR": folder.strip()}
    assert signed_in.run("exec", "--", "echo", "started", env=runtime).stdout == "started\n"
    shutil.rmtree(runtime["XDG_RUNTIME_DIR"])


def test_the_end_of_the_session_is_printed_once_and_the_next_sign_in_is_used(
    short_lived: None,
    start: Callable[..., Running],
    signed_in: Shell,
    sandbox: Sandbox,
    account: Callable[..., User],
) -> None:
    running = start(*python(WAIT))
    assert signed_in.run("logout").code == 0
    last = running.file.read_text()
    assert "OA-S433" in running.hear("✗")
    time.sleep(2.5)  # more than one look
    assert running.file.read_text() == last
    sandbox.pool.change_app_client(sandbox.client_id, access_token_validity=3600)
    other = account()
    login = ("login", "--password-stdin", "-u")
    assert signed_in.run(*login, other.email, stdin=other.password).code == 0
    assert "OA-S432" in running.hear("✗")
    assert running.file.read_text() == last
    assert signed_in.run(*login, sandbox.username, stdin=sandbox.password).code == 0
    running.hear("fresh again")
    assert running.file.read_text() != last
    assert running.end().count("✗") == 2
    assert "Traceback" not in running.said


def test_a_silent_pool_is_reported_once_and_asked_again(
    short_lived: None, start: Callable[..., Running], sandbox: Sandbox
) -> None:
    running = start(*python(WAIT))
    sandbox.faults.drop(RENEWAL, times=None)
    last = running.file.read_text()
    assert "[OA-N607]" in running.hear("✗")
    failures = sandbox.requests.count(RENEWAL)
    while sandbox.requests.count(RENEWAL) == failures:
        time.sleep(0.05)
    assert running.file.read_text() == last
    sandbox.faults.clear()
    running.hear("fresh again")
    assert running.file.read_text() != last
    assert running.end().count("✗") == 1


@pytest.mark.parametrize("impatient", [False, True])
def test_a_running_renewal_is_saved_before_exec_ends_unless_a_signal_comes(
    short_lived: None,
    start: Callable[..., Running],
    signed_in: Shell,
    sandbox: Sandbox,
    impatient: bool,
) -> None:
    session = signed_in.state / "sessions" / "acme.session"
    with sandbox.faults.hold(RENEWAL) as held:
        running = start(*python(WAIT))
        before = session.read_bytes()
        held.wait_for_request()
        assert running.process.stdin
        running.process.stdin.close()  # which ends the command
        running.process.stdin = None
        running.hear("Waiting for a renewal")
        if impatient:
            running.process.send_signal(signal.SIGINT)
        else:
            held.release()
        assert running.process.wait() == 0
    assert (session.read_bytes() == before) == impatient
    assert not running.file.parent.exists()


def test_the_next_exec_removes_the_folder_of_a_killed_one_and_keeps_those_in_use(
    start: Callable[..., Running], signed_in: Shell
) -> None:
    code = f"import os; print(os.getpid(), end=' ', flush=True); {WAIT}"
    killed, alive = start(*python(code)), start(*python(WAIT))
    child, _, path = killed.first_line.partition(" ")
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    assert Path(path).exists()
    assert os.path.exists(f"/proc/{child}")  # it holds nothing that would keep the folder
    assert signed_in.run("exec", "--", "true").code == 0
    assert not Path(path).parent.exists()
    assert alive.file.exists()
