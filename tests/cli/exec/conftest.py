"""A running `osdu-auth exec`, and an account that is signed in without the time of a sign-in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from cli.conftest import PROGRAM, Shell
from osdu_auth.stores.fast_path import name_of_this_computer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.sandbox import Sandbox
    from program_server import Programs

# Says where its token file is, and goes on until its standard input ends.
WAIT = "import os, sys; print(os.environ['OSDU_ACCESS_TOKEN_FILE'], flush=True); sys.stdin.read()"
HOST = name_of_this_computer()


def python(code: str) -> list[str]:
    return ["--", sys.executable, "-c", code]


class Running:
    """An `exec` that runs, and its child's first line: where the token file is."""

    def __init__(self, shell: Shell, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "exec", *arguments],
            env={**shell.environment, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline().rstrip()
        self.said = ""

    @property
    def file(self) -> Path:
        return Path(self.first_line)

    def end(self) -> str:
        """Let the child end, and return what was said on standard error."""
        self.said += self.process.communicate(timeout=60)[1]
        return self.said

    def hear(self, what: str) -> str:
        """Wait until a line with `what` is said on standard error, and return it."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line
            if what in line:
                return line
        raise AssertionError(self.said)


@pytest.fixture(scope="module")
def template(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, programs: Programs | None
) -> Path:
    """The folders of an account that is signed in to "acme"."""
    folder = tmp_path_factory.mktemp("template")
    secret = folder / "client-secret"
    secret.touch(mode=0o600)
    secret.write_text(sandbox.client_secret)
    shell = Shell(folder, programs)
    outcome = shell.run(
        *("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id),
        *("--client-secret", f"file:{secret}", "--username", sandbox.username),
        *("--platform-url", sandbox.platform_url, "--endpoint-url", sandbox.endpoint_url),
        *("--data-partition-id", sandbox.data_partition_id),
        *("--user-pool-id", sandbox.user_pool_id),
    )
    assert outcome.code == 0, outcome.stderr
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    return folder


@pytest.fixture
def signed_in(template: Path, tmp_path: Path, programs: Programs | None) -> Shell:
    """An account that is signed in to "acme"; a copy, as signing in costs more than most tests."""
    copytree(template, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, programs)


@pytest.fixture
def short_lived(sandbox: Sandbox, signed_in: Shell) -> Iterator[None]:
    """A new sign-in, and tokens that live for two seconds."""
    lives = sandbox.pool.app_client(sandbox.client_id).access_token_validity
    sandbox.pool.change_app_client(sandbox.client_id, access_token_validity=2)
    assert signed_in.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    yield
    sandbox.pool.change_app_client(sandbox.client_id, access_token_validity=lives)


@pytest.fixture
def start(signed_in: Shell) -> Iterator[Callable[..., Running]]:
    """Start an `exec`; whatever still runs at the end of the test is ended."""
    started: list[Running] = []

    def run(*arguments: str, env: dict[str, str] | None = None) -> Running:
        started.append(Running(signed_in, *arguments, env=env))
        return started[-1]

    yield run
    for running in started:
        running.process.kill()
        running.end()
