"""Options that several commands share."""

from __future__ import annotations

import re
from typing import Any

import click

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


class Duration(click.ParamType[float]):
    """A length of time such as `90`, `90s`, `20m` or `1h30m`, as seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds that `value` stands for."""
        if isinstance(value, float):
            return value
        match = _DURATION.fullmatch(value)
        if not value or match is None:
            self.fail(f"{value!r} is no duration; write 90s, 20m or 1h30m.", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + minutes * 60 + seconds)


profile_option = click.option(
    "-p",
    "--profile",
    "profile_name",
    metavar="NAME",
    help="The profile; default: the one in force.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
