"""The key of the sessions is in the OS key store if there is one; the level always says where.

The rows F-09, K-08 of the list of abuse and faults.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from osdu_auth import key_store as os_key_store
from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.profiles.references import resolve
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.token_store import SessionKey
from stored import store_session, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

NO_TEXTS = [f"answers {value}" for value in ("5", "False", "['a']", "{}")]
BAD_MODES = ["hang", "locked", "odd", "dies", "forgets"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer than three seconds to start the child process."""
    monkeypatch.setattr(os_key_store, "PATIENCE", 60.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second instead of three, so that a key store that hangs delays a test less."""
    monkeypatch.setattr(os_key_store, "PATIENCE", 1.0)


def test_the_key_is_in_the_key_store_and_is_written_once(
    key_store: Callable[[str], None], state: Path, session: SavedSession, tmp_path: Path
) -> None:
    for name in ("acme", "beta"):
        store = FileStore(str(state))
        store_session(store, name, session)
        store_session(store, name, session)
        assert stored(FileStore(str(state)), name) == session
    level = store.level()
    assert level.sealed
    assert level.description == "sealed file · key in the OS key store (Fake)"
    assert not (state / "key").exists()
    assert len(json.loads((tmp_path / "entries.json").read_text())) == 1


def test_the_key_is_passed_to_the_child_only_by_pipes(
    key_store: Callable[[str], None],
    state: Path,
    session: SavedSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", "canary")
    store_session(FileStore(str(state)), "acme", session)
    (kept,) = json.loads((tmp_path / "entries.json").read_text()).values()
    seen = (tmp_path / "entries.json.seen").read_text()
    assert kept not in seen
    assert "OSDU_AUTH_CLIENT_SECRET" not in seen


@pytest.mark.parametrize("mode", [*BAD_MODES, *NO_TEXTS])
def test_a_key_file_is_used_if_the_key_store_fails_and_the_level_says_so(
    mode: str, key_store: Callable[[str], None], impatient: None, state: Path, session: SavedSession
) -> None:
    key_store(mode)
    store = FileStore(str(state))
    start = time.monotonic()
    store_session(store, "acme", session)
    assert time.monotonic() - start < 45
    assert stored(store, "acme") == session
    assert not store.level().sealed
    assert store.level().description.startswith("private file · its key is next to it")
    assert (state / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", NO_TEXTS)
def test_an_answer_that_is_not_text_is_a_failure_of_the_key_store(
    mode: str, key_store: Callable[[str], None]
) -> None:
    key_store(mode)
    with pytest.raises(StoreUnavailable) as told:
        os_key_store.write("name", Secret("canary"))
    assert told.value.code == "OA-F823"
    assert "canary" not in str(told.value)
    with pytest.raises(StoreUnavailable, match="not a text"):
        os_key_store.read("name")


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "fake_key_store.PlaintextKeyring",
        "no_such_module.Keyring",
    ],
)
def test_an_unsafe_backend_does_not_count_as_a_key_store(
    backend: str,
    key_store: Callable[[str], None],
    state: Path,
    session: SavedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "chainer" in backend:
        pytest.importorskip("keyring.backends.chainer")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    store = FileStore(str(state))
    store_session(store, "acme", session)
    assert not store.level().sealed
    assert stored(store, "acme") == session


@pytest.mark.parametrize("how", ["none", "off", *BAD_MODES])
def test_with_sealing_required_nothing_is_saved_without_a_key_store(
    how: str,
    key_store: Callable[[str], None],
    impatient: None,
    state: Path,
    session: SavedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if how == "none":
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    elif how == "off":
        monkeypatch.setenv("OSDU_AUTH_KEY_STORE", "off")
    else:
        key_store(how)
    store = FileStore(str(state), require_sealed=True)
    with pytest.raises(StoreUnavailable) as raised:
        store_session(store, "acme", session)
    assert raised.value.code == "OA-F815"
    assert "canary" not in str(raised.value)
    assert not (state / "key").exists()
    assert not (state / "sessions" / "acme.session").exists()
    if how != "forgets":  # this is found out when a session is saved
        assert store.level().description.startswith("nothing is kept")


def test_with_sealing_required_a_key_file_is_not_used(
    key_store: Callable[[str], None], state: Path, session: SavedSession
) -> None:
    key_store("locked")
    store_session(FileStore(str(state)), "beta", session)
    key_store("")
    strict = FileStore(str(state), require_sealed=True)
    store_session(strict, "acme", session)
    assert b"sealed os-key-store " in (state / "sessions/acme.session").read_bytes()
    assert strict.level().sealed
    assert stored(FileStore(str(state)), "beta") == session


def test_the_level_of_a_session_is_that_of_the_key_that_sealed_it(
    key_store: Callable[[str], None], state: Path, session: SavedSession
) -> None:
    key_store("locked")
    store_session(FileStore(str(state)), "beta", session)
    key_store("")
    strict = FileStore(str(state), require_sealed=True)
    store_session(strict, "acme", session)
    assert strict.level(SessionKey("acme")).sealed
    assert not strict.level(SessionKey("beta")).sealed
    assert strict.level(SessionKey("gamma")).sealed
    lenient = FileStore(str(state))
    assert (
        lenient.level(SessionKey("acme")).description
        == "sealed file · key in the OS key store (Fake)"
    )
    assert lenient.level(SessionKey("gamma")).description.startswith("private file")
    key_store("locked")
    unreachable = FileStore(str(state)).level(SessionKey("acme"))
    assert unreachable.sealed
    assert unreachable.description.endswith("which cannot be used now")


def test_a_key_file_stays_in_use_when_a_key_store_comes(
    key_store: Callable[[str], None], state: Path, session: SavedSession
) -> None:
    key_store("locked")
    store_session(FileStore(str(state)), "acme", session)
    key_store("")
    store = FileStore(str(state))
    assert stored(store, "acme") == session
    store_session(store, "acme", session)
    level = store.level()
    assert not level.sealed
    assert level.description.endswith("made when no OS key store was usable")


@pytest.mark.parametrize("how", ["off", *BAD_MODES[:4]])
def test_a_session_is_kept_while_its_key_store_cannot_be_used(
    how: str,
    key_store: Callable[[str], None],
    impatient: None,
    state: Path,
    session: SavedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store_session(FileStore(str(state)), "acme", session)
    if how == "off":
        monkeypatch.setenv("OSDU_AUTH_KEY_STORE", "off")
    else:
        key_store(how)
    with pytest.raises(StoreUnavailable, match="sealed by the OS key store") as raised:
        stored(FileStore(str(state)), "acme")
    assert raised.value.code == "OA-F813"
    monkeypatch.delenv("OSDU_AUTH_KEY_STORE", raising=False)
    key_store("")
    assert stored(FileStore(str(state)), "acme") == session


def test_a_key_that_was_removed_from_the_key_store_is_reported(
    key_store: Callable[[str], None], state: Path, session: SavedSession, tmp_path: Path
) -> None:
    store_session(FileStore(str(state)), "acme", session)
    (tmp_path / "entries.json").unlink()
    with pytest.raises(StoreUnavailable) as raised:
        stored(FileStore(str(state)), "acme")
    assert (raised.value.code, raised.value.fix) == ("OA-F814", "osdu-auth login -p acme")


def test_a_running_session_calls_the_key_store_once(
    key_store: Callable[[str], None], state: Path, session: SavedSession
) -> None:
    store = FileStore(str(state))
    store_session(store, "acme", session)
    key_store("locked")
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


def test_no_child_is_started_if_no_key_store_can_exist(
    state: Path, session: SavedSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-such-python"))
    assert not os_key_store.can_exist()
    store = FileStore(str(state))
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


@pytest.mark.parametrize("sign", ["bus address", "bus", "backend", "settings"])
def test_each_sign_of_a_key_store_leads_to_a_call_of_it(
    sign: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if sign == "bus address":
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")
    elif sign == "bus":
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        (tmp_path / "bus").touch()
    elif sign == "backend":
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "a.b")
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        (tmp_path / "python_keyring").mkdir()
        (tmp_path / "python_keyring/keyringrc.cfg").touch()
    assert os_key_store.can_exist()
    monkeypatch.setenv("OSDU_AUTH_KEY_STORE", "off")
    assert not os_key_store.can_exist()


@pytest.mark.parametrize("value", ["s", "ü" * 1281, "x" * 100_000, "a\nb\0c", "\udc80"])
def test_any_text_is_kept_in_the_key_store_and_deleted_again(
    value: str, key_store: Callable[[str], None]
) -> None:
    os_key_store.write("acme", Secret(value))
    assert os_key_store.read("acme").value == Secret(value)
    assert os_key_store.delete("acme")
    assert not os_key_store.delete("acme")
    assert os_key_store.read("acme").value is None


def test_a_client_secret_is_found_in_the_key_store(key_store: Callable[[str], None]) -> None:
    os_key_store.write("acme", Secret("canary"))
    assert resolve("keyring:acme").reveal() == "canary"
    with pytest.raises(ConfigurationError) as raised:
        resolve("keyring:other")
    assert (raised.value.code, raised.value.fix) == ("OA-C793", "keyring set osdu-auth other")


def test_a_module_in_the_current_folder_is_not_imported_as_keyring(
    key_store: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("keyring.py", "json.py", "osdu_auth.py"):
        (trap / name).write_text(f"open({str(trap / 'sprung')!r}, 'w')")
    monkeypatch.chdir(trap)
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    os_key_store.write("acme", Secret("x"))
    assert not (trap / "sprung").exists()


def test_no_child_is_left_behind(key_store: Callable[[str], None], impatient: None) -> None:
    key_store("hang")
    before = set(psutil.Process().children())  # such as what runs the program for other tests
    with pytest.raises(StoreUnavailable) as raised:
        os_key_store.read("acme")
    assert raised.value.code == "OA-F822"
    assert set(psutil.Process().children()) <= before


@pytest.fixture
def making_lock(state: Path) -> Iterator[int]:
    """The lock for making a key, held as by another process that makes one."""
    state.mkdir(0o700)
    lock = os.open(state / "key.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield lock
    os.close(lock)


def waits_for_the_key(state: Path, session: SavedSession) -> threading.Thread:
    """Begin to save in another thread, and check that it waits for the maker of the key."""
    saving = threading.Thread(target=lambda: store_session(FileStore(str(state)), "acme", session))
    saving.start()
    until = time.monotonic() + 30
    while not (state / "sessions").exists() and time.monotonic() < until:
        time.sleep(0.01)
    saving.join(0.5)
    assert saving.is_alive(), "it did not wait"
    assert {path.name for path in state.iterdir()} == {"key.lock", "sessions"}
    return saving


def test_a_key_that_another_process_is_making_is_waited_for_and_used(
    state: Path, making_lock: int, session: SavedSession, tmp_path: Path
) -> None:
    saving = waits_for_the_key(state, session)
    elsewhere = FileStore(str(tmp_path / "elsewhere"))
    store_session(elsewhere, "acme", session)
    key = (tmp_path / "elsewhere" / "key").rename(state / "key")
    made = key.read_bytes()
    fcntl.flock(making_lock, fcntl.LOCK_UN)
    saving.join(60)
    assert key.read_bytes() == made, "it made another one all the same"
    assert stored(FileStore(str(state)), "acme") == session


def test_a_key_in_the_key_store_that_another_process_is_making_is_waited_for_and_used(
    state: Path, making_lock: int, session: SavedSession, tmp_path: Path,
    key_store: Callable[[str], None],
) -> None:  # fmt: skip
    entries = tmp_path / "entries.json"
    saving = waits_for_the_key(state, session)
    assert not entries.exists()
    store_session(FileStore(str(tmp_path / "elsewhere")), "acme", session)
    made = entries.read_bytes()
    fcntl.flock(making_lock, fcntl.LOCK_UN)
    saving.join(60)
    assert entries.read_bytes() == made, "it made another one all the same"
    assert stored(FileStore(str(state)), "acme") == session
