"""A question that is withdrawn, as what it asked for came another way, leaves no trace."""

from __future__ import annotations

import signal
import sys
import time

import pexpect
import pytest

WITHDRAWN = """
import sys, time
from threading import Event, Timer
from osdu_auth.questions.prompter import Withdrawn
from osdu_auth.{module} import {prompter} as Prompter

prompter, until = Prompter({arguments}), Event()
def withdraw():
    global at
    at = time.monotonic()
    until.set()
Timer({after}, withdraw).start()
try:
    answer = prompter.{ask}("Question", until=until)
    print("answered", repr(getattr(answer, "reveal", lambda: answer)()))
except Withdrawn:
    print("withdrawn", "at once" if time.monotonic() - at < 0.2 else "late")
until.clear()
print("and then", prompter.ask("Another"))
"""
PROMPTERS = [
    ("questions.terminal", "TerminalPrompter", "'acme'"),
    ("cli.prompter", "CommandLinePrompter", ""),
]


@pytest.fixture(params=PROMPTERS, ids=[prompter for _, prompter, _ in PROMPTERS])
def prompter(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """Each that asks at a terminal."""
    chosen: tuple[str, str, str] = request.param
    return chosen


def start(prompter: tuple[str, str, str], ask: str, after: float) -> pexpect.spawn[str]:
    module, name, arguments = prompter
    program = WITHDRAWN.format(
        module=module, prompter=name, arguments=arguments, ask=ask, after=after
    )
    return pexpect.spawn(
        sys.executable, ["-c", program], encoding="utf-8", timeout=20,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_a_withdrawn_question_ends_soon_and_the_terminal_is_as_it_was(
    ask: str, prompter: tuple[str, str, str]
) -> None:
    terminal = start(prompter, ask, after=1.5)
    terminal.expect("Question  ")
    terminal.waitnoecho(1) if ask == "ask_secret" else None
    terminal.send("half")
    terminal.expect("withdrawn at once\r\n")
    # The line was ended before, and what was typed was not shown where it was hidden.
    assert terminal.before == ("half\r\n" if ask == "ask" else "\r\n")
    terminal.expect("Another  ")
    assert terminal.getecho()
    terminal.sendline("seen")
    # What was half typed is no part of the next answer.
    terminal.expect("seen\r\nand then seen\r\n")
    terminal.expect(pexpect.EOF)


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_a_question_that_can_be_withdrawn_is_answered_like_any(
    ask: str, prompter: tuple[str, str, str]
) -> None:
    terminal = start(prompter, ask, after=60)
    terminal.expect("Question  ")
    terminal.waitnoecho(1) if ask == "ask_secret" else None
    terminal.sendline("naïve answer")
    terminal.expect("answered 'naïve answer'\r\n")
    assert terminal.before == ("naïve answer\r\n" if ask == "ask" else "\r\n")
    terminal.expect("Another  ")
    assert terminal.getecho()
    terminal.close(force=True)


@pytest.mark.parametrize("ask", ["ask", "ask_secret"])
def test_ctrl_c_at_a_question_that_can_be_withdrawn_leaves_the_terminal_as_it_was(
    ask: str, prompter: tuple[str, str, str]
) -> None:
    terminal = start(prompter, ask, after=60)
    terminal.expect("Question  ")
    terminal.waitnoecho(1) if ask == "ask_secret" else None
    began = time.monotonic()
    terminal.sendintr()
    terminal.expect(["KeyboardInterrupt", "Abort"])
    assert time.monotonic() - began < 5
    assert terminal.getecho()
    terminal.close(force=True)


def test_the_end_of_input_ends_a_question_that_can_be_withdrawn(
    prompter: tuple[str, str, str],
) -> None:
    terminal = start(prompter, "ask", after=60)
    terminal.expect("Question  ")
    terminal.sendeof()
    terminal.expect(["OA-S391", "Abort"])
    terminal.close(force=True)
