"""After a fault at any system call, the old session or the new one is stored completely.

The rows F-01, F-03, F-04, F-11, F-12 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from osdu_auth.errors import StoreNotWritable, StoreUnavailable
from osdu_auth.stores.file import FileStore
from stored import right_to_renew, store_session, stored, wipe_session
from stores.conftest import make_session
from stores.system_calls import LEAKED, needs_strace, traced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession
    from stores.system_calls import Call

KEPT, NOT_WRITABLE, UNAVAILABLE, FOREIGN = 0, 10, 11, 12
FAULTS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EINTR", "EMFILE")
OLD, NEW = make_session(), make_session("2")


@dataclass(frozen=True)
class Operation:
    """An operation of a store, with the session before and after it.

    Args:
        name: of the operation.
        do: the function.
        before: the session before it; None for an empty state folder.
        after: the session after it.
    """

    name: str
    do: Callable[[FileStore], object]
    before: SavedSession | None
    after: SavedSession | None

    def code(self, state: Path) -> int:
        """Run it, and return its result as an exit code."""
        try:
            self.do(FileStore(str(state), settings_fingerprint="later"))
        except StoreNotWritable:
            return NOT_WRITABLE
        except StoreUnavailable:
            return UNAVAILABLE
        except BaseException:  # noqa: BLE001 - which is what the tests look for
            return FOREIGN
        return KEPT


OPERATIONS = [
    Operation("signing in", lambda store: store_session(store, "acme", NEW), None, NEW),
    Operation("renewing", lambda store: store_session(store, "acme", NEW), OLD, NEW),
    Operation("signing out", lambda store: wipe_session(store, "acme"), OLD, None),
    Operation("noting an edit", lambda store: store.update_fingerprint("acme", OLD), OLD, OLD),
]


@pytest.fixture(params=OPERATIONS, ids=lambda operation: operation.name)
def operation(request: pytest.FixtureRequest) -> Operation:
    made: Operation = request.param
    return made


class Scene:
    """State folders for an operation, each in the state before it."""

    def __init__(self, operation: Operation, folder: Path) -> None:
        self.operation = operation
        self.state = folder / "state"
        self._log = folder / "strace.log"
        self._former = folder / "former"
        if operation.before is not None:
            store_session(FileStore(str(self._former)), "acme", operation.before)
        # Imports and first calls happen here, before the children are forked.
        warm = folder / "warm"
        store_session(FileStore(str(warm)), "acme", OLD)
        operation.code(warm)

    def carry_out(self, *options: str) -> tuple[int, list[Call]]:
        """Run it again under strace; return how the child ended, and its calls."""
        shutil.rmtree(self.state, ignore_errors=True)
        if self._former.exists():
            shutil.copytree(self._former, self.state)
        done = traced(lambda: self.operation.code(self.state), self._log, *options)
        return os.waitstatus_to_exitcode(done.status), done.calls

    def load(self) -> SavedSession | None:
        return stored(FileStore(str(self.state)), "acme")

    def left(self) -> list[str]:
        """The files of the state folder that should not be there."""
        customary = r"key|key\.lock|sessions|acme\.session|acme\.lock"
        there = [path.name for path in self.state.rglob("*")]
        return [name for name in there if not re.fullmatch(customary, name)]


def some(calls: list[Call], every: bool) -> list[Call]:
    """The calls that change something, or all calls."""
    return [call for call in calls if every or call.changes]


every_call = pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.torture)], ids=["changing", "every"]
)


@needs_strace
@every_call
def test_a_kill_at_any_call_leaves_the_old_session_or_the_new_one(
    every: bool, operation: Operation, tmp_path: Path, torture_row: Callable[[str, str], None]
) -> None:
    scene = Scene(operation, tmp_path)
    code, calls = scene.carry_out()
    assert code == KEPT
    assert scene.load() == operation.after
    calls = some(calls, every)
    found: Counter[bool] = Counter()
    for call in calls:
        code, _ = scene.carry_out(*call.inject("signal=KILL"))
        assert code == -signal.SIGKILL, call
        there = scene.load()
        assert there in {operation.before, operation.after}, call
        found[there == operation.after] += 1
        with right_to_renew(FileStore(str(scene.state), patience=0), "acme"):
            pass  # the lock is free
        assert operation.code(scene.state) == KEPT, call
        assert scene.load() == operation.after, call
        assert scene.left() == [], call
    assert len(calls) > 10
    assert found[True]
    figures = f"{len(calls)} kills: {found[False]} old, {found[True]} new, 0 torn"
    torture_row(f"kill at every system call of {operation.name}", figures)


# By default each call meets one fault, and the next call the next fault.
in_turn = [
    pytest.param(operation, None, id=operation.name)
    for operation in OPERATIONS
    if operation.name in {"renewing", "signing out"}
]
all_of_them = [
    pytest.param(operation, fault, id=f"{operation.name}-{fault}", marks=pytest.mark.torture)
    for operation in OPERATIONS
    for fault in FAULTS
]


@needs_strace
@pytest.mark.parametrize(("operation", "fault"), [*in_turn, *all_of_them])
def test_an_error_at_any_call_becomes_ours_and_leaves_the_old_session_or_the_new_one(
    operation: Operation,
    fault: str | None,
    tmp_path: Path,
    torture_row: Callable[[str, str], None],
) -> None:
    scene = Scene(operation, tmp_path)
    _, calls = scene.carry_out()
    outcomes: Counter[int] = Counter()
    for call, in_its_turn in zip(calls, cycle(FAULTS), strict=False):
        code, _ = scene.carry_out(*call.inject(f"error={fault or in_its_turn}"))
        if code == LEAKED and call.name == "close":
            continue  # strace did not pass the call on to the kernel, which closes in any case
        outcomes[code] += 1
        assert code in {KEPT, NOT_WRITABLE, UNAVAILABLE}, call
        there = scene.load()
        assert there in {operation.before, operation.after}, call
        if code == KEPT:
            assert there == operation.after, call
        if call.name != "unlinkat":  # the call that removes
            assert scene.left() == [], call
        assert operation.code(scene.state) == KEPT, call
        assert scene.load() == operation.after, call
        assert scene.left() == [], call
    assert outcomes[NOT_WRITABLE]
    figures = f"{len(calls)} calls: {outcomes[KEPT]} done all the same, 0 torn, 0 left over"
    torture_row(f"{fault} at every system call of {operation.name}", figures)


@needs_strace
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        *(("ENOSPC", "OA-F801"), ("EFBIG", "OA-F801"), ("EDQUOT", "OA-F802")),
        *(("EROFS", "OA-F803"), ("EACCES", "OA-F804"), ("EPERM", "OA-F804")),
        *(("EIO", "OA-F805"), ("EMFILE", "OA-F805"), ("ENFILE", "OA-F805"), ("ESTALE", "OA-F805")),
        ("ETIMEDOUT", "OA-F805"),
    ],
)
@pytest.mark.parametrize("call", ["openat", "renameat", "fsync"])
def test_a_refusal_of_the_file_system_has_another_error_than_a_held_lock(
    call: str, fault: str, code: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"

    def save(store: FileStore) -> None:
        try:
            store_session(store, "acme", NEW)
        except StoreNotWritable as error:
            told.write_text(error.code)
            raise

    scene = Scene(Operation("renewing", save, OLD, NEW), tmp_path)
    _, calls = scene.carry_out()
    first = next(each for each in calls if each.name == call and (each.changes))
    exit_code, _ = scene.carry_out(*first.inject(f"error={fault}"))
    assert (exit_code, told.read_text()) == (NOT_WRITABLE, code)
    assert scene.load() == OLD


@needs_strace
@pytest.mark.parametrize("fault", ["ENOLCK", "EOPNOTSUPP"])
def test_a_file_system_without_locks_is_reported_and_not_written(
    fault: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"

    def save(store: FileStore) -> None:
        try:
            store_session(store, "acme", NEW)
        except StoreUnavailable as error:
            told.write_text(error.code)
            raise

    scene = Scene(Operation("renewing", save, OLD, NEW), tmp_path)
    code, _ = scene.carry_out("-e", f"inject=flock:error={fault}")
    assert (code, told.read_text()) == (UNAVAILABLE, "OA-F808")
    assert scene.load() == OLD


@needs_strace
def test_a_folder_that_cannot_be_synchronised_does_not_undo_a_save(tmp_path: Path) -> None:
    scene = Scene(OPERATIONS[1], tmp_path)
    _, calls = scene.carry_out()
    *_, of_the_folder = (call for call in calls if call.name == "fsync")
    assert scene.carry_out(*of_the_folder.inject("error=EINVAL"))[0] == KEPT
    assert scene.load() == NEW


@needs_strace
def test_a_save_writes_syncs_renames_and_syncs_the_folder_in_this_order(tmp_path: Path) -> None:
    _, calls = Scene(OPERATIONS[1], tmp_path).carry_out()
    opened = next(
        place for place, call in enumerate(calls) if '"acme.session.new", O_' in call.arguments
    )
    folder, file = calls[opened].arguments.partition(",")[0], calls[opened].result
    for flag in ("O_CREAT", "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC", "0600"):
        assert flag in calls[opened].arguments
    order = [
        (call.name.removesuffix("2"), call.arguments.partition(",")[0])
        for call in calls[opened + 1 :]
        if call.changes and call.name not in {"close", "flock"}
    ]
    assert order == [
        ("fchmod", file),
        ("write", file),
        ("utimensat", file),
        ("fsync", file),
        ("renameat", folder),
        ("fsync", folder),
    ]


@needs_strace
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_nothing_is_made_that_is_open_to_others_for_an_instant(umask: int, tmp_path: Path) -> None:
    def sign_in(store: FileStore) -> None:
        former = os.umask(umask)
        try:
            store_session(store, "acme", NEW)
        finally:
            os.umask(former)

    scene = Scene(Operation("signing in", sign_in, None, NEW), tmp_path)
    code, calls = scene.carry_out()
    assert code == KEPT
    made = [call for call in calls if "O_CREAT" in call.arguments]
    assert len(made) > 3
    assert {call.arguments.rpartition(", ")[2] for call in made} == {"0600"}
    folders = [call for call in calls if call.name.startswith("mkdir") and call.result == "0"]
    assert len(folders) == 2
    assert {call.arguments.rpartition(", ")[2] for call in folders} == {"0700"}
    changed = [call for call in calls if "chmod" in call.name]
    assert {call.arguments.split(", ")[-1] for call in changed} <= {"0600", "0700"}
    for path in (scene.state, *scene.state.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def disk_events(calls: list[Call]) -> list[tuple[str, int]]:
    """The changes of the calls to the session's file and folder, with the written bytes."""
    events, numbers = [], {}
    for call in calls:
        number = call.arguments.partition(",")[0]
        if call.name == "openat":
            numbers[call.result] = call.arguments
        named = numbers.get(number, "")
        if '"acme.session.new", O_WRONLY' in call.arguments:
            events.append(("make", 0))
        elif call.name == "write" and '"acme.session.new"' in named:
            events.append(("write", int(call.result)))
        elif call.name == "fsync":
            events.append(("sync" if '"acme.session.new"' in named else "sync folder", 0))
        elif call.name.startswith("renameat"):
            events.append(("rename", 0))
        elif call.name == "unlinkat" and call.result == "0":
            events.append(("remove", 0))
    return events


def disks_after_a_loss_of_power(
    events: list[tuple[str, int]], old: bytes | None, new: bytes
) -> set[tuple[bytes | None, bytes | None]]:
    """The possible contents of the session's file and of the temporary file on the disk.

    Bytes that were not synchronised are complete, cut off, NUL bytes or missing. The folder's
    changes are complete up to any one since it was synchronised, in their order.
    """
    folder_synced = max(
        (n for n, (kind, _) in enumerate(events) if kind == "sync folder"), default=0
    )
    is_synced = ("sync", 0) in events
    written = sum(length for kind, length in events if kind == "write")
    parts = {new} if is_synced else {new[:written], new[: written // 2], b"", bytes(written)}
    found = set()
    for kept in range(folder_synced, len(events) + 1):
        kinds = [kind for kind, _ in events[:kept]]
        for part in parts:
            file, temporary = old, None
            for kind in kinds:
                if kind == "make":
                    temporary = part
                elif kind == "rename":
                    file, temporary = temporary, None
                elif kind == "remove":
                    file = None
            found.add((file, temporary))
    return found


@needs_strace
@pytest.mark.parametrize("operation", OPERATIONS[1:], ids=lambda operation: operation.name)
def test_a_loss_of_power_at_any_call_leaves_the_old_session_or_the_new_one(
    operation: Operation, tmp_path: Path
) -> None:
    scene = Scene(operation, tmp_path)
    file = scene.state / "sessions" / "acme.session"
    scene.carry_out()
    new = file.read_bytes() if file.exists() else b""
    _, calls = scene.carry_out()
    if operation.after is not None:
        new = file.read_bytes()
    events = disk_events(calls)
    old = (tmp_path / "former" / "sessions" / "acme.session").read_bytes()
    assert len(events) in {2, 5}
    for length in range(len(events) + 1):
        disks = disks_after_a_loss_of_power(events[:length], old, new)
        for content, temporary in disks:
            file.unlink(missing_ok=True)
            if content is not None:
                file.write_bytes(content)
            if temporary is not None:
                file.with_name("acme.session.new").write_bytes(temporary)
            there = scene.load()
            assert there in {operation.before, operation.after}
            if length == len(events):  # so it was reported as done
                assert there == operation.after
            assert operation.code(scene.state) == KEPT
            assert scene.left() == []


@needs_strace
def test_each_folder_that_is_made_is_synchronised_in_the_one_above(tmp_path: Path) -> None:
    scene = Scene(OPERATIONS[0], tmp_path)
    scene.state = tmp_path / "one" / "two" / "state"
    code, calls = scene.carry_out()
    assert code == KEPT
    opened = {"AT_FDCWD": ""}
    made: list[str] = []
    unsynchronised: set[str] = set()
    for call in calls:
        number = call.arguments.partition(", ")[0]
        name = re.search(r'"([^"]*)"', call.arguments)
        if "O_CREAT" in call.arguments:
            assert unsynchronised == set(), "before anything is made in them"
        if name and call.name.startswith("openat") and call.result.isdigit():
            opened[call.result] = os.path.join(opened.get(number, ""), name[1])
        elif name and call.name.startswith("mkdir") and call.result == "0":
            above = opened[number] if call.name == "mkdirat" else ""
            made.append(os.path.join(above, name[1]))
            unsynchronised.add(os.path.dirname(made[-1]))
        elif call.name == "fsync":
            unsynchronised.discard(opened[call.arguments])
    state = str(scene.state)
    assert made == [
        str(tmp_path / "one"),
        str(tmp_path / "one" / "two"),
        state,
        f"{state}/sessions",
    ]
    assert unsynchronised == set()
