"""Clocks of real machines: set back, set forward, standing still, or wrong.

The rows R-10, R-11, R-12 of the list of abuse and faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth import Session
from session_test_parts import renewals

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock, Monotonic

HOUR = 3600.0
TEN_YEARS = 10 * 365 * 24 * HOUR


def test_an_expired_token_is_not_used_after_a_night_s_sleep(
    session: Session, saved: SavedSession, clock: Clock, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, session.profile)
    clock.ahead += 8 * HOUR  # the monotonic clock stood still
    assert session.token() != saved.tokens.access_token
    assert renewals(sandbox, session.profile) == before + 1


def test_a_token_ages_although_the_clock_is_set_back(
    session: Session, saved: SavedSession, clock: Clock, monotonic: Monotonic, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, session.profile)
    clock.ahead -= 2 * HOUR
    assert session.token() == saved.tokens.access_token, "it is as good as before"
    assert renewals(sandbox, session.profile) == before
    clock.ahead += HOUR + 1
    monotonic.ahead += HOUR + 1
    assert session.token() != saved.tokens.access_token, "and no longer"
    assert renewals(sandbox, session.profile) == before + 1


@pytest.mark.parametrize("look", [Session.token, Session.saved], ids=["token", "saved"])
def test_an_expired_token_stays_expired_after_a_clock_was_set_back_and_runs_on(
    session: Session, saved: SavedSession, clock: Clock, monotonic: Monotonic,
    look: Callable[[Session], object],
) -> None:  # fmt: skip
    assert session.token() == saved.tokens.access_token
    clock.ahead -= 2 * HOUR
    look(session)
    clock.ahead += 2 * HOUR + 2
    monotonic.ahead += 2 * HOUR + 2
    assert session.token() != saved.tokens.access_token


def test_a_new_process_does_not_use_a_token_that_was_saved_in_the_future(
    profile: Profile, store: MemoryStore, saved: SavedSession, clock: Clock, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, profile)
    clock.ahead -= 2 * HOUR
    sibling = Session(profile, store=store, clock=clock)
    token = sibling.token()
    assert token != saved.tokens.access_token
    assert [sibling.token() for _ in range(20)] == [token] * 20
    assert renewals(sandbox, profile) == before + 1


@pytest.mark.parametrize("jump", [-2 * HOUR, TEN_YEARS, -50 * 365 * 24 * HOUR])
def test_a_clock_that_jumps_causes_neither_many_renewals_nor_an_endless_token(
    session: Session, saved: SavedSession, clock: Clock, monotonic: Monotonic, sandbox: Sandbox,
    jump: float,
) -> None:  # fmt: skip
    before = renewals(sandbox, session.profile)
    clock.ahead += jump
    during = [session.token() for _ in range(20)]
    clock.ahead -= jump
    after = [session.token() for _ in range(20)]
    assert len({token.reveal() for token in during + after}) <= 2
    assert renewals(sandbox, session.profile) <= before + 1
    clock.ahead += HOUR + 1
    monotonic.ahead += HOUR + 1
    assert session.token() not in {*during, *after, saved.tokens.access_token}


@pytest.mark.parametrize("off", [-600.0, 600.0])
def test_a_clock_that_is_always_wrong_changes_nothing_and_its_offset_is_known(
    profile: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox, off: float
) -> None:
    from osdu_auth import Secret
    from osdu_auth.cognito.challenges import unattended

    clock.ahead = off
    session = Session(profile, store=store, clock=clock)
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert saved.tokens.clock_offset == pytest.approx(off, abs=2)
    before = renewals(sandbox, profile)
    assert session.token() == saved.tokens.access_token
    clock.ahead += HOUR
    assert session.token() != saved.tokens.access_token
    assert renewals(sandbox, profile) == before + 1


def test_each_process_begins_to_renew_at_a_random_moment(
    saved: SavedSession,
) -> None:
    from osdu_auth.clocks import Moment
    from osdu_auth.session.state import held_from

    issued = saved.tokens.issued_at
    opened = [held_from(saved, Moment(issued, 0.0)).fresh_for for _ in range(500)]
    assert min(opened) >= 3600 * 0.85
    assert max(opened) <= 3600 * 0.9 + 1e-3
    assert max(opened) - min(opened) > 3600 * 0.04, "they are spread over all of the jitter"
