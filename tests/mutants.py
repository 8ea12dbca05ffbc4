"""Whether the tests notice a mistake: one is made at a time, and the tests that cover it are run.

    python tests/mutants.py --count 150 --seed 1 [folder ...]

A mistake is another comparison or boundary, a `not` too many or too few, `and` for `or`, another
number, a statement that is left out, or None in a result's place. A seed draws a sample of all that
can be made in the named folders, so that a run can be repeated. Each is made in a copy of the tree
with an environment of its own; this checkout is not touched.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "src/osdu_auth"
# The tests that cover a folder of the package.
TESTS = {
    "session": ["tests/session", "tests/test_session_faults.py"],
    "stores": ["tests/stores", "tests/session"],
    "profiles": ["tests/profiles", "tests/cli/test_init.py"],
    "verification": ["tests/verification", "tests/cli/test_verify.py"],
}
PATIENCE = (
    3.0  # times as long as the tests take by themselves; a mutant that hangs is noticed by that
)

_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


class Mutant(NamedTuple):
    """One mistake: its file from the checkout's root, its line, the change, the whole source."""

    path: str
    line: int
    change: str
    source: bytes


def mutants_of(path: str, source: bytes) -> Iterator[Mutant]:
    """Yield every mistake that can be made in a file."""
    starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]
    for node in _code(ast.parse(source)):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        for new in _mistakes(node):
            mutated = source[:begin] + new.encode() + source[end:]
            before = " ".join(source[begin:end].decode().split())
            yield Mutant(path, node.lineno, f"{before[:70]}  →  {new[:70]}", mutated)


def _code(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield all nodes in which a mistake could be made that a program meets."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue  # within a text, positions are not known before Python 3.12
            if isinstance(node, (ast.expr, ast.stmt)):
                yield node
            yield from _code(node)


def _mistakes(node: ast.expr | ast.stmt) -> Iterator[str]:  # noqa: C901 - a table
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _OPPOSITES:
            yield _with(node, ops=[_OPPOSITES[type(operator)]()])
            if isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                yield f"(not ({ast.unparse(node)}))"
        case ast.BoolOp(op=operator):
            yield f"({_with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(test=test):
            yield f"({_with(node, test=ast.UnaryOp(ast.Not(), test))})"
        case ast.Constant(value=bool() as value):
            yield repr(not value)
        case ast.Constant(value=int() | float() as value):
            yield repr(value + 1)
            yield f"({value - 1!r})"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Assign(targets=[ast.Attribute()]):
            yield "pass"
        case ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Break() | ast.Continue():
            yield "pass"


def _with(node: ast.expr, **fields: object) -> str:
    return ast.unparse(type(node)(**dict(ast.iter_fields(node)) | fields))


class Tests(NamedTuple):
    """What covers a folder: pytest's arguments, and how many seconds that takes at most."""

    arguments: list[str]
    longest: float


class Tree:
    """A copy of this checkout, put into a folder, in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / ROOT.name
        unwanted = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, self.root, ignore=unwanted, symlinks=True)
        compileall.compile_dir(str(self.root / "src"), quiet=1)
        self.python = self._environment()

    def _environment(self) -> str:
        """Make an environment that has all packages of this one, and the copy in place of ours."""
        theirs = self.root / ".venv"
        paths = sysconfig.get_paths(vars={"base": str(theirs), "platbase": str(theirs)})
        for name in ("scripts", "purelib"):
            os.makedirs(paths[name], exist_ok=True)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", theirs)
        packages = Path(paths["purelib"]) / "mutant.pth"
        packages.write_text(f"{self.root / 'src'}\n{sysconfig.get_path('purelib')}\n")
        python = os.path.join(paths["scripts"], "python")
        os.symlink(os.path.realpath(sys.executable), python)
        return python

    def run(self, tests: Tests, *options: str) -> tuple[int | None, str]:
        """Run tests; return pytest's exit code, None where they hang, and what it printed."""
        words = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        words += tests.arguments
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            words, cwd=self.root, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                told, _ = process.communicate(timeout=tests.longest)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None, ""
            return process.returncode, told

    def notices(self, mutant: Mutant, tests: Tests) -> str | None:
        """Return what notices a mutant: a test's name or a time-out; None where nothing does."""
        path = self.root / mutant.path
        former, times = path.read_bytes(), path.stat()
        path.write_bytes(mutant.source)
        os.utime(path, (0, 0))  # another time than the compiled file knows
        try:
            code, told = self.run(tests, "-x", "--timeout", "60")
        finally:
            path.write_bytes(former)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        if code == 0:
            return None
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE)
        return "a time-out" if code is None else failed[1] if failed else f"exit code {code}"


def covering(tree: Tree, folder: str) -> Tests:
    """Return what to run for a folder: its tests by file, the fastest first.

    What fails as the code stands, as tests of time may on a busy machine, is told and left out.
    """
    begin = time.monotonic()
    _, told = tree.run(Tests(TESTS[folder], 3600), "--durations=0", "-vv", "--timeout", "120")
    longest = PATIENCE * (time.monotonic() - begin)
    took: dict[str, float] = {}
    for seconds, file in re.findall(r"^([\d.]+)s +\w+ +([^:\s]+)::", told, re.MULTILINE):
        took[file] = took.get(file, 0.0) + float(seconds)
    if not took:
        raise SystemExit(f"no test of {folder} can be run:\n{told[-2000:]}")
    print(f"{folder}: its tests take {longest / PATIENCE:.0f} s", flush=True)
    failing = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", told, re.MULTILINE)
    for test in failing:
        print(f"left out, as it fails as the code stands: {test}", flush=True)
    left_out = [f"--deselect={test}" for test in failing]
    return Tests([*left_out, *sorted(took, key=took.__getitem__)], longest)


def main() -> None:
    """Draw the sample, try each, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="*", default=list(TESTS), metavar="folder")
    parser.add_argument("--count", type=int, default=150, help="how many mutants; default: 150")
    parser.add_argument("--seed", type=int, default=1, help="which sample; default: 1")
    parser.add_argument("--at-once", type=int, default=2, help="how many at a time; default: 2")
    given = parser.parse_args()
    every = [
        mutant
        for folder in given.folders
        for path in sorted((ROOT / PACKAGE / folder).rglob("*.py"))
        for mutant in mutants_of(str(path.relative_to(ROOT)), path.read_bytes())
    ]
    sample = random.Random(given.seed).sample(every, min(given.count, len(every)))
    begin, survivors = time.monotonic(), []
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        ThreadPoolExecutor(given.at_once) as threads,
    ):
        every_tree = [Tree(Path(folder) / str(number)) for number in range(given.at_once)]
        tests = {name: covering(every_tree[0], name) for name in given.folders}
        free: Queue[Tree] = Queue()
        for tree in every_tree:
            free.put(tree)

        def noticed(mutant: Mutant) -> str | None:
            tree = free.get()
            try:
                return tree.notices(mutant, tests[mutant.path.split("/")[2]])
            finally:
                free.put(tree)

        for mutant, by in zip(sample, threads.map(noticed, sample), strict=True):
            verdict = f"killed by {by}" if by else "SURVIVED"
            print(f"{mutant.path}:{mutant.line}: {mutant.change}  {verdict}", flush=True)
            if by is None:
                survivors.append(mutant)
    killed, minutes = len(sample) - len(survivors), (time.monotonic() - begin) / 60
    print(
        f"\n{killed} of {len(sample)} killed ({killed / len(sample):.0%}) in {minutes:.0f} min, "
        f"seed {given.seed}, of {len(every)} that can be made"
    )
    for mutant in survivors:
        print(f"survived: {mutant.path}:{mutant.line}: {mutant.change}")


if __name__ == "__main__":
    main()
