"""A question is withdrawn when the answer arrives in another way, and the terminal is as before.

The row H-06 of the list of abuse and faults.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from pathlib import Path

WITHDRAWN = """
import os, time
from threading import Event, Thread
from osdu_auth.prompts.prompter import Withdrawn
from osdu_auth.{module} import {prompter} as Prompter

prompter, until = Prompter({arguments}), Event()
def withdraw():
    global at
    while not os.path.exists({approval!r}):
        time.sleep(0.01)
    at = time.monotonic()
    until.set()
Thread(target=withdraw, daemon=True).start()
try:
    answer = prompter.{ask}("Question", until=until)
    print("answered", repr(getattr(answer, "reveal", lambda: answer)()))
except Withdrawn:
    print("withdrawn", "soon" if time.monotonic() - at < 10 else "late")
until.clear()
print("and then", prompter.ask("Another"))
"""
PROMPTERS = [
    ("prompts.terminal", "TerminalPrompter", "'acme'"),
    ("cli.prompter", "CommandLinePrompter", ""),
]


@pytest.fixture(params=PROMPTERS, ids=[prompter for _, prompter, _ in PROMPTERS])
def prompter(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """Each that asks at a terminal."""
    chosen: tuple[str, str, str] = request.param
    return chosen


def start(prompter: tuple[str, str, str], ask: str, approval: Path) -> pexpect.spawn[str]:
    """Ask in a terminal of its own, until there is a file `approval`."""
    module, name, arguments = prompter
    program = WITHDRAWN.format(
        module=module, prompter=name, arguments=arguments, ask=ask, approval=str(approval)
    )
    return pexpect.spawn(
        sys.executable, ["-c", program], encoding="utf-8", timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_a_withdrawn_question_ends_soon_and_the_terminal_is_as_it_was(
    ask: str, prompter: tuple[str, str, str], tmp_path: Path
) -> None:
    approval = tmp_path / "approval"
    terminal = start(prompter, ask, approval)
    terminal.expect("Question: ")
    if ask == "ask_secret":
        terminal.waitnoecho(60)
    terminal.send("half")
    if ask == "ask":
        terminal.expect("half")
    time.sleep(0.2)  # what is typed hidden shows nowhere that it has come
    approval.touch()
    terminal.expect("withdrawn soon\r\n")
    # The line was ended before, and what was typed was not shown where it was hidden.
    assert terminal.before == "\r\n"
    terminal.expect("Another: ")
    assert terminal.getecho()
    terminal.sendline("seen")
    # What was half typed is no part of the next answer.
    terminal.expect("seen\r\nand then seen\r\n")
    terminal.expect(pexpect.EOF)


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_a_question_that_can_be_withdrawn_is_answered_like_any(
    ask: str, prompter: tuple[str, str, str], tmp_path: Path
) -> None:
    terminal = start(prompter, ask, tmp_path / "approval")
    terminal.expect("Question: ")
    if ask == "ask_secret":
        terminal.waitnoecho(60)
    terminal.sendline("naïve answer")
    terminal.expect("answered 'naïve answer'\r\n")
    assert terminal.before == ("naïve answer\r\n" if ask == "ask" else "\r\n")
    terminal.expect("Another: ")
    assert terminal.getecho()
    terminal.close(force=True)


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_ctrl_c_at_a_question_that_can_be_withdrawn_leaves_the_terminal_as_it_was(
    ask: str, prompter: tuple[str, str, str], tmp_path: Path
) -> None:
    terminal = start(prompter, ask, tmp_path / "approval")
    terminal.expect("Question: ")
    if ask == "ask_secret":
        terminal.waitnoecho(60)
    terminal.sendintr()
    terminal.expect(["KeyboardInterrupt", "Abort"])
    assert terminal.getecho()
    terminal.close(force=True)


def test_the_end_of_input_ends_a_question_that_can_be_withdrawn(
    prompter: tuple[str, str, str], tmp_path: Path
) -> None:
    terminal = start(prompter, "ask", tmp_path / "approval")
    terminal.expect("Question: ")
    terminal.sendeof()
    terminal.expect(["OA-S391", "Abort"])
    terminal.close(force=True)
