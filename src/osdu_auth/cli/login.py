"""`osdu-auth login`: the one command that asks questions."""

from __future__ import annotations

import os

import click

from osdu_auth.cli.console import ask, ask_secret, read_secret_line, say, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.short_way import prepare_short_way
from osdu_auth.session import Session


@click.command(
    epilog="""\b
Example:
  osdu-auth login
  osdu-auth login -p acme --username alice@acme.com --password-stdin < password.txt
"""
)
@profile_option
@click.option("-u", "--username", metavar="NAME", help="Who signs in; default: the profile's.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def command(profile_name: str | None, username: str | None, password_stdin: bool) -> None:
    """Sign in and keep the session; every later command uses and renews it.

    A password is never taken as an argument: other users of a machine can read those.
    """
    from osdu_auth.cli.answers import answer_in_terminal

    session = Session(profile_name)
    profile = session.profile
    username = (
        username
        or profile.username
        or os.environ.get("OSDU_AUTH_USERNAME")
        or ask("User name", instead="--username NAME")
    )
    if password_stdin:
        password = read_secret_line()
    else:
        say(f"Signing in to {profile.name} as {username}")
        password = ask_secret("Password", instead="--password-stdin")
    saved = session.sign_in(username, password, answer_in_terminal)
    prepare_short_way(session, saved)
    succeeded(f"Signed in as {username} ({profile.name})")
    say("  The access token renews itself whenever a command needs it.")
    say(f"  Stored: {session.store.level().description}.")
    say("  Next: osdu-auth token, or osdu-auth groups")
