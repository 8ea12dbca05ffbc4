"""Makes one mistake at a time in a copy of the code, and runs the tests that execute that line.

    make mutants MUTANTS="--count 150 --seed 1 [folder ...]"

A mistake is another comparison or boundary, a `not` too many or too few, `and` for `or`, another
number, a statement that is left out, or None in a result's place. A seed draws a sample of all that
can be made in the named folders, in proportion to their statements, so that a run can be repeated.
Each is made in a copy of the tree with an environment of its own; this checkout is not touched.

All tests are run once to learn which lines each executes, in processes that it starts as well. The
tests that execute a mutant are run first, then all others that cover its folder. A test that hangs
notices a mutant too: each has a limit of time. Results are written to `.mutants/` as they come, and
the same command goes on where a run was ended. `equivalent.toml` lists the mutants that change
nothing that is promised.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf
from pathlib import Path
from queue import Queue

from mutants.coverings import measure
from mutants.mistakes import Mutant, read, sample
from mutants.results import Results, equivalents
from mutants.trees import ROOT, Tree
from mutants.trials import Trials

PACKAGE = "src/osdu_auth"
_FAST = 2.0  # seconds
# The tests that cover a folder of the package.
TESTS = {
    "session": ["tests/session", "tests/test_session_faults.py"],
    "stores": ["tests/stores", "tests/session"],
    "profiles": ["tests/profiles", "tests/cli/test_init.py"],
    "verification": ["tests/verification", "tests/cli/test_verify.py"],
}


def main() -> None:
    """Draw the sample, try each, and print what came of it."""
    parser = argparse.ArgumentParser(
        prog="make mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="*", default=list(TESTS), metavar="folder")
    parser.add_argument("--count", type=int, default=150, help="how many mutants; default: 150")
    parser.add_argument("--seed", type=int, default=1, help="which sample; default: 1")
    parser.add_argument("--at-once", type=int, default=2, help="how many at a time; default: 2")
    parser.add_argument("--again", action="store_true", help="try only those that survived before")
    parser.add_argument("--quick", action="store_true", help="only fast tests that execute it")
    given = parser.parse_args()
    kept = ROOT / ".mutants"
    kept.mkdir(exist_ok=True)
    folders = {name: read(ROOT, f"{PACKAGE}/{name}") for name in given.folders}
    drawn = sample(list(folders.values()), given.count, given.seed)
    results = Results(kept / f"seed-{given.seed}.jsonl")
    marked = equivalents(Path(__file__).with_name("equivalent.toml"))
    to_try = [
        mutant
        for mutant in drawn
        if not results.killed(mutant)
        and (results.tried(mutant) if given.again else not results.survived(mutant))
        and mutant.key not in marked.reasons
    ]
    if to_try:
        _try(to_try, results, given.at_once, kept / "lines.json", is_quick=given.quick)
    equivalent = [mutant for mutant in drawn if mutant.key in marked.reasons]
    others = [
        mutant for mutant in drawn if results.tried(mutant) and mutant.key not in marked.reasons
    ]
    killed = [mutant for mutant in others if results.killed(mutant)]
    every = [mutant for folder in folders.values() for mutant in folder.mutants]
    print(
        f"\n{len(killed)} of {len(others)} killed ({len(killed) / len(others):.1%}), and "
        f"{len(equivalent)} equivalent; {len(drawn) - len(others) - len(equivalent)} not tried; "
        f"seed {given.seed}, of {len(every)} that can be made"
    )
    for mutant in others:
        if results.survived(mutant):
            print(f"survived: {mutant}")
        elif results.survived_so_far(mutant):
            print(f"survived so far: {mutant}")
    for mutant in equivalent:
        print(f"equivalent: {mutant}\n    {marked.reasons[mutant.key]}")
    for unknown in marked.unknown(every, [f"{PACKAGE}/{name}" for name in folders]):
        print(f"marked as equivalent, but cannot be made: {unknown}")


def _try(
    mutants: list[Mutant], results: Results, at_once: int, kept: Path, *, is_quick: bool
) -> None:
    """Try mutants, each in a tree of its own; print and write what comes of each."""
    begin = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        ThreadPoolExecutor(at_once) as threads,
    ):
        trees = [Tree(Path(folder) / str(number)) for number in range(at_once)]
        places = dict.fromkeys(place for tests in TESTS.values() for place in tests)
        coverings = measure(trees, places, kept)
        for test in coverings.failing:
            print(f"left out, as it fails as the code stands: {test}", flush=True)
        minutes = (time.monotonic() - begin) / 60
        print(f"{len(coverings.tests)} tests measured, after {minutes:.0f} min", flush=True)
        trials, free = Trials(coverings, _FAST if is_quick else inf), Queue[Tree]()
        for tree in trees:
            free.put(tree)

        def try_one(mutant: Mutant, *, with_all: bool) -> None:
            tree = free.get()
            try:
                by = (
                    trials.by_others(tree, mutant, TESTS[mutant.path.split("/")[2]])
                    if with_all
                    else trials.by_covering(tree, mutant)
                )
            finally:
                free.put(tree)
            results.add(mutant, by, with_all=with_all)
            verdict = f"killed by {by}" if by else "SURVIVED" if with_all else "survived so far"
            print(f"{mutant}  {verdict}", flush=True)

        # What all tests execute takes longest if it survives.
        mutants = sorted(mutants, key=lambda mutant: len(coverings.of(mutant)))
        list(threads.map(partial(try_one, with_all=False), mutants))
        left = [mutant for mutant in mutants if results.survived_so_far(mutant)]
        if not is_quick:
            list(threads.map(partial(try_one, with_all=True), left))
        for tree in trees:
            tree.close()
    print(f"{len(mutants)} tried in {(time.monotonic() - begin) / 60:.0f} min")


if __name__ == "__main__":
    main()
