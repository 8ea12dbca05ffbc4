"""Timing whole processes in turn, A B A B, so that a machine's drift falls on both alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Command:
    """A process to time.

    Args:
        arguments: the program and its arguments.
        environment: variables to add to the present ones.
        standard_input: what it reads.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    standard_input: bytes = b""


def medians_in_turn(commands: Sequence[Command], rounds: int) -> list[float]:
    """Run the commands in turn, one warm-up round first, and return each one's median seconds.

    Raises:
        RuntimeError: a command failed, so that its time says nothing.
    """
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(rounds + 1):
        for command, seconds in zip(commands, times, strict=True):
            took = run(command)
            if turn:
                seconds.append(took)
    return [statistics.median(seconds) for seconds in times]


def run(command: Command) -> float:
    """Run a command and return the seconds it took.

    Raises:
        RuntimeError: it failed.
    """
    started = time.perf_counter()
    done = subprocess.run(
        command.arguments,
        env={**os.environ, **command.environment},
        input=command.standard_input,
        capture_output=True,
        check=False,
    )
    took = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{command.arguments[0]} failed: {done.stderr.decode()[-500:]}")
    return took


def processor_time_of_children() -> float:
    """Return what the processes that have ended used of processors, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
