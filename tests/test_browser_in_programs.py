"""Signing in in a browser from a Python program: in its terminal, and by its own answers."""

from __future__ import annotations

import re
import sys
import threading
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

import osdu_auth
from documents.blocks import text_of
from osdu_auth import BrowserAddress, BrowserAddressQuestion, MemoryStore, Session, in_browser
from osdu_auth.profiles.edits import write_profile
from sandbox.form_browser import FormBrowser
from test_notebook_browser import browser_profile

if TYPE_CHECKING:
    from threading import Event

    from osdu_auth import BrowserProfile, OsduAuthError, Profile, Sandbox

__all__ = ["browser_profile"]  # a fixture

LOGIN = "import osdu_auth; session = osdu_auth.login(); print('as', osdu_auth.whoami())"
INTERACTIVE = (
    "from osdu_auth import Session; session = Session('acme', interactive=True)\n"
    "session.token(); print('as', session.load().account)"
)


def terminal(program: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable, ["-c", program], encoding="utf-8", timeout=30, dimensions=(40, 2_000)
    )


def address_in(program: pexpect.spawn[str]) -> str:
    program.expect(r"(http://127\.0\.0\.1\S*/oauth2/authorize\S*)\r\n")
    address: str = program.match[1]
    program.expect("paste the address that it ends at: ")
    return address


@pytest.mark.parametrize("program", [LOGIN, INTERACTIVE])
def test_a_program_in_a_terminal_takes_what_the_browser_ends_at(
    browser_profile: BrowserProfile, sandbox: Sandbox, program: str
) -> None:
    asking = terminal(program)
    browser = FormBrowser(sandbox)
    page = browser.sign_in(browser.open(address_in(asking)))
    asking.sendline("the page said hello")
    asking.expect("OA-B211")
    asking.expect("paste the address that it ends at: ")
    asking.sendline(page.url)
    asking.expect(f"Signed in as {sandbox.username}")
    asking.expect(rf"as .*{re.escape(sandbox.username)}")
    asking.expect(pexpect.EOF)


@pytest.mark.parametrize("program", [LOGIN, INTERACTIVE])
@pytest.mark.parametrize("typed", ["", "\x04"])
def test_a_browser_that_comes_back_ends_the_question_in_a_terminal(
    browser_profile: BrowserProfile, sandbox: Sandbox, program: str, typed: str
) -> None:
    """Also where the input has ended, which ends no attempt."""
    asking = terminal(program)
    address = address_in(asking)
    asking.send(typed)
    browser = FormBrowser(sandbox, comes_back=True)
    assert browser.sign_in(browser.open(address)).status == 200
    asking.expect(f"Signed in as {sandbox.username}")
    asking.expect(rf"as .*{re.escape(sandbox.username)}")
    asking.expect(pexpect.EOF)


def test_a_program_in_a_terminal_is_asked_whether_another_user_may_go_on(
    browser_profile: BrowserProfile, sandbox: Sandbox
) -> None:
    other = f"other-{token_hex(4)}@example.com"
    asking = terminal(LOGIN.replace("login()", f"login(username={other!r})"))
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(address_in(asking)))
    asking.expect(f"{sandbox.username} signed in, and not {other}")
    asking.expect(r"\[y/N\]")
    asking.sendline("y")
    asking.expect(f"Signed in as {sandbox.username}")


def test_a_program_for_a_password_signs_in_in_a_browser_for_once(
    notebook_profile: Profile, sandbox: Sandbox
) -> None:
    from dataclasses import replace

    write_profile(
        replace(notebook_profile, client_id=sandbox.browser_client_id, client_secret=None)
    )
    asking = terminal(LOGIN.replace("login()", "login(browser=True)"))
    browser = FormBrowser(sandbox, comes_back=True)
    browser.sign_in(browser.open(address_in(asking)))
    asking.expect(f"Signed in as {sandbox.username}")
    asking.expect(pexpect.EOF)
    assert Session("acme").renew().tokens.access_token


def test_the_example_of_a_program_s_own_answer_runs(
    browser_profile: BrowserProfile, sandbox: Sandbox
) -> None:
    refusals: list[OsduAuthError | None] = []
    pasted = ["the page said hello"]

    def ask(url: str, refusal: OsduAuthError | None, until: Event) -> str:
        refusals.append(refusal)
        if pasted:
            return pasted.pop()
        if len(refusals) == 3:  # the second sign-in: the browser comes back by itself
            browser = FormBrowser(sandbox, comes_back=True)
            threading.Thread(target=lambda: browser.sign_in(browser.open(url))).start()
            assert until.wait(30)
            return ""
        browser = FormBrowser(sandbox)
        return browser.sign_in(browser.open(url)).url

    names: dict[str, Any] = {"ask": ask}
    exec(compile(text_of("docs/signing-in.md", "browser"), "signing-in.md", "exec"), names)
    assert [None if each is None else each.code for each in refusals] == [None, "OA-B211", None]
    assert names["session"].load().account == sandbox.username


def test_a_program_without_an_answer_is_told_that_a_person_is_needed(
    browser_profile: BrowserProfile,
) -> None:
    with pytest.raises(osdu_auth.ChallengeUnanswered, match="No browser was opened") as refused:
        Session("acme").sign_in("", None)
    assert refused.value.code == "OA-S330"
    own = Session(browser_profile, store=MemoryStore())
    with pytest.raises(osdu_auth.ChallengeUnanswered) as refused:
        own.sign_in("", None)
    assert refused.value.fix.endswith('session.sign_in("", None, answer)')


def test_answers_for_a_password_are_no_answers_for_a_browser(
    browser_profile: BrowserProfile,
) -> None:
    for answer in (osdu_auth.unattended, osdu_auth.answers_from(code="123456")):
        with pytest.raises(osdu_auth.ChallengeUnanswered, match="OA-S330"):
            Session("acme").sign_in("", None, answer)


def test_an_answer_of_another_kind_is_named(browser_profile: BrowserProfile) -> None:
    answer: Any = lambda question: question.url  # noqa: E731
    with pytest.raises(osdu_auth.ChallengeUnanswered, match="BrowserAddress") as refused:
        Session("acme").sign_in("", None, answer)
    assert refused.value.code == "OA-S333"


def test_a_pasted_address_is_shown_in_no_repr() -> None:
    assert "secret-code" not in repr(BrowserAddress("http://localhost/?code=secret-code"))
    assert BrowserAddress("a").text.reveal() == "a"


def test_one_s_own_store_is_signed_in_to_as_its_error_says(
    browser_profile: BrowserProfile, sandbox: Sandbox
) -> None:
    def answer(question: object) -> BrowserAddress:
        assert isinstance(question, BrowserAddressQuestion)
        browser = FormBrowser(sandbox)
        return BrowserAddress(browser.sign_in(browser.open(question.url)).url)

    session = Session(browser_profile, store=MemoryStore())
    with pytest.raises(osdu_auth.SignInRequired) as refused:
        session.token()
    exec(refused.value.fix, {"session": session, "answer": answer})
    assert session.token()
    with pytest.raises(osdu_auth.ConfigurationError, match="OA-B735"):
        in_browser(browser_profile, prompt="LOGIN!")


def test_a_program_that_signs_in_in_a_browser_for_once_is_told_to_do_so_again(
    notebook_profile: Profile, sandbox: Sandbox
) -> None:
    from dataclasses import replace

    cancels = [True]

    def answer(question: object) -> BrowserAddress:
        assert isinstance(question, BrowserAddressQuestion)
        browser = FormBrowser(sandbox)
        page = browser.open(question.url)
        if cancels.pop():
            return BrowserAddress(browser.submit(page, next(iter(page.buttons))).url)
        return BrowserAddress(browser.sign_in(page).url)

    profile = replace(
        notebook_profile, client_id=sandbox.browser_client_id, client_secret=None, username=None
    )
    session = Session(profile, store=MemoryStore())
    with pytest.raises(osdu_auth.SignInRefused, match="OA-B314") as refused:
        session.sign_in("", None, answer, by=in_browser(profile))
    cancels.append(False)
    call = refused.value.fix[refused.value.fix.index("session.") :]
    exec(call, {"session": session, "answer": answer, "in_browser": in_browser})
    assert call == 'session.sign_in("", None, answer, by=in_browser(session.profile))'
    assert session.renew().account == sandbox.username
