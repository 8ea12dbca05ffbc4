"""The table at the end of `make storm`: each figure next to its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Figure = Callable[[str, str, str, bool], None]

_PROPERTY = "storm"  # a part of a test's report


@pytest.fixture
def storm_figure(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Figure:
    """Add a line: call it with what was measured, the figure, its bound and whether it is kept.

    A line without a figure is a title. A figure without a bound is for comparison. In the short
    form of the tests no line is added.
    """
    marks = str(request.config.option.markexpr)
    is_storm = "torture" in marks and "not torture" not in marks

    def add(what: str, figure: str, bound: str, is_kept: bool) -> None:
        if is_storm:
            verdict = ("kept" if is_kept else "MISSED") if bound else ""
            record_property(_PROPERTY, [what, figure, bound, verdict])

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table if it has lines, and the tests that were skipped."""
    rows = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == _PROPERTY
    ]
    if not rows:
        return
    rows += [
        [f"LEFT OUT: {report.nodeid.rpartition('::')[2]}", str(report.longrepr[-1]), "", ""]
        for report in terminalreporter.getreports("skipped")
    ]
    terminalreporter.section("the storm")
    titles = [what for what, figure, *_ in rows if not figure]
    rows = [["what", "measured", "bound", ""], *(row for row in rows if row[1])]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for title in titles:
        terminalreporter.write_line(title)
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        terminalreporter.write_line("  ".join([*cells, row[3]]).rstrip())
