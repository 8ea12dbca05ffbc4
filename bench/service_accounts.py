"""The token of a service account, nothing kept: its time, and how many processes ask for it."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands import FLOOR, OSDU_AUTH
from bench.processes import Command, medians_in_turn, processor_time_of_children, run
from bench.table import Row
from osdu_auth import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS, PROCESSES = 21, 200
_TOKEN = "/oauth2/token"

# The shortest program of each library that prints such a token.
_OTHERS = {
    "requests-oauthlib": """
import os
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session
session = OAuth2Session(client=BackendApplicationClient(client_id=os.environ["ID"]))
told = session.fetch_token(
    os.environ["URL"], client_id=os.environ["ID"], client_secret=os.environ["SECRET"]
)
print(told["access_token"])
""",
    "authlib": """
import os
from authlib.integrations.requests_client import OAuth2Session
session = OAuth2Session(os.environ["ID"], os.environ["SECRET"])
print(session.fetch_token(os.environ["URL"], grant_type="client_credentials")["access_token"])
""",
}


def service_rows() -> Iterator[Row]:
    """Measure whole processes in turn, and count what a crowd asks."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        state = Path(folder) / "state"
        ours = _ours(sandbox, Path(folder))
        theirs = {
            "ID": sandbox.service_client_id,
            "SECRET": sandbox.service_client_secret,
            "URL": sandbox.token_endpoint,
            "OAUTHLIB_INSECURE_TRANSPORT": "1",  # it would refuse a sandbox on http
        }
        commands = [
            ours,
            *(Command([sys.executable, "-c", text], theirs) for text in _OTHERS.values()),
        ]
        times: list[list[float]] = [[] for _ in commands]
        used: list[list[float]] = [[] for _ in commands]
        for turn in range(ROUNDS + 1):
            for command, seconds, processor in zip(commands, times, used, strict=True):
                shutil.rmtree(state, ignore_errors=True)
                before = processor_time_of_children()
                took = run(command)
                if turn:
                    seconds.append(took)
                    processor.append(processor_time_of_children() - before)
        for measured, kind in ((times, "whole process"), (used, "processor time")):
            mine, *others = map(statistics.median, measured)
            for name, other in zip(_OTHERS, others, strict=True):
                figures = f"{mine * 1e3:.1f} ms; {name} {other * 1e3:.1f} ms"
                what = f"`osdu-auth token` of a service account, nothing kept, {kind}"
                yield Row(what, figures, mine / other, 0.3)
        fresh, floor = medians_in_turn([ours, Command([FLOOR], {})], ROUNDS)
        figures = f"{fresh * 1e3:.1f} ms; no-op script {floor * 1e3:.1f} ms"
        what = "`osdu-auth token`, fresh, by variables alone, whole process"
        yield Row(what, figures, fresh / floor, 1.3)
        shutil.rmtree(state, ignore_errors=True)
        asked_before = sandbox.requests.count(_TOKEN)
        _crowd(ours)
        asked = sandbox.requests.count(_TOKEN) - asked_before
        yield Row(f"requests of {PROCESSES} processes without a token", "one kept", asked, 1, "")


def _ours(sandbox: Sandbox, folder: Path) -> Command:
    variables = {
        "OSDU_AUTH_CONFIG_DIR": str(folder / "config"),
        "OSDU_AUTH_STATE_DIR": str(folder / "state"),
        "OSDU_AUTH_SIGN_IN": "client-credentials",
        "OSDU_AUTH_TOKEN_ENDPOINT": sandbox.token_endpoint,
        "OSDU_AUTH_CLIENT_ID": sandbox.service_client_id,
        "OSDU_AUTH_CLIENT_SECRET": sandbox.service_client_secret,
    }
    return Command([OSDU_AUTH, "token"], variables)


def _crowd(command: Command) -> None:
    """Have many processes ask for a token at the same time.

    Raises:
        RuntimeError: one of them got none, so that the number of requests says nothing.
    """
    import os

    environment = {**os.environ, **command.environment}
    crowd = [
        subprocess.Popen(command.arguments, env=environment, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    tokens = {process.communicate()[0] for process in crowd}
    if any(process.returncode for process in crowd) or len(tokens) != 1:
        raise RuntimeError("not all of the crowd got the same token")
