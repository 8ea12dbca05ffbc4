"""What happens to a session is told to those who want to hear of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Session, SessionEnded, SessionEvent
from session_far_end import RENEWAL

if TYPE_CHECKING:
    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.token_store import SavedSession
    from session_far_end import Clock


@pytest.fixture
def heard(session: Session) -> list[SessionEvent]:
    events: list[SessionEvent] = []
    session.on("renewed", events.append)
    session.on("ended", events.append)
    return events


def test_a_renewal_is_told_with_until_when_the_new_token_is_good(
    session: Session, saved: SavedSession, heard: list[SessionEvent]
) -> None:
    renewed = session.renew()
    assert heard == [SessionEvent("renewed", "acme", renewed.tokens.expires_at)]


def test_a_sibling_s_renewal_is_told_when_it_is_adopted(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    profile: Profile,
    store: MemoryStore,
    clock: Clock,
) -> None:
    clock.ahead += 3601
    Session(profile, store=store, clock=clock).token()
    assert heard == []
    session.token()
    assert [event.kind for event in heard] == ["renewed"]


def test_the_end_is_told_with_the_reason(
    session: Session, saved: SavedSession, heard: list[SessionEvent], sandbox: Sandbox
) -> None:
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    with pytest.raises(SessionEnded):
        session.renew()
    assert [(event.kind, type(event.error)) for event in heard] == [("ended", SessionEnded)]


def test_the_end_in_the_background_leaves_the_good_token_and_is_said_once(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    sandbox: Sandbox,
    clock: Clock,
    store: MemoryStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock.ahead += 3500
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    for _ in range(5):
        with session:
            assert session.token() == saved.tokens.access_token
        clock.ahead += 5
    assert [event.kind for event in heard] == ["ended"]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "osdu-auth login" in warnings[0].getMessage()
    assert store.load("acme") is None
    clock.ahead += 100
    with pytest.raises(SessionEnded, match="revoked"):
        session.token()


def test_a_listener_may_use_the_session(session: Session, saved: SavedSession) -> None:
    tokens = []
    session.on("renewed", lambda _: tokens.append(session.token()))
    renewed = session.renew()
    assert tokens == [renewed.tokens.access_token]


def test_a_listener_that_fails_troubles_nobody_else(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(event: SessionEvent) -> None:
        raise RuntimeError(f"cannot bear to hear of {event.kind}")

    session.on("renewed", fail)
    session.on("renewed", heard.append)
    session.renew()
    assert len(heard) == 2
    assert "cannot bear to hear" in caplog.text


def test_a_listener_can_be_taken_away(
    session: Session, saved: SavedSession, heard: list[SessionEvent]
) -> None:
    more: list[SessionEvent] = []
    stop = session.on("renewed", more.append)
    stop()
    stop()
    session.renew()
    assert more == []
    assert len(heard) == 1


def test_there_are_no_other_kinds(session: Session) -> None:
    with pytest.raises(ValueError, match="renewed, ending, ended"):
        session.on("refreshed", print)  # type: ignore[arg-type]
