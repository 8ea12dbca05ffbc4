"""A session asks nobody unless it is told to; then whoever sits at the terminal signs in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from osdu_auth.profiles.edits import write_profile

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

PROGRAM = """
from osdu_auth import OsduAuthError, Session
session = Session({arguments})
try:
    print("length", len(session.token().reveal()) > 100)
    print("again", session.token() == session.token())
except OsduAuthError as error:
    print(error.code)
"""


def run(arguments: str, environment: dict[str, str], password: str) -> str:
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable,
        ["-c", PROGRAM.format(arguments=arguments)],
        env={**os.environ, **environment},
        encoding="utf-8",
        timeout=20,
        echo=False,
    )
    try:
        if child.expect(["Password", pexpect.EOF]) == 1:
            return str(child.before)
        child.sendline(password)
        child.expect(pexpect.EOF)
        return str(child.before)
    finally:
        child.close(force=True)


@pytest.fixture
def environment(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    folders = {
        "OSDU_AUTH_CONFIG_DIR": str(tmp_path / "config"),
        "OSDU_AUTH_STATE_DIR": str(tmp_path / "state"),
    }
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    write_profile(profile)
    return folders


def test_a_library_never_asks(environment: dict[str, str], sandbox: Sandbox) -> None:
    said = run("'acme'", environment, sandbox.password)
    assert said.split() == ["OA-S301"]


def test_an_interactive_session_asks_once_and_goes_on(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    said = run("'acme', interactive=True", environment, sandbox.password)
    assert "length True" in said
    assert "again True" in said
    said = run("'acme', interactive=True", environment, sandbox.password)
    assert said.split() == ["length", "True", "again", "True"], "nobody is asked who is signed in"
