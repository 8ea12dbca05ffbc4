"""Plays a transcript: types its commands at a terminal, and its answers to their questions."""

from __future__ import annotations

import re

import pexpect

# Text that differs in each run: times, ports, folders, the remaining minutes.
_VARYING = r"\d{4}-\d\d-\d\dT[\d:]+Z|:\d{4,5}\b|/\S+/(?=config\.toml|osdu-auth/key)|5\d min"


def steps(transcript: str) -> list[tuple[str, str]]:
    """Return the commands of a transcript, each with its output.

    Args:
        transcript: the text between the fences.
    """
    told = [part.partition("\n") for part in re.split(r"(?m)^\$ ", transcript)[1:]]
    joined = re.compile(r"\\\n\s+")
    # A command on several lines was cut after the first one.
    whole = [joined.sub("", f"{first}\n{rest}").partition("\n") for first, _, rest in told]
    return [(command, answer) for command, _, answer in whole]


def played(commands: list[str], answers: dict[str, str], folder: str) -> list[str]:
    """Type commands at a terminal, answer their questions, and return the output of each.

    An exit code other than 0 is added to the output.

    Args:
        commands: for a shell, one after the other.
        answers: the text to type, by the begin of the question.
        folder: the current folder.
    """
    return [_played(command, answers, folder) for command in commands]


def _played(command: str, answers: dict[str, str], folder: str) -> str:
    terminal = pexpect.spawn(
        "sh", ["-c", command], cwd=folder, encoding="utf-8", timeout=60, dimensions=(50, 500)
    )
    shown, questions = "", [rf"(?m)^{re.escape(part)}[^\n]*: $" for part in answers]
    while (met := terminal.expect([pexpect.EOF, *questions])) > 0:
        shown += (terminal.before or "") + (terminal.after or "")
        terminal.sendline(list(answers.values())[met - 1])
    shown += terminal.before or ""
    terminal.close()
    return shown if terminal.exitstatus == 0 else f"{shown}\nexit code {terminal.exitstatus}"


def lines_without_what_varies(text: str) -> list[str]:
    """Return the lines of a transcript, without times, ports, folders and request ids."""
    return [re.sub(_VARYING, "…", line).rstrip() for line in text.splitlines() if line.strip()]
