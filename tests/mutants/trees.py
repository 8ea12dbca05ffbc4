"""A copy of this checkout with an environment of its own, in which tests are run."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mutants.mistakes import Mutant

ROOT = Path(__file__).resolve().parents[2]
_SCRIPTS = ["osdu-auth"]  # which tests run


class Outcome(NamedTuple):
    """What came of a run.

    Attributes:
        seconds: How long each test took that came to its end.
        failed: Those of them that failed.
        unfinished: The test that was under way when the run ended or was ended.
        hung: Whether the run was ended because it took too long.
        code: The exit code of pytest, or the signal that ended it as a negative number.
        printed: What pytest printed.
    """

    seconds: dict[str, float]
    failed: list[str]
    unfinished: str | None
    hung: bool
    code: int
    printed: str


class Tree:
    """A copy of this checkout, put into a folder, in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "osdu-auth"
        unwanted = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, self.root, ignore=unwanted, symlinks=True)
        compileall.compile_dir(str(self.root / "src"), quiet=1)
        self._python = self._environment()
        self._pytest = _Pytest(self._python, self.root)
        self._changed = 0

    def _environment(self) -> str:
        """Make an environment that has all packages of this one, and the copy in place of ours."""
        theirs = self.root / ".venv"
        paths = sysconfig.get_paths(vars={"base": str(theirs), "platbase": str(theirs)})
        for name in ("scripts", "purelib"):
            os.makedirs(paths[name], exist_ok=True)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", theirs)
        here = Path(__file__).parent / "environment"
        found = [
            self.root / "src",
            self.root / here.relative_to(ROOT),
            sysconfig.get_path("purelib"),
        ]
        (Path(paths["purelib"]) / "mutant.pth").write_text("".join(f"{path}\n" for path in found))
        python = os.path.join(paths["scripts"], "python")
        os.symlink(os.path.realpath(sys.executable), python)
        for name in _SCRIPTS:
            ours = (Path(sysconfig.get_path("scripts")) / name).read_text()
            script = Path(paths["scripts"]) / name
            script.write_text(f"#!{python}\n" + ours.partition("\n")[2])
            script.chmod(0o755)
        return python

    @contextmanager
    def measuring(self) -> Iterator[Path]:
        """Have each process write into a folder what lines it executes, for a while."""
        folder = self.root / ".venv" / "mapped"
        folder.mkdir()
        try:
            self._pytest.close()
            self._pytest = _Pytest(self._python, self.root)
            yield folder
        finally:
            self._pytest.close()  # which writes what it executed itself
            shutil.rmtree(folder)
            self._pytest = _Pytest(self._python, self.root)

    def close(self) -> None:
        """End the process that runs the tests."""
        self._pytest.close()

    @contextmanager
    def having(self, mutant: Mutant) -> Iterator[bytes]:
        """Make a mistake for a while; the file is given as it was."""
        former = (self.root / mutant.path).read_bytes()
        self.write(mutant.path, mutant.source)
        try:
            yield former
        finally:
            self.write(mutant.path, former)

    def write(self, name: str, source: bytes) -> None:
        """Write a file with a time of its own, so that no compiled file of another one is taken."""
        self._changed += 1
        path = self.root / name
        path.write_bytes(source)
        os.utime(path, (self._changed, self._changed))

    def run(
        self,
        files: Iterable[str],
        *options: str,
        order: Mapping[str, float] | None = None,
        all_but: Iterable[str] = (),
        longest: float,
    ) -> Outcome:
        """Run tests.

        Args:
            files: Where the tests are.
            options: More for pytest.
            order: Only these, in this order, each with the seconds that it may take.
            all_but: Where no order is given, what is left out.
            longest: After how many seconds the run is ended, with all that it started.
        """
        plan, told = self.root / ".plan", self.root / ".told"
        plan.write_text(json.dumps({"order": order} if order else {"all_but": list(all_but)}))
        told.write_text("")
        words = ["-q", "-p", "no:cacheprovider", "-p", "mutants_plugin"]
        words += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what is imported already
        words += ["--plan", str(plan), "--told", str(told), *options, *files]
        code, hung = self._pytest.run(words, longest)
        printed = (self.root / ".printed").read_text(errors="replace")
        return _outcome(told, hung=hung, code=code, printed=printed)


class _Pytest:
    """Has a process run pytest again and again, as `environment/run_tests.py` says.

    Args:
        python: The environment's interpreter.
        root: The folder to run in.
    """

    def __init__(self, python: str, root: Path) -> None:
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [python, Path(__file__).parent / "environment" / "run_tests.py"],
            cwd=root, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, arguments: Sequence[str], longest: float) -> tuple[int, bool]:
        """Return the exit code, and whether the run was ended as it took longer than that."""
        self._write(json.dumps(arguments) + "\n")
        child, hung = self._answer(), threading.Event()

        def end() -> None:
            hung.set()
            os.killpg(child, signal.SIGKILL)

        timer = threading.Timer(longest, end)
        timer.start()
        try:
            return self._answer(), hung.is_set()
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process; none of its children is under way."""
        self._process.communicate()

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def _outcome(told: Path, *, hung: bool, code: int, printed: str) -> Outcome:
    seconds, failed, unfinished = dict[str, float](), list[str](), None
    for line in told.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        unfinished = row.get("begun")
        if "test" in row:
            seconds[row["test"]] = row["seconds"]
            failed += [row["test"]] if row["failed"] else []
    return Outcome(seconds, failed, unfinished, hung, code, printed)
