"""The program, run as a user runs it: a process, a terminal, a pipe."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from canaries import leaks, register, shows_a_secret
from osdu_auth import Session
from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.sandbox import PoolSettings
from program_server import Programs
from session_test_parts import sign_in_without_srp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox, User
    from program_server import Ended

EVERY_FLOW = (
    *("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"),
    *("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
)
NUMBERS = count()
PROGRAM = [sys.executable, "-W", "error", "-m", "osdu_auth"]


@dataclass(frozen=True)
class Outcome:
    """The result of a run of the program."""

    code: int
    stdout: str
    stderr: str


class Shell:
    """A user's account on a machine: folders, variables, and the program."""

    def __init__(self, folder: Path, programs: Programs | None = None) -> None:
        self.programs = programs
        self.config = folder / "config"
        self.state = folder / "state"
        self.folder = folder
        self.transcripts: list[io.StringIO] = []
        self.prefix: list[str] = []  # a program that runs the program, and watches it
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
        typed = stdin if isinstance(stdin, bytes) else stdin.encode()
        environment = {**self.environment, **(env or {})}
        done: Ended | subprocess.CompletedProcess[bytes]
        if self.programs is not None and not self.prefix and self.programs.can_run(environment):
            done = self.programs.run(
                arguments, stdin=typed, environment=environment, folder=str(self.folder), timeout=60
            )
        else:
            done = subprocess.run(
                [*self.prefix, *PROGRAM, *arguments],
                input=typed,
                capture_output=True,
                env=environment,
                cwd=self.folder,
                timeout=60,
                check=False,
            )
        stdout, stderr = done.stdout.decode(), done.stderr.decode()
        shown = stdout + stderr if arguments[:1] != ("sandbox",) else stderr
        assert not leaks(shown), "a secret was shown"
        assert not shows_a_secret(stderr), "a secret was shown on standard error"
        assert "Traceback" not in stderr, stderr
        assert "OA-D101" not in stderr, stderr
        return Outcome(done.returncode, stdout, stderr)

    def terminal(
        self, *arguments: str, dimensions: tuple[int, int] = (40, 200)
    ) -> pexpect.spawn[str]:
        """Start a command in a terminal of its own, and watch what it shows."""
        terminal = pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *arguments],
            env=self.environment,
            cwd=str(self.folder),
            encoding="utf-8",
            codec_errors="replace",  # a terminal of another encoding echoes what was typed
            timeout=60,
            dimensions=dimensions,
            # If Ctrl-C is ignored where the tests run, a child inherits that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        terminal.logfile_read = io.StringIO()
        self.transcripts.append(terminal.logfile_read)
        return terminal


def with_key_store(shell: Shell) -> Path:
    """Give an account an OS key store, and return the file of its entries."""
    from stores.conftest import BACKEND

    folder = shell.folder / "backends"
    folder.mkdir()
    (folder / "fake_key_store.py").write_text(BACKEND)
    entries = shell.folder / "entries.json"
    entries.touch(mode=0o600)  # It contains secrets.
    entries.write_text("{}")
    shell.environment |= {
        "PYTHON_KEYRING_BACKEND": "fake_key_store.Keyring",
        "FAKE_KEY_STORE": str(entries),
        "PYTHONPATH": str(folder),
    }
    return entries


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs | None]:
    """A server that runs the program faster than a new process; None if there is no fork."""
    if not hasattr(os, "fork"):
        yield None
        return
    with Programs(*PROGRAM[1:3]) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, programs: Programs | None) -> Iterator[Shell]:
    """An account without settings."""
    made = Shell(tmp_path, programs)
    yield made
    for transcript in made.transcripts:
        shown = transcript.getvalue()
        # `osdu-auth sandbox` prints its own secrets.
        if "The sandbox runs:" not in shown:
            assert not leaks(shown), "a terminal showed a secret"


@pytest.fixture
def secret_file(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The app client's secret in a private file."""
    path = tmp_path / "client-secret"
    path.touch(mode=0o600)
    path.write_text(sandbox.client_secret + "\n")
    return path


@pytest.fixture
def init_arguments(sandbox: Sandbox, secret_file: Path) -> list[str]:
    """The arguments of `init` for the profile "acme" of the sandbox."""
    return [
        *("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id),
        *("--client-secret", f"file:{secret_file}", "--username", sandbox.username),
        *("--platform-url", sandbox.platform_url),
        *("--data-partition-id", sandbox.data_partition_id),
        *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
    ]


@pytest.fixture(scope="session")
def written_by_init() -> dict[str, str]:
    """The text of the file of profiles, as `init` wrote it for the first test that needed it."""
    return {}


@pytest.fixture
def configured(
    shell: Shell, init_arguments: list[str], secret_file: Path, written_by_init: dict[str, str]
) -> Shell:
    """An account with the profile "acme"."""
    file = shell.config / "config.toml"
    if not written_by_init:
        outcome = shell.run(*init_arguments)
        assert outcome.code == 0, outcome.stderr
        written_by_init["acme"] = file.read_text().replace(str(secret_file), "SECRET_FILE")
        return shell
    shell.config.mkdir(mode=0o700)
    file.touch(mode=0o600)
    file.write_text(written_by_init["acme"].replace("SECRET_FILE", str(secret_file)))
    return shell


@pytest.fixture
def signed_in(configured: Shell, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An account that is signed in to "acme".

    The password itself is sent, in this process: the arithmetic of SRP and a run of `login` take
    five times as long.
    """
    with monkeypatch.context() as variables:
        variables.setenv("OSDU_AUTH_CONFIG_DIR", str(configured.config))
        variables.setenv("OSDU_AUTH_STATE_DIR", str(configured.state))
        with Session() as session:
            prepare_fast_path(session, sign_in_without_srp(session, sandbox))
    return configured


@pytest.fixture
def pool(sandbox: Sandbox) -> Iterator[Callable[..., None]]:
    """Set the pool for one test, by the names of `PoolSettings`."""
    former = sandbox.pool.settings

    def settings(**changes: Any) -> None:
        sandbox.pool.settings = replace(PoolSettings(), **changes)

    yield settings
    sandbox.pool.settings = former


@pytest.fixture
def account(sandbox: Sandbox) -> Callable[..., User]:
    """Make a user, by the names of `UserPool.add_user`."""

    def add(**settings: Any) -> User:
        names = {"given_name": "Ada", "family_name": "Lovelace"}
        email = f"challenged-{next(NUMBERS)}@example.com"
        user = sandbox.pool.add_user(email=email, **{"attributes": names, **settings})
        register(user.password)
        return user

    return add


@pytest.fixture
def every_flow(shell: Shell, sandbox: Sandbox, tmp_path: Path) -> Shell:
    """An account with a profile whose app client may sign in by every flow."""
    app_client = sandbox.pool.add_app_client("every flow", explicit_auth_flows=EVERY_FLOW)
    secret = tmp_path / "every-flow-secret"
    secret.touch(mode=0o600)
    secret.write_text(app_client.client_secret or "")
    register(app_client.client_secret or "")
    outcome = shell.run(
        *("init", "-p", "acme", "--region", sandbox.region, "--client-id", app_client.client_id),
        *("--client-secret", f"file:{secret}", "--user-pool-id", sandbox.user_pool_id),
        *("--endpoint-url", sandbox.endpoint_url, "--platform-url", sandbox.platform_url),
        *("--data-partition-id", sandbox.data_partition_id),
    )
    assert outcome.code == 0, outcome.stderr
    return shell


@pytest.fixture(autouse=True)
def no_fault_outlives_a_test(sandbox: Sandbox) -> Iterator[None]:
    """All tests share the sandbox, so the faults of a test end with the test."""
    yield
    sandbox.faults.clear()
