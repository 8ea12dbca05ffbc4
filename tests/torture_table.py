"""The table at the end of `make torture`: a line for each long test that has figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_PROPERTY = "torture"  # part of a test's report, so that the lines of parallel workers arrive too


@pytest.fixture
def torture_row(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[[str, str], None]:
    """Return a function that adds a line to the table: what was tried, and its figures.

    In the short form of a test it adds nothing.
    """
    is_long = request.node.get_closest_marker("torture") is not None

    def add(what: str, figures: str) -> None:
        if is_long:
            record_property(_PROPERTY, [what, figures])

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table if it has lines."""
    lines = [
        f"| {what} | {figures} | {outcome} |"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, (what, figures) in (
            each for each in report.user_properties if each[0] == _PROPERTY
        )
    ]
    if lines:
        terminalreporter.section("torture")
        terminalreporter.write_line("| what was tried | figures | |\n|---|---|---|")
        terminalreporter.write_line("\n".join(lines))
