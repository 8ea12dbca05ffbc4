"""When a person has to sign in again: known, reported in time, and checked before a long job."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth import ConfigurationError, Secret, Session, SessionEnded, SignInRequired
from osdu_auth.cognito.challenges import unattended
from osdu_auth.durations import seconds_of
from osdu_auth.profiles.kinds import KINDS

if TYPE_CHECKING:
    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock

HOUR, DAY = 3600.0, 86_400.0


def signed_in(profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox) -> Session:
    session = Session(profile, store=store, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return session


def test_a_session_ends_after_the_lifetime_of_the_profile(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(replace(profile, session_lifetime="12h"), store, clock, sandbox)
    deadline = session.deadline()
    assert deadline is not None
    assert deadline.at == pytest.approx(clock() + 12 * HOUR, abs=5)
    assert not deadline.assumed


def test_without_a_lifetime_in_the_profile_cognito_s_default_is_assumed(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    deadline = session.deadline()
    assert deadline is not None
    assert deadline.at == saved.signed_in_at + 30 * DAY
    assert deadline.assumed
    clock.ahead += 31 * DAY
    assert session.deadline() is None, "an assumption that was outlived is none"


def test_a_renewal_does_not_delay_the_end_of_a_session(
    session: Session, saved: SavedSession
) -> None:
    before = session.deadline()
    session.renew()
    assert session.deadline() == before


def test_a_job_that_takes_longer_than_the_session_is_refused(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(replace(profile, session_lifetime="12h"), store, clock, sandbox)
    session.ensure("6h")
    session.ensure(11.9 * HOUR)
    clock.ahead += 10 * HOUR
    session.ensure("1h30m")
    with pytest.raises(SessionEnded) as error:
        session.ensure("6h")
    assert error.value.code == "OA-S430"
    assert error.value.what == "This session ends in 2 h 0 min, and 6 h 0 min are needed."
    assert error.value.fix == "session.sign_in(username, password)"


def test_a_sign_in_is_not_advised_for_a_job_that_takes_longer_than_any_session(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(replace(profile, session_lifetime="12h"), store, clock, sandbox)
    with pytest.raises(SessionEnded, match="12 h") as error:
        session.ensure("13h")
    assert "shorter parts" in error.value.fix


def test_a_job_is_refused_if_the_user_is_not_signed_in(session: Session) -> None:
    with pytest.raises(SignInRequired):
        session.ensure("6h")


@for_each(
    ("written", "seconds"),
    [
        ("90", 90),
        ("20m", 1200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0.5d12h", 86400),
        ("1w", 604800),
    ],
)
def test_a_duration_may_be_a_text_such_as_20m(written: str, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "duration",
    ["six hours", ".", ".5h", "1.h", "1d1w", "", "-1h", "1h 30m", float("nan"), -1, True],
)
def test_a_text_that_is_not_a_duration_is_refused(
    session: Session, saved: SavedSession, duration: float | str
) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        session.ensure(duration)


@pytest.mark.parametrize(
    ("lifetime", "age", "warned"),
    [("30d", 26 * DAY, False), ("30d", 27.5 * DAY, True), ("12h", 10 * HOUR, False),
     ("12h", 11.5 * HOUR, True)],
)  # fmt: skip
def test_the_end_is_reported_in_the_last_tenth_of_the_session(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture, lifetime: str, age: float, warned: bool,
) -> None:  # fmt: skip
    session = signed_in(replace(profile, session_lifetime=lifetime), store, clock, sandbox)
    heard: list[str] = []
    session.on("ending", lambda event: heard.append(event.profile))
    clock.ahead += age
    session.token()
    session.renew()
    assert heard == (["acme"] if warned else [])
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == warned
    if warned:
        assert "session.sign_in(username, password)" in told[0]


@pytest.mark.parametrize("lifetime", ["2h", "5h", "8h"])
@pytest.mark.parametrize("way", ["token", "saved"])
def test_the_end_is_reported_even_if_no_token_is_renewed_near_it(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture, lifetime: str, way: str,
) -> None:  # fmt: skip
    session = signed_in(replace(profile, session_lifetime=lifetime), store, clock, sandbox)
    heard: list[float] = []
    session.on("ending", lambda _: heard.append(clock.ahead))
    life = seconds_of(lifetime)
    while clock.ahead < life - 60:
        clock.ahead += 60
        with session:
            session.token() if way == "token" else session.saved()
    assert len(heard) == 1
    assert heard[0] == pytest.approx(0.9 * life, abs=90)
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 1


@for_each("text", ["1h", "12h", "30d", "3650d", "90m", "1d12h"])
def test_a_possible_life_of_refresh_tokens_is_accepted_as_a_setting(text: str) -> None:
    made = KINDS.make("acme", {"region": "us-east-1", "client_id": "a", "session_lifetime": text})
    assert made.get("session_lifetime") == text


@for_each("text", ["59m", "3651d", "0", "forever", "1e3", "-1d", "12 h", "\u0661h"])
def test_an_impossible_life_of_refresh_tokens_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        KINDS.make("acme", {"region": "us-east-1", "client_id": "a", "session_lifetime": text})
    assert error.value.code == "OA-C767"


@pytest.mark.parametrize("lifetime", ["12h", None])
@pytest.mark.parametrize("again", ["with this session", "elsewhere", "after signing out"])
def test_the_approaching_end_is_reported_again_after_another_sign_in(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox,
    lifetime: str | None, again: str,
) -> None:  # fmt: skip
    profile = replace(profile, session_lifetime=lifetime)
    session = signed_in(profile, store, clock, sandbox)
    heard: list[float | None] = []
    session.on("ending", lambda event: heard.append(event.at))
    for told in (1, 2):
        clock.ahead += 0.95 * seconds_of(lifetime or "30d")
        for _ in range(3):
            with session:
                session.token()
        deadline = session.deadline()
        assert deadline is not None
        assert len(heard) == told
        assert heard[-1] == deadline.at
        if again == "after signing out":
            session.sign_out()
        if again == "with this session":
            session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        else:
            signed_in(profile, store, clock, sandbox)
            clock.ahead += 3601  # so that the session reads the store
        with session:
            session.token()
        assert len(heard) == told, "a new session does not end soon"


def test_no_end_is_reported_after_a_sign_out(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(replace(profile, session_lifetime="12h"), store, clock, sandbox)
    heard: list[object] = []
    session.on("ending", heard.append)
    session.sign_out()
    clock.ahead += 11.5 * HOUR
    with pytest.raises(SignInRequired):
        session.token()
    assert heard == []
