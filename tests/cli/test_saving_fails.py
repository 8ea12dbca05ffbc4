"""If only saving a renewed session fails, `token` prints the token, and warns once.

The row F-04 of the list of abuse and faults.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from osdu_auth.cli import main
from osdu_auth.stores.file import FileStore
from stored import store_session, stored
from stores.system_calls import needs_strace, traced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Shell
    from stores.system_calls import Call

FAULTS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EINTR", "EMFILE")
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
OURS = re.compile(r'"(acme\.|current|key|sessions)|/state"')


class Program:
    """`osdu-auth token` with an expired token, in a child process under strace."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self._state = shell.state
        self._former = folder / "former"
        self._folder = folder
        self._environment = shell.environment
        store = FileStore(str(shell.state))
        saved = stored(store, "acme")
        assert saved is not None
        then = time.time() - 7200
        tokens = replace(saved.tokens, issued_at=then, expires_at=then + 3600)
        self.expired = replace(saved, tokens=tokens)
        store_session(store, "acme", self.expired)
        shutil.copytree(shell.state, self._former)
        # Imports of the first run are made before the children start.
        self.run()

    def run(self, *options: str) -> tuple[int, str, str, list[Call]]:
        """Run it on the former state; return the exit code, both outputs, and the system calls."""
        shutil.rmtree(self._state)
        shutil.copytree(self._former, self._state)
        out, err = self._folder / "out", self._folder / "err"

        def token() -> int:
            logging.getLogger().handlers.clear()  # the test run's own
            for number, path in enumerate((os.devnull, str(out), str(err))):
                os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
            sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
            sys.argv = ["osdu-auth", "token"]
            os.environ.update(self._environment)
            code = main()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

        done = traced(token, self._folder / "strace.log", *options)
        code = os.waitstatus_to_exitcode(done.status)
        return code, out.read_text(), err.read_text(), done.calls

    def keeping(self) -> list[Call]:
        """The system calls that take the lock and save the session."""
        code, _, err, calls = self.run()
        assert code == 0, err
        opened: dict[str, str] = {}
        ours = []
        for call in calls:
            number = call.arguments.partition(",")[0]
            if call.name == "openat":
                opened[call.result] = call.arguments
            named = call.arguments if call.name == "openat" else opened.get(number, "")
            if call.changes and OURS.search(named):
                ours.append(call)
        return ours

    def load(self) -> object:
        return stored(FileStore(str(self._state)), "acme")

    def left(self) -> list[str]:
        return [path.name for path in self._state.rglob("*.new")]


@pytest.fixture
def program(signed_in: Shell, tmp_path: Path) -> Program:
    return Program(signed_in, tmp_path)


@needs_strace
@pytest.mark.parametrize(
    "fault", [None, *(pytest.param(fault, marks=pytest.mark.torture) for fault in FAULTS)]
)
def test_a_token_is_printed_after_any_fault_of_saving_it(
    fault: str | None, program: Program, torture_row: Callable[[str, str], None]
) -> None:
    calls = program.keeping()
    assert len(calls) > 10
    warned: Counter[bool] = Counter()
    for call, in_its_turn in zip(calls, cycle(FAULTS), strict=False):
        code, out, err, _ = program.run(*call.inject(f"error={fault or in_its_turn}"))
        assert code == 0, (call, err)
        assert TOKEN.fullmatch(out), call
        assert out != program.expired.tokens.access_token.reveal()
        warnings = [line for line in err.splitlines() if line]
        assert len(warnings) <= 1, (call, err)
        warned[bool(warnings)] += 1
        if warnings:
            assert "could not be saved" in err
        if program.load() == program.expired:
            assert warnings, call
        if call.name != "unlinkat":
            assert program.left() == [], call
    assert warned[True]
    figures = f"{len(calls)} calls: a token each time, {warned[True]} warnings, 0 left over"
    torture_row(f"{fault} while a renewed token is kept", figures)
