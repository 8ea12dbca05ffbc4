"""The long tests print a table of their figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LONG_TESTS = """
import pytest

@pytest.mark.torture
@pytest.mark.parametrize("rounds", [1, 2])
def test_long(rounds, torture_row):
    torture_row(f"{rounds} rounds", "0 lost")
    assert rounds == 1

def test_short(torture_row):
    torture_row("one round", "0 lost")
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "--numprocesses", "2"]])
def test_a_long_test_adds_its_line_if_it_passes_or_fails(
    workers: list[str], tmp_path: Path
) -> None:
    (tmp_path / "test_long.py").write_text(LONG_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "torture_table", "-c", "/dev/null", *workers, "."],
        env={
            "PYTHONPATH": str(Path(__file__).parent),
            "PATH": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # each takes time to be imported
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert lines == [
        "| what was tried | figures | |",
        "|---|---|---|",
        "| 1 rounds | 0 lost | passed |",
        "| 2 rounds | 0 lost | failed |",
    ], done.stderr
