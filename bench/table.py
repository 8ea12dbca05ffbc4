"""Rows of what was measured, each with the bound that it keeps or misses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMATS = {"×": ".2f", "ms": ".2f", "µs": ".2f", "KiB": ".2f", "": ".0f"}


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Args:
        what: what was measured.
        figures: the medians, in words.
        measured: the ratio, the difference, the size or the number.
        bound: what it must not exceed, or must reach; None where it is shown for comparison.
        unit: "×", "ms", "µs", "KiB" or "" for a number.
        at_least: whether the bound is to be reached.
    """

    what: str
    figures: str
    measured: float
    bound: float | None
    unit: str = "×"
    at_least: bool = False

    @property
    def is_missed(self) -> bool:
        """Whether there is a bound, and it is missed."""
        if self.bound is None:
            return False
        return self.measured < self.bound if self.at_least else self.measured > self.bound

    def __str__(self) -> str:
        measured = f"{self.measured:{_FORMATS[self.unit]}} {self.unit}".rstrip()
        if self.bound is None:
            return f"| {self.what} | {self.figures} | {measured} | | |"
        bound = f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}".rstrip()
        verdict = "MISSED" if self.is_missed else "kept"
        return f"| {self.what} | {self.figures} | {measured} | {bound} | {verdict} |"


def print_table(name: str, rows: Iterable[Row]) -> bool:
    """Print the rows, and return whether any missed its bound.

    Args:
        name: of the table, which docs/figures.md has as well.
        rows: of it.
    """
    rows = list(rows)
    print(f"\n{name}\n\n| what | medians | measured | bound | |\n|---|---|---|---|---|")
    print(*rows, sep="\n", flush=True)
    return any(row.is_missed for row in rows)
