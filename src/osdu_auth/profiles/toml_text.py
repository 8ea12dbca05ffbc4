"""The text of the file of profiles: from a trusted file on the disk to parsed TOML, or an error."""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import suppress
from typing import Any

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Command, Edit, Export, Fix, ShellExpression
from osdu_auth.input_text import TYPOGRAPHIC, UTF16_MARKS, is_invisible, name_of
from osdu_auth.places import CONFIG_DIRECTORY, default_config_directory
from osdu_auth.trusted_paths import NotTrusted, inspect_path, open_trusted

_LARGEST_FILE = 16 * 1024 * 1024  # bytes


def read_text(path: str) -> str:
    """Return the text of the file of profiles; "" if there is no file.

    Raises:
        ConfigurationError: OA-C781: it is not UTF-8; OA-C786: it cannot be read; OA-C798: another
            user could change it.
    """
    try:
        descriptor = open_trusted(path)
    except FileNotFoundError:
        return ""
    except NotTrusted as fault:
        raise untrusted_file_error(path, fault) from None
    except OSError as error:
        raise _unreadable(path, f"{error.strerror}.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(path, "It is not a regular file.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise _unreadable(path, f"{error.strerror}.") from error
    finally:
        os.close(descriptor)
    if len(content) > _LARGEST_FILE:
        raise _unreadable(path, "It is larger than 16 MiB.")
    return decode(content, path)


def decode(content: bytes, path: str) -> str:
    """Return the text of a file of profiles, without the byte-order mark that some editors write.

    Raises:
        ConfigurationError: OA-C781: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = f"The first byte that is not UTF-8 is on line {line}."
        if content[:2] in UTF16_MARKS:
            why = "It is UTF-16, which the > of Windows PowerShell writes."
        raise ConfigurationError(
            f"{path} is not text in UTF-8.",
            code="OA-C781",
            why=why,
            fix="Save it as UTF-8 in your editor: " + Edit(path),
        ) from None


def parse_toml(text: str, path: str) -> dict[str, Any]:
    """Return the values of a TOML text.

    Args:
        text: TOML 1.0.
        path: the path of the file, for error messages.

    Raises:
        ConfigurationError: OA-C780: it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # The parser's message may repeat a secret of the file, so only the place is used.
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = f"line {place[1]}, column {place[2]}" if place else "its end"
        odd = _look_alike(text, int(place[1]), int(place[2])) if place else ""
        raise ConfigurationError(
            f"{path} is not TOML.",
            code="OA-C780",
            why=f"It cannot be understood at {where}{odd}.",
            fix="Correct that line: " + Edit(path),
        ) from None


def _look_alike(text: str, line: int, column: int) -> str:
    """Return the name of a character near a place that looks like another character; else ""."""
    lines = text.split("\n")
    near = lines[line - 1][max(0, column - 2) : column + 1] if line <= len(lines) else ""
    for character in near:
        if character in TYPOGRAPHIC or (is_invisible(character) and character not in " \t\r"):
            return f": there is {name_of(character)}"
    return ""


def _unreadable(path: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be read.",
        code="OA-C786",
        why=why,
        fix="Put profiles elsewhere: " + Export(CONFIG_DIRECTORY, Blank("/a/folder/of/yours")),
    )


def untrusted_file_error(path: str, fault: NotTrusted) -> ConfigurationError:
    """Return the error of a file of profiles that another user could change.

    Args:
        path: the file; it need not exist.
        fault: what lets other users change it, with a fix if this user can fix it.
    """
    return ConfigurationError(
        f"{path} is not used, because other users could change it.",
        code="OA-C798",
        why=f"{fault}. The file says where passwords go and which programs run: check that its "
        "whole content is yours.",
        fix=fault.fix or _copy_of_own(path),
    )


def _copy_of_own(path: str) -> Fix:
    """Return the commands that make and use a copy that only this user can change."""
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
    """Return a folder that does not exist yet, in a place that no other user can change."""
    with suppress(OSError, ConfigurationError):
        for folder in (default_config_directory(), os.path.expanduser("~/.osdu-auth")):
            true_path, faults = inspect_path(folder)
            if true_path is None and not faults:
                return folder
    return None
