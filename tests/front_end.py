"""A notebook with a real kernel, and a front end that saves all that JupyterLab saves."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from canaries import CANARIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")


class FrontEnd:
    """A notebook, its kernel, and a person who answers the kernel's questions.

    Args:
        path: the file that the notebook is saved to after each question and at the end.
        answers: the texts that the user types, in order; a function gets the text of the notebook
            at that time, and returns None to type nothing.
    """

    def __init__(self, path: Path, *answers: str | Callable[[str], str | None]) -> None:
        self.path = path
        self.answers = list(answers)
        self.asked: list[tuple[str, bool]] = []
        self.saved_while_asked: list[str] = []
        self.notebook = nbformat.v4.new_notebook()
        # It logs the texts that it displays, which a user is meant to see.
        logging.getLogger("traitlets").setLevel(logging.INFO)

    def run(self, *cells: str) -> str:
        """Run the cells, save the notebook, and return what was saved."""
        self.notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        asyncio.run(self._run())
        return self._saved()

    async def _run(self) -> None:
        from kernels import kernel_manager

        client = nbclient.NotebookClient(
            self.notebook, km=kernel_manager(), timeout=60, allow_errors=True
        )
        async with client.async_setup_kernel(cwd=str(self.path.parent), cleanup_kc=True):
            client.kc.allow_stdin = bool(self.answers)
            user = asyncio.create_task(self._answer(client))
            for index, cell in enumerate(self.notebook.cells):
                await client.async_execute_cell(cell, index)
            user.cancel()

    async def _answer(self, client: Any) -> None:
        while True:
            message = await client.kc.get_stdin_msg()
            prompt, hidden = message["content"]["prompt"], message["content"]["password"]
            self.asked.append((prompt, hidden))
            await asyncio.sleep(0.1)  # the output of the cell comes by another channel
            shown = self._saved()
            answer = self.answers.pop(0)
            typed = answer if isinstance(answer, str) else answer(shown)
            if typed is None:
                continue
            client.kc.input(typed)
            # JupyterLab keeps the question in the output, with the typed text or as many dots.
            kept = f"{prompt}{'·' * len(typed) if hidden else typed}\n"
            self.notebook.cells[0].outputs.append(
                nbformat.v4.new_output("stream", name="stdin", text=kept)
            )

    def _saved(self) -> str:
        nbformat.write(self.notebook, self.path)
        return self.path.read_text()


def require_no_secret(saved: str) -> None:
    assert not any(canary in saved for canary in CANARIES), "a secret was saved"
    assert not re.search(r"eyJ[\w-]{10,}", saved), "a token was saved"
