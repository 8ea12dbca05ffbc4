"""Text from other programs cannot control a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.text import printable


@given(st.text())
def test_nothing_that_printable_returns_can_control_a_terminal(text: str) -> None:
    for character in printable(text):
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(character) not in {"RLO", "LRO", "RLE", "LRE", "PDF"}


@for_each("sequence", ["\x1b[2J", "\x9b31m", "\r", "\n", "\x00", "\u202e", "\u2066"])
def test_control_sequences_cannot_control_the_terminal(sequence: str) -> None:
    assert sequence not in printable(f"before{sequence}after")


def test_long_text_is_cut_and_marked() -> None:
    assert printable("x" * 1000, 10) == "x" * 9 + "…"
    assert printable("x" * 10, 10) == "x" * 10
