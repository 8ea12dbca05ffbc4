"""The trace of a session: one line for each decision, and no line unless the trace is on."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from canaries import leaks
from osdu_auth import OsduAuthError, Secret, Session
from session_test_parts import RENEWAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import Sandbox
    from session_test_parts import Clock, Monotonic


@pytest.fixture
def decisions(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Returns the decisions since the last call, without the session's name."""
    caplog.set_level(logging.DEBUG, "osdu_auth")

    def since_the_last_time() -> list[str]:
        told = [
            record.getMessage()
            for record in caplog.records
            if record.name == "osdu_auth" and record.levelno == logging.DEBUG
        ]
        caplog.clear()
        assert not leaks("\n".join(told))
        assert "workshop.user" not in "".join(told)
        return [line.removeprefix("session acme: ") for line in told if "request " not in line]

    return since_the_last_time


@pytest.fixture
def signed_in(session: Session, sandbox: Sandbox) -> Session:
    session.sign_in(sandbox.username, Secret(sandbox.password))
    return session


def pass_time(seconds: float, clock: Clock, monotonic: Monotonic) -> None:
    clock.ahead += seconds
    monotonic.ahead += seconds


def test_the_trace_has_a_line_for_each_decision(
    signed_in: Session,
    profile: Profile,
    store: MemoryStore,
    sandbox: Sandbox,
    clock: Clock,
    monotonic: Monotonic,
    decisions: Callable[[], list[str]],
) -> None:
    decisions()
    signed_in.token()
    assert decisions() == ["fresh, in memory"]

    beside = Session(profile, store=store, clock=clock, monotonic=monotonic)
    refused = beside.token()
    assert decisions() == ["read from the store", "fresh, in memory"]

    signed_in.renew()
    assert "renewed" in decisions()
    beside.token_instead_of(refused)
    assert "adopted, as another process had renewed it" in decisions()

    sandbox.faults.drop(RENEWAL, times=None)
    pass_time(3500, clock, monotonic)
    with signed_in:
        signed_in.token()
    told = decisions()
    assert "stale, in memory" in told
    assert [line for line in told if line.startswith("backoff of ")]
    pass_time(200, clock, monotonic)
    for _ in range(2):
        with pytest.raises(OsduAuthError):
            signed_in.token()
    assert [line for line in decisions() if line.startswith("backoff, ")]

    sandbox.faults.clear()
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    pass_time(100, clock, monotonic)
    with pytest.raises(OsduAuthError) as ended:
        signed_in.token()
    assert f"ended, {ended.value.code}" in decisions()
    signed_in.sign_out()
    assert "forgotten in this process" in decisions()
    signed_in.sign_in(sandbox.username, Secret(sandbox.password))
    assert "signed in" in decisions()


PROGRAM = """
import sys
from osdu_auth import MemoryStore, Profile, Session
profile = Profile(name="acme", region="us-east-1", client_id="a" * 26)
if sys.argv[1] == "logging":
    import logging
    logging.basicConfig(level=logging.INFO, format="%(message)s")
try:
    Session(profile, store=MemoryStore()).token()
except Exception:
    pass
print("logging" in sys.modules)
"""


@pytest.mark.parametrize(
    ("asked_for", "set_up", "imported", "said"),
    [
        ("", "no", "False", ""),
        ("0", "no", "False", ""),
        ("", "logging", "True", ""),
        ("1", "no", "True", "session acme: not in the store"),
        ("1", "logging", "True", "session acme: not in the store"),
    ],
)
def test_a_variable_shows_the_trace_and_without_it_logging_is_not_imported(
    asked_for: str, set_up: str, imported: str, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, set_up],
        env={**os.environ, "OSDU_AUTH_DEBUG": asked_for},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == imported
    assert done.stderr.count("\n") == (1 if said else 0)
    assert done.stderr.strip().endswith(said)
