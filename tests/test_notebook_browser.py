"""`login()` in a browser from a notebook's cell: a real kernel, and a browser for tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from html import unescape
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

import osdu_auth
from front_end import FrontEnd, require_no_secret
from osdu_auth import BrowserProfile, Session
from osdu_auth.oidc.browser import why_no_browser
from osdu_auth.profiles.edits import write_profile
from sandbox.form_browser import FormBrowser
from test_cells import texts, tracebacks
from test_notebook import QTCONSOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth import Profile, Sandbox

PASTE = "Waiting for the browser; or paste the address that it ends at: "
LOGIN = "import osdu_auth\nsession = osdu_auth.login()"
_ENOUGH = 30.0  # seconds for a kernel to start a browser


@pytest.fixture
def browser_profile(sandbox: Sandbox, notebook_profile: Profile) -> BrowserProfile:
    """The profile "acme" for a browser, whose app client takes any port."""
    client = sandbox.pool.add_app_client(
        f"of a notebook {token_hex(4)}",
        generate_secret=False,
        callback_urls=("http://localhost/callback",),
        any_loopback_port=True,
    )
    profile = BrowserProfile(
        "acme",
        client.client_id,
        sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
        redirect_ports="0",
        platform_url=sandbox.platform_url,
        data_partition_id=sandbox.data_partition_id,
    )
    write_profile(profile)
    return profile


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that gets the address which a local browser is opened with."""
    file, program = tmp_path / "address", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{file}.part"\nmv "{file}.part" "{file}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(program))
    return file


def link(shown: str) -> str:
    """The address in the link that the notebook shows."""
    found = re.search(r'<a href=\\"([^"]+)\\" target', shown)
    assert found, shown
    return unescape(found[1])


def pasting(
    sandbox: Sandbox, *, username: str = "", browser: FormBrowser | None = None
) -> Callable[[str], str]:
    """A person whose browser cannot return, and who pastes the address at which it ends."""

    def answer(shown: str) -> str:
        own = browser or FormBrowser(sandbox)
        page = own.open(link(shown))
        ended = own.sign_in(page, username, sandbox.password) if page.action is not None else page
        return ended.url

    return answer


def require_nothing_of_use(saved: str, front_end: FrontEnd) -> None:
    """Require that a saved notebook contains nothing of the link or of the reply."""
    require_no_secret(saved)
    assert "target=" not in saved
    for word in ("authorize", "state=", "nonce=", "code=", "code_challenge"):
        assert word not in saved
    assert all(hidden for prompt, hidden in front_end.asked if prompt == PASTE)


def test_a_remote_kernel_shows_a_link_and_takes_what_the_browser_ends_at(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    shown: list[str] = []

    def answer(so_far: str) -> str:
        shown.append(so_far)
        return pasting(sandbox)(so_far)

    front_end = FrontEnd(tmp_path / "wells.ipynb", answer)
    saved = front_end.run(LOGIN, "osdu_auth.whoami()", "session.renew().account")
    assert tracebacks(saved) == [""] * 3
    assert front_end.asked == [(PASTE, True)]
    assert f"Signed in as {sandbox.username}" in saved
    host = sandbox.endpoint_url.removeprefix("http://")
    assert f">sign in at {host}</a>" in shown[0]
    why, plain = texts(shown[0])[0].splitlines()[:2]
    # In a container, where many builds run, that is the reason.
    assert re.fullmatch(r"Open this address in a browser, as (there is no|this kernel) .*:", why)
    assert plain == link(shown[0])
    require_nothing_of_use(saved, front_end)
    assert Session("acme").token()


def test_a_browser_that_comes_back_wins_and_the_box_is_withdrawn(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path, opened: Path
) -> None:
    def signs_in(shown: str) -> None:
        assert "Sign in in the browser that was opened. If none was" in shown
        end = time.monotonic() + _ENOUGH
        while not opened.exists():
            assert time.monotonic() < end, "no browser was opened"
            time.sleep(0.02)
        assert opened.read_text() == link(shown)
        browser = FormBrowser(sandbox, comes_back=True)
        assert browser.sign_in(browser.open(link(shown))).status == 200

    front_end = FrontEnd(tmp_path / "wells.ipynb", signs_in, "wells")
    saved = front_end.run(LOGIN, "print('then', input('Name: '))")
    assert tracebacks(saved) == ["", ""]
    assert front_end.asked == [(PASTE, True), ("Name: ", False)]
    assert "then wells" in texts(saved)[1]
    assert f"Signed in as {sandbox.username}" in saved
    assert "KeyboardInterrupt" not in saved
    require_nothing_of_use(saved, front_end)


def test_a_text_that_is_pasted_late_does_not_answer_the_next_question(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    ended: list[str] = []

    def signs_in_and_pastes(shown: str) -> str:
        browser = FormBrowser(sandbox, comes_back=True)
        browser.sign_in(browser.open(link(shown)))
        ended.append(browser.visited[-1])
        time.sleep(1)  # until the box is withdrawn
        return ended[0]

    front_end = FrontEnd(tmp_path / "wells.ipynb", signs_in_and_pastes, "wells")
    saved = front_end.run(LOGIN, "print('then', input('Name: '))")
    assert "code=" in ended[0]
    assert "then wells" in texts(saved)[1]
    require_nothing_of_use(saved, front_end)


def test_an_invalid_address_is_named_in_the_cell_and_asked_for_again(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    shown: list[str] = []

    def answer(so_far: str) -> str:
        shown.append(so_far)
        return pasting(sandbox)(so_far)

    front_end = FrontEnd(tmp_path / "wells.ipynb", "the page said hello", answer)
    saved = front_end.run(LOGIN)
    assert "OA-B211" in shown[0]
    assert shown[0].count("target=") == 1
    assert f"Signed in as {sandbox.username}" in saved
    require_nothing_of_use(saved, front_end)


def test_the_stop_button_ends_the_wait_and_removes_the_link(
    browser_profile: BrowserProfile, tmp_path: Path
) -> None:
    front_end = FrontEnd(tmp_path / "wells.ipynb", lambda _: None)
    saved = front_end.run(
        "import threading, _thread\n"
        "threading.Timer(2, _thread.interrupt_main).start()  # as the stop button does\n" + LOGIN,
        "[each.name for each in threading.enumerate() if 'osdu' in each.name]",
    )
    assert "KeyboardInterrupt" in tracebacks(saved)[0]
    assert texts(saved)[1].strip() == "[]"  # it no longer listens
    assert front_end.asked == [(PASTE, True)]
    require_nothing_of_use(saved, front_end)
    with pytest.raises(osdu_auth.SignInRequired):
        Session("acme").token()


def test_a_signed_in_user_is_asked_nothing_without_force(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    front_end = FrontEnd(
        tmp_path / "wells.ipynb", pasting(sandbox), pasting(sandbox), pasting(sandbox)
    )
    saved = front_end.run(
        LOGIN,
        "first = session.token()\nosdu_auth.login(browser=True).token() == first",
        "osdu_auth.login(force=True).token() == first",
        "osdu_auth.login(prompt='login').token() == first",
    )
    assert tracebacks(saved) == [""] * 4
    assert front_end.asked == [(PASTE, True)] * 3
    assert [text.splitlines()[-1] for text in texts(saved)[1:]] == ["True", "False", "False"]


def test_another_user_than_expected_is_an_error_whose_fix_signs_in_the_right_one(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    other = f"other-{token_hex(4)}@example.com"
    sandbox.pool.add_user(email=other, password=sandbox.password)
    browser = FormBrowser(sandbox)
    front_end = FrontEnd(
        tmp_path / "wells.ipynb",
        pasting(sandbox, browser=browser),
        pasting(sandbox, browser=browser),
        "n",
        pasting(sandbox, username=other, browser=browser),
    )
    saved = front_end.run(
        LOGIN,
        f"try:\n    osdu_auth.login(username={other!r})\n"
        "except osdu_auth.SignInRefused as error:\n    fix = error.fix\n    raise",
        "fix = fix.partition(': ')[2]\nprint(fix)\nexec(fix)\nosdu_auth.whoami()",
    )
    question = (f"Go on as {sandbox.username}? [y/N]: ", False)
    assert front_end.asked == [(PASTE, True), (PASTE, True), question, (PASTE, True)]
    assert f"! {sandbox.username} signed in, and not {other}." in texts(saved)[1]
    assert "OA-B320" in tracebacks(saved)[1]
    fix = f'osdu_auth.login("acme", username="{other}", prompt="login")'
    assert texts(saved)[2].splitlines()[0] == fix
    assert f"signed_in_as='{other}'" in texts(saved)[2]
    require_nothing_of_use(saved, front_end)


def test_a_profile_for_a_password_can_sign_in_in_a_browser_once(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path, opened: Path
) -> None:
    from dataclasses import replace

    write_profile(
        replace(notebook_profile, client_id=sandbox.browser_client_id, client_secret=None)
    )
    front_end = FrontEnd(tmp_path / "wells.ipynb", pasting(sandbox))
    saved = front_end.run(
        "import osdu_auth\nsession = osdu_auth.login(browser=True)", "session.renew().account"
    )
    assert tracebacks(saved) == ["", ""]
    assert opened.exists()
    assert front_end.asked == [(PASTE, True)]
    require_nothing_of_use(saved, front_end)


def test_a_browser_is_not_opened_where_the_call_says_so(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path, opened: Path
) -> None:
    front_end = FrontEnd(tmp_path / "wells.ipynb", pasting(sandbox))
    saved = front_end.run("import osdu_auth\nosdu_auth.login(browser=False)")
    assert tracebacks(saved) == [""]
    assert not opened.exists()


def test_a_notebook_that_runs_unattended_opens_no_browser_and_says_what_to_type(
    browser_profile: BrowserProfile, tmp_path: Path, opened: Path
) -> None:
    saved = FrontEnd(tmp_path / "wells.ipynb").run(LOGIN)
    assert "OA-S391" in tracebacks(saved)[0]
    assert "osdu-auth login -p acme" in tracebacks(saved)[0]
    assert not opened.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("JUPYTERHUB_API_TOKEN", "a JupyterHub"),
        ("SSH_CONNECTION", "over SSH"),
        ("WSL_DISTRO_NAME", "in WSL"),
        ("KUBERNETES_SERVICE_HOST", "in a container"),
    ],
)
def test_a_kernel_on_another_computer_opens_no_browser(
    browser_profile: BrowserProfile,
    sandbox: Sandbox,
    tmp_path: Path,
    opened: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    why: str,
) -> None:
    monkeypatch.setenv(name, "x")
    monkeypatch.setenv("DISPLAY", ":0")
    if name == "KUBERNETES_SERVICE_HOST":  # although BROWSER names one
        monkeypatch.delenv("BROWSER")
        (tmp_path / "x-www-browser").symlink_to(tmp_path / "browser")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    shown: list[str] = []

    def answer(so_far: str) -> str:
        shown.append(so_far)
        return pasting(sandbox)(so_far)

    saved = FrontEnd(tmp_path / "wells.ipynb", answer).run(LOGIN)
    assert tracebacks(saved) == [""]
    assert why in shown[0]
    assert not opened.exists()


def test_a_profile_for_a_browser_is_made_in_a_cell_and_used(
    browser_profile: BrowserProfile, sandbox: Sandbox, tmp_path: Path
) -> None:
    from osdu_auth.profiles.file import read_profiles

    front_end = FrontEnd(tmp_path / "wells.ipynb", "", "", "", "", "", pasting(sandbox))
    saved = front_end.run(
        "import osdu_auth\nosdu_auth.init('made', sign_in='browser', redirect_ports='0',"
        f" user_pool_id={sandbox.user_pool_id!r}, client_id={browser_profile.client_id!r},"
        f" endpoint_url={sandbox.endpoint_url!r})\nosdu_auth.login('made')",
        "osdu_auth.init('made', prompt='login').prompt",
    )
    assert tracebacks(saved) == ["", ""]
    words = ("secret", "User name", "platform URL", "partition", "Keep them", "Waiting")
    assert all(word in prompt for word, (prompt, _) in zip(words, front_end.asked, strict=True))
    assert read_profiles().profile("made").sign_in == "browser"
    assert "'login'" in saved
    require_nothing_of_use(saved, front_end)


def test_a_console_that_shows_what_is_typed_signs_in_in_a_browser(
    browser_profile: BrowserProfile, tmp_path: Path
) -> None:
    program = tmp_path / "jupyter-qtconsole"
    program.write_text(QTCONSOLE.replace("asked for a password", "asked: {message['content']}"))
    done = subprocess.run(
        [sys.executable, str(program), LOGIN], capture_output=True, text=True, check=False
    )
    assert "OA-S390" not in done.stdout + done.stderr
    assert "asked" in done.stderr


FIXES = (
    ((), 'osdu_auth.login("acme")'),
    (("--browser",), 'osdu_auth.login("acme", browser=True)'),
    (("--no-browser",), 'osdu_auth.login("acme", browser=False)'),
    (
        ("-u", "ada", "--browser", "--prompt", "login"),
        'osdu_auth.login("acme", username="ada", prompt="login", browser=True)',
    ),
)


def test_a_fix_s_options_without_a_value_are_arguments_in_a_cell(
    browser_profile: BrowserProfile, tmp_path: Path
) -> None:
    cells = [
        f"import osdu_auth\nfrom osdu_auth.fixes import Reader, Run\n"
        f"print(Run('login', *{words!r}).text(Reader('acme')))"
        for words, _ in FIXES
    ]
    shown = texts(FrontEnd(tmp_path / "wells.ipynb").run(*cells))
    assert [text.strip() for text in shown] == [call for _, call in FIXES]


DISPLAY, KERNEL = {"DISPLAY": ":0"}, {"JPY_PARENT_PID": "1"}


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "there is no display"),
        ({"SSH_TTY": "/dev/pts/0", **DISPLAY}, "this is a session over SSH"),
        ({"BROWSER": "firefox", "SSH_TTY": "/dev/pts/0"}, None),
        ({"BROWSER": "firefox", **KERNEL}, None),
        ({"BROWSER": "firefox", "container": "docker", **KERNEL}, None),
        ({"container": "podman", **DISPLAY, **KERNEL}, "this kernel runs in a container"),
        ({"KUBERNETES_SERVICE_HOST": "x", **DISPLAY, **KERNEL}, "this kernel runs in a container"),
        ({"container": "toolbox", **DISPLAY}, None),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, None),
        ({"WSL_DISTRO_NAME": "Ubuntu", **KERNEL}, "this kernel runs in WSL"),
        ({"JUPYTERHUB_USER": "ada", "BROWSER": "x", **KERNEL}, "this kernel runs in a JupyterHub"),
        ({"JUPYTERHUB_USER": "ada", "BROWSER": "x"}, None),
    ],
)
def test_a_browser_is_opened_only_where_the_user_can_see_it(
    environment: dict[str, str], why: str | None
) -> None:
    assert why_no_browser(environment) == why


def test_a_cell_is_recognized_in_every_kernel() -> None:
    over_ssh = {"BROWSER": "firefox", "SSH_TTY": "/dev/pts/0"}
    assert why_no_browser(over_ssh, in_cell=True) == "this kernel was started over SSH"
    assert why_no_browser(over_ssh) is None
