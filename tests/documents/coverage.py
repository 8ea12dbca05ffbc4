"""How many blocks in README and docs were run: a line at the end of a test run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import pytest

from documents.blocks import TAKEN, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROPERTY = "blocks of code"
_run: set[str] = set()  # in the process that reports: what the tests of all workers have run


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Record in the test's report which blocks the test has read."""
    item.user_properties.append((_PROPERTY, sorted(TAKEN)))
    TAKEN.clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the records of all tests."""
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == _PROPERTY:
                _run.update(cast("list[str]", value))


def in_words(run: Iterable[str]) -> str:
    """Return how many blocks there are, how many were run, and how many are marked as not run."""
    run = set(run)
    ran = sum(block.is_run and block.key in run for block in blocks())
    not_run = sum(block.kind == "not run" for block in blocks())
    return (
        f"Of {len(blocks())} code blocks in README and docs, {ran} were run as they stand, and "
        f"{not_run} are marked with the reason why they are not."
    )


def missed(run: Iterable[str]) -> list[str]:
    """Return the blocks with a name that no test has run."""
    return sorted({block.key for block in blocks() if block.is_run} - set(run))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of all tests if a block was not run."""
    if _is_whole(session.config) and session.testscollected and missed(_run):
        session.exitstatus = max(session.exitstatus, pytest.ExitCode.TESTS_FAILED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the line after a run that has read a block."""
    if _run:
        terminalreporter.write_line(in_words(_run))
    if _is_whole(terminalreporter.config) and _run:
        for block in missed(_run):
            terminalreporter.write_line(f"No test ran this block: {block}", red=True)


def _is_whole(config: pytest.Config) -> bool:
    """Return whether all tests were requested, and this process is the one that reports."""
    options = config.option
    failed_last = getattr(options, "lf", False)  # which `-p no:cacheprovider` takes away
    chosen = options.keyword or failed_last or options.maxfail or options.collectonly
    has_all_libraries = sys.version_info >= (3, 11)  # a block that needs one is skipped before
    usual = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    short_forms = "not torture" in options.markexpr
    return (
        has_all_libraries
        and usual
        and short_forms
        and not chosen
        and not hasattr(config, "workerinput")
    )
