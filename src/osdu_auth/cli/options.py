"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

from osdu_auth.durations import seconds_of
from osdu_auth.fixes import Reader
from osdu_auth.input_text import value_in

_KEY = "osdu_auth.profile"


class Duration(click.ParamType[float]):
    """A length of time such as `90`, `90s`, `20m`, `1h30m` or `30d`, as seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds that `value` stands for."""
        try:
            return seconds_of(value_in(value) if isinstance(value, str) else value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def _note_profile(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """Note which profile the command line names, and return its name."""
    del option
    context.meta[_KEY] = name
    return name


def typed_reader() -> Reader:
    """Return the person at this command line, who may have named a profile.

    What stands in the environment or in the file counts for the next command as it did for this
    one; what was typed as `-p NAME` does not, so it is put into every command that an answer names.
    """
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.profiles.checks import check_profile_name

    context = click.get_current_context(silent=True)
    name = context.meta.get(_KEY) if context else None
    try:
        return Reader(name and check_profile_name(name))
    except ConfigurationError:  # what was typed names no profile, and the text is about that
        return Reader()


profile_option = click.option(
    "-p",
    "--profile",
    "profile_name",
    metavar="NAME",
    callback=_note_profile,
    help="The profile; default: the one in force.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
