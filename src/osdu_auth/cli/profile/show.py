"""`osdu-auth profile show`: the settings of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.options import json_option, optional_name_argument
from osdu_auth.secret import MASK
from osdu_auth.session import Session
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile


@click.command(
    epilog="""\b
Example:
  osdu-auth profile show
  osdu-auth profile show acme --json | jq -r .region
"""
)
@optional_name_argument
@json_option
def command(profile_name: str | None, as_json: bool) -> None:
    """Show the settings of the profile NAME, or of the one in force.

    Of the client secret its place is shown, and never the secret; of a command that prints a code,
    its program.
    """
    profile = Session(profile_name).profile
    settings = _shown(profile)
    if as_json:
        import json

        click.echo(json.dumps({"name": profile.name, **settings}, indent=2))
        return
    click.echo(printable(profile.name))
    for setting, text in settings.items():
        click.echo(f"    {setting:20}{printable(text)}")


def _shown(profile: AnyProfile) -> dict[str, str]:
    """The settings that are set, by their keys in the file, without what may hold a secret."""
    from osdu_auth.profiles.kinds import KINDS

    texts = KINDS.settings_of(profile)
    return {
        KINDS.settings[name].key or name: _without_secret(name, text)
        for name, text in texts.items()
    }


def _without_secret(setting: str, text: str) -> str:
    if setting == "client_secret":
        kind, _, rest = text.partition(":")
        if kind == "clear":
            return f"clear:{MASK}"
        return f"command:{_program(rest)}" if kind == "command" else text
    return _program(text) if setting == "mfa_command" else text


def _program(command_line: str) -> str:
    """The program of a command line; its arguments may hold a secret."""
    program, blank, _ = command_line.strip().partition(" ")
    return f"{program} {MASK}" if blank else program
