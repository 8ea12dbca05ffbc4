"""What an error says to type is typed, as it is printed, and the fault is gone.

Each code of the catalogue is provoked here, or in a test that is named for it, or the catalogue
says why its advice is not typed.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from advice.coverage import in_words
from advice.registry import PROVOKERS
from advice.typed_elsewhere import TYPED_ELSEWHERE
from osdu_auth.catalogue import read_catalogue

if TYPE_CHECKING:
    from advice.scene import Scene


@pytest.mark.parametrize("code", sorted(PROVOKERS))
def test_the_advice_is_typed_as_it_is_printed_and_the_fault_is_gone(
    code: str, scene: Scene
) -> None:
    fault = PROVOKERS[code](scene)
    refused = fault.attempt()
    assert f"[{code}]" in refused.said, refused
    if fault.first is not None:
        fault.first()
    if fault.in_python is not None:
        fault.in_python(refused.advice)
    elif line := fault.typed(refused.advice):
        scene.type(line, fault.stdin)
    again = fault.attempt()
    assert f"[{code}]" not in again.said, again.said
    assert fault.ends_in is None or again.code == fault.ends_in, again.said


TESTS = Path(__file__).parents[1]
HOW = (
    "Each code needs one of three: what provokes it, under @provokes in tests/advice; the test "
    "that types its advice, in tests/advice/typed_elsewhere.py; or, in its page in "
    "src/osdu_auth/catalogue, untyped = why no test can type it."
)


def test_each_code_is_provoked_or_typed_elsewhere_or_listed_with_the_reason() -> None:
    listed = {code for code, page in read_catalogue().items() if page.untyped or page.retired}
    ways = [set(PROVOKERS), set(TYPED_ELSEWHERE), listed]
    assert set.union(*ways) == set(read_catalogue()), HOW
    assert sum(map(len, ways)) == len(read_catalogue()), f"One code, one way. {HOW}"


@pytest.mark.parametrize("code", TYPED_ELSEWHERE)
def test_a_test_that_types_advice_elsewhere_exists_and_is_about_that_code(code: str) -> None:
    place, _, name = TYPED_ELSEWHERE[code].partition("::")
    text = (TESTS / place).read_text()
    named = [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert name in named
    assert code in text


def test_how_much_is_typed_stands_in_the_docs() -> None:
    assert in_words() in (TESTS.parent / "docs/errors/README.md").read_text()
