"""`request`, `groups` and `whoami`: OSDU, with the right headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

GROUPS = "/api/entitlements/v2/groups"


def test_a_request_prints_the_answer_as_it_came(signed_in: Shell) -> None:
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert json.loads(outcome.stdout)["groups"]


@pytest.mark.parametrize("how", ["text", "file", "stdin"])
def test_a_body_is_text_or_a_file_or_standard_input(
    signed_in: Shell, tmp_path: Path, how: str
) -> None:
    body = '{"kind": "*:*:master-data--Well:*", "limit": 2}'
    (tmp_path / "query.json").write_text(body)
    data = {"text": body, "file": f"@{tmp_path / 'query.json'}", "stdin": "@-"}[how]
    outcome = signed_in.run("request", "post", "/api/search/v2/query", "--data", data, stdin=body)
    assert outcome.code == 0
    assert len(json.loads(outcome.stdout)["results"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("GET", "/api/storage/v2/records/opendes:no:such"), 9, "OA-O901"),
        (("POST", "/api/search/v2/query", "--data", "{"), 9, "(400)"),
        (("GET", "/api/no/such/service"), 9, "(404)"),
        (("GET", "api/without/slash"), 2, "OA-U211"),
        (("GET", "//attacker.example/"), 2, "OA-U211"),
        (("GET", "/api with space"), 2, "OA-U211"),
        (("GET", r"/\attacker.example"), 2, "OA-U211"),
        (("GET", "/é"), 2, "not ASCII"),
        (("GET", "https://attacker.example/api"), 2, "OA-U211"),
        (("GET", "/api\r\nX-Injected: 1"), 2, "OA-U211"),
        (("G E T", GROUPS), 2, "OA-U210"),
        (("POST", GROUPS, "--data", "@/no/such/file"), 2, "OA-U205"),
        (("GET",), 2, "OA-U200"),
    ],
)
def test_what_goes_wrong_is_told_by_code_and_words(
    signed_in: Shell, arguments: tuple[str, ...], code: int, words: str
) -> None:
    outcome = signed_in.run("request", *arguments)
    assert outcome.code == code, outcome.stderr
    assert words in outcome.stderr


@pytest.mark.parametrize("rest", [GROUPS, f"{GROUPS}?limit=1"])
def test_a_url_of_the_platform_is_taken_for_its_path(
    signed_in: Shell, sandbox: Sandbox, rest: str
) -> None:
    outcome = signed_in.run("request", "GET", sandbox.platform_url + rest)
    assert outcome.code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["groups"]


def test_an_answer_that_is_an_error_still_goes_to_standard_output(signed_in: Shell) -> None:
    outcome = signed_in.run("request", "GET", "/api/storage/v2/records/opendes:no:such")
    assert json.loads(outcome.stdout)["code"] == 404


def test_a_403_says_that_signing_in_again_will_not_help(
    configured: Shell, sandbox: Sandbox
) -> None:
    sandbox.pool.add_user(email="no.groups@example.com", password=sandbox.password)
    configured.run(
        *("login", "--username", "no.groups@example.com", "--password-stdin"),
        stdin=sandbox.password,
    )
    # Of the services that answer so, storage alone says 403 where a group is missing.
    outcome = configured.run("request", "GET", "/api/storage/v2/records/opendes:a:b")
    assert outcome.code == 5
    assert "OA-O519" in outcome.stderr
    assert "Signing in again will not help" in outcome.stderr


def test_a_token_that_the_gateway_refuses_is_told_apart_from_a_missing_group(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(GROUPS, status=401, body="Jwt is expired", content_type="text/plain")
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, "OA-O510" in outcome.stderr) == (5, True)


def test_a_redirect_is_not_followed_with_the_token(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.redirect(GROUPS, "https://attacker.example/")
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, outcome.stdout) == (6, "")


def test_a_platform_that_is_not_there_is_exit_6(signed_in: Shell) -> None:
    settings = signed_in.config / "config.toml"
    lines = settings.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("platform_url")]
    settings.write_text("\n".join([*kept, 'platform_url = "http://127.0.0.1:9"', ""]))
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, outcome.stdout) == (6, "")
    assert "127.0.0.1:9" in outcome.stderr


def test_groups_are_listed_one_a_line(signed_in: Shell) -> None:
    outcome = signed_in.run("groups")
    assert outcome.code == 0
    assert any(line.startswith("service.search.") for line in outcome.stdout.splitlines())


def test_groups_as_json_keep_every_field(signed_in: Shell) -> None:
    told = json.loads(signed_in.run("groups", "--json").stdout)
    assert told["member"]
    assert told["groups"]
    assert all(set(group) == {"name", "email", "description"} for group in told["groups"])


def test_whoami_tells_the_token_s_user_and_osdu_s(signed_in: Shell, sandbox: Sandbox) -> None:
    told = json.loads(signed_in.run("whoami", "--json").stdout)
    assert told["signed_in_as"] == told["email"] == sandbox.username
    assert told["username"] == told["subject"]
    assert told["issuer"] == sandbox.issuer
    assert told["osdu_member"]
    assert told["groups"] > 0
    assert sandbox.username in signed_in.run("whoami").stdout


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_whoami_answers_even_when_osdu_does_not_and_its_exit_code_says_so(
    signed_in: Shell, sandbox: Sandbox, form: tuple[str, ...]
) -> None:
    sandbox.faults.drop("/api/entitlements", times=None)
    outcome = signed_in.run("whoami", *form)
    assert outcome.code == 6
    assert sandbox.username in outcome.stdout
    assert "[OA-N607]" in outcome.stderr


def test_an_answer_cannot_steer_the_terminal(signed_in: Shell, sandbox: Sandbox) -> None:
    group = {"name": "a\x1b[2Jb", "email": "c\u202ed\x9b", "description": ""}
    body = json.dumps({"groups": [group], "memberEmail": "x\x07"})
    sandbox.faults.reply(
        "/api/entitlements", body=body, content_type="application/json", times=None
    )
    for arguments in (("groups",), ("whoami",), ("groups", "--json")):
        shown = signed_in.run(*arguments).stdout
        assert not set("\x1b\x07\x9b\u202e") & set(shown)


def test_a_terminal_shows_an_answer_without_its_control_characters(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(GROUPS, body="before\x1b[2Jafter\nsecond line", content_type="text/plain")
    terminal = signed_in.terminal("request", "GET", GROUPS)
    terminal.expect("second line")
    assert "\x1b[2J" not in terminal.before
    terminal.wait()
