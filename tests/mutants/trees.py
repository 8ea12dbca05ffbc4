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
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        code: The exit code of pytest; None where it hung.
        printed: What pytest printed.
    """

    seconds: dict[str, float]
    failed: list[str]
    unfinished: str | None
    hung: bool
    code: int | None
    printed: str


class Tree:
    """A copy of this checkout, put into a folder, in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "osdu-auth"
        unwanted = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, self.root, ignore=unwanted, symlinks=True)
        compileall.compile_dir(str(self.root / "src"), quiet=1)
        self._python = self._environment()
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

    @property
    def mapped(self) -> Path:
        """The folder that, while it is there, has each process write what lines it executes."""
        return self.root / ".venv" / "mapped"

    def put(self, mutant: Mutant) -> bytes:
        """Make a mistake; return the file as it was."""
        path = self.root / mutant.path
        former = path.read_bytes()
        self.write(mutant.path, mutant.source)
        return former

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
        words = [
            self._python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "mutants_plugin",
        ]
        words += ["--plan", str(plan), "--told", str(told), *options, *files]
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            words, cwd=self.root, env=environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                printed, _ = process.communicate(timeout=longest)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return _outcome(told, hung=True, code=None, printed="")
        return _outcome(told, hung=False, code=process.returncode, printed=printed)


def _outcome(told: Path, *, hung: bool, code: int | None, printed: str) -> Outcome:
    seconds, failed, unfinished = dict[str, float](), list[str](), None
    for line in told.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        unfinished = row.get("begun")
        if "test" in row:
            seconds[row["test"]] = row["seconds"]
            failed += [row["test"]] if row["failed"] else []
    return Outcome(seconds, failed, unfinished, hung, code, printed)
