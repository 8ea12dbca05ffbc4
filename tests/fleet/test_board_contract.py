"""The contract of each kind of board; those of Redis and Valkey run under `make test-real`."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from fleet.fleet_test_parts import LIMIT, posted, until
from osdu_auth import BoardUnavailable

if TYPE_CHECKING:
    from fleet.boards import OpenBoard
    from osdu_auth.fleet import Board


def text_on(board: Board) -> str | None:
    there = board.read()
    return None if there is None else there.text


def test_an_empty_board_returns_no_token(open_board: OpenBoard) -> None:
    assert open_board().read() is None
    assert open_board().refused_generation() is None


def test_a_text_is_read_from_the_board_as_it_was_put(open_board: OpenBoard) -> None:
    first = posted()
    assert open_board().put(first)
    assert text_on(open_board()) == first.text


def test_only_a_higher_generation_replaces_a_token(open_board: OpenBoard) -> None:
    board, first = open_board(), posted(5)
    assert board.put(first)
    assert not board.put(posted(4))
    assert not board.put(posted(5))
    assert text_on(board) == first.text
    newer = posted(6)
    assert board.put(newer)
    assert text_on(board) == newer.text


def test_put_replaces_the_text_that_it_names_even_of_a_higher_generation(
    open_board: OpenBoard,
) -> None:
    board = open_board()
    lie = posted(900)
    assert board.put(lie)
    good = posted(1)
    assert not board.put(good)
    assert board.put(good, instead_of=lie.text)
    assert text_on(board) == good.text


def test_put_does_not_replace_another_text_than_the_one_it_names(open_board: OpenBoard) -> None:
    board, present = open_board(), posted(900)
    board.put(present)
    assert not board.put(posted(1), instead_of=posted(2).text)
    assert text_on(board) == present.text


def test_a_generation_five_minutes_ahead_is_refused(open_board: OpenBoard) -> None:
    board = open_board()
    ahead = int((time.time() + 330) * 1000)
    with pytest.raises(BoardUnavailable) as refused:
        board.put(posted(generation=ahead))
    assert refused.value.code == "OA-W818"
    assert board.read() is None
    assert board.put(posted(generation=ahead - 60_000))


def test_the_highest_of_many_generations_that_are_put_at_once_stays(open_board: OpenBoard) -> None:
    boards = [open_board() for _ in range(4)]
    all_of_them = [posted(number) for number in range(1, 41)]

    def put(number: int) -> bool:
        return boards[number % 4].put(all_of_them[number])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, range(40)))
    assert text_on(boards[0]) == all_of_them[-1].text


def test_a_reader_that_waits_gets_the_new_token(open_board: OpenBoard) -> None:
    reader, writer = open_board(), open_board()
    came: list[str | None] = []
    begun = threading.Event()

    def wait() -> None:
        end = time.monotonic() + LIMIT
        while not came and time.monotonic() < end:
            reading = reader.wait(1.0) or reader.read()
            begun.set()
            if reading is not None:
                came.append(reading.text)

    thread = threading.Thread(target=wait)
    thread.start()
    assert begun.wait(LIMIT)
    put = posted()
    writer.put(put)
    thread.join(LIMIT)
    assert came == [put.text]


def test_waiting_ends_without_a_hint(open_board: OpenBoard) -> None:
    board = open_board()
    assert board.wait(0.01) is None
    assert board.wait(0.01) is None


def test_a_lease_has_one_holder_until_it_ends(open_board: OpenBoard) -> None:
    board, other = open_board(), open_board()
    assert board.lease("one", 60)
    assert not other.lease("two", 60)
    assert board.lease("one", 0.2), "it is kept by its holder"
    until(lambda: other.lease("two", 60), "the lease does not end")
    assert not board.lease("one", 60)


def test_the_publisher_reads_which_token_a_worker_asks_to_replace(open_board: OpenBoard) -> None:
    open_board().ask_for_newer(1_795_900_000_000)
    assert open_board().refused_generation() == 1_795_900_000_000


def test_an_address_leads_to_the_board_and_shows_no_secret(open_board: OpenBoard) -> None:
    board = open_board()
    assert board.address.partition(":")[0] in {"memory", "dir", "redis"}
    assert board.address in repr(board) or repr(board) == "MemoryBoard()" or "dir:" in board.address


def test_a_text_that_a_newer_version_put_stays_on_the_board(open_board: OpenBoard) -> None:
    """This version does not know its format, and so does not replace it."""
    board = open_board()
    first = posted(5)
    board.put(first)
    from osdu_auth.fleet.board import may_replace

    newer = first.text.replace("board 1 ", "board 2 ")
    assert not may_replace(newer, posted(6), None, time.time())
    assert may_replace("garbage", posted(6), None, time.time())
