"""`osdu-auth profile list`: the profiles there are."""

from __future__ import annotations

import click

from osdu_auth.cli.console import note, say
from osdu_auth.cli.options import json_option
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Run
from osdu_auth.text import printable


@click.command(epilog="\b\nExample:\n  osdu-auth profile list\n  osdu-auth profile list --json")
@json_option
def command(as_json: bool) -> None:
    """List the profiles, one a line: ● has a session here, ○ has none.

    Which one is in force where none is named, and why, is said below, on standard error.
    """
    from osdu_auth.cli.signing_out import names_with_sessions
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
        current, said = None, f"{error.what} {error.fix}"
    else:
        current = found.profile.name
        said = f'In force where none is named: "{current}", as {printable(found.reason)}.'
    if as_json:
        import json

        told = [
            {"name": name, "in_force": name == current, "has_session": name in signed_in}
            for name in names
        ]
        click.echo(json.dumps(told, indent=2))
        return
    for name in names:
        click.echo(f"{'●' if name in signed_in else '○'} {printable(name, 64)}")
    if not names:
        note("There is no profile yet. Next: " + Run("init"))
    elif current is None:
        note(said)
    else:
        say(f"  {said}")
