"""Signing in whoever sits at this notebook or terminal.

The law of this module: nothing that is typed or shown here is left in a saved notebook, if it could
be of use to whoever reads that.
"""

from __future__ import annotations

import os
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.profiles.finding import FoundProfile
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.questions.person import Person
    from osdu_auth.secret import Secret
    from osdu_auth.stores.saved_session import SavedSession


class SignIn(Protocol):
    """Signs in with what a person answered, as `Session.sign_in` does."""

    def __call__(
        self,
        username: str,
        password: Secret | None,
        answer: Answers,
        note: Callable[[str], None] | None = None,
    ) -> SavedSession:
        """Sign in, and return the session."""
        ...


def sign_in_here(
    sign_in: SignIn, found: FoundProfile, username: str | None = None, moved_to: str | None = None
) -> None:
    """Ask in the cell or in the terminal for what a sign-in takes, and sign in.

    Args:
        sign_in: does it.
        found: the profile to sign in to.
        username: who; None for the profile's, or to ask.
        moved_to: where the user pool is asked, if not where the profile says, as a clause.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked.
        OsduAuthError: as of `sign_in`.
    """
    from osdu_auth.cognito.challenges.permission import NotedPermission
    from osdu_auth.questions.table import answer_by

    profile = found.profile
    person = _person_here(profile.name)
    username = username or profile.username or person.ask("User name")
    if moved_to is not None:
        person.say(f"! The user pool is asked at {moved_to}.")
    person.say(f"Signing in to {profile.name} as {username}")
    password = _password(person, profile)
    permission = NotedPermission(partial(answer_by, person))
    saved = sign_in(username, password, permission, _keep_quiet)
    person.say(f"✓ Signed in as {username} ({profile.name})")
    for text in saved.notes:
        person.say(f"! {text}")
    if permission.given is not None:
        from osdu_auth.questions.sending_passwords import keep_permission

        kept = keep_permission(found, permission.given)
        if kept is not None:
            person.say(f"! {kept}")


def alone_with_the_person() -> AbstractContextManager[object]:
    """Hold the right to ask, which one thread has at a time: there is one person, and one place."""
    return _asking


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


_asking = RLock()


def _after_fork() -> None:
    """Begin with nobody asking: the thread that may have been is not in this process."""
    global _asking  # noqa: PLW0603 - a lock that another thread held cannot be released
    _asking = RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
