"""The program, run as a user runs it: a process, a terminal, a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pexpect
import pytest

from canaries import CANARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox

PROGRAM = [sys.executable, "-W", "error", "-m", "osdu_auth"]


@dataclass(frozen=True)
class Outcome:
    """What a run of the program came to."""

    code: int
    stdout: str
    stderr: str


class Shell:
    """A user's account on a machine: folders, variables, and the program."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.state = folder / "state"
        self.folder = folder
        self.environment = {
            **os.environ,
            "OSDU_AUTH_CONFIG_DIR": str(self.config),
            "OSDU_AUTH_STATE_DIR": str(self.state),
            "PYTHONIOENCODING": "utf-8",
            "TERM": "xterm",
        }

    def run(
        self, *arguments: str, stdin: str | bytes = "", env: dict[str, str] | None = None
    ) -> Outcome:
        """Run a command without a terminal, and watch what it shows."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            capture_output=True,
            env={**self.environment, **(env or {})},
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        stdout, stderr = done.stdout.decode(), done.stderr.decode()
        shown = stdout + stderr if arguments[:1] != ("sandbox",) else stderr
        assert not any(canary in shown for canary in CANARIES), "a secret was shown"
        assert "Traceback" not in stderr, stderr
        assert "OA-D101" not in stderr, stderr
        return Outcome(done.returncode, stdout, stderr)

    def terminal(self, *arguments: str) -> pexpect.spawn[str]:
        """Start a command in a terminal of its own."""
        return pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *arguments],
            env=self.environment,
            cwd=str(self.folder),
            encoding="utf-8",
            timeout=20,
            dimensions=(40, 200),
            # Whoever runs the tests may have had Ctrl-C ignored, which a child inherits.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An account on which nothing has been set up."""
    return Shell(tmp_path)


@pytest.fixture
def secret_file(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The app client's secret in a private file."""
    path = tmp_path / "client-secret"
    path.touch(mode=0o600)
    path.write_text(sandbox.client_secret + "\n")
    return path


@pytest.fixture
def init_arguments(sandbox: Sandbox, secret_file: Path) -> list[str]:
    """What `init` is told so that the profile "acme" leads to the sandbox."""
    return [
        *("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id),
        *("--client-secret", f"file:{secret_file}", "--username", sandbox.username),
        *("--platform-url", sandbox.platform_url),
        *("--data-partition-id", sandbox.data_partition_id),
        *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
    ]


@pytest.fixture
def configured(shell: Shell, init_arguments: list[str]) -> Shell:
    """An account with the profile "acme"."""
    outcome = shell.run(*init_arguments)
    assert outcome.code == 0, outcome.stderr
    return shell


@pytest.fixture
def signed_in(configured: Shell, sandbox: Sandbox) -> Shell:
    """An account that is signed in to "acme"."""
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password + "\n")
    assert outcome.code == 0, outcome.stderr
    return configured


@pytest.fixture(autouse=True)
def no_fault_outlives_a_test(sandbox: Sandbox) -> Iterator[None]:
    """The sandbox is shared: what a test breaks, it leaves whole."""
    yield
    sandbox.faults.clear()


@pytest.fixture
def sentence() -> Callable[[str], str]:
    """Error text on one line, as a test likes to read it."""
    return lambda text: " ".join(text.split())
