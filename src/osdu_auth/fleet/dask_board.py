"""DaskBoard: a board that Dask distributes, as a plugin whose newest version each worker has.

Dask gives the newest plugin of a name to each worker, also to workers that start later or again.
The plugin's text is sealed as on every board: the scheduler, its dashboards and its dumps have no
token. `distributed` is imported only if a Dask client was given.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board import Posted, Reading, is_ahead, may_replace
from osdu_auth.fleet.boards_in_process import shared_board
from osdu_auth.fleet.dask_worker_board import NAME, REFUSED, DaskWorkerBoard, dask_address
from osdu_auth.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet.board import Board


class DaskBoard:
    """The board in the program that has the Dask client; it implements `Board`.

    A pickle of it is a `DaskWorkerBoard`.

    Args:
        client: a `distributed.Client`.
        name: of the board, if one cluster has several.
        clock: seconds since 1970.
    """

    def __init__(
        self, client: Any, name: str = NAME, clock: Callable[[], float] = time.time
    ) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._put: tuple[Any, str] | None = None  # the scheduler that has the text, and the text
        self._refused: int | None = None
        self._warn_of_unencrypted_connection()
        client.subscribe_topic(name + REFUSED, self._note_refused)

    def __repr__(self) -> str:
        return f"DaskBoard({self._name!r})"

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[object, ...]]:
        return shared_board, (DaskWorkerBoard, self._name)

    @property
    def address(self) -> str:
        """Its address, as errors show it."""
        return dask_address(self._name)

    def read(self) -> Reading | None:
        """Return the text that was put; None if another scheduler runs now."""
        if self._put is None or self._put[0] != self._scheduler():
            return None
        return Reading(self._put[1])

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Give the token to each worker, also to later workers; as for `Board.put`."""
        now = self._clock()
        if is_ahead(posted.generation, now):
            raise board_errors.ahead_of_clock(self.address)
        scheduler, present = self._scheduler(), self.read()
        if not may_replace(present and present.text, posted, instead_of, now):
            return False
        from osdu_auth.fleet.dask_plugin import TokenPlugin

        try:
            self._client.register_plugin(TokenPlugin(self._name, posted.text), name=self._name)
        except (OSError, RuntimeError, TimeoutError) as error:
            raise board_errors.unreachable(
                self.address, f"Dask says: {type(error).__name__}."
            ) from None
        self._put = (scheduler, posted.text)
        return True

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait, and read the board; no hint comes, as only this program puts tokens there."""
        del known
        time.sleep(seconds)
        return self.read()

    def lease(self, holder: str, seconds: float) -> bool:
        """Return True: the program that has the client is the only publisher."""
        del holder, seconds
        return True

    def ask_for_newer(self, generation: int) -> None:
        """Ask the publisher for a newer token than one that OSDU refused."""
        self._refused = generation

    def refused_generation(self) -> int | None:
        """Return the generation that a worker asked to replace; None if there is none."""
        return self._refused

    def close(self) -> None:
        """Do nothing: the client belongs to the program."""

    def _scheduler(self) -> Any:
        scheduler = getattr(self._client, "scheduler", None)
        if scheduler is None or self._client.status != "running":
            raise board_errors.unreachable(
                self.address, "The Dask client has no connection to its scheduler."
            )
        return self._client._scheduler_identity.get("id")  # noqa: SLF001 - there is no other way

    def _note_refused(self, event: tuple[float, Any]) -> None:
        """Keep the generation that a worker sent; Dask gives the time and the message."""
        message = event[1]
        generation = message.get("generation") if isinstance(message, dict) else None
        if isinstance(generation, int):
            self._refused = generation

    def _warn_of_unencrypted_connection(self) -> None:
        address = str(getattr(getattr(self._client, "scheduler", None), "address", ""))
        if address.startswith(("tcp:", "ws:")):
            logger().warning(
                "The connection to the Dask cluster at %s is not encrypted, and the cluster needs "
                "no certificate: any program that can reach it can run code on its workers and use "
                "their tokens. See Dask's documentation of TLS (distributed.Security).",
                address,
            )
