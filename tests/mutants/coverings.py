"""Measures which tests execute which lines; the result is kept until code or tests change."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import coverage
from coverage.exceptions import CoverageException

from mutants.trees import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mutants.mistakes import Mutant
    from mutants.trees import Tree

_LONGEST = 3600.0  # seconds for all tests that are mapped; one that hangs is ended by pytest
_HERE = "tests/mutants"


class Measured(NamedTuple):
    """A test: how many seconds it took while it was measured, and the lines it executed by file."""

    seconds: float
    lines: Mapping[str, Sequence[int]]


class Coverings:
    """The tests that execute a line.

    Args:
        tests: All that pass as the code stands, by their ids.
        failing: Those that do not, as tests of time may on a busy machine; they are left out.
    """

    def __init__(self, tests: Mapping[str, Measured], failing: Sequence[str]) -> None:
        self.tests = tests
        self.failing = failing
        self._of_line: dict[tuple[str, int], set[str]] = {}
        self._of_file: dict[str, set[str]] = {}
        for test, measured in tests.items():
            for path, lines in measured.lines.items():
                self._of_file.setdefault(path, set()).add(test)
                for line in lines:
                    self._of_line.setdefault((path, line), set()).add(test)

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that execute a mutant: the fastest first, a file's tests together."""
        if mutant.lines is None:  # what is made there is used in other tests than the first
            users = [mutant.path, *_importers(mutant.path)]
            tests = set().union(*(self._of_file.get(path, set()) for path in users))
        else:
            first, last = mutant.lines
            found = (self._of_line.get((mutant.path, at), set()) for at in range(first, last + 1))
            tests = set().union(*found)
        files: dict[str, list[str]] = {}
        for test in sorted(tests, key=self._seconds):
            files.setdefault(file_of(test), []).append(test)
        mean = {file: sum(map(self._seconds, of)) / len(of) for file, of in files.items()}
        return [test for file in sorted(files, key=mean.__getitem__) for test in files[file]]

    def _seconds(self, test: str) -> float:
        return self.tests[test].seconds


@cache
def _importers(path: str) -> list[str]:
    """Return the files that import from a file of the package."""
    module = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    words = f"from {module} import "
    files = (ROOT / "src").rglob("*.py")
    return [str(file.relative_to(ROOT)) for file in files if words in file.read_text()]


def file_of(test: str) -> str:
    """Return the file of a test's id."""
    return test.partition("::")[0]


def measure(trees: Sequence[Tree], places: Iterable[str], kept: Path) -> Coverings:
    """Run the tests of files and folders that changed since, and note what each executes.

    Args:
        trees: Where they are run, each a part of them.
        places: Files and folders of tests.
        kept: The file that has what was measured before.
    """
    code, files = _digests(places)
    known = json.loads(kept.read_text()) if kept.exists() else {}
    rows = known.get("files", {}) if known.get("code") == code else {}
    rows = {file: row for file, row in rows.items() if row["digest"] == files.get(file)}
    missing = sorted(files.keys() - rows.keys(), key=lambda file: (ROOT / file).stat().st_size)
    if missing:
        parts = [missing[number :: len(trees)] for number in range(len(trees))]
        with ThreadPoolExecutor(len(trees)) as threads:
            for measured, failing in threads.map(_measure, trees, parts):
                for file in missing:
                    row = rows.setdefault(file, {"digest": files[file], "tests": {}, "failing": []})
                    row["tests"] |= {
                        test: of for test, of in measured.items() if file_of(test) == file
                    }
                    row["failing"] += [test for test in failing if file_of(test) == file]
        kept.write_text(json.dumps({"code": code, "files": rows}))
    tests = {test: Measured(*of) for row in rows.values() for test, of in row["tests"].items()}
    return Coverings(tests, [test for row in rows.values() for test in row["failing"]])


def _digests(places: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return a digest of the code and of what all tests use, and one of each test file."""
    chosen = {
        str(file.relative_to(ROOT))
        for place in places
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("test_*.py"))
    }
    code, files = hashlib.sha256(), dict[str, str]()
    for path in sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        name, source = str(path.relative_to(ROOT)), path.read_bytes()
        if name in chosen:
            files[name] = hashlib.sha256(source).hexdigest()
        elif not path.name.startswith("test_") and not name.startswith(_HERE):
            code.update(name.encode() + b"\0" + source)
    return code.hexdigest(), files


def _measure(tree: Tree, files: Sequence[str]) -> tuple[dict[str, Measured], list[str]]:
    """Run files of tests; return those that pass, and the ids of the others."""
    if not files:
        return {}, []
    executed: dict[str, dict[str, list[int]]] = {}
    with tree.measuring() as folder:
        outcome = tree.run(files, "--timeout", "300", longest=_LONGEST)
        for test, path, lines in _executed(folder, f"{tree.root}/"):
            executed.setdefault(test, {}).setdefault(path, []).extend(lines)
    if not outcome.seconds:
        raise SystemExit(f"no test can be run:\n{outcome.printed[-2000:]}")
    # Being measured, some take too long, or see modules that they do not expect.
    again = dict.fromkeys(outcome.failed, 300.0)
    failing = list[str]()
    if again:
        plainly = tree.run({file_of(test) for test in again}, order=again, longest=_LONGEST)
        failing = plainly.failed
    return {
        test: Measured(seconds, _lines(executed.get(test, {}), executed.get(_shared_by(test), {})))
        for test, seconds in outcome.seconds.items()
        if test not in failing
    }, failing


def _shared_by(test: str) -> str:
    """Return the name under which fixtures are measured that all tests of the file share."""
    return f"{file_of(test)}::"


def _lines(*executed: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    every: dict[str, set[int]] = {}
    for lines_of in executed:
        for path, lines in lines_of.items():
            every.setdefault(path, set()).update(lines)
    return {path: sorted(lines) for path, lines in every.items()}


def _executed(folder: Path, root: str) -> Iterator[tuple[str, str, list[int]]]:
    """Yield a test, a file and lines, of each process that wrote what it executed."""
    for file in folder.glob("lines.*"):
        data = coverage.CoverageData(str(file))
        try:
            data.read()
            for path in data.measured_files():
                name = path.removeprefix(root)
                tests: dict[str, list[int]] = {}
                for line, contexts in data.contexts_by_lineno(path).items():
                    for test in filter(None, contexts):
                        tests.setdefault(test, []).append(line)
                for test, lines in tests.items():
                    yield test, name, lines
        except CoverageException:
            continue  # a process that was killed while it wrote; another run of the line tells
        finally:
            data.close()
