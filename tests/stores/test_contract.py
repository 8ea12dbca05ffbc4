"""The promises of every token store: ours, and the example in the documentation."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth import Session, unattended
from osdu_auth.errors import (
    ConfigurationError,
    SessionEnded,
    SignInRequired,
    StoreConflict,
    StoreUnavailable,
)
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.memory import MemoryStore
from osdu_auth.stores.token_store import level_of, note_left_while_waiting
from stored import (
    HookedSession,
    Hooks,
    right_to_renew,
    store_session,
    stored,
    wait_until_waiting,
    wipe_session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from functools import partial

    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import (
        HeldSession,
        HeldSessionWithNotes,
        SessionKey,
        TokenStore,
    )


EXAMPLE = Path(__file__).parents[2] / "docs" / "your-own-store.md"


def example_store(path: Path, **settings: float) -> TokenStore:
    """The store of the documentation's example."""
    namespace: dict[str, Any] = {}
    exec(EXAMPLE.read_text().split("```python\n")[1].partition("```")[0], namespace)
    store: TokenStore = namespace["DatabaseStore"](str(path), **{"patience": 1, **settings})
    return store


@pytest.fixture(params=["memory", "file", "example"])
def store(request: pytest.FixtureRequest, state: Path) -> TokenStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemoryStore(patience=0.3)
    if request.param == "example":
        return example_store(state.with_name("sessions.db"))
    return FileStore(str(state), patience=0.3)


@pytest.fixture(params=["memory", "file"])
def our_store(request: pytest.FixtureRequest, state: Path) -> TokenStore:
    """An empty store of each kind that is part of the package."""
    return MemoryStore() if request.param == "memory" else FileStore(str(state))


def test_a_saved_session_is_loaded_unchanged(store: TokenStore, session: SavedSession) -> None:
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


def test_no_session_is_loaded_before_one_was_saved(store: TokenStore, state: Path) -> None:
    assert stored(store, "acme") is None
    assert not state.exists()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
    deadline=None,
)
@given(odd=st.text(alphabet=st.characters()), issued=st.floats(0, 4e9), left=st.floats(0, 1e6))
def test_unusual_characters_and_times_are_loaded_unchanged(
    store: TokenStore, session: SavedSession, odd: str, issued: float, left: float
) -> None:
    tokens = replace(
        session.tokens,
        refresh_token=Secret(odd),
        id_token=None,
        issued_at=issued,
        expires_at=issued + left,
    )
    kept = replace(session, tokens=tokens, account=odd, binding=odd)
    store_session(store, "acme", kept)
    assert stored(store, "acme") == kept


def test_a_session_without_the_month_long_token_is_kept(
    store: TokenStore, session: SavedSession
) -> None:
    kept = replace(session, tokens=replace(session.tokens, refresh_token=None, id_token=None))
    store_session(store, "acme", kept)
    assert stored(store, "acme") == kept


def test_all_data_of_a_sign_in_is_loaded_again(store: TokenStore, session: SavedSession) -> None:
    tokens = replace(session.tokens, rotates=True, clock_offset=-1.5)
    later = Secret('{"a later version\'s": [1, "canary"]}')
    kept = replace(session, tokens=tokens, renewal_data=Secret('{"key": "k", "other": "o"}'))
    store_session(store, "acme", replace(kept, unknown=later))
    loaded = stored(store, "acme")
    assert loaded == kept
    assert loaded is not None
    assert loaded.unknown == later


def test_the_example_raises_our_error_if_it_cannot_read_a_session(
    session: SavedSession, tmp_path: Path
) -> None:
    store = example_store(tmp_path / "sessions.db")
    store_session(store, "acme", session)
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as database, database:
        database.execute("UPDATE sessions SET kept = '{}'")
    with pytest.raises(StoreUnavailable):
        stored(store, "acme")


def test_a_newer_session_replaces_the_former_one(store: TokenStore, session: SavedSession) -> None:
    store_session(store, "acme", session)
    store_session(store, "acme", replace(session, account="bob"))
    assert stored(store, "acme") == replace(session, account="bob")


def test_profiles_are_kept_apart(store: TokenStore, session: SavedSession) -> None:
    store_session(store, "a", session)
    store_session(store, "a.b", replace(session, account="bob"))
    assert wipe_session(store, "a")
    assert stored(store, "a") is None
    assert stored(store, "a.b") == replace(session, account="bob")


def test_a_deleted_session_is_gone_and_can_be_deleted_again(
    store: TokenStore, session: SavedSession
) -> None:
    assert wipe_session(store, "acme") is False
    store_session(store, "acme", session)
    assert wipe_session(store, "acme") is True
    assert stored(store, "acme") is None
    assert wipe_session(store, "acme") is False


def test_a_large_session_is_kept(store: TokenStore, session: SavedSession) -> None:
    tokens = replace(
        session.tokens, access_token=Secret("a" * 100_000), refresh_token=Secret("r" * 100_000)
    )
    store_session(store, "acme", replace(session, tokens=tokens))
    assert stored(store, "acme") == replace(session, tokens=tokens)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\n", "con"])
def test_a_name_that_could_be_another_file_is_refused(
    name: str, our_store: TokenStore, session: SavedSession
) -> None:
    with pytest.raises(ConfigurationError):
        stored(our_store, name)
    with pytest.raises(ConfigurationError), right_to_renew(our_store, name):
        pass


def test_a_caller_without_patience_for_the_lock_gets_an_error_at_once(store: TokenStore) -> None:
    told: list[StoreUnavailable] = []

    def ask() -> None:
        try:
            with right_to_renew(store, "acme", 0):
                pass
        except StoreUnavailable as error:
            told.append(error)

    with right_to_renew(store, "acme", 0):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    ask()
    assert [error.code for error in told] == ["OA-F807"]


def test_the_lock_has_one_holder_among_threads(store: TokenStore) -> None:
    inside, most = [], []

    def hold() -> None:
        for _ in range(5):
            with right_to_renew(store, "acme"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}


def test_a_session_replaces_only_the_one_that_was_loaded(
    store: TokenStore, session: SavedSession
) -> None:
    renewed, anew = replace(session, account="renewed"), replace(session, account="anew")
    store_session(store, "acme", session)
    with right_to_renew(store, "acme") as held:
        assert held.load() == session
        held.save(renewed, instead_of=session)
        held.save(session, instead_of=renewed)
    store_session(store, "acme", anew)
    with right_to_renew(store, "acme") as held:
        with pytest.raises(StoreConflict):
            held.save(renewed, instead_of=session)
        assert held.load() == anew
        assert held.delete()
        with pytest.raises(StoreConflict):
            held.save(renewed, instead_of=anew)
        assert held.load() is None


def test_the_mark_of_an_end_is_saved_and_a_renewal_removes_it(
    store: TokenStore, session: SavedSession
) -> None:
    ended = SessionEnded("It ended.", code="OA-S410", why="It was revoked.")
    store_session(store, "acme", session.marked(ended))
    marked = stored(store)
    assert marked == session
    assert marked is not None
    assert marked.end_mark is not None
    assert marked.end_mark[:3] == ("OA-S410", "It ended.", "It was revoked.")
    with right_to_renew(store, "acme") as held:
        held.save(replace(session, account="slower"), instead_of=session)
    slower = stored(store)
    assert slower == replace(session, account="slower")
    assert slower is not None
    assert slower.end_mark is None


def test_a_holder_whose_lease_lapsed_overwrites_nothing_that_it_has_not_read(
    session: SavedSession, tmp_path: Path
) -> None:
    store = example_store(tmp_path / "sessions.db", lease=0.05)
    store_session(store, "acme", session)
    renewed = replace(session, account="renewed")
    with right_to_renew(store) as stopped:
        assert stopped.load() == session
        time.sleep(0.1)
        with right_to_renew(store) as other:
            other.save(renewed, instead_of=other.load())
        with pytest.raises(StoreConflict):
            stopped.save(replace(session, account="late"), instead_of=session)
    assert stored(store) == renewed


class PausedStore(Hooks):
    """A mixin for a store that waits before it saves a new session, until a test releases it."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self.is_asked, self.goes_on = threading.Event(), threading.Event()

    def peek(self, key: SessionKey) -> SavedSession | None:
        return self._store.peek(key)

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        with self._store.open(key, patience) as held:
            yield HookedSession(self, held)

    def saving(self, save: partial[None]) -> None:
        self.is_asked.set()
        self.goes_on.wait(20)
        save()


@pytest.mark.parametrize("then", ["renewed", "signed out"])
def test_a_renewal_whose_lease_lapsed_uses_what_the_store_has(
    then: str, tmp_path: Path, profile: Profile, sandbox: Sandbox
) -> None:
    store = example_store(tmp_path / "sessions.db", lease=0.05)
    other = Session(profile, store=store)
    other.sign_in(sandbox.username, sandbox.password)
    paused = PausedStore(store)
    slow = Session(profile, store=paused)
    with ThreadPoolExecutor(1) as threads:
        slower = threads.submit(slow.renew)
        assert paused.is_asked.wait(20)
        time.sleep(0.1)
        renewed = other.renew() if then == "renewed" else other.sign_out()
        paused.goes_on.set()
        if then == "renewed":
            assert slower.result(20) == renewed == other.load()
            return
        with pytest.raises(SessionEnded) as ended:
            slower.result(20)
    assert ended.value.code == "OA-S433"
    assert stored(store) is None


def test_the_lock_of_one_profile_does_not_hold_up_another(store: TokenStore) -> None:
    errors: list[StoreUnavailable] = []

    def take(name: str) -> None:
        try:
            with right_to_renew(store, name):
                pass
        except StoreUnavailable as error:
            errors.append(error)

    with right_to_renew(store, "a"):
        for name in ("b", "a"):
            thread = threading.Thread(target=take, args=(name,))
            thread.start()
            thread.join()
    assert [error.code for error in errors] == ["OA-F807"]
    take("a")
    assert len(errors) == 1


def test_an_error_in_the_block_releases_the_lock(store: TokenStore) -> None:
    with pytest.raises(ZeroDivisionError), right_to_renew(store, "acme"):
        _ = 1 / 0
    thread_done = []

    def take() -> None:
        with right_to_renew(store, "acme"):
            thread_done.append(True)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert thread_done


def test_neither_the_store_nor_the_session_shows_a_secret(
    store: TokenStore, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    shown = f"{store!r} {stored(store, 'acme')!r} {level_of(store)!r} {vars(store)!r}"
    assert "canary" not in shown
    assert "signature" not in shown


def test_the_level_of_a_store_has_a_description(store: TokenStore) -> None:
    assert level_of(store).description


def test_a_session_works_on_every_kind_of_store(
    store: TokenStore, profile: Profile, sandbox: Sandbox
) -> None:
    """Sign in, renew, find the session from another object, and sign out."""
    session = Session(profile, store=store)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    renewed = session.renew()
    assert Session(profile, store=store).token() == renewed.tokens.access_token
    assert session.sign_out().was_signed_in
    with pytest.raises(SignInRequired):
        Session(profile, store=store).token()


def test_a_note_is_read_by_the_callers_that_waited_and_not_by_later_callers(
    our_store: TokenStore,
) -> None:
    read: list[str | None] = []

    def wait() -> None:
        with right_to_renew(our_store, "acme", 30) as held:
            read.append(note_left_while_waiting(held))

    with right_to_renew(our_store, "acme", 0) as held:
        waiter = threading.Thread(target=wait)
        waiter.start()
        wait_until_waiting(waiter)
        notes = cast("HeldSessionWithNotes", held)
        notes.leave_note("refused, in a longer note")
        notes.leave_note("refused again")
    waiter.join()
    assert read == ["refused again"]
    for name in ("acme", "beta"):
        with right_to_renew(our_store, name, 0) as later:
            assert note_left_while_waiting(later) is None
