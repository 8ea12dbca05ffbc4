"""The result of each mutant, written at once, so that a stopped run can be continued."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mutants.mistakes import Mutant


class Results:
    """The results of a sample.

    Args:
        path: The file that has them, one JSON object a line; the last of a mutant counts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by: dict[str, str | None] = {}
        self._tried_with_all = set[str]()
        for line in path.read_text().splitlines() if path.exists() else ():
            row = json.loads(line)
            self._note(row["mutant"], row["by"], with_all=row["with_all"])

    def tried(self, mutant: Mutant) -> bool:
        """Return whether any tests were run with it."""
        return mutant.digest in self._by

    def killed(self, mutant: Mutant) -> bool:
        """Return whether something noticed it."""
        return self._by.get(mutant.digest) is not None

    def survived(self, mutant: Mutant) -> bool:
        """Return whether nothing noticed it, of all tests that cover its folder."""
        return not self.killed(mutant) and mutant.digest in self._tried_with_all

    def survived_so_far(self, mutant: Mutant) -> bool:
        """Return whether no test that executes it noticed it, and the others were not run."""
        return self.tried(mutant) and not self.killed(mutant) and not self.survived(mutant)

    def add(self, mutant: Mutant, by: str | None, *, with_all: bool) -> None:
        """Write what noticed a mutant, None where nothing did.

        Args:
            mutant: The mistake.
            by: A test, or words.
            with_all: Whether all tests that cover its folder were run; else those that execute it.
        """
        self._note(mutant.digest, by, with_all=with_all)
        row = {"mutant": mutant.digest, "by": by, "with_all": with_all, "what": str(mutant)}
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def _note(self, digest: str, by: str | None, *, with_all: bool) -> None:
        self._by[digest] = by
        (self._tried_with_all.add if with_all else self._tried_with_all.discard)(digest)


class Equivalents(NamedTuple):
    """The mutants that change nothing that is promised, marked by hand: a reason for each key."""

    reasons: dict[tuple[str, str, str, str], str]

    def unknown(self, mutants: Iterable[Mutant], within: Iterable[str]) -> list[str]:
        """Return those marked in some folders that cannot be made any more."""
        known, folders = {mutant.key for mutant in mutants}, tuple(f"{name}/" for name in within)
        return [
            f"{path}: {function}: {before}  →  {after}"
            for path, function, before, after in self.reasons.keys() - known
            if path.startswith(folders)
        ]


def equivalents(path: Path) -> Equivalents:
    """Read the list."""
    rows = tomli.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    return Equivalents(
        {(row["path"], row["function"], row["before"], row["after"]): row["reason"] for row in rows}
    )
