"""`osdu-auth profile`: commands that list, choose, show and remove profiles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note, say, say_success
from osdu_auth.cli.lazy_commands import LazyCommands
from osdu_auth.cli.options import (
    json_option,
    name_argument,
    optional_name_argument,
    yes_option,
)
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Command, Run, Unset
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile

COMMANDS = {
    "list": "List the profiles, and say which one is in force.",
    "use": "Make a profile the default: it is in force when no profile is named.",
    "show": "Show the settings of a profile, without secrets.",
    "remove": "Remove a profile, its session and its secret.",
}


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    modules=dict.fromkeys(COMMANDS, "profile"),
    package=__package__,
    epilog="""\b
Example:
  osdu-auth profile list
  osdu-auth profile use acme
""",
)
def command() -> None:
    """List, choose, show and remove profiles; `osdu-auth init` makes and changes them."""


@click.command(epilog="\b\nExample:\n  osdu-auth profile list\n  osdu-auth profile list --json")
@json_option
def list_command(as_json: bool) -> None:
    """List the profiles, one per line: ● has a session here, ○ has no session.

    Standard error says which profile is in force when no profile is named, and why.
    """
    from osdu_auth.cli.logout import names_with_sessions
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.profiles.resolve import find_profile

    file = read_profiles()
    names = [*file.names, *([ENVIRONMENT] if makes_a_profile() else [])]
    signed_in = set(names_with_sessions())
    try:
        found = find_profile()
    except OsduAuthError as error:
        current, in_force = None, f"{error.what} {error.fix}"
    else:
        current = found.profile.name
        in_force = f'In force when no profile is named: "{current}", as {printable(found.reason)}.'
    if as_json:
        import json

        rows = [
            {"name": name, "in_force": name == current, "has_session": name in signed_in}
            for name in names
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for name in names:
        click.echo(f"{'●' if name in signed_in else '○'} {printable(name, 64)}")
    if not names:
        note("There is no profile yet. Next: " + Run("init"))
    elif current is None:
        note(in_force)
    else:
        say(f"  {in_force}")


@click.command(epilog="\b\nExample:\n  osdu-auth profile use acme")
@name_argument
def use_command(profile_name: str) -> None:
    """Make the profile NAME the default: it is in force when no profile is named.

    The file of profiles gets the line `default_profile`, for all terminals. To choose a profile for
    one terminal, set the variable OSDU_AUTH_PROFILE.
    """
    from osdu_auth.profiles.edits import write_default
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.resolve import VARIABLE
    from osdu_auth.profiles.setting_places import variable_of

    write_default(profile_name)
    say_success(f'"{profile_name}" is in force when no profile is named.')
    variable = VARIABLE if os.environ.get(VARIABLE) else None
    if variable is None and makes_a_profile():
        variable = variable_of("client_id")
    if variable is not None and os.environ[variable] != profile_name:
        note(f"In this terminal {variable} is set, and overrides the default: " + Unset(variable))


@click.command(
    epilog="""\b
Example:
  osdu-auth profile show
  osdu-auth profile show acme --json | jq -r .region
"""
)
@optional_name_argument
@json_option
def show_command(profile_name: str | None, as_json: bool) -> None:
    """Show the settings of the profile NAME, or of the one in force.

    Of the client secret only its place is shown; of a command that prints a code, only its program.
    """
    from osdu_auth.session import Session

    profile = Session(profile_name).profile
    settings = _settings_without_secrets(profile)
    if as_json:
        import json

        click.echo(json.dumps({"name": profile.name, **settings}, indent=2))
        return
    click.echo(printable(profile.name))
    for setting, text in settings.items():
        click.echo(f"    {setting:20}{printable(text)}")


def _settings_without_secrets(profile: AnyProfile) -> dict[str, str]:
    """Return the settings of a profile, by their keys in the file, with secrets masked."""
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
    """Return the program of a command line; its arguments may hold a secret."""
    program, blank, _ = command_line.strip().partition(" ")
    return f"{program} {MASK}" if blank else program


@click.command(epilog="\b\nExample:\n  osdu-auth profile remove acme-old --yes")
@name_argument
@yes_option
def remove_command(profile_name: str, yes: bool) -> int:
    """Remove the profile NAME: revoke and wipe its session, remove its secret and its settings.

    A client secret that `osdu-auth init` has stored is removed. A secret that you have stored
    yourself stays. If the user pool does not answer, the rest is done, and the exit code shows it.
    """
    from osdu_auth.cli.logout import names_with_sessions, revoke_and_wipe
    from osdu_auth.cli.prompter import require_yes
    from osdu_auth.profiles.edits import remove_profile
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.prompts.client_secrets import delete_client_secret

    file = read_profiles()
    if profile_name not in file.tables:
        raise file.no_such_profile(profile_name)
    has_session = profile_name in names_with_sessions()
    session = ", its session" if has_session else ""
    say(f'The settings of "{profile_name}" in {file.path}{session} and its secret will be removed.')
    require_yes(
        f'Remove the profile "{profile_name}"?',
        yes=yes,
        without_asking=Command("osdu-auth", "profile", "remove", profile_name, "--yes"),
    )
    code = revoke_and_wipe(profile_name) if has_session else 0
    table = file.tables[profile_name]
    reference = table.get("client_secret") if isinstance(table, dict) else None
    if delete_client_secret(profile_name, reference):
        say_success("Its client secret is removed.")
    remove_profile(profile_name)
    say_success(f'The profile "{profile_name}" is removed.')
    _say_profile_in_force()
    return code


def _say_profile_in_force() -> None:
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.profiles.resolve import find_profile

    try:
        found = find_profile()
    except ConfigurationError as error:
        say(f"  {error.what} {error.fix}")
    else:
        say(f'  In force when no profile is named: "{found.profile.name}".')
