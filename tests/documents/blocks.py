"""The blocks of code in README and docs, and the marks that say how each is run.

The mark is a line above the block, or above the first of several, up to `<!-- end -->`:

- `<!-- run: NAME -->`: `test_documents.py` runs it on a sandbox, by its language;
- `<!-- NAME -->`, `<!-- recipe: NAME -->`: another test runs it, which gets it by `text_of`;
- `<!-- not run: WHY -->`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_MARK = re.compile(r"<!-- (?:(recipe|run|not run): )?(.+?) -->")
_FENCE = re.compile(r"(`{3,})(\S*)")
_END, _UNMARKED = "<!-- end -->", ("unmarked", "")
# The blocks that tests have read since the set was last emptied (`coverage.py`).
TAKEN: set[str] = set()


class Block(NamedTuple):
    """A block of code.

    Args:
        page: the path of its page, from the root of the project.
        line: the number of its first fence's line.
        language: the word at the fence; "" without one.
        kind: "run", "recipe", "not run", "" for a name only, or "unmarked".
        name: its name, or why it is not run.
        text: the text between the fences.
    """

    page: str
    line: int
    language: str
    kind: str
    name: str
    text: str

    @property
    def is_run(self) -> bool:
        """Whether a test has to run it."""
        return self.kind not in {"not run", "unmarked"}

    @property
    def key(self) -> str:
        """Its unique name among all blocks."""
        return f"{self.page}: {self.name}"


def pages() -> list[Path]:
    """Return the pages whose blocks are counted: those at the root, and all in docs."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@cache
def blocks() -> tuple[Block, ...]:
    """Return the blocks of all pages."""
    return tuple(
        block
        for page in pages()
        for block in blocks_in(page.read_text(), page.relative_to(ROOT).as_posix())
    )


def blocks_in(markdown: str, page: str) -> list[Block]:
    """Return the blocks in a page's text, in their order.

    Args:
        markdown: the text.
        page: its path, from the root of the project.
    """
    found, lines = [], markdown.splitlines(keepends=True)
    mark, number = _UNMARKED, 0
    while number < len(lines):
        if marked := _MARK.fullmatch(lines[number].strip()):
            mark = (marked[1] or "", marked[2])
        elif fence := _FENCE.match(lines[number]):
            first, number = number, lines.index(fence[1] + "\n", number + 1)
            text = "".join(lines[first + 1 : number])
            found.append(Block(page, first + 1, fence[2], *mark, text))
            # Without an end, a mark belongs to the next block only.
            if next(filter(_MARK.match, lines[number:]), "").strip() != _END:
                mark = _UNMARKED
        number += 1
        if mark[1] == "end":
            mark = _UNMARKED
    return found


def text_of(page: str, name: str) -> str:
    """Return the block of a page with a name, for a test that runs it.

    Args:
        page: its path, from the root of the project.
        name: as it stands in the mark.
    """
    found = [block for block in blocks() if (block.page, block.name) == (page, name)]
    assert found, f"{page} has no block {name}"
    TAKEN.add(found[0].key)
    return "\n".join(block.text for block in found)
