"""Our own mistakes, in words that show nothing: a traceback helps no user and may hold secrets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Command
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix


def as_error(defect: Exception) -> OsduAuthError:
    """Return an error of ours that says where an exception came from that nothing has met."""
    import traceback

    if isinstance(defect, ImportError) and defect.name:
        return _without_module(defect.name)

    last = traceback.extract_tb(defect.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    return OsduAuthError(
        "osdu-auth met something it has no answer for; this is a defect of osdu-auth.",
        code="OA-D101",
        why=f"{type(defect).__name__} at {place}.",
        fix="Please report this line, the command, and " + Command("osdu-auth", "--version") + ".",
    )


def _without_module(name: str) -> OsduAuthError:
    """Return the error of an installation, or of a program made of one, that is not whole."""
    fix: str | Fix = "Install it again: " + Command(
        "python", "-m", "pip", "install", "--force-reinstall", "osdu-auth"
    )
    if getattr(sys, "frozen", False):
        package = name.partition(".")[0]
        fix = f"Build the program with: pyinstaller --collect-submodules {printable(package, 60)}"
    return OsduAuthError(
        f"osdu-auth has not got its module {printable(name, 100)}.",
        code="OA-D101",
        why="Modules are imported when they are needed, and this one lacks here.",
        fix=fix,
    )
