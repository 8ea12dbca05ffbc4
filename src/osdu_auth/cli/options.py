"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from osdu_auth.fixes import Reader
from osdu_auth.input_text import value_in
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    SecondsType = click.ParamType[float]
else:
    SecondsType = click.ParamType  # which takes no type before click 8.4

_KEY = "osdu_auth.profile"


class Duration(SecondsType):
    """A length of time such as `90`, `90s`, `20m`, `1h30m` or `30d`, as seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds that `value` stands for."""
        from osdu_auth.durations import seconds_of

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
    context = click.get_current_context(silent=True)
    return reader_who_typed(context.meta.get(_KEY) if context else None)


def reader_who_typed(name: str | None) -> Reader:
    """Return the person at this command line, who named a profile, or none."""
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.profiles.checks import check_profile_name

    try:
        return Reader(name and check_profile_name(name))
    except ConfigurationError:  # what was typed names no profile, and the text is about that
        return Reader()


def profile_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the names of profiles that begin with what was typed, for a shell's completion."""
    del context, parameter
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    try:
        names = [*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])]
    except OsduAuthError:  # the command says it; here it would end up in a line half typed
        return []
    return [name for name in names if name.startswith(typed) and printable(name) == name]


def _named(context: click.Context, argument: click.Parameter, name: str | None) -> str | None:
    return _note_profile(context, argument, name or context.meta.get(_KEY))


# For commands whose object is a profile: its name, and not what else is done with it.
name_argument = click.argument(
    "profile_name", metavar="NAME", callback=_named, shell_complete=profile_names
)
optional_name_argument = click.argument(
    "profile_name",
    metavar="[NAME]",
    required=False,
    callback=_named,
    shell_complete=profile_names,
)


def profile_option_of(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that names a profile.

    Args:
        help_text: what it is the profile of, and which one it is where none is named.
    """
    return click.option(
        "-p",
        "--profile",
        "profile_name",
        metavar="NAME",
        callback=_note_profile,
        shell_complete=profile_names,
        help=help_text,
    )


profile_option = profile_option_of("The profile; default: the one in force.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _show_trace(context: click.Context, option: click.Parameter, is_asked_for: bool) -> None:
    del context, option
    if is_asked_for:
        from osdu_auth.log import show_trace

        show_trace()


def debug_option() -> click.Option:
    """Return the option that every command has, and the program before it."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_trace,
        help="Say on standard error what is asked and decided.",
    )
