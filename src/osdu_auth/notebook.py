"""Signing in from a notebook cell, or from a program in a terminal.

    import osdu_auth

    session = osdu_auth.login()

The law of this module: nothing that is typed or shown here is left in a saved notebook, if it could
be of use to whoever reads that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.errors import SessionEnded, SignInRequired
from osdu_auth.session import Session

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.questions.person import Person
    from osdu_auth.secret import Secret


@dataclass(frozen=True)
class Identity:
    """Who is signed in; nothing in it is secret.

    Args:
        signed_in_as: who signed in, as typed.
        profile: the name of the profile.
        data_partition_id: as in the profile.
        minutes_left: how long the access token is good; it renews itself.
    """

    signed_in_as: str
    profile: str
    data_partition_id: str | None
    minutes_left: int


def login(profile: str | Profile | None = None, *, username: str | None = None) -> Session:
    """Return a session that is signed in; ask for what that takes only if it is not.

    In a notebook it asks in the cell, in a terminal there; anywhere else it asks nothing.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.
        username: who signs in; None for the profile's, or to ask.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked.
        SignInRefused: the user pool said no.
        OsduAuthError: as of `Session.token` and `Session.sign_in`.
    """
    session = Session(profile)
    try:
        session.token()
    except (SignInRequired, SessionEnded):
        _sign_in(session, username)
    return session


def whoami(profile: str | Profile | None = None) -> Identity:
    """Return who is signed in, and ask nobody.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.

    Raises:
        OsduAuthError: as of `Session.token`.
    """
    session = Session(profile)
    saved = session.saved()
    return Identity(
        saved.username,
        session.profile.name,
        session.profile.data_partition_id,
        max(0, int((saved.tokens.expires_at - time.time()) // 60)),
    )


def _sign_in(session: Session, username: str | None) -> None:
    from osdu_auth.questions.table import answer_by

    person = _person_here(session.profile.name)
    username = username or session.profile.username or person.ask("User name")
    person.say(f"Signing in to {session.profile.name} as {username}")
    password = _password(person, session.profile)
    saved = session.sign_in(username, password, partial(answer_by, person), _keep_quiet)
    person.say(f"✓ Signed in as {username} ({session.profile.name})")
    for text in saved.notes:
        person.say(f"! {text}")


def _password(person: Person, profile: Profile) -> Secret | None:
    """The password, None where a sign-in may do without."""
    if profile.auth_flow == "USER_AUTH":
        return None  # the pool says which factor it wants; a password is asked for if it is that
    optional = profile.auth_flow == "CUSTOM_AUTH"
    return person.ask_secret("Password (Enter for none)" if optional else "Password") or None


def _keep_quiet(note: str) -> None:
    """Log no note, as each is told after the sign-in."""
    del note


def _person_here(profile_name: str) -> Person:
    """Whoever is at the cell or the terminal.

    Raises:
        SignInRequired: nobody is, or what they type would be shown.
    """
    from osdu_auth.questions.consoles import in_notebook_cell, require_hidden_typing

    require_hidden_typing(profile_name)
    if in_notebook_cell():
        from osdu_auth.questions.cell import PersonAtCell

        return PersonAtCell(profile_name)
    from osdu_auth.questions.plain_terminal import PersonAtTerminal

    return PersonAtTerminal(profile_name)
