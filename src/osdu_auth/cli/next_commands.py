"""The commands that a person is told to type next, with the profile that this one was told to use.

What stands in the environment or in the file counts for the next command as it did for this one;
what was typed as `-p NAME` does not, so it is put into every command that an answer names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError

_KEY = "osdu_auth.profile"


def note_profile(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """Note which profile the command line names, and return its name; the `callback` of `-p`."""
    del option
    context.meta[_KEY] = name
    return name


def with_profile(text: str, name: str | None = None) -> str:
    """Return a text with the profile in the commands that it names, save those that name one.

    Args:
        text: what a person is to be told.
        name: the profile; None for the one that was typed, if one was.
    """
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.typed_commands import commands_of_profile

    context = click.get_current_context(silent=True)
    name = name or (context.meta.get(_KEY) if context else None)
    if name is None:
        return text
    try:
        return commands_of_profile(text, check_profile_name(name))
    except ConfigurationError:  # what was typed names no profile, and the text is about that
        return text


def name_profile(error: OsduAuthError, name: str | None = None) -> None:
    """Put the profile into the commands that an error says to type; arguments as of the former."""
    error.fix = with_profile(error.fix, name)
