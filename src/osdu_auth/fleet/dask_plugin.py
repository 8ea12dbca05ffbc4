"""TokenPlugin: what Dask sends to its workers; this module is imported where Dask runs alone."""

from __future__ import annotations

from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

from osdu_auth.fleet.dask_worker_board import receive


class TokenPlugin(WorkerPlugin):
    """A sealed text for each worker, which no `repr` shows.

    Args:
        name: of the board.
        text: what is posted on it.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text

    def __repr__(self) -> str:
        return f"TokenPlugin({self.name!r})"

    def setup(self, worker: Any) -> None:
        """Take over what came, where it is newer: Dask calls this on each worker."""
        receive(self.name, self._text, worker.log_event)
