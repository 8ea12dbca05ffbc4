"""`osdu-auth profile use`: which profile is in force where none is named."""

from __future__ import annotations

import os

import click

from osdu_auth.cli.console import note, succeeded
from osdu_auth.cli.options import name_argument
from osdu_auth.fixes import Unset


@click.command(epilog="\b\nExample:\n  osdu-auth profile use acme")
@name_argument
def command(profile_name: str) -> None:
    """Have the profile NAME be the one in force where none is named.

    It is written into the file of profiles as `default_profile`, for all terminals. For one
    terminal alone, set the variable OSDU_AUTH_PROFILE.
    """
    from osdu_auth.profiles.edits import write_default
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.resolve import VARIABLE
    from osdu_auth.profiles.setting_places import variable_of

    write_default(profile_name)
    succeeded(f'"{profile_name}" is in force where none is named.')
    by_variable = VARIABLE if os.environ.get(VARIABLE) else None
    if by_variable is None and makes_a_profile():
        by_variable = variable_of("client_id")
    if by_variable is not None and os.environ[by_variable] != profile_name:
        note(f"In this terminal {by_variable} is set, which comes before: " + Unset(by_variable))
