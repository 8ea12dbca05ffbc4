"""Every error code has a page, and every page is of a code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import osdu_auth
from cases import for_each
from make_error_pages import FOLDER, SUBJECTS, pages
from osdu_auth.catalogue import FILES, PEOPLE, code_in, read_catalogue
from osdu_auth.cli.application import application
from osdu_auth.cli.lazy_commands import LazyCommands

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(osdu_auth.__file__).parent
CATALOGUE = read_catalogue()
HOW = (
    "A code that is raised needs a page: add [OA-…] with title, means, causes, remedy, who and "
    "source to the file of its letter in src/osdu_auth/catalogue, then run `make error-pages`. "
    "A page of a code that nothing raises any more gets retired = the version since."
)


def codes_in_source() -> set[str]:
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"OA-[A-Z][0-9]{3}", node.value)
    }


def test_each_code_that_can_be_raised_has_a_page_and_each_page_s_code_exists() -> None:
    raised, listed = codes_in_source(), {code for code in CATALOGUE if not CATALOGUE[code].retired}
    assert (raised - listed, listed - raised) == (set(), set()), HOW
    assert len(raised) > 250


def test_each_page_is_complete() -> None:
    for code, page in CATALOGUE.items():
        assert page.code[3] in FILES, code
        assert page.causes, code
        assert page.who, code
        assert set(page.who) <= set(PEOPLE), code
        assert not page.title.endswith("."), code
        for sentence in (page.means, *page.causes, page.remedy, page.source, page.untyped or "."):
            assert sentence.endswith((".", '."')), (code, sentence)
            assert sentence == sentence.strip(), (code, sentence)


def test_a_file_holds_the_codes_of_its_letter_in_order() -> None:
    for letter, name in FILES.items():
        text = (PACKAGE / "catalogue" / name).read_text()
        codes = re.findall(r"^\[(.*)\]$", text, re.MULTILINE)
        assert codes == sorted(codes)
        assert {code[3] for code in codes} == {letter}
    assert set(SUBJECTS) == set(FILES)


def commands_in_pages() -> Iterator[tuple[str, str]]:
    for page in CATALOGUE.values():
        for text in (page.means, *page.causes, page.remedy):
            for line in re.findall(r"`([^`]*)`", text):
                for command in line.replace(" | ", " && ").split(" && "):
                    if command.startswith("osdu-auth "):
                        yield page.code, command


def test_each_command_that_a_page_names_exists() -> None:
    named = sorted(set(commands_in_pages()))
    assert len(named) > 100
    for code, line in named:
        words = line.split()[1:]
        command: click.Command | None = application
        context = click.Context(application)
        if words[0] in {"COMMAND", "--version", "--help"}:
            continue
        while isinstance(command, LazyCommands):
            command = command.get_command(context, words.pop(0))
        assert command is not None, (code, line)
        names = ((*option.opts, *option.secondary_opts) for option in command.params)
        options = {"--help"}.union(*names)
        given = words[: words.index("--")] if "--" in words else words
        assert {word for word in given if word.startswith("-")} <= options, (code, line)


@for_each(
    ("typed", "code"),
    [
        ("OA-S310", "OA-S310"),
        ("oa-s310", "OA-S310"),
        ("S310", "OA-S310"),
        ("s310", "OA-S310"),
        ("[OA-S310]", "OA-S310"),
        ("oas310", "OA-S310"),
        ("310", "310"),
        ("OA-S3101", "OA-S3101"),
        ("", ""),
    ],
)
def test_a_code_is_understood_as_it_is_typed(typed: str, code: str) -> None:
    assert code_in(typed) == code


def test_the_exit_code_is_the_first_digit_or_a_shell_s_own() -> None:
    for code, exit_code in {"OA-S310": 3, "OA-S410": 4, "OA-X127": 127, "OA-D101": 1}.items():
        assert CATALOGUE[code].exit_code == exit_code


def explain(*words: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "osdu_auth", "explain", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": str(columns), "PATH": ""},
    )


def test_explain_prints_the_page_in_the_width_of_the_terminal() -> None:
    done = explain("s310", columns=60)
    assert (done.returncode, done.stderr) == (0, "")
    page = CATALOGUE["OA-S310"]
    words = " ".join(done.stdout.split())
    for text in (page.code, page.title, page.means, *page.causes, page.remedy, page.source):
        assert text in words
    assert max(map(len, done.stdout.splitlines()[1:])) <= 60


def test_explain_alone_lists_all_codes() -> None:
    lines = explain().stdout.splitlines()
    assert lines == [f"{page.code}  {page.title}" for page in CATALOGUE.values()]


def test_an_unknown_error_code_is_reported_with_similar_codes() -> None:
    done = explain("S311x")
    assert (done.returncode, "OA-U200" in done.stderr) == (2, True)
    assert "OA-S311" in done.stderr
    [line] = re.findall(r"Next: osdu-auth (\S+) lists", done.stderr)
    assert line == "explain"


def test_a_program_without_the_pages_says_so(tmp_path: Path) -> None:
    """As one is that was frozen with the modules alone."""
    program = """
import shutil, sys
import osdu_auth
shutil.copytree(osdu_auth.__path__[0], "osdu_auth", ignore=shutil.ignore_patterns("*.toml"))
for name in [name for name in sys.modules if name.startswith("osdu_auth")]:
    del sys.modules[name]
sys.path.insert(0, "")
from osdu_auth.cli.application import run
sys.exit(run(["explain", "S310"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, "OA-C762" in done.stderr) == (7, True), done.stderr


def test_the_pages_in_the_docs_are_those_of_the_catalogue() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).read_text() == text, "Run `make error-pages`."
    assert {path.name for path in FOLDER.iterdir()} == set(pages())


def test_code_that_raises_an_error_does_not_read_the_catalogue() -> None:
    program = """
import sys
import osdu_auth
from osdu_auth.cli.application import run
run(["token", "-p", "no-such"])
assert not any(name.startswith("osdu_auth.catalogue") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
