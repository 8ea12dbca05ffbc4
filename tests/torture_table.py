"""The table that `make torture` ends with: a line for each long test that has figures to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_PROPERTY = "torture"  # travels with a test's report, so that parallel workers' lines arrive too


@pytest.fixture
def torture_row(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[[str, str], None]:
    """Add a line to the table: call it with what was tried, and the figures that it came to.

    The short form of a test may call it as well, and adds nothing.
    """
    is_long = request.node.get_closest_marker("torture") is not None

    def add(what: str, figures: str) -> None:
        if is_long:
            record_property(_PROPERTY, [what, figures])

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, where there is a line for it."""
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
