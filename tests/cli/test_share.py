"""`osdu-auth share`: a publisher, a standby and workers, each in its own process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from canaries import leaks, register, shows_a_secret
from cli.conftest import PROGRAM, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.sandbox import Sandbox

READ = (
    "import os; assert 'THE_KEY' not in os.environ; "
    "print(open(os.environ['OSDU_ACCESS_TOKEN_FILE']).read(), end='')"
)


class Sharing:
    """A running `osdu-auth share --json`, and the line that it printed."""

    def __init__(self, shell: Shell, board: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "share", board, "--json", *options],
            env=shell.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.line)
        return told

    def end(self) -> tuple[int, str]:
        """End it by a signal, as a service manager does; return exit code and standard error."""
        self.process.send_signal(signal.SIGTERM)
        rest, said = self.process.communicate(timeout=60)
        assert rest == "", "one line is printed, and no more"
        assert not shows_a_secret(self.line + said)
        assert not leaks(self.line + said)
        return self.process.returncode, said


@contextmanager
def sharing(shell: Shell, board: str, *options: str) -> Iterator[Sharing]:
    running = Sharing(shell, board, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()


def another_account(shell: Shell, name: str) -> Shell:
    """An account with the same profile, and without the first one's session."""
    folder = shell.folder / name
    folder.mkdir()
    made = Shell(folder)
    made.config.mkdir(mode=0o700)
    (made.config / "config.toml").write_text((shell.config / "config.toml").read_text())
    return made


def test_workers_have_a_publisher_s_token_until_the_user_signs_out(signed_in: Shell) -> None:
    shell = signed_in
    board = f"dir:{shell.folder / 'board'}"
    with sharing(shell, board) as first:
        told = first.told
        assert told["board"] == board
        assert told["key"] == f"file:{shell.state / 'board.key'}"
        assert told["generation"] > 0
        assert told["expires_at"].endswith("Z")
        register((shell.state / "board.key").read_text().strip())
        token = shell.run("token").stdout
        worker = another_account(shell, "worker")
        worker.environment["THE_KEY"] = (shell.state / "board.key").read_text().strip()
        worker.environment["OSDU_AUTH_BOARD_KEY"] = "env:THE_KEY"
        ran = subprocess.run(
            [*PROGRAM, "exec", "--board", board, "--", sys.executable, "-c", READ],
            env=worker.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout == token
        refused = worker.run("exec", "--board", board, "--min-session", "6h", "--", "true")
        assert (refused.code, "OA-U200" in refused.stderr) == (2, True)
        with sharing(shell, board) as standby:
            assert standby.told["generation"] == told["generation"]
            assert standby.end() == (0, "")
        assert shell.run("logout").code == 0
        ended = worker.run("exec", "--board", board, "--", "true")
        while ended.code == 0:  # the publisher has not looked yet
            ended = worker.run("exec", "--board", board, "--", "true")
        assert (ended.code, "OA-W410" in ended.stderr) == (4, True), ended.stderr
        code, said = first.end()
        assert (code, "OA-W413" in said) == (0, True)
    assert shell.run("purge", "--yes").code == 0
    assert not shell.state.exists(), "the board key and the last generation go as well"


def test_share_without_a_session_or_a_board_fails_at_once(configured: Shell) -> None:
    shell = configured
    done = shell.run("share", f"dir:{shell.folder / 'board'}")
    assert (done.code, "OA-S301" in done.stderr) == (3, True), done.stderr
    assert not (shell.folder / "board").exists()
    done = shell.run("share", "redis://me:canary-password@127.0.0.1/0")
    assert (done.code, "OA-W711" in done.stderr) == (7, True)
    assert "canary" not in done.stderr


def test_a_publisher_stops_if_another_one_with_another_session_uses_the_board(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    shell = signed_in
    board = f"dir:{shell.folder / 'board'}"
    other = another_account(shell, "other")
    with sharing(shell, board) as first:
        key = first.told["key"]
        done = other.run("login", "--password-stdin", stdin=sandbox.password + "\n")
        assert done.code == 0, done.stderr
        with sharing(other, board, "--key", key) as second:  # later, so the newer session
            assert second.told["generation"] > first.told["generation"]
            _, said = first.process.communicate(timeout=60)
            assert (first.process.returncode, "OA-W817" in said) == (8, True), said
            assert second.end()[0] == 0
