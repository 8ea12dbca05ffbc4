"""Runs tests on a mutant: first those that execute its line, then all that cover its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutants.coverings import file_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutants.coverings import Coverings
    from mutants.mistakes import Mutant
    from mutants.trees import Outcome, Tree

# What a test may take: some seconds to start, and several times what it took while measured.
_AT_LEAST, _TIMES = 30.0, 5.0
_NO_TESTS = 5  # pytest's exit code
_FIRST = 40  # so many tests notice most mutants, and the files of all others need not be collected


class Trials:
    """Tries mutants.

    Args:
        coverings: Which tests execute which lines.
        slowest: How many seconds a test that executes a mutant may take to be run.
    """

    def __init__(self, coverings: Coverings, slowest: float) -> None:
        self._coverings = coverings
        self._slowest = slowest
        self._stands_alone: dict[str, bool] = {}

    def by_covering(self, tree: Tree, mutant: Mutant) -> str | None:
        """Return which test that executes a mutant notices it, and how; None where none does.

        A test notices it if it fails or takes too long, does so again when it is run alone, and
        passes alone as the code stands.

        Args:
            tree: Where the tests are run.
            mutant: The mistake.
        """
        tests, done = self._coverings.tests, set(self._coverings.failing)
        every = self._coverings.of(mutant)
        covering = [test for test in every if tests[test].seconds <= self._slowest]
        with tree.having(mutant) as former:
            for part in (covering[:_FIRST], covering[_FIRST:]):
                while remaining := [test for test in part if test not in done]:
                    outcome = self._run(tree, remaining)
                    if by := self._by(tree, mutant, former, outcome):
                        return by
                    is_whole = outcome.code in {0, _NO_TESTS}
                    done.update(outcome.seconds, remaining if is_whole else ())
        return None

    def by_others(self, tree: Tree, mutant: Mutant, places: Sequence[str]) -> str | None:
        """Return which other test notices a mutant, as `by_covering` does.

        Args:
            tree: Where the tests are run.
            mutant: The mistake.
            places: The files and folders of tests that cover the mutant's folder.
        """
        done = {*self._coverings.failing, *self._coverings.of(mutant)}
        with tree.having(mutant) as former:
            while True:
                longest = self._limit(self._coverings.tests.keys() - done)
                outcome = tree.run(places, "-x", "--timeout", "60", all_but=done, longest=longest)
                if by := self._by(tree, mutant, former, outcome):
                    return by
                if outcome.code in {0, _NO_TESTS}:
                    return None
                done.update(outcome.seconds)

    def _by(self, tree: Tree, mutant: Mutant, former: bytes, outcome: Outcome) -> str | None:
        if outcome.code in {0, _NO_TESTS}:
            return None
        test = outcome.failed[0] if outcome.failed else outcome.unfinished
        if test is None:
            return "hangs before a test" if outcome.hung else "no test can be run"
        outcome.seconds[test] = 0.0
        again = self._run(tree, [test])
        if again.code == 0:
            return None
        if test not in self._stands_alone:
            tree.write(mutant.path, former)
            self._stands_alone[test] = self._run(tree, [test]).code == 0
            tree.write(mutant.path, mutant.source)
        if not self._stands_alone[test]:
            return None
        return f"{test}, which takes too long" if outcome.hung else test

    def _run(self, tree: Tree, tests: Sequence[str]) -> Outcome:
        order = {test: self._limit([test]) for test in tests}
        files = dict.fromkeys(map(file_of, tests))
        return tree.run(files, "-x", order=order, longest=self._limit(tests) + _AT_LEAST)

    def _limit(self, tests: Sequence[str] | set[str]) -> float:
        known = self._coverings.tests
        return _AT_LEAST + _TIMES * sum(known[test].seconds for test in tests if test in known)
