"""Events in any order: several programs of one user, time, outages, sign-outs.

A state machine of hypothesis makes the order. The sandbox's clock is the true time; this
machine's wall clock is sometimes wrong, and its monotonic clock is right.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from canaries import register
from osdu_auth import (
    MemoryStore,
    OsduAuthError,
    Profile,
    Sandbox,
    Secret,
    Session,
    SessionEnded,
    SignInRequired,
    StoreUnavailable,
    UnusableReply,
)
from osdu_auth.cognito.challenges import unattended
from osdu_auth.session.renewer import LONGEST_PAUSE
from osdu_auth.stores.file import FileStore
from osdu_auth.tokens import LONGEST_FRESH_WINDOW, unverified_claims
from session_test_parts import RENEWAL
from stored import Hooks, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from functools import partial

    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import TokenStore

LIFE = 3600
MONTH = 30 * 86_400  # how long the refresh tokens live
EARLIEST = 0.85  # the share of its life after which a token may be renewed
SLACK = 1.5  # seconds: the pool counts in whole ones, and the tests themselves take time
PROGRAMS = st.integers(0, 2)
WHO = st.lists(PROGRAMS, max_size=3)


class FailingFileStore(Hooks, FileStore):
    """Its next save fails, if a test says so."""

    fails = False

    def saving(self, save: partial[None]) -> None:
        if self.fails:
            self.fails = False
            raise StoreUnavailable("The disk is full.", code="OA-F801")
        save()


class FailingMemoryStore(Hooks, MemoryStore):
    """Its next save fails, if a test says so."""

    fails = False

    def saving(self, save: partial[None]) -> None:
        if self.fails:
            self.fails = False
            raise StoreUnavailable("There is no memory.", code="OA-F801")
        save()


@dataclass
class Program:
    """A program with a session, when it first had each token, and all times when it had one.

    The first is in true time, the others by this machine's clock.
    """

    session: Session
    had: dict[str, float] = field(default_factory=dict)
    asked_at: list[float] = field(default_factory=list)


class Interleavings(RuleBasedStateMachine):
    """Three programs with one store."""

    sandbox: ClassVar[Sandbox]
    client_id: ClassVar[str]
    on_disk: ClassVar[bool]

    @initialize()
    def begin(self) -> None:
        self.sandbox.faults.clear()
        self.sandbox.requests.clear()
        self.clock_error = 0.0
        self.clock_set_at = float("-inf")
        self.clock_set_back_at: list[float] = []
        self.unkept_by: int | None = None
        self.is_ended = False
        self.is_down = False
        self.up_since = float("-inf")
        self.is_forced = False
        self.folder = tempfile.TemporaryDirectory()
        self.store: FailingFileStore | FailingMemoryStore = (
            FailingFileStore(self.folder.name) if self.on_disk else FailingMemoryStore()
        )
        self.programs = [Program(self.session()) for _ in range(3)]
        self.sign_in(0)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def session(self) -> Session:
        profile = Profile(
            name="acme",
            region=self.sandbox.region,
            client_id=self.client_id,
            platform_url=self.sandbox.platform_url,
            user_pool_id=self.sandbox.user_pool_id,
            endpoint_url=self.sandbox.endpoint_url,
        )
        store: TokenStore = self.store
        return Session(profile, store=store, clock=self.wall_time, monotonic=self.true_time)

    def true_time(self) -> float:
        return self.sandbox.clock.now()

    def wall_time(self) -> float:
        return self.true_time() + self.clock_error

    @property
    def is_over(self) -> bool:
        """Whether the pool refuses to renew, or a user signed out."""
        return self.is_ended or self.true_time() - self.signed_in_at >= MONTH - SLACK

    @property
    def may_be_left_alone(self) -> bool:
        """Whether the pool is down, or was so recently that no program has noticed the change."""
        return self.is_down or self.true_time() - self.up_since < LONGEST_PAUSE + SLACK

    # What can happen

    @rule(
        seconds=st.sampled_from([1.0, 30.0, 0.86 * LIFE, 0.95 * LIFE, LIFE + 1.0, LIFE + 1.0, 9e4]),
        who=WHO,
    )
    def time_goes_by(self, seconds: float, who: list[int]) -> None:
        self.sandbox.clock.advance(seconds)
        for which in who:
            self.ask(which, "token")

    @rule(seconds=st.sampled_from([-7200.0, -7200.0, -600.0, -4.0, 600.0, 7200.0, 3e8]), who=WHO)
    def the_clock_is_set(self, seconds: float, who: list[int]) -> None:
        for which in who:
            self.ask(which, "token")
        self.clock_error += seconds
        self.clock_set_at = self.true_time()
        if seconds < 0:
            self.clock_set_back_at.append(self.clock_set_at)

    @rule()
    def the_pool_goes_down(self) -> None:
        self.sandbox.faults.clear()
        # An error page, as a dropped request would be repeated after a wait in real time.
        self.sandbox.faults.reply(RENEWAL, status=404, body="<html>", times=None)
        self.is_down = True

    @rule()
    def the_pool_is_up_again(self) -> None:
        self.sandbox.faults.clear()
        if self.is_down:
            self.is_down, self.up_since = False, self.true_time()

    @rule(seconds=st.sampled_from([1.0, 0.95 * LIFE, LIFE + 1.0, LIFE + 1.0]), who=WHO)
    def the_pool_s_administrator_ends_the_session(self, seconds: float, who: list[int]) -> None:
        self.is_ended = True
        username = self.sandbox.pool.user(self.sandbox.username).username
        with self.sandbox.pool.lock:
            self.sandbox.pool.sign_ins.revoke_all_of(username)
        self.sandbox.clock.advance(seconds)
        for which in who:
            self.ask(which, "token")

    @rule()
    def the_next_save_fails(self) -> None:
        self.store.fails = True

    @rule(which=PROGRAMS)
    def a_program_is_killed_and_started_again(self, which: int) -> None:
        if (
            self.unkept_by != which
        ):  # a token that only this program has is lost with it, and so is the session
            self.programs[which] = Program(self.session())

    @rule(which=PROGRAMS)
    def sign_in(self, which: int) -> None:
        self.store.fails = False
        session = self.programs[which].session
        saved = session.sign_in(self.sandbox.username, Secret(self.sandbox.password), unattended)
        register(saved.tokens.access_token.reveal())
        self.is_ended, self.unkept_by = False, None
        self.issued_at = self.signed_in_at = self.true_time()

    @rule(which=PROGRAMS)
    def sign_out(self, which: int) -> None:
        self.programs[which].session.sign_out()
        self.is_ended, self.unkept_by = True, None

    @rule(which=PROGRAMS, way=st.sampled_from(["token", "saved"]))
    def ask(self, which: int, way: str) -> None:
        if self.unkept_by not in (None, which):
            return  # only the program that could not save it has the refresh token
        program = self.programs[which]
        asked_at = self.true_time()
        kept = stored(self.store, "acme")
        failing = self.store.fails
        try:
            if way == "token":
                token = program.session.token()
            else:
                token = program.session.saved().tokens.access_token
            self.check_token(program, token, asked_at)
        except (SignInRequired, SessionEnded):
            assert self.is_over, "a session is dropped only where the pool refused, or on request"
        except UnusableReply:
            assert self.may_be_left_alone
            assert not self.has_good_token(kept, asked_at), "a good token is used whatever happens"
        except StoreUnavailable:
            assert failing, "what cannot be kept is not asked for"
            assert not self.has_good_token(kept, asked_at), "a good token is used whatever happens"
        except OsduAuthError as error:
            pytest.fail(f"{error.code} came of nothing that happened")
        with program.session:
            pass
        self.check_renewals()
        if failing and not self.store.fails and self.was_renewed:
            self.unkept_by = which
        elif stored(self.store, "acme") != kept:
            self.unkept_by = None

    @rule(which=PROGRAMS)
    def a_platform_refuses_the_token(self, which: int) -> None:
        if self.unkept_by is not None:  # no precondition: the result depends on real time
            return
        session = self.programs[which].session
        failing = self.store.fails
        try:
            refused = session.token()
            with session:
                pass
            self.check_renewals()
            self.is_forced = True
            session.token_instead_of(refused)
        except OsduAuthError:
            assert self.may_be_left_alone or self.is_over or failing
        self.check_renewals()
        self.is_forced = False
        if failing and not self.store.fails and self.was_renewed:
            self.unkept_by = which

    # Invariants

    @invariant()
    def no_refresh_token_is_used_twice(self) -> None:
        reused = [each for each in self.sandbox.requests if each.error.startswith("RefreshTokenR")]
        assert reused == []

    @invariant()
    def a_session_is_dropped_only_where_the_pool_refused_or_on_request(self) -> None:
        if hasattr(self, "store") and not self.is_over:
            assert stored(self.store, "acme") is not None

    def check_token(self, program: Program, token: Secret, asked_at: float) -> None:
        """No token is returned that the pool called expired when it was asked for."""
        claims = unverified_claims(token)
        had_since = program.had.setdefault(claims["jti"], asked_at)
        now, before = self.wall_time(), tuple(program.asked_at)
        program.asked_at.append(now)
        # Its file has the time by this machine's clock: if the clock was set back since, a reader
        # cannot know the true time.
        if any(claims["iat"] - SLACK <= set_at <= had_since for set_at in self.clock_set_back_at):
            return
        # For half a minute a program reads the wall clock only. If that was set back, and is not
        # read until it shows the same time again, it seems to have stood still.
        if any(-SLACK <= now - asked <= LONGEST_FRESH_WINDOW + SLACK for asked in before):
            return
        assert asked_at < claims["exp"] + SLACK

    def has_good_token(self, kept: SavedSession | None, asked_at: float) -> bool:
        """Return whether every program that reads the saved token must find it good."""
        if kept is None:
            return False
        claims = unverified_claims(kept.tokens.access_token)
        was_set = self.clock_set_at + SLACK >= claims["iat"]
        return not was_set and bool(asked_at < claims["exp"] - SLACK)

    def check_renewals(self) -> None:
        """There is one renewal for each expiry."""
        renewed = [each for each in self.sandbox.requests.matching(RENEWAL) if each.status == 200]
        self.was_renewed = bool(renewed)
        self.sandbox.requests.clear()
        for each in renewed:
            due_at = self.issued_at + EARLIEST * LIFE - SLACK
            was_set = self.clock_set_at >= self.issued_at - SLACK
            assert self.is_forced or was_set or each.time >= due_at, "renewed, and not due"
            self.issued_at = each.time


@pytest.fixture(scope="module")
def pool_of_its_own() -> Iterator[Sandbox]:
    """A sandbox of this test only, as its clock is moved."""
    with Sandbox() as running:
        register(running.password, running.client_secret)
        yield running


@pytest.mark.parametrize("on_disk", [False, True], ids=["memory", "files"])
@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        (20, 25),
        pytest.param(400, 60, marks=[pytest.mark.torture, pytest.mark.timeout(1800)]),
    ],
)
def test_no_order_of_events_loses_a_session_or_returns_an_expired_token(
    pool_of_its_own: Sandbox, examples: int, steps: int, on_disk: bool
) -> None:
    client = pool_of_its_own.pool.add_app_client(
        "interleavings",
        rotation=True,
        grace_period=0,
        generate_secret=False,
        access_token_validity=LIFE,
    )

    class Here(Interleavings):
        sandbox = pool_of_its_own
        client_id = client.client_id

    Here.on_disk = on_disk
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
