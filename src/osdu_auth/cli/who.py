"""Whose account it is: from the command line, the profile, the environment, or the person."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import ask, note

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.session import Session

username_option = click.option(
    "-u", "--username", metavar="NAME", help="Whose account; default: the profile's."
)


def known_username(given: str | None, profile: Profile) -> str | None:
    """Return the user name if it need not be asked for, else None.

    Args:
        given: what the command line says.
        profile: the profile in use.
    """
    return given or profile.username or os.environ.get("OSDU_AUTH_USERNAME")


def note_moved_pool(session: Session) -> None:
    """Say it if a password or a code goes to another server than the profile says.

    Args:
        session: of the profile in use.

    Raises:
        ConfigurationError: there is no address to ask.
    """
    moved_to = session.credential.moved_to()
    if moved_to is not None:
        note(f"The user pool is asked at {moved_to}.")


def username_of(given: str | None, profile: Profile) -> str:
    """Return the user name, asked for where nothing else tells it.

    Args:
        given: what the command line says.
        profile: the profile in use.

    Raises:
        UsageError: OA-U202: it is not known, and nobody is there to ask.
    """
    return known_username(given, profile) or ask("User name", instead="--username NAME")
