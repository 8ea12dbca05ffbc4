"""A program under gevent's monkey patching: its greenlets share the one renewal, and none hangs.

The row R-16 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Secret, Session, nobody
from session_far_end import RENEWAL, renewals

if TYPE_CHECKING:
    from osdu_auth import FileStore, Profile
    from osdu_auth.sandbox import Sandbox

PROGRAM = """
from gevent import monkey
monkey.patch_all()

import json, sys, time
import gevent
from osdu_auth import FileStore, Profile, Session

plan = json.loads(sys.stdin.readline())
ahead = 0
session = Session(
    Profile(**plan["profile"]), store=FileStore(plan["state"]), clock=lambda: time.time() + ahead
)
old = session.token()
ticks = 0


def tick():
    global ticks
    while True:
        gevent.sleep(0.01)
        ticks += 1


def together(way):
    asked = [gevent.spawn(way) for _ in range(plan["many"])]
    assert len(gevent.joinall(asked, timeout=30)) == len(asked), "some hang"
    return {each.get() for each in asked}


ticking = gevent.spawn(tick)
ahead += plan["age"]
ways = {
    "token": session.token,
    "saved": lambda: session.saved().tokens.access_token,
    "token_instead_of": lambda: session.token_instead_of(old),
}
tokens = together(ways[plan["way"]])
ticked = ticks
ticking.kill()
with session:  # whose end waits for what goes on in the background
    pass
newest = session.token()
print(json.dumps({"given": len(tokens), "is_old_given": old in tokens, "ticks": ticked,
    "is_new": newest != old, "are_newest": tokens == {newest}}))
"""


@pytest.mark.parametrize(
    ("way", "age"),
    [("token", 3601), ("token", 3500), ("token", 60), ("saved", 3601), ("token_instead_of", 60)],
)
def test_greenlets_make_one_renewal_and_hold_up_no_other(
    rotating: Profile, files: FileStore, state: str, sandbox: Sandbox, way: str, age: int
) -> None:
    Session(rotating, store=files).sign_in(sandbox.username, Secret(sandbox.password), nobody)
    before = renewals(sandbox, rotating)
    sandbox.faults.latency(RENEWAL, 0.5)
    plan = {"profile": asdict(rotating), "state": state, "way": way, "age": age, "many": 100}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(plan) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    is_renewed = (way, age) != ("token", 60)
    assert renewals(sandbox, rotating) == before + is_renewed
    assert told["is_new"] is is_renewed
    if (way, age) == ("token", 3500):
        assert told["is_old_given"], "it is used while it is renewed"
    else:
        assert (told["given"], told["are_newest"]) == (1, True)
        assert told["ticks"] > 10 or not is_renewed, "the others stood still"
