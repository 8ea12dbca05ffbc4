"""The fix of each error is typed as it is printed, and removes the fault.

Each code of the catalogue is caused here, or in a test that is named for it, or the catalogue
says why its fix is not typed.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from advice.accounts import an_id_that_is_wrong
from advice.coverage import in_words
from advice.registry import PROVOKERS
from advice.scene import Fault, Scene, in_python
from advice.typed_elsewhere import TYPED_ELSEWHERE
from osdu_auth.catalogue import read_catalogue
from osdu_auth.profiles.references import resolve

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox


@pytest.mark.parametrize("code", sorted(PROVOKERS))
def test_each_fix_works_as_it_is_printed(code: str, scene: Scene) -> None:
    follow(PROVOKERS[code](scene), code, scene)


def follow(fault: Fault, code: str, scene: Scene) -> None:
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


FOLDERS = [
    "John Smith",
    "a;b",
    "it's",
    '"quoted"',
    "-dash",
    "new\nline",
    "$HOME",
    "#1",
    "*",
    "naïve",
]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("code", ["OA-C780", "OA-F806", "OA-F807"])
def test_the_fix_for_a_folder_works_with_each_name(
    code: str, name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A file to edit, a variable to set, and a lock to look at."""
    folder = tmp_path / name
    folder.mkdir()
    scene = Scene(sandbox, folder)
    follow(PROVOKERS[code](scene), code, scene)


@pytest.mark.parametrize("name", [name for name in FOLDERS if "\n" not in name])
def test_the_fix_for_a_secret_s_file_works_with_each_name(name: str, scene: Scene) -> None:
    file = scene.folder / name
    file.write_text(scene.sandbox.client_secret)
    file.chmod(0o644)
    attempt = in_python(lambda: resolve(f"file:{file}"))
    follow(Fault(attempt), "OA-C794", scene)


TESTS = Path(__file__).parents[1]
HOW = (
    "Each code needs one of three: a function that causes it, under @provokes in tests/advice; the "
    "test that types its fix, in tests/advice/typed_elsewhere.py; or, in its page in "
    "src/osdu_auth/catalogue, untyped = the reason why no test can type it."
)


def test_each_code_is_caused_here_typed_elsewhere_or_listed_with_a_reason() -> None:
    listed = {code for code, page in read_catalogue().items() if page.untyped or page.retired}
    ways = [set(PROVOKERS), set(TYPED_ELSEWHERE), listed]
    assert set.union(*ways) == set(read_catalogue()), HOW
    assert sum(map(len, ways)) == len(read_catalogue()), f"One code, one way. {HOW}"


def test_each_test_in_typed_elsewhere_exists_and_names_its_code() -> None:
    for code, test in TYPED_ELSEWHERE.items():
        place, _, name = test.partition("::")
        text = (TESTS / place).read_text()
        nodes = ast.walk(ast.parse(text))
        assert name in {each.name for each in nodes if isinstance(each, ast.FunctionDef)}, test
        assert code in text, (code, place)


def test_the_docs_have_the_number_of_typed_fixes() -> None:
    assert in_words() in (TESTS.parent / "docs/errors/README.md").read_text()


def test_the_fix_of_a_refused_client_corrects_its_id_too(scene: Scene) -> None:
    follow(an_id_that_is_wrong(scene), "OA-A710", scene)
