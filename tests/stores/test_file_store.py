"""A session in a file is private from the first moment, and always complete."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from osdu_auth.errors import StoreUnavailable
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.sealing import NO_KEY
from osdu_auth.stores.session_text import lines_of
from osdu_auth.stores.token_store import SessionKey
from stored import right_to_renew, store_session, stored, wipe_session

if TYPE_CHECKING:
    from osdu_auth.stores.saved_session import SavedSession

# How another process makes the same sessions as this module's fixtures.
MAKE = f"""
import sys
sys.path[:0] = {[str(folder) for folder in Path(__file__).parents[:2]]!r}
from conftest import make_session
from osdu_auth.errors import StoreUnavailable
from osdu_auth.stores.file import FileStore
from stored import right_to_renew, store_session
"""


@pytest.fixture
def store(state: Path) -> FileStore:
    return FileStore(str(state), patience=0.3)


@pytest.fixture
def file(state: Path) -> Path:
    """The path of the session of "acme"."""
    return state / "sessions" / "acme.session"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(store: FileStore, session: SavedSession | None = None) -> StoreUnavailable:
    """The error of loading, or of saving if there is a session to save."""
    with pytest.raises(StoreUnavailable) as raised:
        stored(store, "acme") if session is None else store_session(store, "acme", session)
    text = "".join(
        traceback.TracebackException.from_exception(raised.value, capture_locals=True).format()
    )
    assert "canary" not in text
    assert raised.value.fix
    return raised.value


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_and_folders_are_private_with_any_umask(
    umask: int, store: FileStore, state: Path, session: SavedSession
) -> None:
    former = os.umask(umask)
    try:
        store_session(store, "acme", session)
        store.remember_current("acme")
    finally:
        os.umask(former)
    for path in state.rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(state) == 0o700


def test_our_files_that_others_could_read_are_closed_with_one_warning(
    store: FileStore,
    state: Path,
    file: Path,
    session: SavedSession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store_session(store, "acme", session)
    for path in (state, file.parent):
        path.chmod(0o755)
    for path in (file, state / "key"):
        path.chmod(0o644)
    assert stored(store, "acme") == session
    assert {mode(file), mode(state / "key")} == {0o600}
    file.chmod(0o644)
    assert stored(store, "acme") == session
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [text.partition(" ")[0] for text in said] == [str(file), str(state / "key")]
    store_session(store, "acme", session)
    assert {mode(state), mode(file.parent)} == {0o700}


def test_no_secret_but_the_access_token_can_be_read_in_the_files(
    store: FileStore, state: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    content = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"canary" not in content
    assert b"alice" not in content
    assert b"header.id" not in content
    assert content.count(b"header.access.signature") == 1


def test_a_changed_byte_is_noticed_wherever_it_is(
    store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    whole = file.read_bytes()
    settings_line = range(whole.index(b"settings -"), whole.index(b"\nprofile"))
    for place in range(len(whole)):
        if place in settings_line:  # the one line that is free, see `update_fingerprint`
            continue
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert refusal(store).code in {"OA-F811", "OA-F812", "OA-F814"}


def access_token_alone(session: SavedSession) -> SavedSession:
    """What a service account has: nothing that lives longer than its access token."""
    tokens = replace(session.tokens, refresh_token=None, id_token=None)
    return replace(session, tokens=tokens, renewal_data=None, unknown=None)


def test_an_access_token_alone_is_kept_without_a_key_and_damage_to_it_is_noticed(
    store: FileStore, state: Path, file: Path, session: SavedSession
) -> None:
    alone = access_token_alone(session)
    store_session(store, "acme", alone)
    assert stored(store, "acme") == alone
    assert names(state) == ["sessions"]
    level = store.level(SessionKey("acme"))
    assert (level.sealed, level.better) == (False, "")
    assert level.description.startswith("private file")
    whole = file.read_bytes()
    settings_line = range(whole.index(b"settings -"), whole.index(b"\nprofile"))
    for place in set(range(len(whole))) - set(settings_line):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert refusal(store).code in {"OA-F811", "OA-F812", "OA-F814"}


def test_data_that_has_to_be_sealed_is_refused_in_the_clear_part(
    store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", access_token_alone(session))
    alone = access_token_alone(session)
    for with_more in (
        replace(alone, tokens=replace(alone.tokens, refresh_token=Secret("refresh"))),
        replace(alone, tokens=replace(alone.tokens, id_token=Secret("id"))),
        replace(alone, renewal_data=Secret("{}")),
        replace(alone, unknown=Secret('{"of a later version": 1}')),
    ):
        file.write_bytes(lines_of(with_more, "acme", "-", NO_KEY).text())
        assert refusal(store).code == "OA-F812", with_more


def test_where_sealing_is_required_an_access_token_alone_is_sealed_as_well(
    state: Path, session: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_KEY_STORE", "off")
    strict = FileStore(str(state), require_sealed=True)
    assert refusal(strict, access_token_alone(session)).code == "OA-F815"


@pytest.mark.parametrize("version", ["2", "10", "999999999999999999999"])
def test_a_file_of_a_newer_version_is_left_untouched(
    version: str, store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    newer = f"osdu-auth session {version}\nwho knows\n".encode()
    file.write_bytes(newer)
    for error in (refusal(store), refusal(store, session)):
        assert error.code == "OA-F811"
        assert "OSDU_AUTH_STATE_DIR" in error.fix
    assert file.read_bytes() == newer
    assert names(file.parent) == ["acme.lock", "acme.session"]


def test_the_file_of_another_profile_is_refused(
    store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "beta", session)
    other = file.with_name("beta.session").read_bytes()
    for content in (other, other.replace(b"profile beta", b"profile acme")):
        file.write_bytes(content)
        assert refusal(store).code == "OA-F812"


def test_another_users_session_cannot_be_read_and_can_be_replaced(
    store: FileStore, file: Path, session: SavedSession, tmp_path: Path
) -> None:
    other = FileStore(str(tmp_path / "other"))
    store_session(other, "acme", session)
    store_session(store, "acme", session)
    shutil.copy(tmp_path / "other/sessions/acme.session", file)
    assert refusal(store).code == "OA-F812"
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


@pytest.mark.parametrize("damage", ["removed", "emptied", "replaced"])
def test_a_lost_key_is_reported_and_a_sign_in_fixes_it(
    damage: str, store: FileStore, state: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    key = state / "key"
    if damage == "removed":
        key.unlink()
    else:
        key.write_bytes(b"" if damage == "emptied" else b"A" * 43 + b"=\n")
    error = refusal(store)
    assert error.code == ("OA-F812" if damage == "replaced" else "OA-F814")
    assert error.fix == "osdu-auth login -p acme"
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


@pytest.mark.parametrize("place", ["state", "sessions", "acme.session", "acme.lock", "key"])
def test_a_link_in_the_place_of_a_file_or_folder_is_refused(
    place: str, store: FileStore, state: Path, session: SavedSession, tmp_path: Path
) -> None:
    store_session(store, "acme", session)
    path = {"state": state, "sessions": state / "sessions", "key": state / "key"}.get(
        place, state / "sessions" / place
    )
    victim = tmp_path / "victim"
    path.rename(victim)
    path.symlink_to(victim)
    files = [each for each in (victim, *victim.rglob("*")) if each.is_file()]
    before = {each: each.read_bytes() for each in files}
    assert before
    error = refusal(store, session)
    assert error.code == "OA-F806"
    assert "symbolic link" in error.why
    files = [each for each in (victim, *victim.rglob("*")) if each.is_file()]
    assert {each: each.read_bytes() for each in files} == before
    assert path.is_symlink()


def test_a_path_that_is_not_a_regular_file_is_refused(
    store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    file.unlink()
    os.mkfifo(file)
    assert refusal(store).code == "OA-F806"
    file.unlink()
    file.mkdir()
    assert refusal(store).code in {"OA-F805", "OA-F806"}
    file.rmdir()
    with file.open("wb") as large:
        large.truncate(16 * 1024 * 1024 + 1)
    file.chmod(0o600)
    assert refusal(store).code == "OA-F806"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
@pytest.mark.parametrize("place", ["", "sessions", "sessions/acme.session", "key"])
def test_a_file_of_another_user_is_refused(
    place: str, store: FileStore, state: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    os.chown(state / place, 12345, 12345)
    is_folder = (state / place).is_dir()
    # A file that is not trusted is replaced by a new one.
    error = refusal(store, session if is_folder else None)
    assert error.code == ("OA-F806" if is_folder else "OA-F809")
    assert "another user" in error.why


def test_a_key_that_others_could_have_changed_is_replaced(
    store: FileStore, state: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    store_session(store, "other", session)
    former = (state / "key").read_bytes()
    (state / "key").chmod(0o666)
    store_session(store, "acme", session)
    assert (state / "key").read_bytes() != former
    assert stored(store, "acme") == session
    with pytest.raises(StoreUnavailable) as refused:
        stored(store, "other")  # its key is gone
    assert (refused.value.code, refused.value.fix) == ("OA-F812", "osdu-auth login -p other")
    store_session(store, "other", session)
    assert stored(store, "other") == session


def test_a_file_in_the_place_of_the_state_folder_is_reported(
    store: FileStore, state: Path, session: SavedSession
) -> None:
    state.write_text("")
    assert refusal(store, session).code == "OA-F806"


def test_an_impossible_path_is_reported(session: SavedSession, tmp_path: Path) -> None:
    error = refusal(FileStore(str(tmp_path / ("a" * 300))), session)
    assert error.code == "OA-F805"
    assert "OSDU_AUTH_STATE_DIR" in error.fix


@pytest.mark.skipif(os.geteuid() == 0, reason="a read-only folder is no obstacle to root")
def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, session: SavedSession) -> None:
    (tmp_path / "fixed").mkdir(0o500)
    assert refusal(FileStore(str(tmp_path / "fixed/state")), session).code == "OA-F804"


def test_a_read_only_disk_is_reported(session: SavedSession) -> None:
    if not os.path.isdir("/proc/self") or os.geteuid() != 0:
        pytest.skip("needs a folder that not even root can write to, such as in /sys")
    error = refusal(FileStore("/proc/self/osdu-auth"), session)
    assert error.code in {"OA-F803", "OA-F804", "OA-F805"}


def test_a_full_disk_leaves_the_session_as_it_was(
    store: FileStore, state: Path, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    program = MAKE + (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        f"    store_session(FileStore({str(state)!r}), 'acme', make_session('2'))\n"
        "except StoreUnavailable as error:\n"
        "    print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"OA-F801\n"
    assert stored(store, "acme") == session
    assert names(file.parent) == ["acme.lock", "acme.session"]


def test_deleting_also_removes_the_temporary_file_of_a_killed_process(
    store: FileStore, file: Path, session: SavedSession
) -> None:
    store_session(store, "acme", session)
    file.with_name("acme.session.new").write_text("left")
    assert wipe_session(store, "acme")
    assert names(file.parent) == ["acme.lock"]


def test_processes_that_start_together_make_one_key(state: Path) -> None:
    program = (
        MAKE + f"store_session(FileStore({str(state)!r}), sys.argv[1], make_session(sys.argv[1]))\n"
    )
    together = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "abcdef"]
    assert [process.wait(60) for process in together] == [0] * 6
    store = FileStore(str(state))
    for name in "abcdef":
        loaded = stored(store, name)
        assert loaded is not None
        assert loaded.account == f"alice{name}"


def test_the_lock_has_one_holder_among_processes(state: Path) -> None:
    program = MAKE + (
        "import os\n"
        f"store, mark = FileStore({str(state)!r}), {str(state.with_name('mark'))!r}\n"
        "for _ in range(20):\n"
        "    with right_to_renew(store, 'acme'):\n"
        "        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))\n"
        "        os.unlink(mark)\n"
    )
    together = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [process.wait(60) for process in together] == [0] * 4


def test_a_lock_of_another_process_is_reported_and_ends_with_that_process(
    store: FileStore, state: Path, session: SavedSession
) -> None:
    program = MAKE + (
        f"with right_to_renew(FileStore({str(state)!r})):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        error = refusal(store, session)
        assert error.code == "OA-F807"
        assert str(state / "sessions" / "acme.lock") in error.fix
        holder.kill()
    store_session(store, "acme", session)


def test_a_forked_child_does_not_end_its_parents_hold(store: FileStore, state: Path) -> None:
    with right_to_renew(store, "acme"):
        child = os.fork()
        if child == 0:
            # The child exits from the block that its parent is still in.
            os._exit(0)
        os.waitpid(child, 0)
        other = FileStore(str(state), patience=0.1)
        child = os.fork()
        if child == 0:
            try:
                with right_to_renew(other, "acme"):
                    os._exit(1)
            except StoreUnavailable:
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("token", ["", "two words", "two\nlines", "zwölf", "nul\0"])
def test_an_access_token_that_cannot_be_a_header_is_not_saved(
    token: str, store: FileStore, session: SavedSession
) -> None:
    odd = replace(session, tokens=replace(session.tokens, access_token=Secret(token)))
    store_session(store, "acme", session)
    assert refusal(store, odd).code == "OA-F816"
    assert stored(store, "acme") == session


@pytest.mark.parametrize("time_", [float("nan"), float("inf")])
def test_a_time_that_is_not_a_number_is_not_saved(
    time_: float, store: FileStore, session: SavedSession
) -> None:
    odd = replace(session, tokens=replace(session.tokens, expires_at=time_))
    assert refusal(store, odd).code == "OA-F816"
