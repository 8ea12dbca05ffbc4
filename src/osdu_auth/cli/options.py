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

_META_KEY = "osdu_auth.profile"  # in the context of click


class Duration(SecondsType):
    """A duration such as `90`, `90s`, `20m`, `1h30m` or `30d`, in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return `value` in seconds."""
        from osdu_auth.durations import seconds_of

        try:
            return seconds_of(value_in(value) if isinstance(value, str) else value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def _record_profile(
    context: click.Context, option: click.Parameter, name: str | None
) -> str | None:
    """Record which profile the command line names, and return its name."""
    del option
    context.meta[_META_KEY] = name
    return name


def command_line_reader() -> Reader:
    """Return the reader of this command's texts: the person who typed it, and the typed profile.

    A profile from the environment or from the file is in force for the next command too. A profile
    that was typed as `-p NAME` is not, so each command in a text gets the same `-p NAME`.
    """
    context = click.get_current_context(silent=True)
    return reader_who_typed(context.meta.get(_META_KEY) if context else None)


def reader_who_typed(name: str | None) -> Reader:
    """Return the reader of a command's texts: the person who typed it, and the typed profile."""
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.profiles.checks import check_profile_name

    try:
        return Reader(name and check_profile_name(name))
    except ConfigurationError:  # the typed name cannot be a profile's, and the text says so
        return Reader()


def profile_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the names of profiles that begin with the typed text, for a shell's completion."""
    del context, parameter
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    try:
        names = [*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])]
    except OsduAuthError:  # the command shows the error later; here it would disturb the typed line
        return []
    return [name for name in names if name.startswith(typed) and printable(name) == name]


def _record_argument(
    context: click.Context, argument: click.Parameter, name: str | None
) -> str | None:
    return _record_profile(context, argument, name or context.meta.get(_META_KEY))


# For the commands of `osdu-auth profile`, which take a profile's name as their argument.
name_argument = click.argument(
    "profile_name", metavar="NAME", callback=_record_argument, shell_complete=profile_names
)
optional_name_argument = click.argument(
    "profile_name",
    metavar="[NAME]",
    required=False,
    callback=_record_argument,
    shell_complete=profile_names,
)


def profile_option_of(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that names a profile.

    Args:
        help_text: the option's help: the use of the profile, and the default.
    """
    return click.option(
        "-p",
        "--profile",
        "profile_name",
        metavar="NAME",
        callback=_record_profile,
        shell_complete=profile_names,
        help=help_text,
    )


profile_option = profile_option_of("The profile; default: the one in force.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Ask nothing; the answer is yes.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _show_trace(context: click.Context, option: click.Parameter, is_set: bool) -> None:
    del context, option
    if is_set:
        from osdu_auth.log import show_trace

        show_trace()


def debug_option() -> click.Option:
    """Return the option `--debug`, which the program and each command have."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_trace,
        help="Show each request and decision on standard error.",
    )
