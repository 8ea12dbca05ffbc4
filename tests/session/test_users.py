"""A session does not change its user when another user signs in elsewhere."""

from __future__ import annotations

import logging
import pickle
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Secret, Session, SessionEnded
from osdu_auth.cognito.challenges import unattended
from session_test_parts import renewals

if TYPE_CHECKING:
    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock


@pytest.fixture
def other(sandbox: Sandbox) -> str:
    """Another user of the pool, with the same password."""
    email = f"other-{token_hex(4)}@example.com"
    sandbox.pool.add_user(email=email, password=sandbox.password)
    return email


@pytest.mark.parametrize("way", ["token", "saved", "renew"])
def test_a_session_does_not_change_to_another_user(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox,
    clock: Clock, way: str,
) -> None:  # fmt: skip
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    ends: list[object] = []
    session.on("ended", ends.append)
    before = renewals(sandbox, session.profile)
    with session, pytest.raises(SessionEnded) as refused:
        getattr(session, way)()
    with session, pytest.raises(SessionEnded):
        session.token()
    assert len(ends) == 1
    assert refused.value.code == "OA-S432"
    assert other in refused.value.what
    assert sandbox.username in refused.value.what
    assert renewals(sandbox, session.profile) == before, (
        "the session of another user is not renewed"
    )


def test_a_good_token_is_used_to_its_end_after_another_user_signed_in(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox,
    clock: Clock, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    clock.ahead += 3500
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with session:
                assert session.token() == saved.tokens.access_token
    assert "OA-S432" in caplog.text


def test_a_session_continues_when_its_user_signs_in_again(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox,
    clock: Clock,
) -> None:  # fmt: skip
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    with session, pytest.raises(SessionEnded):
        session.token()
    other_program.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.token() == other_program.token()


def test_a_pickled_session_is_used_for_its_user_only(
    profile: Profile, files: FileStore, other: str, sandbox: Sandbox
) -> None:
    session = Session(profile, store=files)
    unused = pickle.dumps(session)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    pickled = pickle.dumps(session)
    assert pickle.loads(pickled).token() == session.token()
    Session(profile, store=files).sign_in(other, Secret(sandbox.password), unattended)
    with pytest.raises(SessionEnded, match="OA-S432"):
        pickle.loads(pickled).token()
    assert pickle.loads(unused).saved().account == other


@pytest.mark.parametrize("way", ["deadline", "ensure", "load", "for_workers", "renew"])
def test_a_session_does_not_show_or_change_the_session_of_another_user(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox,
    clock: Clock, way: str,
) -> None:  # fmt: skip
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    asked = {"ensure": ["1m"], "for_workers": ["1m"]}.get(way, [])
    with pytest.raises(SessionEnded, match="OA-S432"):
        getattr(session, way)(*asked)


def test_a_sign_out_does_not_end_the_session_of_another_user(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox
) -> None:
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    assert session.sign_out() == (False, None)
    assert other_program.renew().account == other


def test_a_user_who_signs_in_with_the_same_session_becomes_its_user(
    session: Session, saved: SavedSession, other: str, sandbox: Sandbox, clock: Clock
) -> None:
    session.sign_in(other, Secret(sandbox.password), unattended)
    assert session.token() != saved.tokens.access_token
    clock.ahead += 3601
    assert session.saved().account == other


def test_another_user_may_sign_in_after_a_sign_out(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox
) -> None:
    session.sign_out()
    other_program.sign_in(other, Secret(sandbox.password), unattended)
    assert session.token() == other_program.token()


def test_the_end_by_another_user_is_reported_again_after_the_former_user_was_back(
    session: Session, saved: SavedSession, other_program: Session, other: str, sandbox: Sandbox,
    clock: Clock,
) -> None:  # fmt: skip
    ends: list[object] = []
    session.on("ended", ends.append)
    for told in (1, 2):
        other_program.sign_in(other, Secret(sandbox.password), unattended)
        clock.ahead += 3601
        for _ in range(3):
            with session, pytest.raises(SessionEnded) as ended:
                session.token()
            assert ended.value.code == "OA-S432"
        assert len(ends) == told
        other_program.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        assert session.token() == other_program.token()
