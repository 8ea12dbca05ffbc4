"""Boards of each kind for the contract suite: a way to make several objects of one board."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from fleet.fleet_test_parts import until
from osdu_auth.fleet import FolderBoard, MemoryBoard, RedisBoard
from redis_server import RedisServer, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import Self

    from osdu_auth.fleet import Board

    OpenBoard = Callable[[], Board]

_numbers = count()


@contextmanager
def memory(folder: Path) -> Iterator[OpenBoard]:
    del folder
    board = MemoryBoard()
    yield lambda: board


@contextmanager
def in_folder(folder: Path) -> Iterator[OpenBoard]:
    yield lambda: FolderBoard(str(folder / "board"))


@contextmanager
def in_redis(server: RedisServer | RedisCluster) -> Iterator[OpenBoard]:
    opened: list[RedisBoard] = []
    name = f"board-{next(_numbers)}"  # a cluster may still bring hints of the board before

    def open_one() -> Board:
        opened.append(RedisBoard(f"{server.url}?board={name}"))
        return opened[-1]

    try:
        yield open_one
    finally:
        for board in opened:
            board.close()


class RedisCluster:
    """Three nodes on loopback, each with a third of the slots; `url` names one of them.

    Args:
        folder: for the nodes' files.
    """

    def __init__(self, folder: Path) -> None:
        self.buses = [free_port() for _ in range(3)]  # by which the nodes know of each other
        self.nodes = [
            RedisServer(
                folder / str(bus),
                *("--save", "", "--cluster-enabled", "yes", "--cluster-port", str(bus)),
            )
            for bus in self.buses
        ]

    @property
    def url(self) -> str:
        return self.nodes[0].url

    def __enter__(self) -> Self:
        try:
            self._form()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        for node in self.nodes:
            node.kill()

    def _form(self) -> None:
        for node in self.nodes:
            node.start()
        slots = [(0, 5460), (5461, 10922), (10923, 16383)]
        for node, (first, last) in zip(self.nodes, slots, strict=True):
            with node.client() as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
                for other, bus in zip(self.nodes, self.buses, strict=True):
                    client.execute_command("CLUSTER MEET", "127.0.0.1", other.port, bus)
        until(lambda: all(map(is_whole, self.nodes)), "the cluster does not form")


def is_whole(node: RedisServer) -> bool:
    """Say whether a node knows who has each slot."""
    with node.client() as client:
        return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
