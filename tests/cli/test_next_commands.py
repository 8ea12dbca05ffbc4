"""The printed next commands work as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def two(configured: Shell, init_arguments: list[str]) -> Shell:
    """An account with two profiles, of which "acme" is the default one."""
    other = ["other" if word == "acme" else word for word in init_arguments]
    assert configured.run(*other).code == 0
    return configured


def commands(text: str) -> list[str]:
    return re.findall(r"osdu-auth \w+[^,\n]*", text.rpartition("Next: ")[2])


def login(shell: Shell, sandbox: Sandbox, *arguments: str) -> str:
    outcome = shell.run("login", "--password-stdin", *arguments, stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr
    return outcome.stderr


def test_the_commands_that_login_prints_work(two: Shell, sandbox: Sandbox) -> None:
    told = commands(login(two, sandbox, "-p", "other"))
    assert told == ["osdu-auth token -p other", "osdu-auth groups -p other"]
    for line in told:
        assert two.run(*line.split()[1:]).code == 0
    assert commands(login(two, sandbox)) == ["osdu-auth token", "osdu-auth groups"]


@pytest.mark.parametrize("lacking", ["platform_url", "data_partition_id"])
def test_login_prints_only_commands_that_the_profile_can_run(
    two: Shell, sandbox: Sandbox, lacking: str
) -> None:
    settings = two.config / "config.toml"
    settings.write_text(re.sub(f"{lacking} = .*\n", "", settings.read_text()))
    token, init = re.findall(r"osdu-auth [^;\n]*", login(two, sandbox).rpartition("Next: ")[2])
    assert two.run(*token.split()[1:]).code == 0
    assert two.run("groups").code in {5, 7}
    value = {"platform_url": sandbox.platform_url, "data_partition_id": sandbox.data_partition_id}
    assert init.split()[-2] == "--" + lacking.replace("_", "-")
    assert two.run(*init.split()[1:-1], value[lacking]).code == 0  # its last word is a blank
    assert two.run("groups").code == 0


def test_a_refusal_for_a_missing_data_partition_says_how_to_name_one(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    settings = signed_in.config / "config.toml"
    settings.write_text(re.sub("data_partition_id = .*\n", "", settings.read_text()))
    refused = signed_in.run("groups")
    assert (refused.code, "(401).  [OA-O516]" in refused.stderr) == (5, True)
    [line, why] = commands(refused.stderr)
    assert why == "osdu-auth why -p acme"
    assert line == "osdu-auth init -p acme --data-partition-id ID"
    words = line.replace("ID", sandbox.data_partition_id).split()
    assert signed_in.run(*words[1:]).code == 0
    assert signed_in.run("groups").code == 0


@pytest.mark.parametrize("command", ["status", "token", "groups", "whoami", "logout"])
def test_a_profile_without_its_option_gets_a_hint_to_the_option(
    signed_in: Shell, command: str
) -> None:
    refused = signed_in.run(command, "acme")
    assert (refused.code, "OA-U200" in refused.stderr) == (2, True)
    [line] = re.findall(r"Next: osdu-auth ([^(\n]*)", refused.stderr)
    assert line.split() == [command, "-p", "acme"]
    assert signed_in.run(*line.split()).code == 0


def test_a_user_without_the_option_gets_a_hint_to_the_option(configured: Shell) -> None:
    refused = configured.run("login", "alice@acme.com")
    assert "Next: osdu-auth login -u alice@acme.com (or" in refused.stderr


@pytest.mark.parametrize("url", ["https://osdu.other.com/api/x", "http://user:pw@127.0.0.1:1/x"])
def test_a_request_to_another_host_has_its_own_error(signed_in: Shell, url: str) -> None:
    refused = signed_in.run("request", "GET", url)
    assert (refused.code, "OA-U211" in refused.stderr) == (2, True)
    assert "is not the platform of" in refused.stderr
    assert "one slash" not in refused.stderr
    assert "pw" not in refused.stderr


def test_an_error_names_the_profile_that_was_typed(two: Shell, sandbox: Sandbox) -> None:
    login(two, sandbox, "-p", "other")
    sandbox.faults.reply("/api", status=403, body="no")
    refused = two.run("request", "GET", "/api/entitlements/v2/groups", "-p", "other")
    assert refused.code == 5
    assert "osdu-auth why -p other " in refused.stderr


def test_without_a_default_profile_the_error_says_how_to_set_one(
    two: Shell, sandbox: Sandbox
) -> None:
    settings = two.config / "config.toml"
    settings.write_text(re.sub(r"(?m)^default_profile.*\n", "", settings.read_text()))
    refused = two.run("token")
    assert (refused.code, "OA-C788" in refused.stderr) == (7, True)
    [line] = commands(refused.stderr)
    assert two.run(*line.split()[1:]).code == 0
    assert two.run("token").code == 3
    assert "-p acme" in refused.stderr


def test_without_a_profile_the_printed_command_makes_one(shell: Shell, sandbox: Sandbox) -> None:
    refused = shell.run("token")
    assert (refused.code, "OA-C785" in refused.stderr) == (7, True)
    [line] = commands(refused.stderr)
    terminal = shell.terminal(*line.split()[1:])
    answers = {
        "AWS region": sandbox.region,
        "App client id": sandbox.public_client_id,
        "App client secret": "",
        "User name": sandbox.username,
        "OSDU platform URL": sandbox.platform_url,
        "Data partition id": sandbox.data_partition_id,
    }
    for question, answer in answers.items():
        terminal.expect(question)
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    terminal.wait()
    assert shell.run("token").code == 3  # there is a profile now, and no session


def test_making_a_profile_the_default_asks_nothing(two: Shell) -> None:
    terminal = two.terminal("init", "-p", "other", "--default")
    terminal.expect("Wrote the profile")
    terminal.wait()
    assert terminal.exitstatus == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("tokn",), "token"),
        (("account", "forget-devise"), "forget-device"),
        (("token", "-p", "akme"), 'Did you mean "acme"?'),
        (("-p", "acme", "token"), "osdu-auth token -p NAME"),
    ],
)
def test_a_misspelt_command_gets_a_suggestion(
    configured: Shell, typed: tuple[str, ...], words: str
) -> None:
    refused = configured.run(*typed)
    assert refused.code in {2, 7}
    assert words in refused.stderr


def test_the_fix_does_not_make_a_profile_with_a_forbidden_name(configured: Shell) -> None:
    refused = configured.run("token", "-p", "../x")
    assert refused.code == 7
    assert "init -p ../x" not in refused.stderr
    assert "letters, digits" in refused.stderr


def test_a_sign_in_with_flags_prints_the_same_next_commands(two: Shell, sandbox: Sandbox) -> None:
    flags = ("login", "--password-stdin", "--auth-flow", "USER_PASSWORD_AUTH")
    refused = two.run(*flags, stdin="Wrong-password-7z")
    assert refused.code == 3
    assert "osdu-auth login -p acme" in refused.stderr
    assert two.run(*flags, stdin=sandbox.password).code == 0


def test_a_long_command_in_a_fix_is_not_cut(two: Shell) -> None:
    """A part of a command cannot be typed."""
    deep = two.config / ("d" * 200) / ("e" * 200)
    refused = two.run("token", env={"OSDU_AUTH_CONFIG_DIR": str(deep.relative_to("/"))})
    assert (refused.code, "OA-C747" in refused.stderr) == (7, True)
    assert f'Next: export OSDU_AUTH_CONFIG_DIR="$PWD/{deep.relative_to("/")}"\n' in refused.stderr
