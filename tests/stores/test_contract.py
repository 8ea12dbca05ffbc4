"""What every token store does alike: ours, and the example of a user's own in the documentation."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth import Session, nobody
from osdu_auth.errors import ConfigurationError, SignInRequired, StoreUnavailable
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.memory import MemoryStore
from osdu_auth.tokens import Device

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.token_store import SavedSession, TokenStore


EXAMPLE = Path(__file__).parents[2] / "docs" / "your-own-store.md"


def example_store(path: Path) -> TokenStore:
    """The store of the documentation's example."""
    namespace: dict[str, Any] = {}
    exec(EXAMPLE.read_text().split("```python\n")[1].partition("```")[0], namespace)
    store: TokenStore = namespace["DatabaseStore"](str(path), patience=1)
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


def test_what_was_saved_is_loaded(store: TokenStore, session: SavedSession) -> None:
    store.save("acme", session)
    assert store.load("acme") == session


def test_nothing_is_loaded_where_nothing_was_saved(store: TokenStore, state: Path) -> None:
    assert store.load("acme") is None
    assert not state.exists()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(odd=st.text(alphabet=st.characters()), issued=st.floats(0, 4e9), left=st.floats(0, 1e6))
def test_odd_characters_and_times_come_back_as_they_were(
    store: TokenStore, session: SavedSession, odd: str, issued: float, left: float
) -> None:
    tokens = replace(
        session.tokens,
        refresh_token=Secret(odd),
        id_token=None,
        issued_at=issued,
        expires_at=issued + left,
    )
    kept = replace(session, tokens=tokens, username=odd, pool_and_client=odd)
    store.save("acme", kept)
    assert store.load("acme") == kept


def test_a_session_without_the_month_long_token_is_kept(
    store: TokenStore, session: SavedSession
) -> None:
    kept = replace(session, tokens=replace(session.tokens, refresh_token=None, id_token=None))
    store.save("acme", kept)
    assert store.load("acme") == kept


def test_everything_that_is_kept_with_a_sign_in_comes_back(
    store: TokenStore, session: SavedSession
) -> None:
    device = Device(Secret("key"), Secret("group"), Secret("password"))
    tokens = replace(session.tokens, device=device, rotates=True, clock_offset=-1.5)
    later = Secret('{"a later version\'s": [1, "canary"]}')
    store.save("acme", replace(session, tokens=tokens, unknown=later))
    loaded = store.load("acme")
    assert loaded == replace(session, tokens=tokens)
    assert loaded is not None
    assert loaded.unknown == later


def test_the_example_says_so_where_it_cannot_read_what_is_kept(
    session: SavedSession, tmp_path: Path
) -> None:
    store = example_store(tmp_path / "sessions.db")
    store.save("acme", session)
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as database, database:
        database.execute("UPDATE sessions SET kept = '{}'")
    with pytest.raises(StoreUnavailable):
        store.load("acme")


def test_the_newer_session_takes_the_place_of_the_former(
    store: TokenStore, session: SavedSession
) -> None:
    store.save("acme", session)
    store.save("acme", replace(session, username="bob"))
    assert store.load("acme") == replace(session, username="bob")


def test_profiles_are_kept_apart(store: TokenStore, session: SavedSession) -> None:
    store.save("a", session)
    store.save("a.b", replace(session, username="bob"))
    assert store.delete("a")
    assert store.load("a") is None
    assert store.load("a.b") == replace(session, username="bob")


def test_a_deleted_session_is_gone_and_can_be_deleted_again(
    store: TokenStore, session: SavedSession
) -> None:
    assert store.delete("acme") is False
    store.save("acme", session)
    assert store.delete("acme") is True
    assert store.load("acme") is None
    assert store.delete("acme") is False


def test_a_large_session_is_kept(store: TokenStore, session: SavedSession) -> None:
    tokens = replace(
        session.tokens, access_token=Secret("a" * 100_000), refresh_token=Secret("r" * 100_000)
    )
    store.save("acme", replace(session, tokens=tokens))
    assert store.load("acme") == replace(session, tokens=tokens)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\n", "con"])
def test_a_name_that_could_be_another_file_is_refused(
    name: str, our_store: TokenStore, session: SavedSession
) -> None:
    for call in (our_store.load, our_store.delete, lambda name: our_store.save(name, session)):
        with pytest.raises(ConfigurationError):
            call(name)
    with pytest.raises(ConfigurationError), our_store.lock(name):
        pass


def test_whoever_will_not_wait_for_the_lock_is_told_at_once(store: TokenStore) -> None:
    told: list[StoreUnavailable] = []

    def ask() -> None:
        try:
            with store.lock("acme", 0):
                pass
        except StoreUnavailable as error:
            told.append(error)

    with store.lock("acme", 0):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    ask()
    assert [error.code for error in told] == ["OA-F807"]


def test_the_lock_has_one_holder_among_threads(store: TokenStore) -> None:
    inside, most = [], []

    def hold() -> None:
        for _ in range(5):
            with store.lock("acme"):
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


def test_a_holder_may_take_its_lock_again_and_save_and_delete(
    store: TokenStore, session: SavedSession
) -> None:
    with store.lock("acme"), store.lock("acme"):
        store.save("acme", session)
        assert store.delete("acme")


def test_the_lock_of_one_profile_does_not_hold_up_another(store: TokenStore) -> None:
    errors: list[StoreUnavailable] = []

    def take(name: str) -> None:
        try:
            with store.lock(name):
                pass
        except StoreUnavailable as error:
            errors.append(error)

    with store.lock("a"):
        for name in ("b", "a"):
            thread = threading.Thread(target=take, args=(name,))
            thread.start()
            thread.join()
    assert [error.code for error in errors] == ["OA-F807"]
    take("a")
    assert len(errors) == 1


def test_an_error_under_the_lock_lets_the_next_one_have_it(store: TokenStore) -> None:
    with pytest.raises(ZeroDivisionError), store.lock("acme"):
        _ = 1 / 0
    thread_done = []

    def take() -> None:
        with store.lock("acme"):
            thread_done.append(True)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert thread_done


def test_neither_the_store_nor_the_session_shows_a_secret(
    store: TokenStore, session: SavedSession
) -> None:
    store.save("acme", session)
    shown = f"{store!r} {store.load('acme')!r} {store.level()!r} {vars(store)!r}"
    assert "canary" not in shown
    assert "signature" not in shown


def test_the_level_is_said_in_words(store: TokenStore) -> None:
    assert store.level().description


def test_a_session_lives_on_a_store_whatever_its_kind(
    store: TokenStore, profile: Profile, sandbox: Sandbox
) -> None:
    """Sign in, renew, find it from elsewhere, and sign out."""
    session = Session(profile, store=store)
    session.sign_in(sandbox.username, Secret(sandbox.password), nobody)
    renewed = session.renew()
    assert Session(profile, store=store).token() == renewed.tokens.access_token
    assert session.sign_out().was_signed_in
    with pytest.raises(SignInRequired):
        Session(profile, store=store).token()
