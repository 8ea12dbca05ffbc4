"""A file of profiles that other users could change: what is said of it, and how to go on."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Command, Export, Fix, ShellExpression
from osdu_auth.places import CONFIG_DIRECTORY, default_config_directory
from osdu_auth.trusted_paths import inspect_path

if TYPE_CHECKING:
    from osdu_auth.trusted_paths import NotTrusted


def not_obeyed(path: str, fault: NotTrusted) -> ConfigurationError:
    """Return the error of a file of profiles that another user could change.

    Args:
        path: the file; it need not exist.
        fault: what lets them, and what mends that where this user can.
    """
    return ConfigurationError(
        f"{path} is not obeyed, as other users could change it.",
        code="OA-C798",
        why=f"{fault}. The file says where passwords go and which programs run: see that all of it "
        "is yours.",
        fix=fault.fix or _have_a_copy(path),
    )


def _have_a_copy(path: str) -> Fix:
    """Return what to type to have a copy that this user alone can change, and to go by that."""
    folder = _free_folder()
    place, named = (
        folder or ShellExpression("$(mktemp -d)"),
        ShellExpression(f"${CONFIG_DIRECTORY}"),
    )
    fix = Export(CONFIG_DIRECTORY, place).then(Command("install", "-d", "-m", "700", named))
    if os.path.exists(path):
        return fix.then(Command("install", "-m", "600", path, named))
    return fix


def _free_folder() -> str | None:
    """Return a folder that does not exist yet, and whose place no other user can change."""
    with suppress(OSError, ConfigurationError):
        for folder in (default_config_directory(), os.path.expanduser("~/.osdu-auth")):
            true_path, faults = inspect_path(folder)
            if true_path is None and not faults:
                return folder
    return None
