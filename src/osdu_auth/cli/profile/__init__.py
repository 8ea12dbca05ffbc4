"""`osdu-auth profile`: the profiles there are, one module for each command."""

from __future__ import annotations

import click

from osdu_auth.cli.lazy_commands import LazyCommands

COMMANDS = {
    "list": "List the profiles, and say which one is in force.",
    "use": "Have a profile be the one in force where none is named.",
    "show": "Show the settings of a profile, and no secret.",
    "remove": "Remove a profile, its session and its secret.",
}


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    package=__name__,
    epilog="""\b
Example:
  osdu-auth profile list
  osdu-auth profile use acme
""",
)
def command() -> None:
    """See, choose and remove profiles; `osdu-auth init` makes and changes them."""
