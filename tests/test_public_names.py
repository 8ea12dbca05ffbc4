"""The public names can be imported, and an import loads no module that is not needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import osdu_auth
from osdu_auth.errors import OsduAuthError

SOURCE = Path(osdu_auth.__file__)


def test_every_public_name_can_be_imported() -> None:
    for name in osdu_auth.__all__:
        assert getattr(osdu_auth, name), name


def test_type_checkers_see_the_same_names() -> None:
    seen = {
        alias.name
        for node in ast.walk(ast.parse(SOURCE.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("osdu_auth")
        for alias in node.names
    }
    assert seen == set(osdu_auth.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Sesion"):
        _ = osdu_auth.Sesion  # type: ignore[attr-defined]


def test_importing_the_package_imports_only_the_module_for_safe_forks() -> None:
    probe = (
        "import sys; before = set(sys.modules); import osdu_auth; "
        "print(sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['osdu_auth', 'osdu_auth.forks']"


def test_every_error_is_one_of_ours_and_has_an_exit_code() -> None:
    kinds = [
        value
        for name in osdu_auth.__all__
        if isinstance(value := getattr(osdu_auth, name), type) and issubclass(value, Exception)
    ]
    assert len(kinds) > 10
    ours = [kind for kind in kinds if issubclass(kind, OsduAuthError)]
    assert ours == kinds
    assert {kind.exit_code for kind in ours} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 130}
