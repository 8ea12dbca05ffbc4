"""`osdu-auth login` in a browser: with such a profile, with --browser, and by a pasted address."""

from __future__ import annotations

import json
import re
import time
from socket import socket
from typing import TYPE_CHECKING

import pexpect
import pytest

from browsers_of_others.chromium import chromium
from oidc.issuers import ISSUERS, answer_pages
from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

_ENOUGH = 30.0  # seconds for a program to start a browser


@pytest.fixture
def address(shell: Shell) -> Path:
    """The file into which the fake browser writes the address that it gets."""
    file, program = shell.folder / "address", shell.folder / "a browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{file}.part"\nmv "{file}.part" "{file}"\n')
    program.chmod(0o755)
    link = shell.folder.parent / f"browser-of-{shell.folder.name}"  # without a blank, for BROWSER
    link.symlink_to(program)
    shell.environment["BROWSER"] = str(link)
    return file


@pytest.fixture
def profile(shell: Shell, sandbox: Sandbox) -> Shell:
    """An account with a profile for a browser; its app client allows each port."""
    client = sandbox.pool.add_app_client(
        "of a browser",
        generate_secret=False,
        callback_urls=("http://localhost/callback",),
        any_loopback_port=True,
    )
    written = shell.run(
        *("init", "-p", "acme", "--sign-in", "browser", "--client-id", client.client_id),
        *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
        *("--redirect-ports", "0", "--platform-url", sandbox.platform_url),
        *("--data-partition-id", sandbox.data_partition_id),
    )
    assert written.code == 0, written.stderr
    return shell


@pytest.fixture
def registered(shell: Shell, sandbox: Sandbox) -> Shell:
    """An account with a profile for a browser; its app client allows one address on one port."""
    with socket() as every_flow:
        every_flow.bind(("127.0.0.1", 0))
        port = every_flow.getsockname()[1]
    uri = f"http://localhost:{port}/callback"
    client = sandbox.pool.add_app_client(
        "of a browser that signs out",
        generate_secret=False,
        callback_urls=(uri,),
        logout_urls=(uri,),
    )
    written = shell.run(
        *("init", "-p", "acme", "--sign-in", "browser", "--client-id", client.client_id),
        *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
        *("--redirect-ports", str(port)),
    )
    assert written.code == 0, written.stderr
    return shell


def opened(file: Path) -> str:
    """Wait for the address that the browser gets, and return it."""
    end = time.monotonic() + _ENOUGH
    while not file.exists():
        assert time.monotonic() < end, "no browser was opened"
        time.sleep(0.02)
    return file.read_text()


def ended(terminal: pexpect.spawn[str]) -> int | None:
    terminal.expect(pexpect.EOF)
    terminal.wait()
    status: int | None = terminal.exitstatus
    return status


def test_a_profile_for_a_browser_signs_in_renews_and_signs_out(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    terminal = profile.terminal("login")
    browser = FormBrowser(sandbox, comes_back=True)
    page = browser.sign_in(browser.open(opened(address)))
    assert page.status == 200
    terminal.expect(f"Signed in as {sandbox.username}")
    assert ended(terminal) == 0
    first = profile.run("token").stdout
    assert first.count(".") == 2
    assert profile.run("token", "--renew").stdout not in {"", first}
    assert sandbox.username in profile.run("whoami").stdout
    assert profile.run("logout").code == 0
    assert profile.run("token").code == 3
    assert profile.run("purge", "--yes").code == 0
    assert not profile.state.exists()  # what the issuer says of itself was kept there for an outage


def test_a_session_of_another_issuer_is_verified_and_ended_there(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    """The texts name the profile, which is not the default one, and the issuer, not a pool."""
    assert profile.run("init", "-p", "acme", "--redirect-ports", "0", "--default").code == 0
    client = sandbox.pool.add_app_client(
        "of another issuer",
        generate_secret=False,
        callback_urls=("http://localhost/callback",),
        any_loopback_port=True,
    )
    written = profile.run(
        *("init", "-p", "other", "--sign-in", "browser", "--client-id", client.client_id),
        *("--issuer", sandbox.issuer, "--redirect-ports", "0", "--scopes", "openid"),
    )
    assert written.code == 0, written.stderr
    terminal = profile.terminal("login", "-p", "other")
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(opened(address)))
    assert ended(terminal) == 0
    token = profile.run("token", "-p", "other").stdout
    verified = profile.run("verify", "-p", "other", stdin=token)
    assert verified.code == 0, verified.stderr
    refused = profile.run("verify", "-p", "other", "--audience", "another", stdin=token)
    assert refused.code == 5, refused.stderr
    unchecked = profile.run("verify", "-p", "other", "--client-id", "another", stdin=token)
    assert "[OA-U241]" in unchecked.stderr
    changed = profile.run("init", "-p", "other", "--scopes", "openid email")
    assert changed.code == 0, changed.stderr
    assert "other scopes" in profile.run("token", "-p", "other").stderr
    before = sandbox.openid.settings
    sandbox.openid.change_settings(discovery_issuer="https://login.example.com")
    try:
        outcome = profile.run("logout", "-p", "other")
    finally:
        sandbox.openid.settings = before
    assert "osdu-auth init -p other --issuer https://login.example.com" in outcome.stderr
    assert "the issuer may accept the session" in outcome.stderr


def test_signing_out_at_an_issuer_without_revocation_succeeds_with_a_note(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    before = sandbox.openid.settings
    sandbox.openid.change_settings(has_revocation=False)
    try:
        terminal = profile.terminal("login")
        browser = FormBrowser(sandbox, comes_back=True)
        browser.sign_in(browser.open(opened(address)))
        assert ended(terminal) == 0
        outcome = profile.run("logout")
    finally:
        sandbox.openid.settings = before
    assert (outcome.code, "[OA-B319]" in outcome.stderr) == (0, True), outcome.stderr
    assert profile.run("token").code == 3


@pytest.mark.parametrize(
    "words", [("change-password",), ("remove-totp",), ("reset-password",), ("set-up-totp",)]
)
def test_account_commands_refuse_another_kind_of_profile_before_any_question(
    profile: Shell, words: tuple[str, ...]
) -> None:
    assert "[OA-C717]" in profile.run("account", *words).stderr


def test_without_a_browser_the_address_is_printed_and_the_callback_is_pasted(
    profile: Shell, sandbox: Sandbox
) -> None:
    terminal = profile.terminal("login", "--no-browser", dimensions=(40, 2_000))
    terminal.expect(r"(http://127\.0\.0\.1\S*/oauth2/authorize\S*)\r\n")
    browser = FormBrowser(sandbox)
    page = browser.sign_in(browser.open(terminal.match[1]))
    assert re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])", page.url)
    terminal.expect("paste the address")
    terminal.sendline(page.url)
    terminal.expect(f"Signed in as {sandbox.username}")
    assert ended(terminal) == 0
    assert profile.run("token").code == 0


def test_a_paste_that_is_no_address_is_refused_and_asked_for_again(
    profile: Shell, sandbox: Sandbox
) -> None:
    terminal = profile.terminal("login", "--no-browser", dimensions=(40, 2_000))
    terminal.expect(r"(http://127\.0\.0\.1\S*/oauth2/authorize\S*)\r\n")
    browser = FormBrowser(sandbox)
    page = browser.sign_in(browser.open(terminal.match[1]))
    terminal.expect("paste the address")
    terminal.sendline("http://localhost:8400/callback")
    terminal.expect("OA-B211")
    terminal.expect("paste the address")
    terminal.sendline(page.url)
    assert ended(terminal) == 0


def test_ctrl_c_ends_the_wait_and_saves_nothing(profile: Shell) -> None:
    terminal = profile.terminal("login", "--no-browser")
    terminal.expect("paste the address")
    terminal.sendintr()
    assert ended(terminal) == 130
    assert profile.run("token").code == 3


def test_a_profile_for_a_password_can_sign_in_in_a_browser_once(
    shell: Shell, sandbox: Sandbox, address: Path
) -> None:
    written = shell.run(
        *("init", "-p", "acme", "--client-id", sandbox.browser_client_id),
        *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
    )
    assert written.code == 0, written.stderr
    terminal = shell.terminal("login", "--browser")
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(opened(address)))
    terminal.expect(f"Signed in as {sandbox.username}")
    assert ended(terminal) == 0
    assert shell.run("token", "--renew").code == 0


def test_a_refusal_of_the_sign_in_page_is_an_error(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    terminal = profile.terminal("login")
    browser = FormBrowser(sandbox, comes_back=True)
    page = browser.open(opened(address))
    browser.submit(page, next(iter(page.buttons)), **dict.fromkeys(("username", "password"), "x"))
    terminal.expect("OA-B314")
    assert ended(terminal) == 3


def test_only_logout_browser_signs_the_browser_out(
    registered: Shell, sandbox: Sandbox, address: Path
) -> None:
    browser = FormBrowser(sandbox, comes_back=True)
    for command, asks in (("login", True), ("login", False), ("logout", None), ("login", True)):
        address.unlink(missing_ok=True)
        options = ["--browser"] if command == "logout" else []
        terminal = registered.terminal(command, *options)
        page = browser.open(opened(address))
        if asks is not None:
            assert (page.action is not None) is asks
        if asks:
            browser.sign_in(page)
        if command == "logout":
            assert page.title == "You are signed out"
        assert ended(terminal) == 0
    assert registered.run("logout").code == 0


@pytest.mark.real
@pytest.mark.parametrize("name", ISSUERS)
def test_a_real_browser_comes_back_to_the_program(
    shell: Shell, address: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    with (
        ISSUERS[name]() as issuer,
        chromium(tmp_path_factory.mktemp("a browser")) as tab,
    ):
        profile = issuer.profile("public")
        written = shell.run(
            *("init", "-p", "acme", "--sign-in", "browser", "--client-id", profile.client_id),
            *_option("--issuer", profile.issuer),
            *_option("--user-pool-id", profile.user_pool_id),
            *_option("--endpoint-url", profile.endpoint_url),
            *_option("--scopes", profile.scopes),
            *_option("--prompt", profile.prompt),
            *("--redirect-ports", "0"),
        )
        assert written.code == 0, written.stderr
        terminal = shell.terminal("login")
        tab.open(opened(address))
        answer_pages(issuer, tab)
        assert tab.title == "Your sign-in is done"
        terminal.expect(f"Signed in as {issuer.account}")
        assert ended(terminal) == 0
        first = shell.run("token").stdout
        assert first.count(".") == 2
        assert shell.run("token", "--renew").stdout not in {"", first}


def _option(name: str, value: str | None) -> tuple[str, ...]:
    return () if value is None else (name, value)


def test_logout_browser_says_if_the_issuer_has_no_page_for_it(
    registered: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(
        f"/{sandbox.user_pool_id}/.well-known/openid-configuration",
        body=json.dumps(
            {
                "issuer": sandbox.issuer,
                "authorization_endpoint": sandbox.authorization_endpoint,
                "token_endpoint": sandbox.token_endpoint,
                "jwks_uri": f"{sandbox.issuer}/.well-known/jwks.json",
            }
        ),
        content_type="application/json",
    )
    outcome = registered.run("logout", "--browser")
    assert (outcome.code, "[OA-B322]" in outcome.stderr) == (3, True), outcome.stderr


def test_a_password_for_a_sign_in_in_a_browser_is_refused_with_a_working_fix(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    refused = profile.run("login", "--password-stdin", stdin="Some-password-1\n")
    assert (refused.code, "[OA-U224]" in refused.stderr) == (2, True)
    line = refused.stderr.rpartition("Next: ")[2].split()
    terminal = profile.terminal(*line[1:])
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(opened(address)))
    assert ended(terminal) == 0


def test_doctor_finds_no_problem_with_a_sandbox_issuer(
    profile: Shell, sandbox: Sandbox, address: Path
) -> None:
    terminal = profile.terminal("login")
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(opened(address)))
    assert ended(terminal) == 0
    outcome = profile.run("doctor", "--json")
    assert outcome.code == 0, outcome.stdout
    levels = {each["id"]: each["level"] for each in json.loads(outcome.stdout)["checks"]}
    assert levels.pop("app-client") == "skipped"
    assert set(levels.values()) == {"ok"}, levels


def test_doctor_finds_an_address_that_is_no_issuer(profile: Shell, sandbox: Sandbox) -> None:
    path = profile.config / "config.toml"
    path.write_text(path.read_text().replace(sandbox.user_pool_id, "us-east-1_AAAAAAAAA"))
    outcome = profile.run("doctor", "--json")
    found = {each["id"]: each for each in json.loads(outcome.stdout)["checks"]}
    assert found["key-set"]["level"] == "fail"
    assert outcome.code != 0


def test_init_asks_for_a_user_pool_or_another_issuer(shell: Shell, sandbox: Sandbox) -> None:
    terminal = shell.terminal("init", "-p", "acme", "--sign-in", "browser")
    answers = {
        "User pool id, or the issuer's address": "https://login.example.com/realms/osdu",
        "App client id": "0oa1-b2.c3~d4",
        "App client secret": "a~secret.of-another~issuer",
    }
    for question, answer in answers.items():
        terminal.expect_exact(question)
        terminal.expect(": ")
        terminal.sendline(answer)
    for _ in range(3):  # user name, platform, data partition
        terminal.expect(r"\): ")
        terminal.sendline("")
    terminal.expect("Wrote the profile")
    assert ended(terminal) == 0
    written = (shell.config / "config.toml").read_text()
    assert 'issuer = "https://login.example.com/realms/osdu"' in written
    assert "another~issuer" not in written
    moved = shell.run("init", "-p", "acme", "--user-pool-id", sandbox.user_pool_id)
    assert moved.code == 0, moved.stderr
    assert "issuer =" not in (shell.config / "config.toml").read_text()


def test_init_shows_a_working_command_for_a_sign_in_in_a_browser(shell: Shell) -> None:
    terminal = shell.terminal("init")
    terminal.expect(r"company's own page: osdu-auth (init [^)]*)\)")
    line = str(terminal.match[1])
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    again = shell.terminal(*line.split())
    again.expect_exact("User pool id, or the issuer's address")
    again.terminate(force=True)
