"""`request`, `groups` and `whoami`: OSDU, with the right headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pexpect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osdu_auth.cli.request import indented
from test_surroundings import ANSWER
from wire.scripted_server import ScriptedServer, sends

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

GROUPS = "/api/entitlements/v2/groups"


def test_request_prints_the_answer_unchanged(signed_in: Shell) -> None:
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
        (("GET", "https://attacker.example/api"), 2, "is not the platform of"),
        (("GET", "/api\r\nX-Injected: 1"), 2, "OA-U211"),
        (("G E T", GROUPS), 2, "OA-U210"),
        (("POST", GROUPS, "--data", "@/no/such/file"), 2, "OA-U205"),
        (("GET",), 2, "OA-U200"),
    ],
)
def test_each_failure_has_an_exit_code_and_an_error(
    signed_in: Shell, arguments: tuple[str, ...], code: int, words: str
) -> None:
    outcome = signed_in.run("request", *arguments)
    assert outcome.code == code, outcome.stderr
    assert words in outcome.stderr


@pytest.mark.parametrize("rest", [GROUPS, f"{GROUPS}?limit=1"])
def test_request_accepts_a_url_of_the_platform(
    signed_in: Shell, sandbox: Sandbox, rest: str
) -> None:
    outcome = signed_in.run("request", "GET", sandbox.platform_url + rest)
    assert outcome.code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["groups"]


def test_standard_output_gets_the_body_of_an_error_too(signed_in: Shell) -> None:
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
    # Of these services, only Storage answers 403 for a missing group.
    outcome = configured.run("request", "GET", "/api/storage/v2/records/opendes:a:b")
    assert outcome.code == 5
    assert "OA-O523" in outcome.stderr
    assert "Signing in again will not help" in outcome.stderr


def test_a_refused_token_and_a_missing_group_have_different_errors(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(GROUPS, status=401, body="Jwt is expired", content_type="text/plain")
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, "OA-O510" in outcome.stderr) == (5, True)


def test_a_redirect_is_not_followed_with_the_token(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.redirect(GROUPS, "https://attacker.example/")
    outcome = signed_in.run("request", "GET", GROUPS)
    assert (outcome.code, outcome.stdout) == (6, "")


def test_an_unreachable_platform_is_exit_6(signed_in: Shell) -> None:
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


def test_whoami_shows_the_token_s_user_and_osdu_s(signed_in: Shell, sandbox: Sandbox) -> None:
    told = json.loads(signed_in.run("whoami", "--json").stdout)
    assert told["signed_in_as"] == told["email"] == sandbox.username
    assert told["username"] == told["subject"]
    assert told["issuer"] == sandbox.issuer
    assert told["osdu_member"]
    assert told["groups"] > 0
    assert sandbox.username in signed_in.run("whoami").stdout


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_whoami_without_osdu_s_answer_shows_the_rest_and_exits_with_the_error(
    signed_in: Shell, sandbox: Sandbox, form: tuple[str, ...]
) -> None:
    sandbox.faults.drop("/api/entitlements", times=None)
    outcome = signed_in.run("whoami", *form)
    assert outcome.code == 6
    assert sandbox.username in outcome.stdout
    assert "[OA-N607]" in outcome.stderr


def test_an_answer_cannot_control_the_terminal(signed_in: Shell, sandbox: Sandbox) -> None:
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


ODD = b'{"a": 1.0, "a": 1e400, "n": [], "o": {}, "s": "x\\u0041: {,}\\"", "b": [true, null, [1]]}'
INDENTED = """{
  "a": 1.0,
  "a": 1e400,
  "n": [],
  "o": {},
  "s": "x\\u0041: {,}\\"",
  "b": [
    true,
    null,
    [
      1
    ]
  ]
}
"""


def on_a_terminal(shell: Shell, *arguments: str) -> str:
    terminal = shell.terminal(*arguments)
    terminal.expect(pexpect.EOF)
    return str(terminal.before).replace("\r\n", "\n")


def test_json_has_line_breaks_on_a_terminal_and_is_unchanged_in_a_pipe(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    for _ in range(2):
        sandbox.faults.reply(GROUPS, body=ODD, content_type="application/json")
    assert on_a_terminal(signed_in, "request", "GET", GROUPS) == INDENTED
    assert signed_in.run("request", "GET", GROUPS).stdout.encode() == ODD


@pytest.mark.parametrize("body", ["{", "plain text", '{"a": 1} {"b": 2}', ""])
def test_text_that_is_no_json_is_shown_unchanged(
    signed_in: Shell, sandbox: Sandbox, body: str
) -> None:
    sandbox.faults.reply(GROUPS, body=body, content_type="application/json")
    assert on_a_terminal(signed_in, "request", "GET", GROUPS).strip() == body


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_with_line_breaks_has_the_same_value(value: object) -> None:
    for is_ascii in (True, False):
        compact = json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))
        lines = indented(compact)
        assert lines is not None
        assert json.loads(lines) == value
        assert lines == json.dumps(value, ensure_ascii=is_ascii, indent=2)


def test_include_prints_status_and_headers_first(signed_in: Shell) -> None:
    plain = signed_in.run("request", "GET", GROUPS).stdout
    head, _, body = signed_in.run("request", "-i", "GET", GROUPS).stdout.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "content-type: application/json" in head
    assert body == plain
    assert on_a_terminal(signed_in, "request", "-i", "GET", GROUPS).startswith("HTTP/1.1 200 OK\n")


def test_quiet_prints_no_body_and_keeps_the_exit_code(signed_in: Shell) -> None:
    good = signed_in.run("request", "-q", "GET", GROUPS)
    assert (good.code, good.stdout, good.stderr) == (0, "", "")
    bad = signed_in.run("request", "-q", "GET", "/api/no/such/service")
    assert (bad.code, bad.stdout, "(404)" in bad.stderr) == (9, "", True)
    head = signed_in.run("request", "-iq", "GET", GROUPS).stdout
    assert head.endswith("\r\n\r\n")
    assert "groups" not in head


def test_a_given_header_replaces_ours(signed_in: Shell) -> None:
    with ScriptedServer(sends(ANSWER)) as platform:
        signed_in.run("init", "-p", "acme", "--platform-url", platform.url().rstrip("/"))
        more = ("-H", "Data-Partition-ID: other", "-H", "X-Two:1", "--header", "x-two:  2 ")
        outcome = signed_in.run(
            *(
                "request",
                "PATCH",
                "/api/x",
                "-d",
                "[]",
                "-H",
                "content-type: application/json-patch+json",
            ),
            *more,
        )
        assert outcome.code == 0, outcome.stderr
    [request] = platform.requests
    lines = request.lower().split(b"\r\n")
    assert lines.count(b"data-partition-id: other") == 1
    assert [line for line in lines if line.startswith(b"x-two")] == [b"x-two: 1, 2"]
    assert [line for line in lines if line.startswith(b"content-type")] == [
        b"content-type: application/json-patch+json"
    ]
    assert sum(line.startswith((b"data-partition", b"authorization")) for line in lines) == 2


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Authorization: Bearer x", "OA-U216"),
        ("authorization:x", "OA-U216"),
        ("Host: attacker.example", "OA-U216"),
        ("Content-Length: 3", "OA-U216"),
        ("Transfer-Encoding: chunked", "OA-U216"),
        ("no colon", "OA-U215"),
        ("X-A: b\r\nX-C: d", "OA-U215"),
        ("X A: b", "OA-U215"),
        (": b", "OA-U215"),
        ("X-A: é", "OA-U215"),
    ],
)
def test_an_invalid_or_reserved_header_is_refused(
    signed_in: Shell, sandbox: Sandbox, header: str, code: str
) -> None:
    before = len(sandbox.requests)
    outcome = signed_in.run("request", "GET", GROUPS, "-H", header)
    assert (outcome.code, code in outcome.stderr, outcome.stdout) == (2, True, "")
    assert len(sandbox.requests) == before
