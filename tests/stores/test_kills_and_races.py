"""Kills at random moments, watchers and attackers in a tight loop, and many rounds.

The rows F-01, F-02, F-06, F-13 of the list of abuse and faults.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import random
import shutil
import signal
import stat
import struct
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from osdu_auth.errors import StoreUnavailable
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.memory import MemoryStore
from stored import right_to_renew, store_session, stored, wipe_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

long = pytest.mark.torture


def fork(work: Callable[[], NoReturn]) -> int:
    """Start a child that works until it is killed; return its id."""
    with warnings.catch_warnings():
        # This process forks with threads; the child does not use anything of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(1)


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@contextmanager
def working(work: Callable[[], NoReturn]) -> Iterator[None]:
    """Let a child work during the block."""
    child = fork(work)
    try:
        yield
    finally:
        kill(child)


def is_all_seen(begin: float, is_seen: bool) -> bool:
    """Return whether to stop watching: all was seen, or half a minute is over."""
    return is_seen or time.monotonic() > begin + 30


def test_a_forked_child_does_not_wait_for_a_thread_that_it_does_not_have(
    session: SavedSession,
) -> None:
    store = MemoryStore()
    store_session(store, "acme", session)
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with right_to_renew(store):
            is_held.set()
            is_over.wait(60)

    def renew_in_the_child() -> NoReturn:
        with right_to_renew(store, patience=0) as held:
            is_there = held.load() is not None
        os._exit(0 if is_there else 2)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_held.wait(60)
        assert os.waitstatus_to_exitcode(os.waitpid(fork(renew_in_the_child), 0)[1]) == 0
    finally:
        is_over.set()
        holder.join()


class Numbered:
    """Sessions with different numbers, and the number of the last saved one."""

    def __init__(self, session: SavedSession) -> None:
        self._session = session
        self._shared = mmap.mmap(-1, 8)

    def session(self, number: int) -> SavedSession:
        return replace(self._session, signed_in_at=float(number))

    @property
    def kept(self) -> int:
        number: int = struct.unpack("q", self._shared[:])[0]
        return number

    def save_next(self, store: FileStore) -> None:
        number = self.kept + 1
        store_session(store, "acme", self.session(number))
        self._shared[:] = struct.pack("q", number)


@pytest.mark.parametrize("cycles", [100, pytest.param(10_000, marks=long)])
def test_a_kill_at_any_moment_damages_and_loses_no_session(
    cycles: int, state: Path, session: SavedSession, torture_row: Callable[[str, str], None]
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    numbered = Numbered(session)
    store = FileStore(str(state))
    numbered.save_next(store)
    unreported = left_over = 0

    def save_for_ever() -> NoReturn:
        saving = FileStore(str(state))
        while True:
            numbered.save_next(saving)

    for _ in range(cycles):
        child = fork(save_for_ever)
        time.sleep(chance.uniform(0.0005, 0.006))
        kill(child)
        loaded = stored(store, "acme")
        assert loaded in {numbered.session(numbered.kept), numbered.session(numbered.kept + 1)}
        unreported += loaded != numbered.session(numbered.kept)
        left_over += (state / "sessions" / "acme.session.new").exists()
        numbered.save_next(store)
        there = sorted(os.listdir(state / "sessions"))
        assert there == ["acme.lock", "acme.session"]
    figures = (
        f"0 torn, 0 lost ({unreported} just saved), 0 temporary files after the next start "
        f"({left_over} before it)"
    )
    torture_row(f"{cycles:,} kills while saving", figures)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
@pytest.mark.parametrize("seconds", [0.3, pytest.param(10.0, marks=long)])
def test_no_file_is_readable_by_others_at_any_moment(
    umask: int,
    seconds: float,
    state: Path,
    session: SavedSession,
    torture_row: Callable[[str, str], None],
) -> None:
    def sign_in_and_out() -> NoReturn:
        os.umask(umask)
        while True:
            store = FileStore(str(state))
            store_session(store, "acme", session)
            store_session(store, "acme", session)
            wipe_session(store, "acme")
            for name in ("key", "key.lock", "sessions/acme.lock"):
                os.unlink(state / name)
            os.rmdir(state / "sessions")
            os.rmdir(state)

    looks = 0
    seen: set[int] = set()
    with working(sign_in_and_out):
        begin = time.monotonic()
        # On a busy machine the child may begin late.
        while time.monotonic() < begin + seconds or not is_all_seen(begin, {0o600, 0o700} <= seen):
            looks += 1
            for folder in (state, state / "sessions"):
                with suppress(OSError):
                    seen.add(stat.S_IMODE(folder.stat().st_mode))
                    for entry in os.scandir(folder):
                        with suppress(OSError):
                            seen.add(stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode))
    assert {0o600, 0o700} <= seen
    assert not [oct(mode) for mode in seen if mode & 0o077]
    torture_row(f"{looks:,} looks under umask {umask:03o}", "0 files or folders open to others")


def digest(folder: Path) -> str:
    """Names, modes and contents of a folder and all in it."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        whole.update(f"{path} {path.lstat().st_mode}".encode())
        whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()


def attack(state: Path, victims: Path, swaps: mmap.mmap) -> NoReturn:
    """Put links to the victims in the place of each file and folder, again and again."""
    sessions = state / "sessions"
    files = [sessions / f"acme{end}" for end in (".session", ".lock", ".session.new")]
    places = [(file, victims / "acme.session") for file in [*files, state / "key"]]
    places.append((sessions, victims))
    aside = state / "aside"
    done = 0
    while True:
        for place, victim in places:
            with suppress(OSError):
                os.rename(place, aside)
            with suppress(OSError):
                os.symlink(victim, place)
                done += 1
            time.sleep(0.00005)
            with suppress(OSError):
                os.unlink(place)
            try:
                os.rename(aside, place)
            except OSError:  # the store has made a new one in this moment
                shutil.rmtree(aside, ignore_errors=True)
            swaps[:] = struct.pack("q", done)


@pytest.mark.parametrize("seconds", [1.0, pytest.param(60.0, marks=long)])
def test_no_link_of_an_attacker_leads_out_of_the_store(
    seconds: float,
    state: Path,
    session: SavedSession,
    tmp_path: Path,
    torture_row: Callable[[str, str], None],
) -> None:
    victims = tmp_path / "victims"
    victims.mkdir()
    (victims / "acme.session").write_text("a victim")
    (victims / "acme.session").chmod(0o644)
    store = FileStore(str(state), patience=0.05)
    store_session(store, "acme", session)
    before = digest(victims)
    swaps = mmap.mmap(-1, 8)
    operations: list[Callable[[], object]] = [
        lambda: store_session(store, "acme", session),
        lambda: stored(store, "acme"),
    ]
    kept = refused = 0
    with working(lambda: attack(state, victims, swaps)):
        begin = time.monotonic()
        while time.monotonic() < begin + seconds or not is_all_seen(
            begin, struct.unpack("q", swaps[:])[0] > 200 * seconds and kept > 0 and refused > 0
        ):
            for operation in operations:
                try:
                    operation()
                    kept += 1
                except StoreUnavailable:
                    refused += 1
    assert digest(victims) == before
    (done,) = struct.unpack("q", swaps[:])
    assert done > 200 * seconds
    assert kept
    assert refused
    outside = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and state not in path.parents and b"access" in path.read_bytes()
    ]
    assert outside == []
    figures = f"victim unchanged, 0 tokens outside ({kept:,} calls done, {refused:,} refused)"
    torture_row(f"{done:,} links put in the way in {seconds:.0f} s", figures)


def memory() -> int:
    """The bytes of memory that this process uses."""
    with open("/proc/self/statm", encoding="ascii") as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells")
@pytest.mark.parametrize("rounds", [100, pytest.param(100_000, marks=long)])
def test_many_rounds_leave_no_more_files_and_descriptors(
    rounds: int, state: Path, session: SavedSession, torture_row: Callable[[str, str], None]
) -> None:
    store = FileStore(str(state))

    def use(times: int) -> None:
        for _ in range(times):
            store_session(store, "acme", session)
            for _ in range(5):
                stored(store, "acme")

    use(rounds // 10)
    files, bytes_ = len(os.listdir("/proc/self/fd")), memory()
    use(rounds)
    assert len(os.listdir("/proc/self/fd")) == files
    grown = memory() - bytes_
    assert grown < 2 * 1024 * 1024
    figures = f"0 descriptors more, {grown / 1024:.0f} KiB more"
    torture_row(f"{rounds:,} times saved and {5 * rounds:,} times loaded", figures)
