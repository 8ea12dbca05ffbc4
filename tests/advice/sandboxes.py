"""A sandbox that cannot start, and starts with other options."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from advice.scene import Fault, Outcome, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping


def sandbox_started_otherwise(scene: Scene, words: list[str], fill: Mapping[str, str]) -> Fault:
    """Return the fault of a sandbox that is started as given, and then as its error says.

    Args:
        scene: where.
        words: the command.
        fill: what is filled in for the blanks of what is told.
    """
    lines = [words]

    def attempt() -> Outcome:
        with subprocess.Popen(
            [sys.executable, "-m", "osdu_auth", *lines[-1], "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=scene.environment,
            text=True,
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            begun = running.stdout.readline()
            running.terminate()
            return Outcome(0 if begun else 1, "" if begun else running.stderr.read())

    def follow(advice: str) -> None:
        line = advice[advice.index("osdu-auth ") :].partition(" takes")[0]
        for blank, text in fill.items():
            assert blank in line, line
            line = line.replace(blank, text)
        lines.append(shlex.split(line)[1:])

    return Fault(attempt, in_python=follow)
