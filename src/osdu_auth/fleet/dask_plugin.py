"""TokenPlugin: the plugin that Dask sends to its workers; imported only where Dask runs."""

from __future__ import annotations

from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

from osdu_auth.fleet.dask_worker_board import receive


class TokenPlugin(WorkerPlugin):
    """Carries a sealed text to each worker; its `repr` does not show the text.

    Args:
        name: of the board.
        text: the line that the board holds.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text

    def __repr__(self) -> str:
        return f"TokenPlugin({self.name!r})"

    def setup(self, worker: Any) -> None:
        """Keep the text if it is newer; Dask calls this on each worker."""
        receive(self.name, self._text, worker.log_event)
