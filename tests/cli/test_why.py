"""`osdu-auth why`: the last refusal, or a given one, explained."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from cli.conftest import NUMBERS

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

GROUPS, QUERY = "/api/entitlements/v2/groups", "/api/search/v2/query"
ASK = ("request", "POST", QUERY, "--data", '{"kind": "*:*:*:*"}')
DENIED = json.dumps(
    {
        "code": 401,
        "reason": "Access denied",
        "message": "The user is not authorized to perform this action",
    }
)


@pytest.fixture
def without_search(signed_in: Shell, sandbox: Sandbox) -> Shell:
    """Signed in as a user who may not search."""
    email = f"no.search{next(NUMBERS)}@example.com"
    sandbox.pool.add_user(email=email, password=sandbox.password)
    groups = ["users", "service.entitlements.user", "data.default.viewers"]
    sandbox.platform.add_to_groups(email, groups)
    signed_in.run("login", "--username", email, "--password-stdin", stdin=sandbox.password)
    return signed_in


def test_the_last_refusal_is_explained_with_the_sentence_to_send(without_search: Shell) -> None:
    assert without_search.run(*ASK).code == 5
    outcome = without_search.run("why")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert f"POST {QUERY} was refused" in outcome.stdout
    assert "[OA-O519]" in outcome.stdout
    assert re.search(
        r"Please add no\.search\d+@example\.com to service\.search\.user@opendes\.", outcome.stdout
    )


def test_the_command_in_the_refusal_works(without_search: Shell) -> None:
    refused = without_search.run(*ASK)
    command = refused.stderr.rpartition("other causes: ")[2].split()
    assert command == ["osdu-auth", "why"]
    assert without_search.run(*command[1:]).code == 0


def test_why_makes_two_get_requests_at_most_and_renews_nothing(
    without_search: Shell, sandbox: Sandbox
) -> None:
    without_search.run(*ASK)
    before = len(sandbox.requests)
    without_search.run("why")
    assert len(sandbox.requests) <= before + 2


def test_why_checks_the_groups_for_a_request_that_was_not_made(
    without_search: Shell, signed_in: Shell
) -> None:
    outcome = without_search.run("why", "post", QUERY, "--json")
    found = [cause["name"] for cause in json.loads(outcome.stdout)["causes"] if cause["is_it"]]
    assert found == ["group-missing"]


@pytest.mark.parametrize("how", ["text", "stdin"])
def test_why_explains_an_answer_that_another_program_got(without_search: Shell, how: str) -> None:
    given = DENIED if how == "text" else "@-"
    outcome = without_search.run(
        *("why", "POST", QUERY, "--status", "401", "--answer", given), stdin=DENIED
    )
    assert "[OA-O519]" in outcome.stdout
    assert "You are not in a group that Search requires" in outcome.stdout


def test_a_gateway_s_refusal_of_groups_is_recorded_and_explained(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(GROUPS, status=401, body="Jwt is expired", content_type="text/plain")
    assert signed_in.run("groups").code == 5
    outcome = signed_in.run("why")
    assert "[OA-O510]" in outcome.stdout
    assert "Ruled out" in outcome.stdout, "the platform takes the token now"


def test_an_empty_search_result_on_a_terminal_has_a_note(signed_in: Shell) -> None:
    query = '{"kind": "no:such:kind--Of:1.0.0"}'
    with signed_in.terminal("request", "POST", QUERY, "--data", query) as terminal:
        terminal.expect("or none that you may see: (.*) --status 200")
    assert signed_in.run("request", "POST", QUERY, "--data", query).stderr == ""
    outcome = signed_in.run("why", "POST", QUERY, "--status", "200")
    assert "Search found no record" in outcome.stdout or "No record matches" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "OA-U250"),
        (("GET",), "OA-U251"),
        (("--status", "401"), "OA-U251"),
        (("GET", GROUPS, "--answer", "@/no/such/file"), "OA-U205"),
        (("GET", GROUPS, "--status", "99"), "OA-U200"),
    ],
)
def test_why_without_enough_arguments_says_what_to_type(
    signed_in: Shell, arguments: tuple[str, ...], code: str
) -> None:
    outcome = signed_in.run("why", *arguments)
    assert (outcome.code, code in outcome.stderr) == (2, True), outcome.stderr


def test_a_recorded_refusal_is_private_and_has_no_token_and_no_query(without_search: Shell) -> None:
    without_search.run("request", "POST", f"{QUERY}?secret=abc", "--data", '{"kind": "*:*:*:*"}')
    [kept] = without_search.state.glob("*.refusal")
    assert kept.stat().st_mode & 0o077 == 0
    assert "eyJ" not in kept.read_text()
    assert "abc" not in kept.read_text()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"version": 1, "at": "x"}', b"\xff"])
def test_an_unreadable_record_of_a_refusal_counts_as_none(
    without_search: Shell, content: bytes
) -> None:
    without_search.run(*ASK)
    [kept] = without_search.state.glob("*.refusal")
    kept.write_bytes(content)
    assert "OA-U250" in without_search.run("why").stderr
