"""Addresses of boards, and the board that a user names by an address.

dir:/shared/osdu-board          a folder that publisher and workers can read
redis://host:6379/0?board=acme  Redis or Valkey; rediss:// with TLS
dask:osdu-auth                  on a Dask worker: the token that Dask sent to it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from osdu_auth.fleet.boards_in_process import shared_board
from osdu_auth.fleet.redis_address import not_an_address

if TYPE_CHECKING:
    from osdu_auth.fleet.board import Board

_METHODS_OF_BOARD = ("read", "put", "wait", "lease", "ask_for_newer", "refused_generation", "close")


def board_of(named: str | Board | Any) -> Board:
    """Return the board that an address or an object names.

    Args:
        named: an address, a board, or a `distributed.Client`.

    Raises:
        ConfigurationError: OA-W710 to OA-W713: the address cannot be used here.
        TypeError: it is not an address, a board or a Dask client.
    """
    if isinstance(named, str):
        return _board_at(named)
    if all(callable(getattr(named, name, None)) for name in _METHODS_OF_BOARD):
        return cast("Board", named)
    if callable(getattr(named, "register_plugin", None)):
        from osdu_auth.fleet.dask_board import DaskBoard

        return DaskBoard(named)
    raise TypeError(
        f"a board is an address such as dir:/shared/osdu-board, a board of osdu_auth.fleet or a "
        f"Dask client, and not a {type(named).__name__}"
    )


def shared_board_of(named: str | Board | Any) -> Board:
    """Return the board as `board_of` does; in one process, each address has one board.

    Args:
        named: as for `board_of`, whose docstring has the errors.
    """
    return shared_board(board_of, named) if isinstance(named, str) else board_of(named)


def _board_at(address: str) -> Board:
    scheme, _, rest = address.partition(":")
    if scheme == "dir" and rest.strip() and rest.isprintable():
        from osdu_auth.fleet.folder_board import FolderBoard

        return FolderBoard(rest)
    if scheme in {"redis", "rediss"}:
        from osdu_auth.fleet.redis_board import RedisBoard

        return RedisBoard(address)
    if scheme == "dask" and rest.strip():
        from osdu_auth.fleet.dask_worker_board import DaskWorkerBoard

        return DaskWorkerBoard(rest)
    raise not_an_address(address, "An address begins with dir:, redis:// or rediss://.")
