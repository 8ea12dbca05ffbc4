"""`osdu-auth profile remove`: a profile goes, and what is kept for it."""

from __future__ import annotations

import click

from osdu_auth.cli.confirmation import require_yes, yes_option
from osdu_auth.cli.console import say, succeeded
from osdu_auth.cli.options import name_argument
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Command


@click.command(epilog="\b\nExample:\n  osdu-auth profile remove acme-old --yes")
@name_argument
@yes_option
def command(profile_name: str, is_sure: bool) -> int:
    """Remove the profile NAME: revoke and wipe its session, remove its secret and its settings.

    A client secret that `osdu-auth init` has put away is removed; what else the profile refers to
    is yours, and stays. Where the user pool does not answer, the rest is done, and the exit code
    tells.
    """
    from osdu_auth.cli.signing_out import end, names_with_sessions
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
        is_sure=is_sure,
        without_asking=Command("osdu-auth", "profile", "remove", profile_name, "--yes"),
    )
    code = end(profile_name) if has_session else 0
    table = file.tables[profile_name]
    reference = table.get("client_secret") if isinstance(table, dict) else None
    if delete_client_secret(profile_name, reference):
        succeeded("Its client secret is removed.")
    remove_profile(profile_name)
    succeeded(f'The profile "{profile_name}" is removed.')
    _tell_who_is_in_force()
    return code


def _tell_who_is_in_force() -> None:
    from osdu_auth.profiles.resolve import find_profile

    try:
        found = find_profile()
    except ConfigurationError as error:
        say(f"  {error.what} {error.fix}")
    else:
        say(f'  In force where none is named: "{found.profile.name}".')
