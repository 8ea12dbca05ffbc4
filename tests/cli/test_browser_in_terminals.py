"""A sign-in in a browser at a real terminal: long pastes, Ctrl-C, other accounts, other places.

The rows L-06, L-11 and L-12 of the list of abuse and faults.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pexpect
import pytest

from cli.conftest import PROGRAM
from cli.test_browser_sign_in import address, ended, opened, profile
from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

__all__ = ["address", "profile"]  # fixtures

ADDRESS = re.compile(r"(http://127\.0\.0\.1\S*/oauth2/authorize\S*)\r\n")
QUESTION = "paste the address that it ends at: "
TOKEN = "/oauth2/token"
WIDE = (40, 9_000)


@pytest.fixture
def bash(profile: Shell) -> Iterator[pexpect.spawn[str]]:
    """A shell in a terminal."""
    started = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "--noediting", "-i"],
        env={**profile.environment, "PS1": "", "HISTFILE": "", "login": shlex.join(PROGRAM)},
        cwd=str(profile.folder),
        encoding="utf-8",
        timeout=60,
        dimensions=WIDE,
    )
    yield started
    started.close(force=True)


def terminal_settings(bash: pexpect.spawn[str]) -> str:
    bash.sendline("stty -g | tr : _; echo settled-$((6*7))")
    bash.expect(r"\n([0-9a-f_]{40,})\r\nsettled-42\r\n")
    return str(bash.match[1])


def begun(terminal: pexpect.spawn[str]) -> str:
    """Return the shown address, once the program asks for a paste."""
    terminal.expect(ADDRESS)
    address = str(terminal.match[1])
    terminal.expect(QUESTION)
    return address


def in_background(act: Callable[[], object]) -> threading.Thread:
    """Call a function in a thread; the program that should answer may have ended."""

    def attempt() -> None:
        with suppress(OSError, HTTPException):
            act()

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    return thread


def test_a_paste_of_six_thousand_characters_is_read_whole_and_not_shown(
    bash: pexpect.spawn[str], sandbox: Sandbox
) -> None:
    before, former = terminal_settings(bash), sandbox.openid.settings
    sandbox.openid.change_settings(code_characters=6000)
    try:
        bash.sendline('eval "$login login --no-browser"; echo ended-$?')
        browser = FormBrowser(sandbox)
        page = browser.sign_in(browser.open(begun(bash)))
        assert len(page.url) > 6000
        bash.send("what is pasted by mistake\x15or typed\x17xy\x7f\x7f")
        # On several lines, as a mail or a narrow window wraps it.
        bash.sendline("\n".join([page.url[:2000], page.url[2000:4500], page.url[4500:]]))
        bash.expect(rf"\(6[\d ]+ characters\)[\s\S]*Signed in as {sandbox.username}")
        assert page.url[40:80] not in bash.before + bash.after
        bash.expect("ended-0")
    finally:
        sandbox.openid.settings = former
    assert terminal_settings(bash) == before


def test_no_part_of_a_paste_reaches_the_shell_if_the_browser_answers_first(
    bash: pexpect.spawn[str], sandbox: Sandbox
) -> None:
    before = terminal_settings(bash)
    bash.sendline('eval "$login login --no-browser"; echo ended-$?')
    browser = FormBrowser(sandbox, comes_back=True)
    page = browser.open(begun(bash))
    with sandbox.faults.hold(TOKEN) as held:
        coming = in_background(lambda: browser.sign_in(page))
        held.wait_for_request()

        def paste(part: str) -> None:
            bash.send(part)
            time.sleep(0.01)  # as a connection over SSH brings it

        bash.delaybeforesend = None
        for _ in range(10):
            paste("x" * 400)
        held.release()
        while coming.is_alive():  # until the browser has won
            paste("x" * 50)
        for _ in range(10):  # of the same line, so that the question is not answered by it
            paste("x" * 50)
        for _ in range(50):
            paste("\necho reached-$((6*7))\n")
    bash.expect(f"Signed in as {sandbox.username}")
    bash.expect("ended-0")
    assert terminal_settings(bash) == before
    assert "reached-42" not in bash.before


def test_ctrl_d_ends_the_paste_and_not_the_wait_for_the_browser(
    profile: Shell, sandbox: Sandbox
) -> None:
    terminal = profile.terminal("login", "--no-browser", dimensions=WIDE)
    browser = FormBrowser(sandbox, comes_back=True)
    page = browser.open(begun(terminal))
    terminal.sendeof()
    browser.sign_in(page)
    terminal.expect(f"Signed in as {sandbox.username}")
    assert ended(terminal) == 0


def test_with_no_input_and_no_browser_login_fails_at_once(
    profile: Shell,
) -> None:
    profile.environment["SSH_CONNECTION"] = "192.0.2.1 1 192.0.2.2 22"
    profile.environment.pop("BROWSER", None)
    terminal = profile.terminal("login", "--no-input", dimensions=WIDE)
    terminal.expect("OA-B220")
    terminal.expect("This is a session over SSH.\r\n")
    assert ended(terminal) == 2


def _before_the_browser(
    start: Callable[[], pexpect.spawn[str]], sandbox: Sandbox
) -> pexpect.spawn[str]:
    with sandbox.faults.hold(f"/{sandbox.user_pool_id}/.well-known") as held:
        terminal = start()
        held.wait_for_request()
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
    return terminal


def _while_waiting(start: Callable[[], pexpect.spawn[str]], sandbox: Sandbox) -> pexpect.spawn[str]:
    terminal = start()
    del sandbox
    begun(terminal)
    terminal.send("http://localhost:8400/callback?code=half-of-")
    terminal.sendintr()
    return terminal


def _at_the_exchange_for_the_browser(
    start: Callable[[], pexpect.spawn[str]], sandbox: Sandbox
) -> pexpect.spawn[str]:
    terminal = start()
    browser = FormBrowser(sandbox, comes_back=True)
    page = browser.open(begun(terminal))
    with sandbox.faults.hold(TOKEN) as held:
        coming = in_background(lambda: browser.sign_in(page))
        held.wait_for_request()
        terminal.sendintr()
        terminal.expect("Cancelled")
    coming.join()
    return terminal


def _at_the_exchange_for_a_paste(
    start: Callable[[], pexpect.spawn[str]], sandbox: Sandbox
) -> pexpect.spawn[str]:
    terminal = start()
    browser = FormBrowser(sandbox)
    page = browser.sign_in(browser.open(begun(terminal)))
    with sandbox.faults.hold(TOKEN) as held:
        terminal.sendline(page.url)
        held.wait_for_request()
        terminal.sendintr()
        terminal.expect("Cancelled")
    return terminal


def _at_the_question_about_another_account(
    start: Callable[[], pexpect.spawn[str]], sandbox: Sandbox
) -> pexpect.spawn[str]:
    terminal = start()
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(begun(terminal)))
    terminal.expect(r"\[y/N\]")
    terminal.sendintr()
    return terminal


@pytest.mark.parametrize(
    "interrupted",
    [
        _before_the_browser,
        _while_waiting,
        _at_the_exchange_for_the_browser,
        _at_the_exchange_for_a_paste,
        _at_the_question_about_another_account,
    ],
)
def test_ctrl_c_at_any_moment_prints_one_line_and_keeps_the_former_session(
    profile: Shell,
    sandbox: Sandbox,
    interrupted: Callable[[Callable[[], pexpect.spawn[str]], Sandbox], pexpect.spawn[str]],
) -> None:
    terminal = profile.terminal("login", "--no-browser", dimensions=WIDE)
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(begun(terminal)))
    assert ended(terminal) == 0
    token = profile.run("token").stdout
    files = {each: each.read_bytes() for each in profile.state.rglob("*") if each.is_file()}

    login = ("login", "-u", "another@example.com", "--no-browser")
    terminal = interrupted(lambda: profile.terminal(*login, dimensions=WIDE), sandbox)
    assert ended(terminal) == 130
    assert terminal.getecho()
    shown = profile.transcripts[-1].getvalue()
    assert shown.count("Cancelled.") == 1
    assert shown.rstrip().splitlines()[-1].endswith("Cancelled.  [OA-X130]")
    assert "Traceback" not in shown
    assert "half-of" not in shown
    assert profile.run("token").stdout == token
    after = {each: each.read_bytes() for each in profile.state.rglob("*") if each.is_file()}
    assert after.keys() == files.keys()
    assert sandbox.username in profile.run("whoami").stdout


def test_ctrl_c_ends_a_browser_command_that_hangs(profile: Shell) -> None:
    program = profile.folder.parent / f"slow-{profile.folder.name}"
    program.write_text("#!/bin/sh\necho begun >&2\nexec sleep 60\n")
    program.chmod(0o755)
    profile.environment["BROWSER"] = str(program)
    terminal = profile.terminal("login")
    terminal.expect("begun")
    terminal.sendintr()
    assert ended(terminal) == 130
    assert profile.run("token").code == 3


def test_a_sign_in_of_another_account_is_saved_only_after_a_yes(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    other = f"other-{token_hex(4)}@example.com"
    sandbox.pool.add_user(email=other, password=sandbox.password)
    assert profile.run("init", "-p", "acme", "--username", sandbox.username).code == 0

    def signs_in(username: str) -> None:
        browser = FormBrowser(sandbox, comes_back=True)
        page = browser.open(opened(address))
        assert page.fields["username"] == sandbox.username  # the profile's, by login_hint
        browser.sign_in(page, username, sandbox.password)
        address.unlink()

    terminal = profile.terminal("login")
    signs_in(sandbox.username)
    assert ended(terminal) == 0
    token = profile.run("token").stdout

    terminal = profile.terminal("login")
    signs_in(other)
    terminal.expect(f"! {other} signed in, and not {sandbox.username}")
    terminal.expect(r"\[y/N\]")
    terminal.sendline("")
    terminal.expect("OA-B320")
    assert ended(terminal) == 3
    assert profile.run("token").stdout == token

    coming = in_background(lambda: signs_in(other))  # without a terminal none can be asked
    refused = profile.run("login")
    coming.join()
    assert (refused.code, "[OA-B320]" in refused.stderr) == (3, True), refused.stderr
    assert profile.run("token").stdout == token

    terminal = profile.terminal("login")
    signs_in(other)
    terminal.expect(r"\[y/N\]")
    terminal.sendline("y")
    terminal.expect(f"Signed in as {other}")
    assert ended(terminal) == 0
    assert other in profile.run("whoami").stdout


def test_without_a_terminal_the_whole_address_is_one_line(profile: Shell, sandbox: Sandbox) -> None:
    claims = "eyJhbGciOiJub25lIn0.eyJ1c2VyaW5mbyI6e319."  # which looks like a token, and is none
    long = " ".join(f"z{each}={'y' * 400}" for each in range(5))
    written = profile.run(
        *("init", "-p", "acme", "--username", "ada@example.com", "--prompt", "select_account"),
        *("--identity-provider", "ACME", "--scopes", "openid email"),
        *(
            "--authorize-parameters",
            f"max_age=300 claims={claims} {long}",
        ),
    )
    assert written.code == 0, written.stderr
    running = subprocess.Popen(
        [*PROGRAM, "login", "--no-browser"],
        env=profile.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    lines = [running.stderr.readline()]
    while not lines[-1].startswith("http"):
        assert lines[-1], lines
        lines.append(running.stderr.readline())
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert (running.returncode, stdout) == (130, "")
    assert stderr.strip() == "✗ Cancelled.  [OA-X130]"
    parameters = dict(parse_qsl(urlsplit(lines[-1].rstrip("\n")).query))
    assert parameters["login_hint"] == "ada@example.com"
    assert parameters["prompt"] == "select_account"
    assert parameters["identity_provider"] == "ACME"
    assert parameters["scope"] == "openid email"
    assert (parameters["max_age"], parameters["claims"]) == ("300", claims)
    assert all(parameters[f"z{each}"] == "y" * 400 for each in range(5))


PLACES = [
    ({}, "there is no display"),
    ({"container": "docker"}, "there is no display"),
    ({"DISPLAY": ":9", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "a session over SSH"),
    ({"WSL_DISTRO_NAME": "Ubuntu"}, "the browser could not be started"),
]


def test_each_console_without_a_browser_says_why_and_starts_none(profile: Shell) -> None:
    started = profile.folder / "started"
    folder = profile.folder / "programs"
    folder.mkdir()
    for name in ("xdg-open", "x-www-browser", "www-browser", "firefox", "chromium", "lynx"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "$1" > {shlex.quote(str(started))}\n')
        program.chmod(0o755)
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        profile.environment.pop(name, None)
    profile.environment["PATH"] = f"{folder}:/usr/bin:/bin"
    before = profile.environment
    for variables, why in PLACES:
        profile.environment = {**before, **variables}
        terminal = profile.terminal("login", dimensions=WIDE)
        terminal.expect(f"Open this address in a browser, as [^:]*{why}:\r\n")
        begun(terminal)
        terminal.sendintr()
        assert ended(terminal) == 130
        assert not started.exists(), variables
    (folder / "firefox").rename(folder / "wslview")
    terminal = profile.terminal("login", dimensions=WIDE)
    terminal.expect("Sign in in the browser that was opened")
    assert started.read_text().strip() == begun(terminal)
    terminal.sendintr()
    assert ended(terminal) == 130
