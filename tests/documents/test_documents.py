"""Each block of code in README and docs is run as it is, or says why not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from desktop import environment, run_at_desktop
from documents.blocks import ROOT, blocks, blocks_in, pages, text_of
from documents.transcripts import lines_without_what_varies, played, steps
from osdu_auth import Secret, Session
from osdu_auth.profiles.edits import write_profile
from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

# The reader's values in the pages.
USER_POOL, CLIENT_ID = "us-east-1_Ab12Cd34E", "1h57kf5cpq17m0eml12EXAMPLE"
PLATFORM, USERNAME = "https://osdu.acme.com", "alice@acme.com"
RUN = [block for block in blocks() if block.kind == "run"]
TESTS = ROOT / "tests"
PROGRAMS = Path(sys.executable).parent
SHELLS = {"sh": "sh", "bash": "bash"}


def test_each_block_of_code_has_a_language_and_says_how_it_is_run() -> None:
    unmarked = [f"{block.page}:{block.line}" for block in blocks() if block.kind == "unmarked"]
    assert unmarked == [], "see tests/documents/blocks.py"
    assert [f"{each.page}:{each.line}" for each in blocks() if not each.language] == []
    names = [block.key for block in RUN]
    assert len(names) == len(set(names))
    assert {block.language for block in RUN} <= {"python", *SHELLS}


def test_each_mark_belongs_to_a_block_or_has_an_end() -> None:
    markdown = (
        "<!-- run: one -->\n```sh\ntrue\n```\n```sh\nfalse\n```\n<!-- two -->\n```py\n1\n```\n"
        "words\n```py\n2\n```\n<!-- end -->\n````text\n```\n````\n"
        "<!-- not run: why -->\n```sh\n```\n"
    )
    found = [(each.kind, each.name, each.text) for each in blocks_in(markdown, "page.md")]
    assert found == [
        ("run", "one", "true\n"),
        ("unmarked", "", "false\n"),
        ("", "two", "1\n"),
        ("", "two", "2\n"),
        ("unmarked", "", "```\n"),
        ("not run", "why", ""),
    ]


def test_each_link_in_a_page_has_a_target() -> None:
    lost = []
    for page in pages():
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
        targets = re.findall(r"\]\(([^)#\s]+)[^)\s]*\)", prose)
        files = {target for target in targets if "://" not in target}
        lost += [f"{page}: {file}" for file in sorted(files) if not (page.parent / file).exists()]
    assert lost == []


def test_each_row_of_abuse_and_faults_has_its_own_id_and_its_tests() -> None:
    page = (ROOT / "docs/abuse-and-faults.md").read_text()
    cells = [line.split("|") for line in page.splitlines() if re.match(r"\| [A-Z]-\d", line)]
    ids = [each for row in cells for each in _ids_in(row[1])]
    assert sorted(ids) == sorted(set(ids))
    tests = {name for row in cells for name in re.findall(r"`([\w/]+\.py)`", row[-2])}
    assert [name for name in sorted(tests) if not list(TESTS.rglob(name))] == []
    named = {
        (each, file.name)
        for folder in (TESTS, ROOT / "src")
        for file in [*folder.rglob("*.py"), *folder.rglob("*.toml")]
        for line in re.findall(r"\b[Rr]ows? [A-Z]-[^.]*|[A-Z]-\d\d in docs/", file.read_text())
        for each in _ids_in(line)
    }
    assert sorted((each, file) for each, file in named if each not in ids) == []


def _ids_in(cell: str) -> list[str]:
    """Return the ids in a text; "K-01 to K-04" means all four."""
    found: list[str] = []
    for letter, first, last in re.findall(r"\b([A-Z])-(\d\d)\b(?: to [A-Z]-(\d\d))?", cell):
        found += [f"{letter}-{number:02}" for number in range(int(first), int(last or first) + 1)]
    return found


@pytest.fixture
def reader(
    sandbox: Sandbox, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of a reader who is signed in to "acme", with the variables of a CI."""
    write_profile(profile, make_default=True)
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password))
    # The installed program.
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    monkeypatch.setenv("ACME_CLIENT_SECRET", sandbox.client_secret)
    monkeypatch.setenv("ACME_PASSWORD", sandbox.password)
    monkeypatch.setenv("OSDU_AUTH_ENDPOINT_URL", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", sandbox.endpoint_url)
    (tmp_path / "reader").mkdir()
    return dict(os.environ)


def here(sandbox: Sandbox) -> dict[str, str]:
    """The values in the pages, and the sandbox's values for them."""
    return {
        PLATFORM: sandbox.platform_url,
        USER_POOL: sandbox.user_pool_id,
        CLIENT_ID: sandbox.client_id,
        USERNAME: sandbox.username,
    }


def on_sandbox(text: str, sandbox: Sandbox) -> str:
    """Return a block's text with the sandbox's values for the reader's."""
    for there, ours in here(sandbox).items():
        text = text.replace(there, ours)
    return text


def off_sandbox(text: str, sandbox: Sandbox) -> str:
    """Return an output with the reader's values for the sandbox's."""
    for there, ours in here(sandbox).items():
        text = text.replace(ours, there)
    return text.replace(" on this machine, in clear text", ", over TLS")


@pytest.mark.parametrize("page", sorted({block.page for block in RUN}))
def test_the_blocks_of_a_page_run_one_after_the_other(
    page: str, reader: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    texts = [(block, text_of(page, block.name)) for block in RUN if block.page == page]
    for block, text in texts:
        done = run(block.language, on_sandbox(text, sandbox), reader, sandbox, tmp_path / "reader")
        assert done.returncode == 0, f"{page}:{block.line}\n{done.stdout}{done.stderr}"


def run(
    language: str, text: str, reader: dict[str, str], sandbox: Sandbox, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a block as its reader would, in its own process; the password is typed."""
    if "curl " in text and shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    in_python = [sys.executable, "-W", "ignore", "-c", text]
    command = in_python if language == "python" else [SHELLS[language], "-euc", text]
    return subprocess.run(
        command,
        input=sandbox.password,
        env=reader,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_every_command_s_help_shows_an_example() -> None:
    from osdu_auth.cli.application import COMMANDS

    for command in COMMANDS:
        shown = program(command, "--help")
        assert f"osdu-auth {command}" in shown.partition("Example:")[2], command


def test_each_option_in_the_pages_exists() -> None:
    text = "\n".join(page.read_text() for page in pages() if page.name != "CHANGELOG.md")
    found = re.findall(r"osdu-auth ([a-z]+)((?: [a-z-]+)?)((?: +--?[a-z][a-z-]*[^`|\n#)]*)+)", text)
    options = {(command, option) for command, _, given in found for option in options_of(given)}
    assert len(options) > 20
    helps = {command: whole_help(command) for command in {command for command, _ in options}}
    assert [each for each in sorted(options) if each[1] not in helps[each[0]]] == []


def options_of(arguments: str) -> list[str]:
    """Return the options in a command line, without those of another program."""
    return re.findall(r"(?<= )--[a-z][a-z-]*", re.split(r" -- | \| |&&|;|\$\(|—", arguments)[0])


def whole_help(command: str) -> str:
    """Return the help of a command, and of its subcommands."""
    shown = program(command, "--help")
    within = re.findall(r"(?m)^  ([a-z-]+)  +[A-Z]", shown.partition("Commands:")[2])
    return "".join([shown, *(program(command, each, "--help") for each in within)])


def program(*arguments: str) -> str:
    """Return what a command prints."""
    from click.testing import CliRunner

    from osdu_auth.cli.application import application

    return CliRunner().invoke(application, arguments, terminal_width=100).output


def test_the_example_of_each_http_library_runs(reader: dict[str, str], sandbox: Sandbox) -> None:
    del reader
    names: dict[str, Any] = {}
    code = on_sandbox(text_of("docs/http-libraries.md", "libraries"), sandbox)
    exec(compile(code, "http-libraries.md", "exec"), names)
    groups = names["from_requests"]
    assert groups["groups"]
    assert groups == names["from_httpx"] == names["from_urllib3"]
    assert groups == asyncio.run(names["from_aiohttp"]())


def test_the_example_with_a_token_file_runs(reader: dict[str, str], tmp_path: Path) -> None:
    code = text_of("docs/tokens-for-programs.md", "token-file")
    call = "print(get('/api/entitlements/v2/groups').status_code)"
    done = subprocess.run(
        ["osdu-auth", "exec", "--", sys.executable, "-c", code + call],
        env=reader,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "200\n"


@pytest.fixture
def ran_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Run `osdu-auth sandbox`; give its values and the environment of its user."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    with subprocess.Popen(
        ["osdu-auth", "sandbox", "--json"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        yield json.loads(running.stdout.readline()), dict(os.environ)
        running.terminate()


def with_values(command: str, values: dict[str, str], client: str) -> str:
    """Return a command of a transcript with the values of a sandbox."""
    command = command.replace("http://127.0.0.1:8411", values["platform_url"])
    command = re.sub(r"--client-id \w+", f"--client-id {values[client]}", command)
    return re.sub(r"--user-pool-id \S+", f"--user-pool-id {values['user_pool_id']}", command)


def test_the_transcript_with_a_sandbox_s_values_is_the_program_s_output(
    ran_beside: tuple[dict[str, str], dict[str, str]],
) -> None:
    values, environment = ran_beside
    for told, answer in steps(text_of("docs/sandbox.md", "values transcript")):
        command = with_values(told, values, "client_id")
        if variable := re.fullmatch(r"export (\w+)=\S+", command):
            environment[variable[1]] = values["client_secret"]
            continue
        if command == "osdu-auth login":
            command += " --password-stdin"
        done = subprocess.run(
            ["sh", "-c", command],
            input=values["password"],
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


def test_the_transcript_of_a_browser_is_the_program_s_output(
    ran_beside: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    """As above; a program fills in the sandbox's page instead of a person."""
    values, environment = ran_beside
    asked, browser_program = tmp_path / "address", tmp_path / "browser"
    browser_program.write_text(
        f'#!/bin/sh\nprintf %s "$1" > {asked}.part; mv {asked}.part {asked}\n'
    )
    browser_program.chmod(0o755)
    environment["BROWSER"] = str(browser_program)
    place = cast("Sandbox", SimpleNamespace(**values))
    for told, answer in steps(text_of("docs/signing-in.md", "browser transcript")):
        command = with_values(told, values, "browser_client_id")
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


def typed_at_desktop(
    commands: list[str], answers: dict[str, str], sandbox: Sandbox, home: Path
) -> list[str]:
    """Return what a desktop's terminal shows for each command, in a new home folder."""
    home.mkdir(mode=0o700)
    desktop = environment(home) | {
        "HOME": str(home),
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "OSDU_AUTH_ENDPOINT_URL": sandbox.endpoint_url,
        "NO_COLOR": "1",
    }
    shown: list[str] = run_at_desktop(played, commands, answers, str(home), environment=desktop)
    return shown


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_each_transcript_is_what_a_terminal_shows(
    page: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The answers of the transcript are typed, and the secret ones too."""
    told = steps(text_of(page, "transcript"))
    answers = {
        question: on_sandbox(typed, sandbox)
        for _, answer in told
        for question, typed in re.findall(r"(?m)^([A-Z]\w+ \w+ ?\w*)[^\n]*:(?: (\S+))?$", answer)
    } | {"App client secret": sandbox.client_secret, "Password": sandbox.password}
    commands = [on_sandbox(command, sandbox) for command, _ in told]
    shown_of_each: list[str] = []
    for home in ("first", "second", "third"):
        shown_of_each = typed_at_desktop(commands, answers, sandbox, tmp_path / home)
        # On a busy machine the key store may be too slow for the program, which says so.
        if not any("did not answer within" in shown for shown in shown_of_each):
            break
    for (command, expected), printed in zip(told, shown_of_each, strict=True):
        shown = off_sandbox(printed, sandbox)
        assert lines_without_what_varies(shown) == lines_without_what_varies(expected), command
