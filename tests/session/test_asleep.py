"""A process on a machine that sleeps: the wall clock jumps, the monotonic clock does not.

The clocks are libfaketime's, so nothing of ours knows of it.

The row R-10 of the list of abuse and faults.
"""

from __future__ import annotations

import glob
import json
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Secret, Session
from osdu_auth.cognito.challenges import unattended
from session_test_parts import renewals

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.file import FileStore

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")

PROGRAM = """
import json, sys, time
from osdu_auth import Profile, Session
from osdu_auth.stores.file import FileStore

plan = json.loads(sys.stdin.readline())
session = Session(Profile(**plan["profile"]), store=FileStore(plan["state"]))
first = session.token()
for line in sys.stdin:
    wall, only_forward = time.time(), time.monotonic()
    token = session.token()
    print(json.dumps([token == first, wall, only_forward]), flush=True)
"""


@pytest.mark.parametrize("hours", [8, -2, 10 * 365 * 24])
def test_a_process_that_slept_does_not_use_a_token_that_has_expired(
    rotating: Profile, files: FileStore, sandbox: Sandbox, state: str, tmp_path: Path, hours: int
) -> None:
    Session(rotating, store=files).sign_in(sandbox.username, Secret(sandbox.password), unattended)
    before = renewals(sandbox, rotating)
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    command = [sys.executable, "-c", PROGRAM]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        to_it, from_it = process.stdin, process.stdout
        assert to_it is not None
        assert from_it is not None

        def ask(line: str = "\n") -> tuple[bool, float, float]:
            to_it.write(line)
            to_it.flush()
            same, wall, only_forward = json.loads(from_it.readline())
            return same, wall, only_forward

        plan = {"profile": asdict(rotating), "state": state}
        same, wall, only_forward = ask(json.dumps(plan) + "\n\n")
        assert same
        offset.write_text(f"{hours * 3600:+d}s\n")
        answers = [ask() for _ in range(5)]
        assert answers[0][1] - wall == pytest.approx(hours * 3600, abs=30), "the clock was set"
        assert answers[0][2] - only_forward < 30, "and the other one was not"
        to_it.close()
        assert process.wait(60) == 0
    # After the clock was set back, a token of this process is as good as before.
    assert [same for same, _, _ in answers] == [hours < 0] * 5
    assert renewals(sandbox, rotating) == before + (hours > 0)
