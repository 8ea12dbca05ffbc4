"""A plugin of pytest in a tree's environment: the tests to run, in order, and the result of each.

The plan is a JSON file with `order` (tests by their ids, which are run in that order, and how many
seconds each may take) or `all_but` (tests that are left out). What came of the tests is written to
another file as it comes, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    import coverage

_MAPPED = os.path.join(sys.prefix, "mapped")
_failed = set[str]()
_under_way: list[str] = []  # the test


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the two files' names."""
    parser.addoption("--plan")
    parser.addoption("--told")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose and order the tests."""
    with open(config.getoption("--plan"), encoding="utf-8") as file:
        plan = json.load(file)
    order: dict[str, float] | None = plan.get("order")
    if order is None:
        left_out = set(plan["all_but"])
        items[:] = [item for item in items if item.nodeid not in left_out]
        return
    places = {name: place for place, name in enumerate(order)}
    chosen = [item for item in items if item.nodeid in places]
    for item in chosen:
        item.add_marker(pytest.mark.timeout(order[item.nodeid]), append=False)
    items[:] = sorted(chosen, key=lambda item: places[item.nodeid])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    """Say which test begins, and how it ended; measure what it executes as its own."""
    told = item.config.getoption("--told")
    _tell(told, {"begun": item.nodeid})
    _under_way[:] = [item.nodeid]
    for measured in _measured():
        with open(os.path.join(_MAPPED, "test"), "w", encoding="utf-8") as file:
            file.write(item.nodeid)
        measured.switch_context(item.nodeid)
    begin = time.monotonic()
    done = yield
    for measured in _measured():
        measured.switch_context("")
    seconds = time.monotonic() - begin
    _tell(told, {"test": item.nodeid, "seconds": seconds, "failed": item.nodeid in _failed})
    return done


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Measure what makes a module's fixture as all tests' of the file, and not the first one's."""
    if fixturedef.scope not in {"module", "package"}:
        return (yield)
    measured = _measured()
    for each in measured:
        each.switch_context(f"{os.path.relpath(request.path)}::")
    made = yield
    for each in measured:
        each.switch_context(_under_way[-1])
    return made


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what failed, in its preparation, itself, or while cleaning up."""
    if report.failed:
        _failed.add(report.nodeid)


def _measured() -> Iterable[coverage.Coverage]:
    if not os.path.isdir(_MAPPED):
        return []
    import coverage

    current = coverage.Coverage.current()
    return [current] if current else []


def _tell(path: str, what: dict[str, object]) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")
