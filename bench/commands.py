"""What whole commands take, from the start of the process to its end."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import Command, medians_in_turn, run
from bench.table import Row
from osdu_auth import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES = Path(sys.executable).parent
OSDU_AUTH = str(BINARIES / "osdu-auth")
FLOOR = str(BINARIES / "osdu-auth-bench-floor")
WORKSHOP = str(Path(__file__).with_name("workshop.py"))
PROFILE = "bench"


class Commands:
    """A sandbox, a signed-in profile on it, and the measurements made with them.

    Args:
        sandbox: a running one.
        folder: an empty folder for the profile and the session.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        secret = folder / "client-secret"
        secret.touch(mode=0o600)
        secret.write_text(sandbox.client_secret)
        self._environment = {
            "OSDU_AUTH_CONFIG_DIR": str(folder / "config"),
            "OSDU_AUTH_STATE_DIR": str(folder / "state"),
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": sandbox.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._login = self._ours(
            *("login", "--password-stdin", "--auth-flow", "USER_PASSWORD_AUTH"),
            standard_input=sandbox.password.encode() + b"\n",
        )
        self._srp_login = self._ours(
            *("login", "--password-stdin", "--auth-flow", "USER_SRP_AUTH"),
            standard_input=sandbox.password.encode() + b"\n",
        )
        self._workshop = Command(
            [sys.executable, WORKSHOP],
            self._environment,
            json.dumps(sandbox.values()).encode(),
        )
        init = self._ours(
            *("init", "--region", sandbox.region, "--client-id", sandbox.client_id),
            *("--client-secret", f"file:{secret}", "--username", sandbox.username),
            *("--platform-url", sandbox.platform_url),
            *("--data-partition-id", sandbox.data_partition_id),
            *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
        )
        run(init)
        run(self._login)

    def _ours(self, *arguments: str, standard_input: bytes = b"") -> Command:
        words = [OSDU_AUTH, arguments[0], "-p", PROFILE, *arguments[1:]]
        return Command(words, self._environment, standard_input)

    def fresh_token(self) -> Row:
        """`osdu-auth token` with a fresh token, against a console script that does nothing."""
        ours, floor = medians_in_turn([self._ours("token"), Command([FLOOR], {})], 60)
        return _ratio("`osdu-auth token`, fresh, whole process", ours, floor, "no-op script", 1.3)

    def sign_in(self) -> list[Row]:
        """A password sign-in, against the workshop's lines, and with instance metadata silent."""
        with silent_instance_metadata() as silence:
            deaf_login = Command(
                self._login.arguments,
                {**self._environment, **silence},
                self._login.standard_input,
            )
            deaf_workshop = Command(
                self._workshop.arguments,
                {**self._environment, **silence},
                self._workshop.standard_input,
            )
            commands = [self._login, self._workshop, deaf_login, self._srp_login]
            ours, workshop, deaf, by_srp = medians_in_turn(commands, 21)
            deaf_seconds = run(deaf_workshop)
        print(f"(the workshop's lines with instance metadata silent: {deaf_seconds * 1e3:.0f} ms)")
        what, lines = "password sign-in, whole process", "the workshop's boto3 lines"
        return [
            _ratio(what, ours, workshop, lines, 0.28),
            _ratio("sign-in by SRP, whole process", by_srp, workshop, lines, 0.42),
            _ratio(what + ", instance metadata silent", deaf, ours, "the same, metadata off", 1.1),
        ]

    def importing(self) -> Row:
        """`import osdu_auth`, over a Python that imports nothing."""
        ours, bare = medians_in_turn(
            [
                Command([sys.executable, "-c", "import osdu_auth"], {}),
                Command([sys.executable, "-c", "pass"], {}),
            ],
            60,
        )
        figures = f"{ours * 1e3:.1f} ms; bare Python {bare * 1e3:.1f} ms"
        return Row("`import osdu_auth`", figures, (ours - bare) * 1e3, 5, "ms")


def command_rows() -> Iterator[Row]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        commands = Commands(sandbox, Path(folder))
        yield commands.fresh_token()
        yield from commands.sign_in()
        yield commands.importing()


def _ratio(what: str, ours: float, other: float, other_name: str, bound: float) -> Row:
    figures = f"{ours * 1e3:.1f} ms; {other_name} {other * 1e3:.1f} ms"
    return Row(what, figures, ours / other, bound, "×")


@contextmanager
def silent_instance_metadata() -> Iterator[dict[str, str]]:
    """Stand in for a network where instance metadata takes connections and never answers.

    Yields:
        the variables that lead the AWS SDK there, and that take its other credentials away.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_CONFIG_FILE": os.devnull,
        }
