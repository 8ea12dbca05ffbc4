"""A program under gevent's monkey patching: its greenlets share one renewal and do not hang.

The row R-16 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Secret, Session, unattended
from session_test_parts import RENEWAL, renewals

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import FileStore, Profile
    from osdu_auth.sandbox import Sandbox

PROGRAM = """
from gevent import monkey
monkey.patch_all()

import json, os, sys, time
import gevent
from osdu_auth import FileStore, Profile, Session

plan = json.loads(sys.stdin.readline())
ahead = 0
session = Session(
    Profile(**plan["profile"]), store=FileStore(plan["state"]), clock=lambda: time.time() + ahead
)
old = session.token()


def tick():
    while True:
        gevent.sleep(0.01)
        if os.path.exists(plan["asked"]):
            open(plan["ticked"], "w").close()


def together(way):
    asked = [gevent.spawn(way) for _ in range(plan["many"])]
    assert len(gevent.joinall(asked, timeout=90)) == len(asked), "some hang"
    return {each.get() for each in asked}


ticking = gevent.spawn(tick)
ahead += plan["age"]
ways = {
    "token": session.token,
    "saved": lambda: session.saved().tokens.access_token,
    "token_instead_of": lambda: session.token_instead_of(old),
}
tokens = together(ways[plan["way"]])
ticking.kill()
with session:  # whose end waits for what goes on in the background
    pass
newest = session.token()
print(json.dumps({"given": len(tokens), "is_old_given": old in tokens,
    "is_new": newest != old, "are_newest": tokens == {newest}}))
"""


@pytest.mark.parametrize(
    ("way", "age"),
    [("token", 3601), ("token", 3500), ("token", 60), ("saved", 3601), ("token_instead_of", 60)],
)
def test_greenlets_share_one_renewal_and_do_not_block_other_greenlets(
    rotating: Profile, files: FileStore, state: str, sandbox: Sandbox, way: str, age: int,
    tmp_path: Path,
) -> None:  # fmt: skip
    Session(rotating, store=files).sign_in(sandbox.username, Secret(sandbox.password), unattended)
    before = renewals(sandbox, rotating)
    is_renewed, is_waited_for = (way, age) != ("token", 60), (way, age) != ("token", 3500)
    asked, ticked = tmp_path / "asked", tmp_path / "ticked"
    plan = {"profile": asdict(rotating), "state": state, "way": way, "age": age, "many": 100}
    plan |= {"asked": str(asked), "ticked": str(ticked)}
    with (
        sandbox.faults.hold(RENEWAL, times=None) as held,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        try:
            assert program.stdin is not None
            program.stdin.write(json.dumps(plan) + "\n")
            program.stdin.flush()
            if is_renewed and is_waited_for:
                held.wait_for_request()
                asked.touch()
                until = time.monotonic() + 15  # a request times out after 20 seconds
                while not ticked.exists() and time.monotonic() < until:
                    time.sleep(0.01)
                assert ticked.exists(), "the others stood still"
            held.release()
            printed, noise = program.communicate(timeout=100)
        finally:
            program.kill()
    assert (program.returncode, noise) == (0, "")
    told = json.loads(printed)
    assert renewals(sandbox, rotating) == before + is_renewed
    assert told["is_new"] is is_renewed
    if not is_waited_for:
        assert told["is_old_given"], "it is used while it is renewed"
    else:
        assert (told["given"], told["are_newest"]) == (1, True)
