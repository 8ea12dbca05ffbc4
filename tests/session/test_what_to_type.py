"""The fixes in a session's errors work for that session: for its profile, in its store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import Account, MemoryStore, Profile, Session
from osdu_auth.cognito.challenges import answers_from
from osdu_auth.credentials.user_pool import UserPoolCredential
from osdu_auth.errors import ChallengeUnanswered, ConfigurationError, OsduAuthError, SignInRequired
from osdu_auth.platform.call import call_or_raise
from osdu_auth.platform.entitlements import membership
from osdu_auth.profiles.edits import write_profile
from osdu_auth.sandbox import UserStatus
from session_test_parts import RENEWAL
from stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock

SIGN_IN = "session.sign_in(username, password)"

DOORS: dict[str, Callable[[Session], Any]] = {
    "token": Session.token,
    "atoken": lambda session: asyncio.run(session.atoken()),
    "saved": Session.saved,
    "renew": Session.renew,
    "load": Session.load,
    "deadline": Session.deadline,
    "ensure": lambda session: session.ensure("1h"),
    "for_workers": lambda session: session.for_workers("1m"),
    "headers": Session.headers,
    "devices": lambda session: Account(session).devices(),
    "groups": membership,
    "call": lambda session: call_or_raise(session, "GET", "/api/search/v2/info"),
}


@pytest.fixture
def named(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Session]:
    """Makes sessions of the only profile in the file."""
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "own"))
    monkeypatch.delenv("OSDU_AUTH_PROFILE", raising=False)
    write_profile(profile)
    return Session


def fix_at(door: str, session: Session) -> str:
    with pytest.raises(OsduAuthError) as refused:
        DOORS[door](session)
    return refused.value.fix


@pytest.mark.parametrize("door", DOORS)
def test_the_fix_names_the_command_and_the_profile_if_a_command_can_sign_in(
    door: str, named: Callable[..., Session]
) -> None:
    assert fix_at(door, named()) == "osdu-auth login -p acme"
    assert fix_at(door, named(profile="acme")) == "osdu-auth login -p acme"


@pytest.mark.parametrize("door", DOORS)
def test_the_fix_is_python_if_no_command_can_sign_in_to_the_session(
    door: str, named: Callable[..., Session], profile: Profile
) -> None:
    """A user's own store, credential or profile, in each way that a program may give it."""
    credential = UserPoolCredential(profile, None, lambda: 0.0)
    assert fix_at(door, named(store=MemoryStore())) == SIGN_IN
    assert fix_at(door, named(credential=credential)) == SIGN_IN
    assert fix_at(door, named(profile=profile)) == SIGN_IN


def typed(advice: str, session: Session, sandbox: Sandbox, username: str | None = None) -> Any:
    names = {
        "session": session,
        "username": username or sandbox.username,
        "password": sandbox.password,
        "answer": answers_from(
            new_password="A-new-one-7z!", attributes={"given_name": "Al", "family_name": "Ice"}
        ),
    }
    return eval(advice, names)


def test_a_fix_in_python_can_be_typed_as_it_is_printed(session: Session, sandbox: Sandbox) -> None:
    typed(fix_at("token", session), session, sandbox)
    assert session.token()


def test_the_error_of_a_question_tells_a_program_to_answer_it(
    session: Session, sandbox: Sandbox
) -> None:
    email = "invited@example.com"
    sandbox.pool.add_user(
        email=email, password=sandbox.password, status=UserStatus.FORCE_CHANGE_PASSWORD
    )
    with pytest.raises(ChallengeUnanswered) as refused:
        session.sign_in(email, sandbox.password)
    words, _, advice = refused.value.fix.partition(": ")
    assert (words, advice) == (
        "Sign in once in a terminal",
        "session.sign_in(username, password, answer)",
    )
    typed(advice, session, sandbox, email)
    assert session.load().account == email


def test_the_fix_of_a_session_in_a_user_s_store_replaces_it_there(
    profile: Profile, files: FileStore, state: str, sandbox: Sandbox
) -> None:
    session = Session(profile, store=files)
    session.sign_in(sandbox.username, sandbox.password)
    [kept] = Path(state).rglob("*.session")
    kept.write_text("no session\n")
    again = Session(profile, store=files)
    with pytest.raises(OsduAuthError) as refused:
        again.token()
    assert (refused.value.code, refused.value.fix) == ("OA-F812", SIGN_IN)
    typed(refused.value.fix, again, sandbox)
    assert stored(files, "acme") is not None
    assert Session(profile, store=files).token()


def test_the_caller_the_listeners_and_the_log_get_the_same_error_of_the_end(
    session: Session,
    saved: SavedSession,
    clock: Clock,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del saved
    heard: list[str] = []
    session.on("ended", lambda event: heard.append(str(event.error)))
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    clock.ahead += 3500
    session.token()  # it is stale, and renewed in the background
    with session:
        pass
    assert [SIGN_IN in text for text in heard] == [True]
    assert SIGN_IN in caplog.text
    clock.ahead += 3000
    assert fix_at("token", session) == SIGN_IN


def test_the_fix_of_another_user_s_session_signs_in_as_the_former_user(
    named: Callable[..., Session], sandbox: Sandbox
) -> None:
    store = MemoryStore()
    session, other = named(store=store), named(store=store)
    session.sign_in(sandbox.username, sandbox.password)
    sandbox.pool.add_user(email="o'hara@example.com", password=sandbox.password)
    other.sign_in("o'hara@example.com", sandbox.password)
    with pytest.raises(OsduAuthError) as refused:
        session.renew()
    assert refused.value.code == "OA-S432"
    assert refused.value.fix == f'session.sign_in("{sandbox.username}", password)'
    typed(refused.value.fix, session, sandbox)
    assert session.renew().account == sandbox.username


def test_a_refusal_of_osdu_has_a_fix_for_the_store_in_use(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    del saved
    for status in (401, 403):
        sandbox.faults.reply("/api", status=status, body="no")
        found_out = "explain_refusal(error, session) finds out which it is."
        assert fix_at("call", session) == found_out


def test_the_fix_of_a_profile_made_in_python_is_python(profile: Profile) -> None:
    session = Session(replace(profile, platform_url=None), store=MemoryStore())
    with pytest.raises(ConfigurationError) as refused:
        session.headers("https://osdu.example.com/api")
    assert refused.value.fix == 'Profile("acme", …, platform_url=https://YOUR-OSDU-HOST)'
    assert fix_at("call", session) == refused.value.fix


def test_the_fix_of_a_profile_of_the_file_edits_the_file_for_every_store(
    named: Callable[..., Session], profile: Profile
) -> None:
    write_profile(replace(profile, platform_url=None))
    session = named(store=MemoryStore())
    command = "osdu-auth init -p acme --platform-url https://YOUR-OSDU-HOST"
    assert fix_at("call", session) == command


def test_a_question_that_cannot_be_asked_has_a_fix_for_the_store_in_use(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr("sys.__stdin__", None)
    with pytest.raises(SignInRequired) as refused:
        Session(profile, store=MemoryStore(), interactive=True).token()
    assert refused.value.code == "OA-S391"
    assert refused.value.fix == f"Sign in in a terminal, then come back: {SIGN_IN}"
