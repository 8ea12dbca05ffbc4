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
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.questions.prompter import Prompter
    from osdu_auth.secret import Secret
    from osdu_auth.stores.token_store import SavedSession


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


def sign_in_here(sign_in: SignIn, profile: Profile, username: str | None = None) -> None:
    """Ask in the cell or in the terminal for what a sign-in takes, and sign in.

    Args:
        sign_in: does it.
        profile: where.
        username: who; None for the profile's, or to ask.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked.
        OsduAuthError: as of `sign_in`.
    """
    from osdu_auth.questions.challenges import answer_by

    person = _person_here(profile.name)
    username = username or profile.username or person.ask("User name")
    person.say(f"Signing in to {profile.name} as {username}")
    password = _password(person, profile)
    saved = sign_in(username, password, partial(answer_by, person), _keep_quiet)
    person.say(f"✓ Signed in as {username} ({profile.name})")
    for text in saved.notes:
        person.say(f"! {text}")


def alone_with_the_person() -> AbstractContextManager[object]:
    """Hold the right to ask, which one thread has at a time: there is one person, and one place."""
    return _asking


def _password(person: Prompter, profile: Profile) -> Secret | None:
    """The password, None where a sign-in may do without."""
    if profile.auth_flow == "USER_AUTH":
        return None  # the pool says which factor it wants; a password is asked for if it is that
    optional = profile.auth_flow == "CUSTOM_AUTH"
    return person.ask_secret("Password (Enter for none)" if optional else "Password") or None


def _keep_quiet(note: str) -> None:
    """Log no note, as each is told after the sign-in."""
    del note


def _person_here(profile_name: str) -> Prompter:
    """Whoever is at the cell or the terminal.

    Raises:
        SignInRequired: nobody is, or what they type would be shown.
    """
    from osdu_auth.questions.consoles import in_notebook_cell, require_hidden_typing

    require_hidden_typing(profile_name)
    if in_notebook_cell():
        from osdu_auth.questions.cell import CellPrompter

        return CellPrompter(profile_name)
    from osdu_auth.questions.plain_terminal import TerminalPrompter

    return TerminalPrompter(profile_name)


_asking = RLock()


def _after_fork() -> None:
    """Begin with nobody asking: the thread that may have been is not in this process."""
    global _asking  # noqa: PLW0603 - a lock that another thread held cannot be released
    _asking = RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
