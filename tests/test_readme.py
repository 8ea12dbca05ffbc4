"""The README tells the truth."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def block(name: str) -> str:
    """What stands between the fences of a marked block."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n<!-- end -->", README, re.DOTALL)
    assert found, f"the README has no block {name}"
    return found[1]


def program(*arguments: str) -> str:
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "osdu_auth", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout


@pytest.fixture
def acme(
    sandbox: Sandbox, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who is signed in to "acme"."""
    from osdu_auth import Secret, Session
    from osdu_auth.cognito.challenges import nobody
    from osdu_auth.profiles.edits import write_profile

    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password), nobody)


def test_the_help_in_the_readme_is_the_program_s() -> None:
    assert block("help") == program("--help")


def test_every_command_s_help_shows_an_example() -> None:
    commands = re.findall(r"^  (\w+)  +[A-Z]", program("--help"), re.MULTILINE)
    assert len(commands) == 21
    for command in commands:
        shown = program(command, "--help")
        assert f"osdu-auth {command}" in shown.partition("Example:")[2], command


def test_every_option_in_the_readme_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"osdu-auth ([a-z]+)((?: +--[a-z-]+[^|\n#)]*)+)", README)
    assert lines
    for command, options in lines:
        known = program(command, "--help")
        for option in re.findall(r"--[a-z-]+", options):
            assert option in known, f"osdu-auth {command} {option}"


def names_after(block_name: str, sandbox: Sandbox) -> dict[str, Any]:
    """What a block's code leaves behind, with the sandbox for its platform."""
    names: dict[str, Any] = {}
    code = block(block_name).replace("https://osdu.acme.com", sandbox.platform_url)
    exec(compile(code, "README.md", "exec"), names)
    return names


def test_the_library_example_runs(acme: None, sandbox: Sandbox) -> None:
    names = names_after("example", sandbox)
    assert names["groups"]
    assert str(names["token"]) == "****"


def test_the_example_of_each_http_library_runs(acme: None, sandbox: Sandbox) -> None:
    names = names_after("libraries", sandbox)
    groups = names["from_requests"]
    assert groups["groups"]
    assert groups == names["from_httpx"] == names["from_urllib3"]
    assert groups == asyncio.run(names["from_aiohttp"]())


def test_the_example_with_a_token_file_runs(acme: None) -> None:
    pytest.importorskip("requests")
    code = block("token-file") + "print(get('/api/entitlements/v2/groups').status_code)"
    assert program("exec", "--", sys.executable, "-c", code) == "200\n"


def test_the_verifier_example_runs(sandbox: Sandbox) -> None:
    from functools import partial

    from osdu_auth import UserPoolVerifier, VerifiedToken

    names: dict[str, object] = {"text": sandbox.issue_tokens()["AccessToken"]}
    code = block("verifier").replace("us-east-1_Ab12Cd34E", sandbox.user_pool_id)
    code = code.replace("1h57…", sandbox.client_id)
    here = partial(UserPoolVerifier, endpoint_url=sandbox.endpoint_url)
    # The example's pool is AWS's; the test's is the sandbox.
    code = code.replace("from osdu_auth import UserPoolVerifier\n", "")
    names["UserPoolVerifier"] = here
    exec(compile(code, "README.md", "exec"), names)
    assert isinstance(names["token"], VerifiedToken)


@pytest.fixture
def ran_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The values of `osdu-auth sandbox`, which runs, and has written its profile."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-m", "osdu_auth", "sandbox", "--json"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        yield json.loads(running.stdout.readline())
        running.terminate()


def test_the_transcript_is_one_of_the_program_s(ran_beside: dict[str, str]) -> None:
    """The transcript's commands, run here, answer with the transcript's words."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    transcript = block("transcript")
    for told in transcript.split("$ ")[1:]:
        command, _, answer = re.sub(r"\\\n\s+", "", told).partition("\n")
        command = command.replace("http://127.0.0.1:8411", ran_beside["platform_url"])
        command = re.sub(r"--client-id \w+", f"--client-id {ran_beside['client_id']}", command)
        pool = f"--user-pool-id {ran_beside['user_pool_id']}"
        command = re.sub(r"--user-pool-id \S+", pool, command)
        if variable := re.fullmatch(r"export (\w+)=\S+", command):
            environment[variable[1]] = ran_beside["client_secret"]
            continue
        if command == "osdu-auth login":
            command += " --password-stdin"
        done = subprocess.run(
            ["sh", "-c", command],
            input=ran_beside["password"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed = lines_without_what_varies(done.stdout + done.stderr)
        expected = lines_without_what_varies(answer)
        asked = {"Signing in to acme as workshop.user@example.com", "Password:"}
        assert printed == [line for line in expected if line not in asked]


def test_the_transcript_of_a_browser_is_one_of_the_program_s(
    ran_beside: dict[str, str], tmp_path: Path
) -> None:
    """As above; the part of the person is played by a program that fills in the sandbox's page."""
    asked, program = tmp_path / "address", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {asked}.part; mv {asked}.part {asked}\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BROWSER": str(program),
    }
    place = cast("Sandbox", SimpleNamespace(**ran_beside))
    for told in block("browser transcript").split("$ ")[1:]:
        command, _, answer = re.sub(r"\\\n\s+", "", told).partition("\n")
        command = command.replace("http://127.0.0.1:8411", ran_beside["platform_url"])
        client = f"--client-id {ran_beside['browser_client_id']}"
        command = re.sub(r"--client-id \w+", client, command)
        pool = f"--user-pool-id {ran_beside['user_pool_id']}"
        command = re.sub(r"--user-pool-id \S+", pool, command)
        with subprocess.Popen(
            ["sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        ) as running:
            if command == "osdu-auth login":
                end = time.monotonic() + 30
                while not asked.exists() and time.monotonic() < end:
                    time.sleep(0.02)
                browser = FormBrowser(place, comes_back=True)
                browser.sign_in(browser.open(asked.read_text()))
            printed, _ = running.communicate(timeout=60)
        assert running.returncode == 0, printed
        varying = r"client_id=\w+&\S+"
        texts = (re.sub(varying, "client_id=…", text) for text in (printed, answer))
        shown, expected = map(lines_without_what_varies, texts)
        assert shown == expected


def lines_without_what_varies(text: str) -> list[str]:
    """The lines of a transcript, without times, ports, folders and request ids."""
    varying = r"\d{4}-\d\d-\d\dT[\d:]+Z|:\d{4,5}\b|/\S+/(?:config.toml|osdu-auth/key)|5\d min"
    return [re.sub(varying, "…", line).rstrip() for line in text.splitlines() if line.strip()]
