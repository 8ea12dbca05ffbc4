"""Every call for a token gives the same answer in the same state.

A state is what this process holds, what the store has and how the pool answers. Three rules say
what each call returns, and a call may differ from `token()` only if its own docstring says so:

- A good token is used, the held one first, also after a failed renewal.
- `saved` and `token_instead_of` first renew a token in its last tenth, and raise at once if the
  session has ended; `renew` renews in any case.
- A renewal adopts what the store has, and asks the pool once.

The row R-15 of the list of abuse and faults.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import FileStore, MemoryStore, OsduAuthError, Secret, Session, unattended
from session_test_parts import RENEWAL, renewals
from stored import right_to_renew, store_session, wipe_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth import Profile, SavedSession
    from osdu_auth.sandbox import Sandbox

# The age of a token that is good for an hour; its renewal begins after 51 to 54 minutes.
AGES = {"fresh": 1.0, "stale": 3500.0, "expired": 3601.0}
GOOD = ("fresh", "stale")
HELD = ("none", *AGES)
KEPT = ("absent", "the held one", *AGES)
POOL = ("up", "down", "refusing")

DOWN, REFUSED, GONE, NEVER = "OA-N633", "OA-S412", "OA-S433", "OA-S301"
OTHER = Secret("a-token-of-which-neither-the-process-nor-the-store-knows")


@dataclass(frozen=True)
class State:
    """The state in which a program asks.

    Args:
        held: the age of the token that this process holds.
        kept: what the store has: the same session, one with another token, or none.
        pool: how the pool answers.
    """

    held: str
    kept: str
    pool: str

    @property
    def kept_age(self) -> str:
        """The age of the token in the store."""
        return self.held if self.kept == "the held one" else self.kept

    @property
    def name_of_kept(self) -> str:
        """The name of the store's token in an answer."""
        return "held" if self.kept == "the held one" else "kept"

    @property
    def renewed(self) -> str:
        """The answer of a renewal."""
        if self.kept == "absent":
            return NEVER if self.held == "none" else GONE
        return {"up": "new", "down": DOWN, "refusing": REFUSED}[self.pool]

    def or_else(self, usable: str) -> str:
        """The answer of a renewal if another token may be used while the pool is down."""
        return usable if self.renewed == DOWN else self.renewed


STATES = [
    State(*each) for each in product(HELD, KEPT, POOL) if each[:2] != ("none", "the held one")
]


def of_token(state: State) -> str:
    if state.held in GOOD:
        return "held"
    return "kept" if state.kept in GOOD else state.renewed


def of_saved(state: State) -> str:
    """`saved` raises at once if the session has ended, and uses a good token otherwise."""
    if state.held == "fresh":
        return "held"
    if state.kept == "fresh":
        return "kept"
    if state.kept == "stale":
        return state.or_else("kept")  # what the store has is adopted before the pool is asked
    return state.or_else("held") if state.held == "stale" else state.renewed


def of_renew(state: State) -> str:
    return state.renewed


def of_the_held_one_refused(state: State) -> str:
    """The platform refused the token that this process holds, or would take from the store."""
    if state.held == "none" or state.kept == "the held one":
        return state.renewed
    if state.kept == "fresh":
        return "kept"
    # It is good, and it is not the refused one.
    return state.or_else("kept") if state.kept == "stale" else state.renewed


def of_another_one_refused(state: State) -> str:
    if state.held in GOOD:
        return "held"
    if state.kept == "fresh":
        return "kept"
    return state.or_else("kept") if state.kept == "stale" else state.renewed


def of_token_afterwards(state: State) -> str:
    """What `token` returns after the renewal that it began in the background."""
    if state.held == "fresh":
        return "held"
    if state.held == "stale":
        if state.kept == "fresh":
            return "kept"
        if state.renewed == "new":
            return "new"
        return "kept" if state.kept == "stale" else "held"
    if state.kept == "stale":
        return "new" if state.renewed == "new" else "kept"
    return of_token(state)


def token(session: Session, _refused: Secret) -> Secret:
    return session.token()


def atoken(session: Session, _refused: Secret) -> Secret:
    return asyncio.run(session.atoken())


def saved(session: Session, _refused: Secret) -> Secret:
    return session.saved().tokens.access_token


def renew(session: Session, _refused: Secret) -> Secret:
    return session.renew().tokens.access_token


def token_instead_of(session: Session, refused: Secret) -> Secret:
    return session.token_instead_of(refused)


def atoken_instead_of(session: Session, refused: Secret) -> Secret:
    return asyncio.run(session.atoken_instead_of(refused))


def token_instead_of_another(session: Session, _refused: Secret) -> Secret:
    return session.token_instead_of(OTHER)


def atoken_instead_of_another(session: Session, _refused: Secret) -> Secret:
    return asyncio.run(session.atoken_instead_of(OTHER))


def token_afterwards(session: Session, _refused: Secret) -> Secret:
    with session:  # its end waits for the background
        session.token()
    return session.token()


WAYS: list[tuple[Callable[[Session, Secret], Secret], Callable[[State], str]]] = [
    (token, of_token),
    (atoken, of_token),
    (saved, of_saved),
    (renew, of_renew),
    (token_instead_of, of_the_held_one_refused),
    (atoken_instead_of, of_the_held_one_refused),
    (token_instead_of_another, of_another_one_refused),
    (atoken_instead_of_another, of_another_one_refused),
    (token_afterwards, of_token_afterwards),
]


class Still:
    """Both clocks of a program, which stand still until they are set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issued(profile: Profile, sandbox: Sandbox) -> tuple[SavedSession, SavedSession]:
    """One session with two access tokens, of which the second came by a renewal."""
    session = Session(profile, store=MemoryStore())
    made = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    renewed = session.renew()
    for each in (made, renewed):
        register(each.tokens.access_token.reveal())
    return made, renewed


@pytest.mark.parametrize(("way", "expected"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_each_call_for_a_token_follows_the_rules_in_every_state(
    way: Callable[[Session, Secret], Secret],
    expected: Callable[[State], str],
    issued: tuple[SavedSession, SavedSession],
    profile: Profile,
    sandbox: Sandbox,
) -> None:
    wrong = []
    for state in STATES:
        answer, asked = answer_in(state, way, issued, profile, sandbox)
        wanted = expected(state)
        most = 0 if wanted == "held" and state.held == "fresh" else 1
        if answer != wanted or asked > most:
            wrong.append(f"{state}: {answer}, with {asked} renewals; expected: {wanted}")
    assert not wrong, "\n".join(wrong)
    assert len(STATES) == 57


LOCKED = "OA-F807"
IN_THE_FOREGROUND = [(saved, of_saved), *WAYS[4:8]]


@pytest.mark.parametrize(
    ("way", "expected"), IN_THE_FOREGROUND, ids=[way.__name__ for way, _ in IN_THE_FOREGROUND]
)
def test_each_call_uses_a_good_token_while_another_program_keeps_the_lock(
    way: Callable[[Session, Secret], Secret],
    expected: Callable[[State], str],
    issued: tuple[SavedSession, SavedSession],
    profile: Profile,
    sandbox: Sandbox,
    state: str,
) -> None:
    """Without the lock a session cannot be renewed, as if the pool were down."""
    wrong = []
    for number, each in enumerate(STATES):
        if each.pool != "down" or each.kept == "absent":
            continue
        store = FileStore(f"{state}/{number}", patience=0.02)
        answer, asked = answer_in(each, way, issued, profile, sandbox, store=store)
        wanted = expected(each).replace(DOWN, LOCKED)
        if answer != wanted or asked:
            wrong.append(f"{each}: {answer}, with {asked} renewals; expected: {wanted}")
    assert not wrong, "\n".join(wrong)


@contextmanager
def locked(store: FileStore, name: str) -> Iterator[None]:
    """Let another thread keep the right to renew, as another program would."""
    is_locked, leave = threading.Event(), threading.Event()

    def keep() -> None:
        with right_to_renew(store, name, 5):
            is_locked.set()
            leave.wait(60)

    thread = threading.Thread(target=keep)
    thread.start()
    assert is_locked.wait(10)
    try:
        yield
    finally:
        leave.set()
        thread.join()


def answer_in(
    state: State,
    way: Callable[[Session, Secret], Secret],
    issued: tuple[SavedSession, SavedSession],
    profile: Profile,
    sandbox: Sandbox,
    *,
    store: FileStore | None = None,
) -> tuple[str, int]:
    """Bring a session into a state and call it; with a store, while another program has its lock.

    Returns:
        `held`, `kept`, `new` or an error's code, and how often the pool was asked.
    """
    still = Still()
    held, kept = (
        replace(each, tokens=replace(each.tokens, issued_at=still.now, expires_at=still.now + 3600))
        for each in issued
    )
    place = store or MemoryStore()
    session = Session(profile, store=place, clock=still, monotonic=still)
    if state.held != "none":
        store_session(place, profile.name, held)
        session.token()
        still.now += AGES[state.held]
    if state.kept == "absent":
        wipe_session(place, profile.name)
    elif state.kept != "the held one":
        store_session(place, profile.name, aged(kept, still.now, AGES[state.kept]))
    if store is not None:
        pass  # the pool is up, and is not asked
    elif state.pool == "down":
        # A page, and no dropped request: one that is repeated would wait in real time in between.
        sandbox.faults.reply(RENEWAL, body="<html>Welcome to our Wi-Fi</html>", times=None)
    elif state.pool == "refusing":
        sandbox.faults.error(
            RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked", times=None
        )
    before = renewals(sandbox, profile)
    refused = (kept if state.held == "none" else held).tokens.access_token
    try:
        with session, nullcontext() if store is None else locked(store, profile.name):
            given = way(session, refused)
    except OsduAuthError as error:
        answer = error.code
    else:
        names = {held.tokens.access_token: "held", kept.tokens.access_token: "kept"}
        answer = names.get(given, "new")
    sandbox.faults.clear()
    return answer, renewals(sandbox, profile) - before


def aged(saved: SavedSession, now: float, age: float) -> SavedSession:
    issued = now - age
    tokens = replace(saved.tokens, issued_at=issued, expires_at=issued + 3600)
    return replace(saved, tokens=tokens)
