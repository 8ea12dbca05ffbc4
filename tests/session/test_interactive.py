"""Only an interactive session asks the person at the terminal to sign in."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.file import read_profiles

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

IN_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from osdu_auth import Session
session, other = (Session({arguments}) for _ in range(2))
with ThreadPoolExecutor(8) as threads:
    flights = [threads.submit(one.token) for one in (session, other) * 4]
    print("tokens", len({{flight.result() for flight in flights}}))
"""
IN_TASKS = """
import asyncio
from osdu_auth import Session
session = Session({arguments})
async def main():
    print("tokens", len(set(await asyncio.gather(*(session.atoken() for _ in range(8))))))
asyncio.run(main())
"""
AFTER_401 = """
import asyncio
from osdu_auth import Session
session = Session({arguments})
refused = session.token()
Session({arguments}).sign_out()
print("other", session.token_instead_of(refused) != refused)
refused = session.token()
Session({arguments}).sign_out()
print("another", asyncio.run(session.atoken_instead_of(refused)) != refused)
"""


def run(arguments: str, environment: dict[str, str], password: str, program: str = PROGRAM) -> str:
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable,
        ["-c", program.format(arguments=arguments)],
        env={**os.environ, **environment},
        encoding="utf-8",
        timeout=60,
        echo=False,
    )
    try:
        said = ""
        while (asked := child.expect(["Password: ", r"\[y/N\]", pexpect.EOF])) < 2:
            said += f"{child.before}{child.after}asked\n"
            child.sendline((password, "y")[asked])
        return f"{said}{child.before}"
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


def test_an_interactive_session_asks_the_person_once(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    said = run("'acme', interactive=True", environment, sandbox.password)
    assert "length True" in said
    assert "again True" in said
    said = run("'acme', interactive=True", environment, sandbox.password)
    assert said.split() == ["length", "True", "again", "True"], (
        "a user who is signed in is not asked"
    )


@pytest.mark.parametrize("program", [IN_THREADS, IN_TASKS])
def test_the_person_is_asked_once_for_many_waiting_threads(
    program: str, environment: dict[str, str], sandbox: Sandbox
) -> None:
    said = run("'acme', interactive=True", environment, sandbox.password, program)
    assert said.count("asked") == 1
    assert "tokens 1" in said


def test_an_interactive_session_asks_if_a_refused_token_cannot_be_renewed(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    said = run("'acme', interactive=True", environment, sandbox.password, AFTER_401)
    assert said.count("asked") == 3
    assert "other True" in said
    assert "another True" in said


def test_an_interactive_sign_in_uses_the_variable_of_the_user_name(
    environment: dict[str, str], profile: Profile, sandbox: Sandbox
) -> None:
    write_profile(replace(profile, username=None))
    given = {**environment, "OSDU_AUTH_USERNAME": sandbox.username}
    said = run("'acme', interactive=True", given, sandbox.password)
    assert "length True" in said
    assert f"as {sandbox.username}" in said
    assert "User name" not in said


def test_a_moved_pool_address_is_shown_before_the_password_is_asked(
    environment: dict[str, str], profile: Profile, sandbox: Sandbox
) -> None:
    write_profile(replace(profile, endpoint_url=None))
    moved = {**environment, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
    said = run("'acme', interactive=True", moved, sandbox.password)
    host = sandbox.endpoint_url.removeprefix("http://")
    where = f"! The user pool is asked at {host}, as AWS_ENDPOINT_URL says."
    assert where in said.partition("Password: asked")[0]
    assert "length True" in said


def test_the_consent_to_send_the_password_itself_is_saved_in_the_profile(
    environment: dict[str, str], profile: Profile, sandbox: Sandbox
) -> None:
    flows = frozenset({"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"})
    made = sandbox.pool.add_app_client("no SRP", generate_secret=False, explicit_auth_flows=flows)
    write_profile(replace(profile, client_id=made.client_id, client_secret=None))
    said = run("'acme', interactive=True", environment, sandbox.password)
    host = sandbox.endpoint_url.removeprefix("http://")
    assert f"Send the password itself to {host}? [y/N]asked" in said
    assert 'Written into the profile "acme": auth_flow = "USER_PASSWORD_AUTH"' in said
    assert "length True" in said
    assert read_profiles().profile("acme").get("auth_flow") == "USER_PASSWORD_AUTH"
