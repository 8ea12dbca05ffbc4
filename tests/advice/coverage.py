"""Counts the fixes that a test types: a line at the end of a test run, and in the error pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advice import (  # noqa: F401 - they register their provokers
    accounts,
    browser,
    configuration,
    network,
    osdu,
    signing_in,
    stores,
    usage,
    verifying,
    workers,
)
from advice.registry import PROVOKERS
from advice.typed_elsewhere import TYPED_ELSEWHERE
from osdu_auth.catalogue import read_catalogue

if TYPE_CHECKING:
    import pytest

_WALK = "advice/test_advice.py"


def in_words() -> str:
    """Return how many error codes there are, and how many of their fixes are typed."""
    pages = read_catalogue().values()
    listed = sum(bool(page.untyped) for page in pages)
    typed = len(PROVOKERS) + len(TYPED_ELSEWHERE)
    return (
        f"Of {len(pages)} error codes, a test types the fix of {typed} as it is printed "
        "(or tries again, if the fix says only that), and "
        f"{listed} are listed with the reason why no test does."
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the line after a run of these tests."""
    if any(_WALK in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.write_line(in_words())
