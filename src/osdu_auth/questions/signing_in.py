"""Signing in with a person who is asked: who it is, the password, and what the pool asks.

The law of this module: which user name and whether a password is asked for is decided here, for the
command line, for notebooks and for an interactive session alike.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, partial
from threading import RLock
from typing import TYPE_CHECKING, Protocol

from osdu_auth.errors import ErrorsFor, OsduAuthError, SignInRefused
from osdu_auth.input_text import value_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from osdu_auth.cognito.challenges import (
        Answer,
        Answers,
        Challenge,
        SendPasswordQuestion,
    )
    from osdu_auth.credentials.credential import Credential
    from osdu_auth.fixes import Reader
    from osdu_auth.profiles.finding import FoundProfile
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.questions.prompter import Prompter
    from osdu_auth.secret import Secret
    from osdu_auth.stores.saved_session import SavedSession

USERNAME, PASSWORD, OPTIONAL_PASSWORD = "User name", "Password", "Password (Enter for none)"
USERNAME_VARIABLE = "OSDU_AUTH_USERNAME"
# How often a password is asked for: after five wrong ones in a row the pool makes the user wait
# (Cognito, "Lockout for failed sign-in attempts"), and a second call is to be possible before.
PASSWORD_TRIES = 3
_WRONG_PASSWORD = "OA-S310"  # noqa: S105 - the code of an error


class SignsIn(Protocol):
    """What a person is signed in to: a `Session`."""

    @property
    def profile(self) -> AnyProfile:
        """Where."""
        ...

    @property
    def found(self) -> FoundProfile:
        """The same, and where it stands."""
        ...

    @property
    def reader(self) -> Reader:
        """Who reads its errors."""
        ...

    @property
    def credential(self) -> Credential:
        """What asks the user pool."""
        ...

    def load(self) -> SavedSession:
        """Return the session that is kept."""
        ...

    def sign_in(
        self,
        username: str,
        password: Secret | None,
        answer: Answers,
        note: Callable[[str], None] | None = None,
        by: Credential | None = None,
    ) -> SavedSession:
        """Sign in, and return the session."""
        ...


def known_username(given: str | None, profile: AnyProfile) -> str | None:
    """Return the user name if it need not be asked for, else None.

    Args:
        given: what the caller or the command line says; it comes before the profile's, and that
            before the variable `OSDU_AUTH_USERNAME`.
        profile: where the user signs in.
    """
    from osdu_auth.profiles.environment import value_of_variable

    named = value_in(given) if given else None
    return named or profile.get("username") or value_of_variable(USERNAME_VARIABLE) or None


def browser_credential(
    profile: AnyProfile, *, browser: bool | None, prompt: str | None
) -> Credential | None:
    """Return what signs in in a browser; None where a password does.

    Args:
        profile: where the user signs in.
        browser: True for a browser whatever the profile says, False for one that is not opened;
            None as the profile says.
        prompt: what the page is to ask; None as the profile says.

    Raises:
        ConfigurationError: as of `in_browser`.
    """
    if profile.sign_in != "browser" and browser is not True:
        return None
    from osdu_auth.credentials.browser import in_browser

    return in_browser(profile, opens_browser=browser is not False, prompt=prompt)


def moved_pool(session: SignsIn) -> str | None:
    """Say where passwords and codes go, if that is not where the profile says; else None.

    Args:
        session: of the profile in use.

    Raises:
        ConfigurationError: there is no address to ask.
    """
    moved_to = session.credential.moved_to()
    return None if moved_to is None else f"The user pool is asked at {moved_to}."


def sign_in_by(
    prompter: Callable[[], Prompter],
    session: SignsIn,
    username: str | None = None,
    password: Callable[[], Secret] | None = None,
    note: Callable[[str], None] | None = None,
    *,
    tries: int = 1,
    by: Credential | None = None,
) -> SavedSession:
    """Ask for what a sign-in takes, and sign in.

    Where the user pool is, if not where the profile says, is told before the password is typed, and
    the app client's secret is looked for: a password is not typed for nothing.
    That the person lets the password itself be sent is kept in the profile.

    Args:
        prompter: makes what asks the person; it is called once, when there is something to ask, so
            that a sign-in that asks nothing does without.
        session: what to sign in to.
        username: who; None for the one that is known, or to ask.
        password: gives the password; None to ask for it where the sign-in begins with it.
        note: is told what the user should know although it worked; None for the prompter.
        tries: how often a password that was typed here is asked for while it is wrong.
        by: signs in in a browser, whatever the profile says; None as the profile says.

    Raises:
        OsduAuthError: as of the prompter's questions and of `Session.sign_in`.
    """
    prompter = cache(prompter)  # one for the whole sign-in, which remembers what it was told
    profile = session.profile
    require_client_secret(session)
    username = known_username(username, profile)
    if by is not None or profile.sign_in == "browser" or not profile.needs_person:
        answer = partial(_answer, prompter, [])
        return session.sign_in(username or "", None, answer, note or _noting(prompter), by)
    username = username or value_in(prompter().ask(USERNAME, default=_kept_username(session)))
    moved = moved_pool(session)
    if moved is not None:
        prompter().note(moved)
    typed = password() if password is not None else _password(prompter(), profile, username)
    note = note or _noting(prompter)
    allowed: list[SendPasswordQuestion] = []
    answer = partial(_answer, prompter, allowed)
    while True:
        try:
            saved = session.sign_in(username, typed, answer, note)
            break
        except SignInRefused as refusal:
            tries -= 1
            if refusal.code != _WRONG_PASSWORD or password is not None or tries < 1:
                raise
            _say_wrong_password(prompter(), refusal, tries)
        if typed is not None:  # else it is asked for on the way
            typed = prompter().ask_secret(PASSWORD)
    for question in allowed:
        from osdu_auth.questions.sending_passwords import keep_permission

        kept = keep_permission(session.found, session.reader, question)
        if kept is not None:
            note(kept)
    return saved


def sign_in_here(
    session: SignsIn, username: str | None = None, by: Credential | None = None
) -> None:
    """Ask in the cell or in the terminal for what a sign-in takes, and sign in.

    Nothing that is typed or shown is left in a saved notebook, if it could be of use to a reader.

    Args:
        session: what to sign in to.
        username: who; None for the one that is known, or to ask.
        by: signs in in a browser, whatever the profile says; None as the profile says.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked.
        OsduAuthError: as of `Session.sign_in`.
    """
    from osdu_auth.questions.consoles import require_input

    in_browser = by is not None or session.profile.sign_in == "browser"
    prompter = prompter_here(session, in_browser=in_browser)
    with ErrorsFor(session):
        require_input(session.profile.name)
    saved = sign_in_by(lambda: prompter, session, username, tries=PASSWORD_TRIES, by=by)
    prompter.say(f"✓ Signed in as {saved.account} ({session.profile.name})")


def prompter_here(session: SignsIn, *, in_browser: bool = False) -> Prompter:
    """Return the prompter of this cell or terminal.

    Args:
        session: of the profile in use.
        in_browser: whether the person signs in in a browser, and types no password.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked.
    """
    with ErrorsFor(session):
        return prompter_of_name(session.profile.name, in_browser=in_browser)


def prompter_and_username(session: SignsIn, username: str | None) -> tuple[Prompter, str]:
    """Return the prompter of this cell or terminal, and whose account it is about.

    Args:
        session: of the profile in use.
        username: as it was given; None for the one that is known, or to ask.

    Raises:
        SignInRequired: as of `prompter_here`.
    """
    prompter = prompter_here(session)
    moved = moved_pool(session)
    if moved is not None:
        prompter.note(moved)
    return prompter, known_username(username, session.profile) or prompter.ask(USERNAME)


def alone_with_the_person() -> AbstractContextManager[object]:
    """Hold the right to ask, which one thread has at a time: there is one person, and one place."""
    return _asking


def require_client_secret(session: SignsIn) -> None:
    """See that the app client's secret can be had, where it shows one.

    Args:
        session: of the profile in use.

    Raises:
        ConfigurationError, StoreUnavailable: it cannot.
    """
    reference = session.profile.secret_shown
    with ErrorsFor(session):
        if reference is not None and session.credential.needs_person:
            from osdu_auth.profiles.references import resolve

            resolve(reference)


def _kept_username(session: SignsIn) -> str | None:
    """Who signed in last, offered where the user name is asked for."""
    with suppress(OsduAuthError):
        return session.load().account
    return None


def _password(prompter: Prompter, profile: AnyProfile, username: str) -> Secret | None:
    """The password, None where a sign-in may do without."""
    if prompter.attended:
        prompter.say(f"Signing in to {profile.name} as {username}")
    flow = profile.get("auth_flow")
    if flow == "USER_AUTH":
        return None  # the pool says which factor it wants; a password is asked for if it is that
    if flow == "CUSTOM_AUTH":
        return prompter.ask_secret(OPTIONAL_PASSWORD, optional=True) or None
    return prompter.ask_secret(PASSWORD)


def _noting(prompter: Callable[[], Prompter]) -> Callable[[str], None]:
    return lambda text: prompter().note(text)


def _say_wrong_password(prompter: Prompter, refusal: SignInRefused, left: int) -> None:
    prompter.complain(refusal)
    often = "One more try" if left == 1 else f"{left} more tries"
    prompter.say(f"  {often} here; after five wrong ones in a row the pool makes you wait.")


def _answer(
    prompter: Callable[[], Prompter], allowed: list[SendPasswordQuestion], challenge: Challenge
) -> Answer:
    """Have the person answer, and note in `allowed` that they let the password itself be sent.

    What the answers take is imported when something is asked.
    """
    from osdu_auth.cognito.challenges.values import SendPassword, SendPasswordQuestion
    from osdu_auth.questions.challenges import answer_by

    if challenge in allowed:  # after a wrong password all is begun anew
        return SendPassword(send=True)
    answer: Answer = answer_by(prompter(), challenge)
    if isinstance(challenge, SendPasswordQuestion) and answer == SendPassword(send=True):
        allowed.append(challenge)
    return answer


def prompter_of_name(profile_name: str, *, in_browser: bool = False) -> Prompter:
    """Return the prompter of this cell or terminal.

    Args:
        profile_name: for the words of errors.
        in_browser: whether the person signs in in a browser, and types no password.

    Raises:
        SignInRequired: there is neither, or what is typed would be shown.
    """
    from osdu_auth.ipython_shell import in_notebook_cell
    from osdu_auth.questions.consoles import require_hidden_typing

    require_hidden_typing(profile_name, in_browser=in_browser)
    if in_notebook_cell():
        from osdu_auth.questions.cell import CellPrompter

        return CellPrompter(profile_name)
    from osdu_auth.questions.terminal import TerminalPrompter

    return TerminalPrompter(profile_name)


_asking = RLock()


def _after_fork() -> None:
    """Begin with no thread asking: the one that may have been is not in this process."""
    global _asking  # noqa: PLW0603 - a lock that another thread held cannot be released
    _asking = RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
