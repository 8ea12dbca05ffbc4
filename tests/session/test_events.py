"""The events of a session are delivered to its listeners."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import MemoryStore, Secret, Session, SessionEnded, SessionEvent, SignInRequired
from osdu_auth.cognito.challenges import unattended
from session_test_parts import RENEWAL
from stored import Hooks, stored, wipe_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from functools import partial

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import HeldSession, SessionKey
    from session_test_parts import Clock


@pytest.fixture
def heard(session: Session) -> list[SessionEvent]:
    events: list[SessionEvent] = []
    session.on("renewed", events.append)
    session.on("ended", events.append)
    return events


def test_the_event_of_a_renewal_says_until_when_the_new_token_is_good(
    session: Session, saved: SavedSession, heard: list[SessionEvent]
) -> None:
    renewed = session.renew()
    assert heard == [SessionEvent("renewed", "acme", renewed.tokens.expires_at)]


def test_another_process_s_renewal_is_an_event_when_it_is_adopted(
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


def test_the_event_of_the_end_has_the_reason(
    session: Session, saved: SavedSession, heard: list[SessionEvent], sandbox: Sandbox
) -> None:
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    with pytest.raises(SessionEnded):
        session.renew()
    assert [(event.kind, type(event.error)) for event in heard] == [("ended", SessionEnded)]


def test_an_end_in_the_background_keeps_the_good_token_and_is_reported_once(
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
    assert "session.sign_in(username, password)" in warnings[0].getMessage()
    ended = stored(store, "acme")
    assert ended is not None
    assert ended.end_mark is not None
    assert ended.end_mark.code == "OA-S412"
    clock.ahead += 100
    with pytest.raises(SessionEnded, match="revoked"):
        session.token()


def test_a_listener_may_use_the_session(session: Session, saved: SavedSession) -> None:
    tokens = []
    session.on("renewed", lambda _: tokens.append(session.token()))
    renewed = session.renew()
    assert tokens == [renewed.tokens.access_token]


def test_a_listener_that_raises_does_not_affect_the_others(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(event: SessionEvent) -> None:
        raise RuntimeError(f"this listener fails at {event.kind}")

    session.on("renewed", fail)
    session.on("renewed", heard.append)
    session.renew()
    assert len(heard) == 2
    assert "this listener fails" in caplog.text


def test_a_listener_can_be_removed(
    session: Session, saved: SavedSession, heard: list[SessionEvent]
) -> None:
    more: list[SessionEvent] = []
    stop = session.on("renewed", more.append)
    stop()
    stop()
    session.renew()
    assert more == []
    assert len(heard) == 1


def test_a_caller_that_waits_for_a_token_does_not_wait_for_listeners(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    leave = threading.Event()
    left: list[bool] = []
    session.on("renewed", lambda _: left.append(leave.wait(20)))
    clock.ahead += 3601
    assert session.token() != saved.tokens.access_token
    assert left == []
    leave.set()
    with session:  # its end waits for listeners
        pass
    assert left == [True]


@pytest.mark.parametrize("way", ["token", "renew"])
def test_a_listener_that_calls_exit_does_not_end_the_caller(
    session: Session, saved: SavedSession, clock: Clock, way: str
) -> None:
    session.on("renewed", lambda _: sys.exit(3))
    clock.ahead += 3601
    with session:
        assert getattr(session, way)()
    assert session.token() != saved.tokens.access_token


def test_every_session_that_was_open_gets_the_event_of_the_end(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    other_program: Session,
    clock: Clock,
    sandbox: Sandbox,
) -> None:
    events: list[SessionEvent] = []
    other_program.on("ended", events.append)
    other_program.token()
    clock.ahead += 3601
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    for each, code in ((session, "OA-S412"), (other_program, "OA-S412")):
        for _ in range(2):
            with each, pytest.raises(SessionEnded) as ended:
                each.token()
            assert ended.value.code == code
    assert [event.kind for event in (*heard, *events)] == ["ended", "ended"]


def test_a_sign_out_elsewhere_ends_a_session_until_the_next_sign_in(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    other_program: Session,
    clock: Clock,
    sandbox: Sandbox,
) -> None:
    other_program.sign_out()
    clock.ahead += 3601
    with session, pytest.raises(SessionEnded, match="OA-S433"):
        session.token()
    other_program.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    with session:
        assert session.token() == other_program.token()
    assert [event.kind for event in heard] == ["ended", "renewed"]


@pytest.mark.parametrize("listener", [None, "print", asyncio.sleep])
def test_an_object_that_cannot_be_called_is_refused_as_a_listener(
    session: Session, listener: Any
) -> None:
    with pytest.raises(TypeError, match="a listener is a function"):
        session.on("renewed", listener)


def test_a_function_that_was_added_twice_is_removed_twice(
    session: Session, saved: SavedSession
) -> None:
    heard: list[SessionEvent] = []
    stop, _ = session.on("renewed", heard.append), session.on("renewed", heard.append)
    stop()
    stop()
    session.renew()
    assert len(heard) == 1


class SlowStore(Hooks, MemoryStore):
    """A user's own store, which releases its lock only when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_saved, self.leave = threading.Event(), threading.Event()

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        with super().open(key, patience) as held:
            yield held
            if self.is_saved.is_set():
                self.leave.wait(20)

    def saving(self, save: partial[None]) -> None:
        save()
        self.is_saved.set()


def test_a_caller_during_a_renewal_of_another_thread_does_not_run_its_listeners(
    profile: Profile, clock: Clock, sandbox: Sandbox
) -> None:
    store = SlowStore()
    store.leave.set()
    session = Session(profile, store=store, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    heard: list[int] = []
    session.on("renewed", lambda _: heard.append(threading.get_ident()))
    old = session.token()
    store.is_saved.clear()
    store.leave.clear()
    clock.ahead += 3500
    session.token()  # it is renewed in the background
    assert store.is_saved.wait(10)
    while session.token() == old:
        time.sleep(0.01)
    for _ in range(100):
        session.token(min_ttl=1)
    assert heard == []
    store.leave.set()
    session.__exit__()
    assert len(heard) == 1
    assert heard != [threading.get_ident()]


def test_an_unknown_kind_of_event_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="renewed, ending, ended"):
        session.on("refreshed", print)  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["with this session", "elsewhere"])
def test_the_end_is_reported_again_after_another_sign_in(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    other_program: Session,
    clock: Clock,
    sandbox: Sandbox,
    where: str,
) -> None:
    for ends in (1, 2, 3):
        clock.ahead += 3601
        sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
        for _ in range(3):
            with session, pytest.raises(SessionEnded) as ended:
                session.token()
            assert ended.value.code == "OA-S412"
        assert [event.kind for event in heard].count("ended") == ends
        signing_in = session if where == "with this session" else other_program
        signing_in.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        with session:
            assert session.token() == signing_in.token()


def test_a_sign_out_elsewhere_is_reported_again_after_another_sign_in(
    session: Session,
    saved: SavedSession,
    heard: list[SessionEvent],
    other_program: Session,
    clock: Clock,
    sandbox: Sandbox,
) -> None:
    for ends in (1, 2):
        other_program.sign_out()
        clock.ahead += 3601
        for _ in range(2):
            with session, pytest.raises(SessionEnded) as ended:
                session.token()
            assert ended.value.code == "OA-S433"
        assert [event.kind for event in heard].count("ended") == ends
        other_program.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        with session:
            session.token()


def test_a_sign_out_forgets_a_session_that_is_gone_from_the_store(
    session: Session, saved: SavedSession, store: MemoryStore
) -> None:
    assert session.token()
    wipe_session(store)
    assert not session.sign_out().was_signed_in
    with session, pytest.raises(SignInRequired):
        session.token()


def test_a_sign_out_with_the_session_itself_is_not_reported_as_an_end(
    session: Session, saved: SavedSession, heard: list[SessionEvent]
) -> None:
    session.sign_out()
    for _ in range(2):
        with session, pytest.raises(SignInRequired) as required:
            session.token()
        assert required.value.code == "OA-S301"
    assert heard == []


def test_after_a_sign_out_the_error_asks_for_a_sign_in_and_does_not_repeat_the_end(
    session: Session, saved: SavedSession, heard: list[SessionEvent], sandbox: Sandbox
) -> None:
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    with pytest.raises(SessionEnded):
        session.renew()
    session.sign_out()
    with session, pytest.raises(SignInRequired) as required:
        session.token()
    assert required.value.code == "OA-S301"
    assert [event.kind for event in heard] == ["ended"]
