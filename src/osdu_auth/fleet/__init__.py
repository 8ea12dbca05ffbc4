"""A fleet: one signed-in user, and fresh access tokens for workers on many machines.

    session.share("redis://…")  ─▶  board  ─▶  SharedTokenSource("redis://…", key="file:…")

The publisher has the session. It seals each new access token and puts it on a board. Workers read
the board; they have no refresh token. `osdu_auth.fleet.addresses` lists the
kinds of board. Public names are imported when they are first used.

The invariants of this package:

- The refresh token stays in the session's one store. The store's lock makes sure that only one
  process renews; the lease on a board only saves the other publishers requests.
- A worker accepts only a text that was sealed with the board key, and only a newer token than the
  token that it has.
- A hint that the board has a new token may be lost: each process also reads the board by a timer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.errors import BoardUnavailable
    from osdu_auth.fleet.board import Board, Posted, Reading
    from osdu_auth.fleet.board_keys import board_key, new_board_key
    from osdu_auth.fleet.dask_board import DaskBoard
    from osdu_auth.fleet.folder_board import FolderBoard
    from osdu_auth.fleet.memory_board import MemoryBoard
    from osdu_auth.fleet.publisher import Publisher
    from osdu_auth.fleet.redis_board import RedisBoard
    from osdu_auth.fleet.shared_token_source import SharedTokenSource

__all__ = [
    "Board",
    "BoardUnavailable",
    "DaskBoard",
    "FolderBoard",
    "MemoryBoard",
    "Posted",
    "Publisher",
    "Reading",
    "RedisBoard",
    "SharedTokenSource",
    "board_key",
    "new_board_key",
]

_MODULES = {
    "BoardUnavailable": "osdu_auth.errors",
    "Board": "osdu_auth.fleet.board",
    "Posted": "osdu_auth.fleet.board",
    "Reading": "osdu_auth.fleet.board",
    "board_key": "osdu_auth.fleet.board_keys",
    "new_board_key": "osdu_auth.fleet.board_keys",
    "DaskBoard": "osdu_auth.fleet.dask_board",
    "FolderBoard": "osdu_auth.fleet.folder_board",
    "MemoryBoard": "osdu_auth.fleet.memory_board",
    "Publisher": "osdu_auth.fleet.publisher",
    "RedisBoard": "osdu_auth.fleet.redis_board",
    "SharedTokenSource": "osdu_auth.fleet.shared_token_source",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from sys import modules

        __import__(_MODULES[name])  # as in `osdu_auth`, so that a fork waits for the import
        return getattr(modules[_MODULES[name]], name)
