"""After a failure, a session sends a pool no request for the time that the pool names.

The row R-14 of the list of abuse and faults.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from osdu_auth import MemoryStore, OsduAuthError, Secret, ServiceBusy, Session, unattended
from session_test_parts import RENEWAL, renewals

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

PAGE = "<html>Welcome to our Wi-Fi</html>"
WAIT = 40.0  # seconds, as the pool asks for
FIRST_PAUSE = 1.0  # seconds at most, before the second attempt


class Still:
    """Both clocks of a program, which stand still until they are set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def still() -> Still:
    return Still()


@pytest.fixture
def session(profile: Profile, store: MemoryStore, still: Still, sandbox: Sandbox) -> Session:
    made = Session(profile, store=store, clock=still, monotonic=still)
    made.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return made


@pytest.fixture
def another(profile: Profile, store: MemoryStore, still: Still) -> Session:
    """The same session in another program."""
    return Session(profile, store=store, clock=still, monotonic=still)


def is_busy(sandbox: Sandbox, status: int) -> None:
    sandbox.faults.reply(
        RENEWAL,
        status=status,
        body=PAGE,
        headers=(("Retry-After", str(int(WAIT))),),
        times=None,
    )


@pytest.mark.parametrize("status", [429, 503])
def test_no_call_asks_a_busy_pool_before_the_time_that_it_named(
    session: Session, still: Still, sandbox: Sandbox, profile: Profile, status: int
) -> None:
    old = session.token()
    still.now += 3601
    is_busy(sandbox, status)
    ways: list[Callable[[], object]] = [
        session.token,
        lambda: asyncio.run(session.atoken()),
        session.saved,
        lambda: session.token_instead_of(old),
        lambda: asyncio.run(session.atoken_instead_of(old)),
    ]
    before = renewals(sandbox, profile)
    for later, left in ((0.0, WAIT), (20.0, 20.0), (19.0, 1.0)):
        still.now += later
        for way in ways:
            with pytest.raises(ServiceBusy) as error:
                way()
            assert error.value.retry_after == pytest.approx(left)
    assert renewals(sandbox, profile) == before + 1
    sandbox.faults.clear()
    still.now += 1.01
    assert session.token() != old
    assert renewals(sandbox, profile) == before + 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_pool_is_not_asked_for_that_time_while_the_token_is_good(
    session: Session, still: Still, sandbox: Sandbox, profile: Profile, status: int
) -> None:
    old = session.token()
    still.now += 3300
    is_busy(sandbox, status)
    before = renewals(sandbox, profile)
    for _ in range(15):
        with session:
            assert session.token() == old
        with session:
            assert session.saved().tokens.access_token == old
        still.now += 3
    assert renewals(sandbox, profile) == before + 2, "at once, and after 40 seconds"


def a_renewal_works(session: Session, _: Session, still: Still, __: Sandbox) -> None:
    still.now += 61  # no pause is longer
    with session:
        session.token()


def a_user_signs_in(session: Session, _: Session, __: Still, sandbox: Sandbox) -> None:
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)


def a_user_signs_out_and_in_elsewhere(
    session: Session, another: Session, _: Still, sandbox: Sandbox
) -> None:
    session.sign_out()
    another.sign_in(sandbox.username, Secret(sandbox.password), unattended)


def a_user_wipes_and_signs_in_elsewhere(
    session: Session, another: Session, _: Still, sandbox: Sandbox
) -> None:
    session.wipe()
    another.sign_in(sandbox.username, Secret(sandbox.password), unattended)


ENDS = [
    a_renewal_works,
    a_user_signs_in,
    a_user_signs_out_and_in_elsewhere,
    a_user_wipes_and_signs_in_elsewhere,
]


@pytest.mark.parametrize("end", ENDS)
def test_after_a_success_the_next_failure_begins_with_a_short_backoff(
    session: Session,
    another: Session,
    still: Still,
    sandbox: Sandbox,
    profile: Profile,
    end: Callable[[Session, Session, Still, Sandbox], None],
) -> None:
    still.now += 3250
    sandbox.faults.reply(RENEWAL, body=PAGE, times=None)
    before = renewals(sandbox, profile)
    for _ in range(6):
        with session:
            session.token()
        still.now += 33
    assert renewals(sandbox, profile) == before + 6, "the next pause would last a minute"
    sandbox.faults.clear()
    end(session, another, still, sandbox)
    session.token()
    still.now += 3500
    sandbox.faults.reply(RENEWAL, body=PAGE, times=None)
    before = renewals(sandbox, profile)
    for _ in range(2):
        with session:
            session.token()
        still.now += FIRST_PAUSE
    assert renewals(sandbox, profile) == before + 2


@pytest.mark.parametrize("end", ENDS)
def test_a_success_ends_the_backoff_at_once(
    session: Session,
    another: Session,
    still: Still,
    sandbox: Sandbox,
    end: Callable[[Session, Session, Still, Sandbox], None],
) -> None:
    still.now += 3601
    is_busy(sandbox, 503)
    with pytest.raises(ServiceBusy):
        session.token()
    sandbox.faults.clear()
    if end is a_renewal_works:
        session.renew()  # `renew` asks the pool in any case
    else:
        end(session, another, still, sandbox)
    refused = session.token()
    assert session.token_instead_of(refused) != refused


@pytest.mark.parametrize("end", ENDS)
def test_an_end_in_the_background_is_a_warning_even_after_an_earlier_failure(
    session: Session,
    another: Session,
    still: Still,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[Session, Session, Still, Sandbox], None],
) -> None:
    still.now += 3300
    sandbox.faults.reply(RENEWAL, body=PAGE)
    with session:
        session.token()
    end(session, another, still, sandbox)
    session.token()
    still.now += 3500
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    caplog.clear()
    with session:
        session.token()
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert said[0].endswith("[OA-S412]")


@pytest.mark.parametrize(("later", "is_renewed"), [(9.9, False), (10.0, True), (60.0, True)])
def test_a_token_that_is_refused_ten_seconds_after_it_came_is_renewed_again(
    session: Session, still: Still, later: float, is_renewed: bool
) -> None:
    refused = session.token_instead_of(session.token())
    still.now += later
    ways: list[Callable[[], Secret]] = [
        lambda: session.token_instead_of(refused),
        lambda: asyncio.run(session.atoken_instead_of(refused)),
    ]
    for ask in ways:
        assert (ask() != refused) is is_renewed


def test_renew_asks_the_pool_even_during_a_backoff(
    session: Session, still: Still, sandbox: Sandbox
) -> None:
    still.now += 3601
    is_busy(sandbox, 503)
    with suppress(OsduAuthError):
        session.token()
    sandbox.faults.clear()
    assert session.renew().tokens.access_token == session.token()


@pytest.mark.parametrize("way", ["token", "saved"])
def test_a_postponed_renewal_is_logged_with_the_reason(
    session: Session, still: Still, sandbox: Sandbox, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    still.now += 3300
    sandbox.faults.reply(RENEWAL, body=PAGE, times=None)
    with session:
        getattr(session, way)()
    (told,) = (record for record in caplog.records if "is postponed" in record.getMessage())
    assert told.levelname == "INFO"
    assert "OA-" in told.getMessage()
