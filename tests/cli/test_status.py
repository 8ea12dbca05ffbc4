"""`osdu-auth status`: who is signed in, until when, and where the session is stored."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


def test_status_shows_all_facts_of_a_profile_with_a_session(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    outcome = signed_in.run("status")
    assert outcome.code == 0
    assert f"● acme        {sandbox.username}" in outcome.stdout
    for word in ("59 min", "stored", "key", sandbox.platform_url):
        assert word in outcome.stdout


def test_json_has_a_version_and_no_token(signed_in: Shell, sandbox: Sandbox) -> None:
    outcome = signed_in.run("status", "--json")
    assert not re.search(r"eyJ[\w-]{10,}", outcome.stdout)
    told = json.loads(outcome.stdout)
    assert told["version"] == 1
    (status,) = told["profiles"]
    assert 3500 < status.pop("access_token_expires_in") <= 3600
    assert status.pop("session_ends_in") == pytest.approx(30 * 86_400, abs=60)
    assert abs(status.pop("clock_offset")) < 60
    for name in ("signed_in_at", "access_token_expires_at", "session_ends_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", status.pop(name))
    assert "key" in status.pop("stored")
    assert status == {
        "name": "acme",
        "in_force": True,
        "signed_in_as": sandbox.username,
        "access_token": "fresh",
        "session_end_assumed": True,
        "refresh_token_rotates": None,
        "data_partition_id": sandbox.data_partition_id,
        "platform_url": sandbox.platform_url,
        "sealed": False,
        "trouble": None,
        "code": None,
        "fix": None,
        "renewal_trouble": None,
        "renewal_code": None,
        "renewal_fix": None,
        "needs_person": True,
        "relative": [],
    }


def test_a_profile_that_is_not_signed_in_says_what_to_type(configured: Shell) -> None:
    outcome = configured.run("status")
    assert outcome.code == 0
    assert "not signed in    osdu-auth login -p acme" in outcome.stdout


def test_no_profile_at_all_says_what_to_type(shell: Shell) -> None:
    outcome = shell.run("status")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert "osdu-auth init" in outcome.stderr


def test_status_sends_no_request(signed_in: Shell, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    signed_in.run("status")
    assert len(sandbox.requests) == before


def test_status_shows_the_end_of_the_session_and_how_it_is_known(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    assert "in 29 days, by Cognito's default" in signed_in.run("status").stdout
    assert signed_in.run("init", "-p", "acme", "--session-lifetime", "12h").code == 0
    told = signed_in.run("status").stdout
    assert re.search(r"ends \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in 11 h 59 min\n", told)


def test_status_why_shows_each_step_in_order_and_sends_no_request(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    told = signed_in.run("status", "--why").stdout
    assert [line.split()[0] for line in told.splitlines()] == ["·", "·", "·", "✓", "✓", "✓"]
    assert "it is the only profile" in told or "it is the default profile" in told
    as_data = json.loads(signed_in.run("status", "--why", "--json").stdout)
    assert [each["outcome"] for each in as_data["tried"]][-1] == "used"
    signed_in.run("logout")
    assert "osdu-auth login -p acme [OA-S301]" in re.sub(
        r" +", " ", signed_in.run("status", "--why").stdout
    )
    assert len(sandbox.requests) == before + 1, "the logout alone"


def test_check_prints_nothing_and_answers_by_the_exit_code(signed_in: Shell) -> None:
    outcome = signed_in.run("status", "--check")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")
    signed_in.run("logout")
    outcome = signed_in.run("status", "--check")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (3, "", "")


@pytest.mark.parametrize("content", [b"", b"foreign", b"osdu-auth session 1\n", b"\x00\xff" * 50])
def test_a_damaged_session_is_shown_and_can_be_replaced(
    signed_in: Shell, sandbox: Sandbox, content: bytes
) -> None:
    (session,) = signed_in.state.rglob("*.session")
    session.write_bytes(content)
    told = signed_in.run("status").stdout
    assert "OA-F812" in told
    assert "    Next: osdu-auth login -p acme\n" in told
    outcome = signed_in.run("token")
    assert (outcome.code, outcome.stdout) == (8, "")
    assert "osdu-auth login -p acme" in outcome.stderr
    assert signed_in.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    assert signed_in.run("token").code == 0


def test_a_session_of_a_newer_version_is_not_changed(signed_in: Shell, sandbox: Sandbox) -> None:
    (session,) = signed_in.state.rglob("*.session")
    newer = session.read_bytes().replace(b"session 1", b"session 2", 1)
    session.write_bytes(newer)
    assert signed_in.run("token").code == 8
    assert signed_in.run("login", "--password-stdin", stdin=sandbox.password).code == 8
    assert session.read_bytes() == newer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml [", "[OA-C780]"),
        ("\ufeff", "[OA-C785]"),
        ("[profiles.acme]\nregion = 7\n", "[OA-C782]"),
        ('[profiles.acme]\nregoin = "us-east-1"\n', "region"),
        ("[profiles.acme]\n", "[OA-C714]"),
        ("profiles = 1\n", "[OA-C782]"),
    ],
)
def test_a_profile_that_cannot_be_read_says_where_and_why(
    signed_in: Shell, text: str, words: str
) -> None:
    (signed_in.config / "config.toml").write_text(text)
    outcome = signed_in.run("token")
    assert (outcome.code, outcome.stdout) == (7, "")
    assert words in outcome.stderr
    assert "config.toml" in outcome.stderr


def test_the_fix_for_a_mistake_in_a_profile_is_shown_and_works(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    settings = signed_in.config / "config.toml"
    settings.write_text(settings.read_text().replace("[profiles.acme]", "[profiles.acme]\nodd = 1"))
    told = signed_in.run("status").stdout
    assert told.startswith("○ acme")
    [as_data] = json.loads(signed_in.run("status", "--json").stdout)["profiles"]
    assert f"    Next: {as_data['fix']}\n" in told
    assert as_data["code"] == "OA-C783"


def test_status_says_if_no_profile_is_in_force(
    configured: Shell, init_arguments: list[str]
) -> None:
    other = ["other" if word == "acme" else word for word in init_arguments]
    assert configured.run(*other).code == 0
    settings = configured.config / "config.toml"
    settings.write_text(re.sub("default_profile.*\n", "", settings.read_text()))
    outcome = configured.run("status")
    assert "in force" not in outcome.stdout
    assert "There are several profiles, and no default one." in outcome.stderr
    assert "osdu-auth init -p acme --default" in outcome.stderr


def test_a_profile_that_a_variable_names_is_in_force_for_that_reason(configured: Shell) -> None:
    told = configured.run("status", env={"OSDU_AUTH_PROFILE": "acme"}).stdout
    assert "    in force  when no profile is named, as OSDU_AUTH_PROFILE names it\n" in told
