"""How much of the advice is typed: what the run of the tests, and the pages of the errors, say."""

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
    """Say how many codes there are, and of how many the advice is typed."""
    pages = read_catalogue().values()
    listed = sum(bool(page.untyped) for page in pages)
    typed = len(PROVOKERS) + len(TYPED_ELSEWHERE)
    return (
        f"Of {len(pages)} error codes, the advice of {typed} is typed by a test as it is printed "
        "(or tried again, where it says no more than that), and "
        f"{listed} are listed with the reason why theirs is not."
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it after a run of the walk."""
    if any(_WALK in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.write_line(in_words())
