"""The token source of a worker: what it does with each text of its board."""

from __future__ import annotations

import asyncio
import copy
import gc
import logging
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from fleet.fleet_test_parts import (
    KEY,
    LIMIT,
    NOW,
    PROFILE,
    has_token,
    posted,
    refusal_of,
    shared,
    until,
)
from osdu_auth import (
    BoardUnavailable,
    ConfigurationError,
    OsduAuthError,
    Profile,
    SessionEnded,
    SharedTokenSource,
)
from osdu_auth.fleet import FolderBoard, MemoryBoard
from osdu_auth.fleet.board_follower import BoardFollower, follow
from osdu_auth.secret import Secret
from osdu_auth.stores.sealing import new_key
from osdu_auth.verification import TokenVerifier
from session_test_parts import Clock, Monotonic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.fleet import Reading
    from osdu_auth.fleet.board import Posted


class DeafBoard(MemoryBoard):
    """A board whose hints never come, as after a connection that broke in silence."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        del known
        self.waited.append(seconds)
        time.sleep(min(seconds, 0.02))
        return None


class CountedBoard(MemoryBoard):
    """A board that counts how often it is read."""

    reads = 0

    def read(self) -> Reading | None:
        self.reads += 1
        return super().read()


class GoneBoard(CountedBoard):
    """A board that can be away; its follower reads it every 20 ms, without a hint."""

    fault: BoardUnavailable | None = None

    def read(self) -> Reading | None:
        reading = super().read()
        if self.fault is not None:
            raise self.fault
        return reading

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        super().wait(min(seconds, 0.02), known)
        if self.fault is not None:
            raise self.fault
        return None


@pytest.fixture
def board() -> MemoryBoard:
    return MemoryBoard()


@pytest.fixture
def source(board: MemoryBoard) -> Iterator[SharedTokenSource]:
    with SharedTokenSource(board, key=KEY.value, patience=0.0) as made:
        yield made


def put(board: MemoryBoard, made: Posted) -> None:
    """Put a text there, whatever is there now."""
    with board._changed:
        board._text = made.text
        board._changed.notify_all()


def test_a_worker_has_the_token_of_the_board(board: MemoryBoard, source: SharedTokenSource) -> None:
    board.put(posted())
    token = shared().access_token
    assert source.token() == token
    assert asyncio.run(source.atoken()) == token
    assert source.token_set().access_token == token
    assert "canary" not in repr(source)


def test_a_newer_token_comes_by_a_hint(board: MemoryBoard, source: SharedTokenSource) -> None:
    board.put(posted(1))
    source.token()
    board.put(posted(2))
    second = shared(2).access_token
    assert second is not None
    until(lambda: has_token(source, second), "the hint is not followed")


def test_a_newer_token_comes_by_the_timer_if_hints_are_lost() -> None:
    board = DeafBoard()
    board.put(posted(1, expires_at=time.time() + 4, issued_at=time.time()))
    with SharedTokenSource(board, key=KEY.value) as source:
        source.token()
        board.put(posted(2))
        second = shared(2).access_token
        assert second is not None
        until(lambda: has_token(source, second), "the timer does not look")


def test_the_timer_looks_in_the_last_part_of_a_token_s_life() -> None:
    board = DeafBoard()
    board.put(posted(now=time.time()))
    with SharedTokenSource(board, key=KEY.value) as source:
        source.token()
        held = source._reader.held
        assert held is not None
        assert 0.5 * 3600 < held.next_reading < 0.7 * 3600
        assert source._reader.seconds_to_next_reading() == 60.0, (
            "a sign-out's hint may be lost as well"
        )


def test_a_lower_generation_is_never_taken(board: MemoryBoard, source: SharedTokenSource) -> None:
    board.put(posted(2))
    token = source.token()
    put(board, posted(1))
    source.token_instead_of(Secret("another"))
    source._reader.read_board()
    assert source.token() == token


def test_a_text_that_is_sealed_with_another_key_is_refused(
    board: MemoryBoard, source: SharedTokenSource
) -> None:
    board.put(posted(key=new_key("board")))
    with pytest.raises(BoardUnavailable) as refused:
        source.token()
    assert refused.value.code == "OA-W815"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "OA-W815"),
        ("garbage", "OA-W815"),
        ("osdu-auth-board 7 of a later version", "OA-W816"),
        (posted(generation=int((NOW + 1000) * 1000)).text, "OA-W818"),
    ],
    ids=["empty", "garbage", "newer", "ahead"],
)
def test_a_false_text_is_refused_and_the_good_token_stays_in_use(
    board: MemoryBoard, text: str, code: str
) -> None:
    class Raw:
        def __init__(self, text: str) -> None:
            self.text = text

    with SharedTokenSource(board, key=KEY.value, patience=0.0) as fresh:
        put(board, Raw(text))  # type: ignore[arg-type]
        with pytest.raises(BoardUnavailable) as refused:
            fresh.token()
        assert refused.value.code == code
    with SharedTokenSource(board, key=KEY.value, patience=0.0) as holding:
        put(board, posted())
        token = holding.token()
        put(board, Raw(text))  # type: ignore[arg-type]
        until(lambda: holding._reader.last_error is not None, "the false text is not seen")
        assert holding.token() == token


def test_a_worker_that_starts_before_the_first_token_waits_for_it(board: MemoryBoard) -> None:
    with (
        SharedTokenSource(board, key=KEY.value, patience=LIMIT) as source,
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(source.token)
        until(lambda: source._reader.last_error is not None, "it does not look")
        board.put(posted())
        assert waiting.result(LIMIT) == shared().access_token


def test_a_worker_without_a_publisher_raises_one_clear_error(source: SharedTokenSource) -> None:
    with pytest.raises(BoardUnavailable) as refused:
        source.token()
    assert refused.value.code == "OA-W814"
    assert "osdu-auth share memory:" in refused.value.fix


def test_a_sign_out_counts_at_once_and_a_sign_in_ends_it(
    board: MemoryBoard, source: SharedTokenSource
) -> None:
    board.put(posted(1))
    source.token()
    board.put(posted(2, access_token=None))
    assert refusal_of(source).code == "OA-W410"
    with pytest.raises(SessionEnded):
        asyncio.run(source.atoken())
    board.put(posted(3))
    third = shared(3).access_token
    assert third is not None
    until(lambda: has_token(source, third), "the worker does not go on after a sign-in")


def test_a_worker_that_starts_after_a_sign_out_stops_until_the_next_sign_in(
    board: MemoryBoard, source: SharedTokenSource
) -> None:
    board.put(posted(1, access_token=None))
    assert refusal_of(source).code == "OA-W410"
    board.put(posted(2))
    second = shared(2).access_token
    assert second is not None
    until(lambda: has_token(source, second), "the worker does not go on after a sign-in")


def test_a_worker_does_not_go_on_with_another_user_s_token(
    board: MemoryBoard, source: SharedTokenSource
) -> None:
    board.put(posted(1))
    source.token()
    board.put(posted(2, subject="subject of bob"))
    assert refusal_of(source).code == "OA-W412"


def test_an_ended_token_is_not_given_out_and_the_error_says_what_the_board_did() -> None:
    clock, monotonic, board = Clock(), Monotonic(), GoneBoard()
    board.put(posted(now=clock()))
    with SharedTokenSource(
        board, key=KEY.value, patience=0.0, clock=clock, monotonic=monotonic
    ) as source:
        source.token()
        board.fault = BoardUnavailable("It is away.", code="OA-W810", why="It was unplugged.")
        until(lambda: source._reader.last_error is not None, "the fault is not seen")
        clock.ahead = monotonic.ahead = 3500.0
        assert source.token()
        with pytest.raises(SessionEnded, match="ends too soon") as short:
            source.token(min_ttl="10m")
        clock.ahead = monotonic.ahead = 3601.0
        with pytest.raises(SessionEnded, match="unplugged") as ended:
            source.token()
    assert {short.value.code, ended.value.code} == {"OA-W411"}


@pytest.mark.parametrize("by", ["wall", "monotonic"])
def test_a_token_ends_by_the_clock_that_says_the_earlier_end(by: str) -> None:
    clock, monotonic, board = Clock(), Monotonic(), MemoryBoard()
    board.put(posted(now=clock()))
    with SharedTokenSource(
        board, key=KEY.value, patience=0.0, clock=clock, monotonic=monotonic
    ) as source:
        source.token()
        (clock if by == "wall" else monotonic).ahead = 3601.0
        source._reader.fresh_window = (0.0, 0.0, Secret(""))
        assert refusal_of(source).code == "OA-W411"


def test_a_worker_whose_clock_is_wrong_uses_the_board_s_clock() -> None:
    from osdu_auth.fleet import Reading

    class WithClock(MemoryBoard):
        def read(self) -> Reading | None:
            reading = super().read()
            return None if reading is None else Reading(reading.text, NOW + 10)

    for wrong in (-300.0, 300.0, 7200.0):
        clock, board = Clock(), WithClock()
        clock.ahead = wrong
        board.put(posted())
        with SharedTokenSource(board, key=KEY.value, patience=0.0, clock=clock) as source:
            assert source.token()
            held = source._reader.held
            assert held is not None
            assert held.valid_for == pytest.approx(3590, abs=1)


def test_the_profile_of_another_token_is_refused(board: MemoryBoard, profile: Profile) -> None:
    board.put(posted())
    with (
        SharedTokenSource(board, key=KEY.value, profile=profile, patience=0.0) as source,
        pytest.raises(ConfigurationError) as refused,
    ):
        source.token()
    assert refused.value.code == "OA-W714"


def test_a_token_needs_no_profile_and_a_header_does(
    board: MemoryBoard, source: SharedTokenSource
) -> None:
    board.put(posted())
    assert source.token()
    with pytest.raises(ConfigurationError) as refused:
        source.headers()
    assert refused.value.code == "OA-C785"


def test_many_threads_read_the_board_once() -> None:
    board = CountedBoard()
    board.put(posted())
    with SharedTokenSource(board, key=KEY.value) as source:
        asked = threading.Barrier(50)

        def ask(_: int) -> Secret:
            asked.wait(LIMIT)
            return source.token()

        with ThreadPoolExecutor(50) as threads:
            assert set(threads.map(ask, range(50))) == {shared().access_token}
    assert board.reads <= 3, "once, and by the thread that follows it"


def test_a_pickled_token_source_has_references_and_no_secret(tmp_path: Path) -> None:
    key = tmp_path / "board.key"
    key.touch(mode=0o600)
    key.write_text(KEY.value.reveal())
    board = FolderBoard(str(tmp_path / "board"))
    board.put(posted())
    source = SharedTokenSource(board, key=f"file:{key}")
    pickled = pickle.dumps(source)
    assert KEY.value.reveal().encode() not in pickled
    assert b"canary" not in pickled
    with pickle.loads(pickled) as there:
        assert there.token() == shared().access_token
    assert copy.deepcopy(source) is source


def test_a_token_source_that_holds_the_key_itself_cannot_be_pickled(
    board: MemoryBoard, tmp_path: Path
) -> None:
    for source in (
        SharedTokenSource(board, key="env:KEY"),
        SharedTokenSource(f"dir:{tmp_path}", key=KEY.value),
    ):
        with pytest.raises(TypeError, match=r"does not travel|cannot be pickled"):
            pickle.dumps(source)


def test_a_child_of_a_fork_follows_the_board_itself(tmp_path: Path) -> None:
    board = FolderBoard(str(tmp_path / "board"))
    board.put(posted(1))
    source = SharedTokenSource(board, key=KEY.value)
    source.token()
    second = shared(2).access_token
    assert second is not None
    child = os.fork()
    if not child:
        try:
            end = time.monotonic() + LIMIT
            source._reader.fresh_window = (0.0, 0.0, Secret(""))
            while not has_token(source, second) and time.monotonic() < end:
                time.sleep(0.02)
            os._exit(0 if source.token() == second else 1)
        finally:
            os._exit(2)
    board.put(posted(2))
    _, status = os.waitpid(child, 0)
    source.close()
    assert os.waitstatus_to_exitcode(status) == 0


class SlowVerifier(TokenVerifier):
    """Takes its time over a token in the process that made it, and none in a fork of that."""

    def __init__(self) -> None:
        self.is_slow = False
        self.asked, self.may_go_on = threading.Event(), threading.Event()
        self._process = os.getpid()

    def verify(self, token: str | Secret) -> Any:
        del token
        if self.is_slow and os.getpid() == self._process:
            self.asked.set()
            self.may_go_on.wait(LIMIT)
        return None


def test_a_fork_while_a_token_is_being_taken_leaves_a_child_that_takes_it(tmp_path: Path) -> None:
    board, verifier = FolderBoard(str(tmp_path / "board")), SlowVerifier()
    board.put(posted(1))
    source = SharedTokenSource(board, key=KEY.value, keys=verifier)
    source.token()
    second = shared(2).access_token
    assert second is not None
    verifier.is_slow = True
    board.put(posted(2))
    assert verifier.asked.wait(LIMIT), "the follower takes it now"
    child = os.fork()
    if not child:
        try:
            signal.alarm(int(LIMIT))  # a lock that stays locked is not waited for
            while not has_token(source, second):
                time.sleep(0.02)
            os._exit(0)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    verifier.may_go_on.set()
    source.close()
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_token_sources_of_a_process_that_name_one_board_have_one_follower(
    tmp_path: Path,
) -> None:
    address = f"dir:{tmp_path / 'board'}"
    FolderBoard(str(tmp_path / "board")).put(posted(1))
    sources = [SharedTokenSource(address, key=KEY.value) for _ in range(20)]
    for source in sources:
        source.token()
    assert len({source._reader.follower for source in sources}) == 1
    FolderBoard(str(tmp_path / "board")).put(posted(2))
    second = shared(2).access_token
    assert second is not None
    first, *others = sources
    follower = first._reader.follower
    assert follower is not None
    first.close()
    for source in others:
        until(partial(has_token, source, second), "one that was closed stops no other")
        source.close()
    FolderBoard(str(tmp_path / "board")).put(posted(3))  # it need not wait for its timer
    follower.join(LIMIT)
    assert not follower.is_alive()


def test_token_sources_that_are_sent_to_a_process_have_one_follower(tmp_path: Path) -> None:
    key = tmp_path / "board.key"
    key.touch(mode=0o600)
    key.write_text(KEY.value.reveal())
    board = FolderBoard(str(tmp_path / "board"))
    board.put(posted(1))
    sent = pickle.dumps(SharedTokenSource(board, key=f"file:{key}"))
    arrived = [pickle.loads(sent) for _ in range(3)]
    for source in arrived:
        source.token()
    assert len({source._reader.follower for source in arrived}) == 1
    for source in arrived:
        source.close()


def test_a_token_source_that_joins_later_gets_the_last_token_of_the_board(
    board: MemoryBoard,
) -> None:
    follower = BoardFollower(board)
    board.put(posted(2))
    follower._wait_and_give(0.0)
    latest = follower.add(SharedTokenSource(board, key=KEY.value)._reader)
    assert latest is not None
    assert latest == board.read()


def test_a_token_source_that_is_dropped_leaves_no_thread(board: MemoryBoard) -> None:
    board.put(posted())
    source = SharedTokenSource(board, key=KEY.value)
    source.token()
    follower = source._reader.follower
    assert follower is not None
    del source
    board.put(posted(2))
    follower.join(LIMIT)
    assert not follower.is_alive()


def test_a_token_source_that_is_dropped_after_an_error_leaves_no_thread(board: MemoryBoard) -> None:
    board.put(posted(key=new_key("board")))
    source = SharedTokenSource(board, key=KEY.value, patience=0.0)
    assert refusal_of(source).code == "OA-W815"
    follower = source._reader.follower
    assert follower is not None
    gc.disable()  # it would drop the source later
    try:
        del source
        board.put(posted(2))
        follower.join(LIMIT)
        assert not follower.is_alive()
    finally:
        gc.enable()


def test_a_refused_token_is_asked_to_be_replaced_once(
    board: MemoryBoard, source: SharedTokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osdu_auth.fleet.shared_token_source._REPLACEMENT_PATIENCE", 0.3)
    board.put(posted(1))
    token = source.token()
    assert source.token_instead_of(token) == token, "no publisher answers"
    assert board.refused_generation() == posted(1).generation
    board._refused = None
    assert source.token_instead_of(token) == token
    assert board.refused_generation() is None
    board.put(posted(2))
    assert source.token_instead_of(token) == shared(2).access_token
    assert asyncio.run(source.atoken_instead_of(token)) == shared(2).access_token


def test_nothing_secret_is_logged(
    board: MemoryBoard, source: SharedTokenSource, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        board.put(posted())
        source.token()
    assert "generation" in caplog.text
    assert "canary" not in caplog.text


@for_each(
    ("address", "code"),
    [
        ("", "OA-W710"),
        ("/shared/board", "OA-W710"),
        ("dir:", "OA-W710"),
        ("http://host/board", "OA-W710"),
        ("redis://host/none", "OA-W710"),
        ("redis://host/0?password=x", "OA-W710"),
        ("redis://host:99999/0", "OA-W710"),
        ("redis:///0", "OA-W710"),
        ("redis://me:canary-password@host/0", "OA-W711"),
        ("rediss://:canary-password@host/0", "OA-W711"),
    ],
)
def test_a_wrong_address_is_refused_before_a_connection_is_made(address: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        SharedTokenSource(address, key="env:KEY")
    assert refused.value.code == code
    assert "canary" not in str(refused.value)


def test_an_object_that_is_no_board_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="and not a int"):
        SharedTokenSource(7, key="env:KEY")


@pytest.mark.parametrize(
    "reference",
    [
        "canary-key-in-clear",
        "clear:" + "A" * 43 + "=",
        "env:NO_SUCH",
        "env:SHORT",
        "file:/no/such",
    ],
)
def test_a_board_key_that_cannot_be_read_is_one_clear_error(
    board: MemoryBoard, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "c2hvcnQ=")
    board.put(posted())
    with (
        SharedTokenSource(board, key=reference, patience=0.0) as source,
        pytest.raises(OsduAuthError) as refused,
    ):
        source.token()
    assert refused.value.code == "OA-W712"
    assert "client secret" not in str(refused.value)
    assert "canary" not in str(refused.value)
    assert "AAAA" not in str(refused.value)


def test_a_board_names_a_profile_by_a_digest() -> None:
    assert posted().profile == PROFILE


def test_a_text_that_arrives_late_makes_no_token_last_longer() -> None:
    """As an answer, or a hint, that waited in a buffer while its process was held up."""
    from osdu_auth.fleet import Reading

    clock, monotonic = Clock(), Monotonic()
    begin = clock()

    class Slow(MemoryBoard):
        def read(self) -> Reading | None:
            reading = super().read()
            clock.ahead += 60  # it was that time there a minute ago
            monotonic.ahead += 60
            return None if reading is None else Reading(reading.text, begin)

    board = Slow(clock)
    board.put(posted(1, now=begin))
    with SharedTokenSource(
        board, key=KEY.value, patience=0.0, clock=clock, monotonic=monotonic
    ) as source:
        source.token()
        source._reader.accept(Reading(posted(2, now=begin).text))
        held = source._reader.held
        assert held is not None
        assert held.shared.generation == posted(2, now=begin).generation
        assert held.valid_for <= 3540


def test_a_good_token_is_taken_at_once_after_a_false_text() -> None:
    class Counting(MemoryBoard):
        waits = 0

        def wait(self, seconds: float, known: str | None = None) -> Reading | None:
            self.waits += 1
            return super().wait(seconds, known)

    board = Counting()
    board.put(posted(1))
    with SharedTokenSource(board, key=KEY.value) as source:
        source.token()
        board._text = "garbage"
        with board._changed:
            board._changed.notify_all()
        until(lambda: source._reader.last_error is not None, "the false text is not seen")
        until(lambda: board.waits > 1, "it does not go on listening")
        board.put(posted(2))
        second = shared(2).access_token
        assert second is not None
        until(lambda: has_token(source, second), "the good token is not heard of")


def test_threads_that_wait_for_a_token_share_the_reads_of_the_board() -> None:
    """As a thousand threads do whose token has ended while the board was away."""

    class Held(GoneBoard):
        """A board on which a read takes until the test lets it go on."""

        def __init__(self) -> None:
            super().__init__()
            self.may_answer = threading.Event()

        def read(self) -> Reading | None:
            reading = super().read()
            self.may_answer.wait(LIMIT)
            return reading

        def wait(self, seconds: float, known: str | None = None) -> Reading | None:
            del known
            time.sleep(min(seconds, 0.02))
            return None

    board = Held()
    sources = [SharedTokenSource(board, key=KEY.value, patience=LIMIT) for _ in range(40)]
    with ThreadPoolExecutor(len(sources)) as threads:
        waiting = [threads.submit(source.token) for source in sources]
        follower = follow(board, sources[0]._reader)
        until(lambda: len(follower.current_readers) == len(sources), "a source does not join")
        assert board.reads == 1
        board.put(posted())
        board.may_answer.set()
        assert {each.result(LIMIT) for each in waiting} == {shared().access_token}
    assert board.reads <= 4, "each of the forty asked the board"
    for source in sources:
        source.close()


def test_a_verifier_that_fails_is_an_error_of_the_worker(
    board: MemoryBoard, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(TokenVerifier):
        def __init__(self) -> None:
            """Need nothing of what other verifiers need."""

        def verify(self, token: str | Secret) -> Any:
            del token
            raise ZeroDivisionError

    board.put(posted())
    with (
        SharedTokenSource(board, key=KEY.value, keys=Failing(), patience=0.0) as source,
        pytest.raises(BoardUnavailable, match="ZeroDivisionError") as refused,
    ):
        source.token()
    assert refused.value.code == "OA-W819"
