"""Relative paths in settings: their meaning depends on the folder that a command runs in.

A job of cron runs in another folder than the shell in which its profile was made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Command
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.profiles.profile import AnyProfile

_REFERENCES = ("client_secret", "client_key", "client_certificate", "client_assertion")
_COMMAND = "mfa_command"
_PREFIX = "command:"


def made_absolute(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings in which the relative paths of this folder are absolute.

    Args:
        settings: texts by the settings' names, unchecked.

    Raises:
        ConfigurationError: OA-C719: the current folder does not exist any more.
    """
    convert = {**dict.fromkeys(_REFERENCES, absolute_reference), _COMMAND: _absolute_command}
    return {
        name: convert[name](text) if name in convert else text for name, text in settings.items()
    }


def relative_settings(profile: AnyProfile) -> tuple[str, ...]:
    """Return the names of the settings that have a relative path."""
    command = profile.get(_COMMAND)
    found = [name for name in _REFERENCES if _is_relative_reference(profile.get(name) or "")]
    if command and _is_relative_command(command):
        found.append(_COMMAND)
    return tuple(found)


def absolute_reference(reference: str) -> str:
    """Return a reference to a secret with an absolute path; raises as `made_absolute`.

    Args:
        reference: as for `osdu_auth.profiles.references`; any other text is returned as it is.
    """
    kind, _, rest = reference.partition(":")
    if kind == "file":
        return f"file:{_absolute(rest)}"
    return _absolute_command(reference) if reference.startswith(_PREFIX) else reference


def _absolute_command(text: str) -> str:
    """Return a command line with absolute paths.

    Two kinds of words change: the program, if it has a slash (otherwise PATH finds it), and words
    that begin with `./` or `../`. Any other word may not be a path, and stays.
    """
    if not _is_relative_command(text):
        return text
    import shlex

    prefix = _PREFIX if text.startswith(_PREFIX) else ""
    words = shlex.split(text.removeprefix(_PREFIX))
    return prefix + shlex.join(
        _absolute(word) if _is_relative(word, is_program=not at) else word
        for at, word in enumerate(words)
    )


def _is_relative_reference(reference: str) -> bool:
    kind, _, rest = reference.partition(":")
    if kind == "file":
        return not os.path.isabs(os.path.expanduser(rest))
    return kind == "command" and _is_relative_command(rest)


def _is_relative_command(text: str) -> bool:
    import shlex

    try:
        words = shlex.split(text.removeprefix(_PREFIX))
    except ValueError:  # not a command line: it cannot run in any folder
        return False
    return any(_is_relative(word, is_program=not at) for at, word in enumerate(words))


def _is_relative(word: str, *, is_program: bool) -> bool:
    if is_program and "/" in word:
        return not word.startswith(("/", "~"))
    return word.startswith(("./", "../"))


def _absolute(path: str) -> str:
    """Return an absolute path; a path that begins with `~` is the same in any folder."""
    if not path or path.startswith("~") or os.path.isabs(path):
        return path
    try:
        # Not `abspath`: after a symbolic link, `..` is not the folder before the link.
        return os.path.join(os.getcwd(), path.removeprefix("./"))
    except OSError as error:
        raise ConfigurationError(
            f"{printable(path, 200)} is relative, and the current folder does not exist any more.",
            code="OA-C719",
            why=f"The operating system says: {error.strerror}.",
            fix="Give the path from the first / on, or go to another folder: " + Command("cd", "/"),
        ) from None
