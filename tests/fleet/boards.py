"""Boards of each kind for the contract suite: a way to make several objects of one board."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.fleet import FolderBoard, MemoryBoard, RedisBoard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.fleet import Board
    from redis_server import RedisServer

    OpenBoard = Callable[[], Board]


@contextmanager
def memory(folder: Path) -> Iterator[OpenBoard]:
    del folder
    board = MemoryBoard()
    yield lambda: board


@contextmanager
def in_folder(folder: Path) -> Iterator[OpenBoard]:
    yield lambda: FolderBoard(str(folder / "board"))


@contextmanager
def in_redis(server: RedisServer) -> Iterator[OpenBoard]:
    opened: list[RedisBoard] = []

    def open_one() -> Board:
        opened.append(RedisBoard(server.url))
        return opened[-1]

    server.flush()
    try:
        yield open_one
    finally:
        for board in opened:
            board.close()
