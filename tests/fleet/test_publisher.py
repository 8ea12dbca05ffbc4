"""What a publisher does with a session and a board; clocks stand still until a test moves them."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fleet.fleet_test_parts import KEY, LIMIT, has_token, refusal_of, until
from osdu_auth import (
    BoardUnavailable,
    FileStore,
    KeySet,
    OsduAuthError,
    Profile,
    Secret,
    Session,
    SessionEnded,
    SharedTokenSource,
)
from osdu_auth.cognito.challenges import unattended
from osdu_auth.fleet import FolderBoard, MemoryBoard, Publisher
from osdu_auth.fleet.publisher import _end_of
from osdu_auth.fleet.shared_token import opened
from osdu_auth.platform.call import call
from session_test_parts import RENEWAL, renewals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.fleet.board import Posted
    from osdu_auth.fleet.shared_token import SharedToken
    from osdu_auth.sandbox import Sandbox
    from session_test_parts import Clock, Monotonic

NEVER = 3600.0  # seconds between two looks: the test takes the steps


@pytest.fixture
def board(clock: Clock) -> MemoryBoard:
    return MemoryBoard(clock)


@pytest.fixture
def publisher(session: Session, board: MemoryBoard, clock: Clock) -> Iterator[Publisher]:
    with Publisher(session, board, key=KEY.value, interval=NEVER, clock=clock) as made:
        yield made.start()


def on(board: MemoryBoard) -> SharedToken:
    there = board.read()
    assert there is not None
    return opened(there.text, KEY)


def later(seconds: float, clock: Clock, monotonic: Monotonic) -> None:
    clock.ahead += seconds
    monotonic.ahead += seconds


def test_a_publisher_publishes_the_session_s_token_and_nothing_else(
    publisher: Publisher, session: Session, board: MemoryBoard
) -> None:
    saved = session.load()
    there = on(board)
    assert there.access_token == saved.tokens.access_token
    assert (there.generation, there.subject) == (saved.generation, saved.subject)
    ends = saved.tokens.unverified_claims["exp"], saved.tokens.expires_at
    assert there.expires_at == min(ends)
    refresh = saved.tokens.refresh_token
    assert refresh is not None
    assert refresh.reveal() not in (board._text or "")


def test_the_exp_of_a_token_counts_if_the_answer_arrived_late(
    session: Session,
) -> None:
    tokens = session.load().tokens
    claimed = tokens.unverified_claims["exp"]
    assert _end_of(replace(tokens, expires_at=claimed + 5.0)) == claimed
    assert _end_of(replace(tokens, expires_at=claimed - 5.0)) == claimed - 5.0


def test_a_token_is_renewed_between_a_half_and_three_quarters_of_its_life(
    publisher: Publisher,
    board: MemoryBoard,
    profile: Profile,
    sandbox: Sandbox,
    clock: Clock,
    monotonic: Monotonic,
) -> None:
    before = renewals(sandbox, profile)
    first = on(board)
    life = first.expires_at - first.issued_at
    later(0.49 * life, clock, monotonic)
    publisher._publish_newest()
    assert on(board) == first
    later(0.27 * life, clock, monotonic)
    publisher._publish_newest()
    assert on(board).generation > first.generation
    assert renewals(sandbox, profile) == before + 1
    publisher._publish_newest()
    assert renewals(sandbox, profile) == before + 1


def test_a_token_that_another_program_renewed_is_published(
    publisher: Publisher, session: Session, board: MemoryBoard, clock: Clock
) -> None:
    other = Session(session.profile, store=session.store, clock=clock)
    renewed = other.renew()
    publisher._publish_newest()
    assert on(board).access_token == renewed.tokens.access_token


def test_a_pool_that_does_not_answer_loses_no_token(
    publisher: Publisher,
    board: MemoryBoard,
    sandbox: Sandbox,
    clock: Clock,
    monotonic: Monotonic,
) -> None:
    first = on(board)
    board._text = None
    later(0.8 * 3600, clock, monotonic)
    sandbox.faults.reply(RENEWAL, body="<html>Wi-Fi</html>", times=None)
    try:
        with pytest.raises(OsduAuthError) as unanswered:
            publisher._publish_newest()
        assert unanswered.value.code[3] == "N"
        assert on(board) == first, "what there is, is still published"
    finally:
        sandbox.faults.clear()
    later(120, clock, monotonic)
    publisher._publish_newest()
    assert on(board).generation > first.generation


def test_a_token_that_the_board_lost_is_put_there_again(
    publisher: Publisher, board: MemoryBoard, clock: Clock, monotonic: Monotonic
) -> None:
    first, board._text = on(board), None
    later(0.5, clock, monotonic)
    publisher._publish_newest()
    assert on(board) == first


@pytest.mark.parametrize("lie", ["garbage", "of another key", "ahead"])
def test_a_false_text_on_the_board_is_replaced(
    lie: str, publisher: Publisher, board: MemoryBoard, clock: Clock, monotonic: Monotonic
) -> None:
    from osdu_auth.stores.sealing import new_key

    first = on(board)
    highest = first.generation + 250_000
    lies = {
        "garbage": "garbage",
        "of another key": first._replace(generation=highest).sealed(new_key("board")).text,
        "ahead": first._replace(generation=highest * 2).sealed(KEY).text,
    }
    board._text = lies[lie]
    later(0.5, clock, monotonic)
    publisher._publish_newest()
    assert on(board) == first


def test_a_sign_out_stops_workers_and_they_go_on_after_the_next_sign_in(
    publisher: Publisher, session: Session, board: MemoryBoard, sandbox: Sandbox
) -> None:
    with publisher.source as worker:
        worker.token()
        session.sign_out()
        with pytest.raises(SessionEnded) as ended:
            publisher._publish_newest()
        assert ended.value.code == "OA-W413"
        assert refusal_of(worker).code == "OA-W410"
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        publisher._publish_newest()
        token = session.token()
        until(lambda: has_token(worker, token), "the worker does not go on after a sign-in")


def test_a_sign_in_after_a_sign_out_is_newer_though_the_clock_was_set_back(
    publisher: Publisher, session: Session, board: MemoryBoard, sandbox: Sandbox, clock: Clock
) -> None:
    session.sign_out()
    with pytest.raises(SessionEnded):
        publisher._publish_newest()
    told = on(board)
    clock.ahead -= 240
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.load().generation > told.generation
    publisher._publish_newest()
    assert on(board).access_token == session.load().tokens.access_token


def test_a_file_store_keeps_the_generation_after_a_sign_out(
    profile: Profile, sandbox: Sandbox, clock: Clock, tmp_path: Path
) -> None:
    session = Session(profile, store=FileStore(str(tmp_path / "state")), clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    before = session.load().generation
    session.sign_out()
    clock.ahead -= 240
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.load().generation > before + 1
    session.sign_out()
    clock.ahead -= 3600
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.load().generation <= clock() * 1000, "no reader believes what is far ahead"


def test_a_session_from_a_clock_that_was_ahead_is_not_published(
    session: Session, board: MemoryBoard, clock: Clock, sandbox: Sandbox
) -> None:
    clock.ahead -= 600
    publisher = Publisher(session, board, key=KEY.value, interval=NEVER, clock=clock)
    with pytest.raises(BoardUnavailable) as refused:
        publisher.start()
    assert refused.value.code == "OA-W818"
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    with publisher.start():
        assert on(board).access_token == session.load().tokens.access_token


def test_standbys_of_one_store_renew_once_and_one_takes_over(
    session: Session,
    board: MemoryBoard,
    profile: Profile,
    sandbox: Sandbox,
    clock: Clock,
    monotonic: Monotonic,
) -> None:
    before = renewals(sandbox, profile)
    sessions = [
        Session(profile, store=session.store, clock=clock, monotonic=monotonic) for _ in range(3)
    ]
    several = [
        Publisher(each, board, key=KEY.value, interval=NEVER, clock=clock).start()
        for each in sessions
    ]
    later(0.76 * 3600, clock, monotonic)
    for publisher in several:
        publisher._publish_newest()
    assert renewals(sandbox, profile) == before + 1
    assert [publisher._has_lease for publisher in several].count(True) == 1
    later(0.85 * 3600, clock, monotonic)
    for publisher in several:
        if not publisher._has_lease:
            publisher._publish_newest()  # the holder of the lease has died
    assert renewals(sandbox, profile) == before + 2
    for publisher in several:
        publisher._publish_newest()
        publisher.close()
    assert {publisher.published for publisher in several} == {several[0].published}


def test_a_publisher_with_another_store_ends(
    publisher: Publisher, session: Session, board: MemoryBoard, clock: Clock, sandbox: Sandbox
) -> None:
    from osdu_auth import MemoryStore

    other_store = MemoryStore()
    with other_store.open(session.key) as held:
        held.save(session.load())
    copied = Session(session.profile, store=other_store, clock=clock)
    with Publisher(copied, board, key=KEY.value, interval=0.01, clock=clock) as second:
        second.start()
        session.renew()
        publisher._publish_newest()
        clock.ahead += 6
        assert second.wait(LIMIT)
        assert second.last_error is not None
        assert second.last_error.code == "OA-W817"
    assert on(board).access_token == session.load().tokens.access_token


def test_a_publisher_of_another_user_is_refused(
    publisher: Publisher, session: Session, board: MemoryBoard, clock: Clock
) -> None:
    from osdu_auth import MemoryStore

    store = MemoryStore()
    saved = session.load()
    with store.open(session.key) as held:
        held.save(replace(saved, subject="another", generation=saved.generation + 5))
    other = Session(session.profile, store=store, clock=clock)
    with (
        Publisher(other, board, key=KEY.value, interval=NEVER, clock=clock) as second,
        pytest.raises(BoardUnavailable) as refused,
    ):
        second.start()
    assert refused.value.code == "OA-W817"


def test_a_worker_s_401_costs_one_renewal_for_all_of_them(
    publisher: Publisher, session: Session, board: MemoryBoard, profile: Profile, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, profile)
    first = on(board)
    assert first.access_token is not None
    for _ in range(3):
        board.ask_for_newer(first.generation)
        publisher._publish_newest()
    second = on(board)
    assert second.generation > first.generation
    board.ask_for_newer(second.generation)
    publisher._publish_newest()
    assert renewals(sandbox, profile) == before + 1, "the next one would be refused as well"


def test_a_worker_calls_osdu_through_requests_httpx_and_our_own_calls(
    publisher: Publisher, sandbox: Sandbox
) -> None:
    import httpx
    import requests

    url = f"{sandbox.platform_url}/api/entitlements/v2/groups"
    with publisher.source as worker:
        assert requests.get(url, auth=worker, timeout=20).status_code == 200
        assert httpx.get(url, auth=worker, timeout=20).status_code == 200
        assert call(worker, "GET", "/api/entitlements/v2/groups").status == 200


def test_a_worker_verifies_by_keys_that_it_was_given(
    publisher: Publisher, board: MemoryBoard, session: Session, sandbox: Sandbox
) -> None:
    keys = KeySet.from_dict(sandbox.pool.keys.public_key_set())
    profile = session.profile
    with SharedTokenSource(board, key=KEY.value, profile=profile, keys=keys, patience=0) as good:
        assert good.token() == session.load().tokens.access_token
    there = on(board)
    forged = there._replace(access_token=Secret("eyJhbGciOiJub25lIn0.e30.c2ln"))
    lying = MemoryBoard()
    lying.put(forged.sealed(KEY))
    with (
        SharedTokenSource(lying, key=KEY.value, profile=profile, keys=keys, patience=0) as strict,
        pytest.raises(BoardUnavailable) as refused,
    ):
        strict.token()
    assert refused.value.code == "OA-W819"


def test_an_unreachable_board_is_reported_once_and_its_return_once(
    session: Session, clock: Clock
) -> None:
    class Gone(MemoryBoard):
        is_gone = False

        def put(self, posted: Posted, instead_of: str | None = None) -> bool:
            if self.is_gone:
                raise BoardUnavailable("gone", code="OA-W810")
            return super().put(posted, instead_of)

    board, told, told_it = Gone(clock), [], threading.Event()

    def tell(error: object) -> None:
        told.append(getattr(error, "code", None))
        told_it.set()

    with Publisher(
        session, board, key=KEY.value, interval=0.005, on_error=tell, clock=clock
    ) as publisher:
        publisher.start()
        board.is_gone, board._text = True, None
        clock.ahead += 6
        assert told_it.wait(LIMIT)
        for _ in range(20):
            clock.ahead += 1
        board.is_gone = False
        clock.ahead += 6
        until(lambda: told[-1] is None, "its return is not reported")
    assert told == ["OA-W810", None]


def test_a_board_key_is_made_where_none_is_named(
    session: Session, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    with Publisher(session, f"dir:{tmp_path / 'board'}", interval=NEVER, clock=clock) as publisher:
        publisher.start()
        key = tmp_path / "state" / "board.key"
        assert publisher.key_reference == f"file:{key}"
        assert key.stat().st_mode & 0o777 == 0o600
        with SharedTokenSource(f"dir:{tmp_path / 'board'}") as worker:
            assert worker.token() == session.load().tokens.access_token


@pytest.mark.parametrize(
    ("folder_mode", "mode"), [(0o700, 0o600), (0o750, 0o640), (0o755, 0o644), (0o710, 0o600)]
)
def test_a_sealed_file_is_readable_for_users_who_can_read_its_folder(
    folder_mode: int, mode: int, session: Session, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    folder.chmod(folder_mode)
    with Publisher(
        session, FolderBoard(str(folder)), key=KEY.value, interval=NEVER, clock=clock
    ) as one:
        one.start()
    assert (folder / "token").stat().st_mode & 0o777 == mode
    assert folder.stat().st_mode & 0o777 == folder_mode


def test_a_file_in_the_place_of_the_folder_is_one_clear_error(
    tmp_path: Path, session: Session, clock: Clock
) -> None:
    (tmp_path / "file").touch()
    with (
        Publisher(session, f"dir:{tmp_path / 'file'}", key=KEY.value, clock=clock) as publisher,
        pytest.raises(BoardUnavailable) as refused,
    ):
        publisher.start()
    assert refused.value.code in {"OA-W810", "OA-W813"}


def test_session_share_publishes_before_it_returns(
    session: Session, board: MemoryBoard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), session.share(board, key=KEY.value) as publisher:
        assert on(board).access_token == session.load().tokens.access_token
        assert publisher.published is not None
    assert KEY.value.reveal() not in caplog.text


def test_a_worker_imports_only_what_its_kind_of_board_needs() -> None:
    import subprocess
    import sys

    program = """
import sys
import osdu_auth
from osdu_auth import Session
Session("acme")
assert not [name for name in sys.modules if name.startswith("osdu_auth.fleet")]
from osdu_auth import SharedTokenSource
SharedTokenSource("dir:/nowhere")
assert not {"redis", "distributed", "osdu_auth.fleet.redis_board"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
