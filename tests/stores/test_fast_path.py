"""The fast path prints what the whole program would, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth.errors import OsduAuthError
from osdu_auth.places import NO_SETTINGS, settings_fingerprint
from osdu_auth.profiles.environment import fingerprint_of_environment
from osdu_auth.stores.fast_path import read_fresh_token
from osdu_auth.stores.file import FileStore
from osdu_auth.tokens import RENEWAL_SHARE, Freshness
from stored import store_session, stored, wipe_session
from stores.conftest import make_session

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

TOKEN = "header.access.signature"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file of profiles; the fast path only looks at its fingerprint."""
    path = tmp_path / "config.toml"
    path.write_text("# profiles")
    return path


@pytest.fixture
def store(state: Path, config: Path, session: SavedSession) -> FileStore:
    """A store that holds a session of "acme", the profile in force."""
    store = FileStore(str(state), settings_fingerprint=settings_fingerprint(str(config)))
    store_session(store, "acme", session)
    as_of_then(state, session)
    store.remember_current("acme")
    return store


def as_of_then(state: Path, session: SavedSession) -> None:
    """Have the file look as if it was saved when its token came."""
    file = state / "sessions" / "acme.session"
    os.utime(file, (session.tokens.issued_at, session.tokens.issued_at))


def fast_path(state: Path, config: Path, name: str | None, now: float) -> str | None:
    return read_fresh_token(str(state), str(config), name, now)


@pytest.mark.parametrize("name", ["acme", None])
def test_a_fresh_token_is_read_up_to_its_renewal_window(
    name: str | None, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    fresh_until = session.tokens.fresh_until
    assert fast_path(state, config, name, session.tokens.issued_at) == TOKEN
    assert fast_path(state, config, name, fresh_until - 0.001) == TOKEN
    assert fast_path(state, config, name, fresh_until) is None


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{fingerprint}",
        "{fingerprint}\n",
        "{fingerprint}\nacme",
        "{fingerprint}\nacme\nmore\n",
        "other\nacme\n",
    ],
)
def test_the_saved_profile_in_force_is_used_only_if_complete_and_with_its_settings(
    note: str, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    now = session.tokens.issued_at
    assert fast_path(state, config, None, now) == TOKEN
    (path,) = state.rglob("current")
    path.write_text(note.format(fingerprint=settings_fingerprint(str(config))))
    assert fast_path(state, config, None, now) is None
    store.remember_current("acme")
    assert fast_path(state, config, None, now) == TOKEN


@pytest.mark.parametrize(("seconds", "token"), [(4.5, TOKEN), (5.5, None), (7200.0, None)])
def test_an_old_token_is_not_fresh_after_a_clock_was_set_back(
    seconds: float,
    token: str | None,
    store: FileStore,
    state: Path,
    config: Path,
    session: SavedSession,
) -> None:
    assert fast_path(state, config, "acme", session.tokens.issued_at - seconds) == token


@pytest.mark.parametrize(("hours", "token"), [(24.0, TOKEN), (24.1, None), (1e9, None)])
def test_a_token_with_an_impossible_lifetime_is_not_read(
    hours: float,
    token: str | None,
    store: FileStore,
    state: Path,
    config: Path,
    session: SavedSession,
) -> None:
    issued = session.tokens.issued_at
    whole_life = hours * 3600 / (1 - RENEWAL_SHARE)  # of which these are fresh
    tokens = replace(session.tokens, expires_at=issued + whole_life)
    store_session(store, "acme", replace(session, tokens=tokens))
    as_of_then(state, session)
    assert fast_path(state, config, "acme", issued + 1) == token


@pytest.mark.parametrize("edit", ["content", "touched", "replaced", "removed", "same size"])
def test_any_edit_of_the_settings_leads_to_the_slow_path(
    edit: str, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    status = config.stat()
    if edit == "content":
        config.write_text("# other")
    elif edit == "touched":
        os.utime(config, ns=(1, 1))
    elif edit == "replaced":
        config.rename(config.with_name("old"))
        config.write_text("# profiles")
        os.utime(config, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif edit == "removed":
        config.unlink()
    else:
        config.write_text("# prof1les")
        os.utime(config, ns=(status.st_atime_ns, status.st_mtime_ns))
    now = session.tokens.issued_at
    assert fast_path(state, config, "acme", now) is None
    assert fast_path(state, config, None, now) is None


def test_an_edit_that_does_not_change_the_session_updates_its_stamp(
    store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    config.write_text("# another comment")
    later = FileStore(str(state), settings_fingerprint=settings_fingerprint(str(config)))
    loaded = stored(later, "acme")
    assert loaded == session
    later.update_fingerprint("acme", loaded)
    as_of_then(state, session)
    assert fast_path(state, config, "acme", session.tokens.issued_at) == TOKEN
    assert stored(later, "acme") == session


def test_the_session_of_a_profile_without_settings_is_never_read(
    state: Path, tmp_path: Path, session: SavedSession
) -> None:
    store_session(FileStore(str(state)), "environment", session)
    nowhere = tmp_path / "nowhere"
    assert settings_fingerprint(str(nowhere)) == NO_SETTINGS
    assert fast_path(state, nowhere, "environment", session.tokens.issued_at) is None


CHANGES: dict[str, dict[str, str | None]] = {
    "another value": {"OSDU_AUTH_CLIENT_ID": "def"},
    "a blank at the end": {"OSDU_AUTH_CLIENT_ID": "abc "},
    "one less": {"OSDU_AUTH_REGION": None},
    "one more": {"OSDU_AUTH_SCOPES": "osdu/read"},
    "an empty one more": {"OSDU_AUTH_SCOPES": ""},
    "one that is no setting": {"OSDU_AUTH_NO_SETTING": "a"},
    "no secret any more": {"OSDU_AUTH_CLIENT_SECRET": None},
    "none that makes a profile": dict.fromkeys(
        ("OSDU_AUTH_CLIENT_ID", "OSDU_AUTH_REGION", "OSDU_AUTH_CLIENT_SECRET")
    ),
}


def test_a_profile_of_variables_has_the_fast_path_until_one_of_them_changes(
    store: FileStore,
    state: Path,
    config: Path,
    session: SavedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present = {
        "OSDU_AUTH_CLIENT_ID": "abc",
        "OSDU_AUTH_REGION": "us-east-1",
        "OSDU_AUTH_CLIENT_SECRET": "canary",
    }
    for variable, text in present.items():
        monkeypatch.setenv(variable, text)
    of_variables = FileStore(str(state), settings_fingerprint=fingerprint_of_environment())
    store_session(of_variables, "environment", session)
    now = session.tokens.issued_at
    file = state / "sessions" / "environment.session"
    os.utime(file, (now, now))
    assert b"canary".hex().encode() not in file.read_bytes()
    for name in (None, "environment"):
        assert fast_path(state, config, name, now) == TOKEN, name
    assert fast_path(state, config, "acme", now) is None, "the whole program says whose it is"
    for case, changes in CHANGES.items():
        with monkeypatch.context() as changed:
            for variable, value in changes.items():
                if value is None:
                    changed.delenv(variable)
                else:
                    changed.setenv(variable, value)
            assert fast_path(state, config, "environment", now) is None, case
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", "another canary")
    assert fast_path(state, config, None, now) == TOKEN, "a rotated secret changes no token"


@pytest.mark.parametrize("name", ["", "beta", "../sessions/acme", "acme/", ".", "a\0b", "ac me"])
def test_another_name_is_not_this_profile(
    name: str, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    assert fast_path(state, config, name, session.tokens.issued_at) is None


def test_another_profiles_file_is_not_read(
    store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    sessions = state / "sessions"
    (sessions / "acme.session").rename(sessions / "beta.session")
    assert fast_path(state, config, "beta", session.tokens.issued_at) is None


@pytest.mark.parametrize(
    "fault", ["mode", "link", "hard link", "pipe", "folder", "newer", "absent"]
)
def test_a_file_that_is_not_plainly_ours_is_not_read(
    fault: str, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    file = state / "sessions" / "acme.session"
    content = file.read_text()
    if fault == "mode":
        file.chmod(0o640)
    else:
        file.rename(file.with_name("away"))
    if fault == "link":
        file.symlink_to("away")
    elif fault == "hard link":
        os.link(file.with_name("away"), file)
    elif fault == "pipe":
        os.mkfifo(file)
    elif fault == "folder":
        file.mkdir()
    elif fault == "newer":
        file.write_text(content.replace("session 1", "session 2", 1))
        file.chmod(0o600)
    if file.is_file():
        os.utime(file, (0, 0))
    assert fast_path(state, config, "acme", session.tokens.issued_at) is None


def test_no_prefix_of_a_session_file_is_read(
    store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    file = state / "sessions" / "acme.session"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        as_of_then(state, session)
        assert fast_path(state, config, "acme", session.tokens.issued_at) is None


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), later=st.floats(-4, 4000))
def test_the_fast_path_and_the_slow_path_give_the_same_token(
    store: FileStore,
    state: Path,
    config: Path,
    session: SavedSession,
    place: int,
    byte: int,
    later: float,
) -> None:
    store_session(store, "acme", session)
    as_of_then(state, session)
    file = state / "sessions" / "acme.session"
    now = session.tokens.issued_at + later
    try:
        loaded = stored(store, "acme")
    except OsduAuthError:
        loaded = None
    assert loaded is not None
    is_fresh = loaded.tokens.freshness(now) is Freshness.FRESH
    assert (fast_path(state, config, "acme", now) == TOKEN) is is_fresh
    whole = bytearray(file.read_bytes())
    whole[place % len(whole)] = byte
    file.write_bytes(whole)
    fast_path(state, config, "acme", now)  # whatever it says, it does not raise


def test_the_fast_path_imports_nothing_but_os_and_itself(state: Path, config: Path) -> None:
    program = (
        "import os, sys, time\n"
        "before = set(sys.modules)\n"
        "from osdu_auth.stores.fast_path import read_fresh_token\n"
        f"read_fresh_token({str(state)!r}, {str(config)!r}, None, time.time())\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == [
        "__future__",
        "osdu_auth",
        "osdu_auth.forks",
        "osdu_auth.ownership",
        "osdu_auth.places",
        "osdu_auth.stores",
        "osdu_auth.stores.fast_path",
    ]


@pytest.mark.parametrize("meanwhile", ["renewed", "signed out"])
def test_the_stamp_of_a_replaced_session_is_not_updated(
    meanwhile: str, store: FileStore, state: Path, config: Path, session: SavedSession
) -> None:
    config.write_text("# another comment")
    later = FileStore(str(state), settings_fingerprint=settings_fingerprint(str(config)))
    loaded = stored(later, "acme")
    assert loaded is not None
    file = state / "sessions" / "acme.session"
    if meanwhile == "renewed":
        store_session(store, "acme", make_session("2"))
    else:
        wipe_session(store, "acme")
    before = file.read_bytes() if file.exists() else None
    later.update_fingerprint("acme", loaded)
    assert (file.read_bytes() if file.exists() else None) == before
    now = session.tokens.issued_at
    if before is not None:
        os.utime(file, (now, now))
    assert fast_path(state, config, "acme", now) is None
