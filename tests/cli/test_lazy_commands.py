"""A command is found by its name, and `-p NAME` before its other arguments costs no import."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell


@pytest.mark.parametrize("words", [["status", "-p", "acme"], ["profile", "show", "acme"]])
def test_a_right_command_line_imports_no_search_for_similar_names(
    configured: Shell, words: list[str]
) -> None:
    probe = (
        "import sys; from osdu_auth.cli import main; main(); "
        "sys.stderr.write(str('difflib' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *words],
        env=configured.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.endswith("False")


def test_p_names_the_profile_first_and_later_and_a_user_s_command_keeps_its_own(
    configured: Shell,
) -> None:
    for words in (
        ["status", "-p", "acme", "--json"],
        ["status", "--json", "-p", "acme"],
        ["status", "-pacme", "--json"],
        ["status", "--profile", "acme", "--json"],
        ["status", "--profile=acme", "--json"],
    ):
        shown = configured.run(*words)
        assert (shown.code, '"acme"' in shown.stdout) == (0, True), words
    assert "requires an argument" in configured.run("status", "-p").stderr
    other = configured.run("status", "-p", "nowhere")
    assert (other.code, "[OA-C784]" in other.stderr) == (7, True)
