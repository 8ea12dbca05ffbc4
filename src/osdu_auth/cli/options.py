"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

from osdu_auth.cli.next_commands import note_profile
from osdu_auth.durations import seconds_of


class Duration(click.ParamType[float]):
    """A length of time such as `90`, `90s`, `20m`, `1h30m` or `30d`, as seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds that `value` stands for."""
        try:
            return seconds_of(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


profile_option = click.option(
    "-p",
    "--profile",
    "profile_name",
    metavar="NAME",
    callback=note_profile,
    help="The profile; default: the one in force.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
