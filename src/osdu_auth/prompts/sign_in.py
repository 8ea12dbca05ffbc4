"""Signing in a person: the user name, the password, and the questions of the user pool.

This module alone decides which user name is used and whether a password is asked for: the command
line, notebooks and interactive sessions all call it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, partial
from threading import RLock

from osdu_auth.errors import ErrorsWithReader, OsduAuthError, SignInRefused
from osdu_auth.input_text import value_in
from osdu_auth.light_typing import TYPE_CHECKING, Protocol

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
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.resolve import FoundProfile
    from osdu_auth.prompts.prompter import Prompter
    from osdu_auth.secret import Secret
    from osdu_auth.stores.saved_session import SavedSession

USERNAME, PASSWORD, OPTIONAL_PASSWORD = "User name", "Password", "Password (Enter for none)"
USERNAME_VARIABLE = "OSDU_AUTH_USERNAME"
# How often a password is asked for. After five wrong passwords in a row the pool locks the user out
# for a time (Cognito, "Lockout for failed sign-in attempts"); three leave room for a second call.
PASSWORD_TRIES = 3
_WRONG_PASSWORD = "OA-S310"  # noqa: S105 - the code of an error


class SignInTarget(Protocol):
    """The part of a `Session` that a sign-in uses; this layer must not import `session`."""

    @property
    def profile(self) -> AnyProfile:
        """The profile."""
        ...

    @property
    def found(self) -> FoundProfile:
        """The profile, and where it was found."""
        ...

    @property
    def reader(self) -> Reader:
        """The reader of its errors."""
        ...

    @property
    def credential(self) -> Credential:
        """The credential of the profile's kind of sign-in."""
        ...

    def load(self) -> SavedSession:
        """Return the saved session."""
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
        given: the name from the caller or the command line; it is used before the profile's name,
            and that before the variable `OSDU_AUTH_USERNAME`.
        profile: the profile to sign in with.
    """
    from osdu_auth.profiles.environment import value_of_variable

    named = value_in(given) if given else None
    return named or profile.get("username") or value_of_variable(USERNAME_VARIABLE) or None


def browser_credential(
    profile: AnyProfile, *, browser: bool | None, prompt: str | None
) -> Credential | None:
    """Return the credential for a sign-in in a browser; None for a sign-in with a password.

    Args:
        profile: the profile to sign in with.
        browser: True for a browser even if the profile has another kind of sign-in; False to print
            the address and open no browser; None to do what the profile says.
        prompt: the OpenID parameter `prompt`; None for the profile's.

    Raises:
        ConfigurationError: as for `in_browser`.
    """
    if profile.sign_in != "browser" and browser is not True:
        return None
    from osdu_auth.credentials.browser import in_browser

    return in_browser(profile, opens_browser=browser is not False, prompt=prompt)


def other_address_notice(session: SignInTarget) -> str | None:
    """Return a sentence with the user pool's address, if a variable changed it; else None.

    Args:
        session: the session to sign in to.

    Raises:
        ConfigurationError: the address cannot be used.
    """
    moved_to = session.credential.moved_to()
    return None if moved_to is None else f"The user pool is asked at {moved_to}."


def sign_in_with(
    prompter: Callable[[], Prompter],
    session: SignInTarget,
    username: str | None = None,
    password: Callable[[], Secret] | None = None,
    note: Callable[[str], None] | None = None,
    *,
    tries: int = 1,
    by: Credential | None = None,
) -> SavedSession:
    """Ask for what a sign-in needs, and sign in.

    Before the person types a password, the app client's secret is read, and another address of the
    user pool is shown: without the secret, or at a wrong address, the password is of no use.
    If the person allows the password itself to be sent, the profile records that.

    Args:
        prompter: returns the prompter. It is called at the first question, so that a sign-in
            without questions makes no prompter.
        session: the session to sign in to.
        username: the user name; None to use the known name, or to ask for it.
        password: returns the password; None to ask for it where the sign-in begins with it.
        note: shows a note for the user about a sign-in that succeeded; None to use the prompter.
        tries: how often a typed password is asked for while the pool says that it is wrong.
        by: the credential of a sign-in in a browser; None for the profile's kind of sign-in.

    Raises:
        OsduAuthError: as for the prompter's questions and of `Session.sign_in`.
    """
    prompter = cache(prompter)  # the same prompter for the whole sign-in
    profile = session.profile
    require_client_secret(session)
    username = known_username(username, profile)
    if by is not None or profile.sign_in == "browser" or not profile.needs_person:
        answer = partial(_answer, prompter, [])
        return session.sign_in(username or "", None, answer, note or _noting(prompter), by)
    username = username or value_in(prompter().ask(USERNAME, default=_last_username(session)))
    notice = other_address_notice(session)
    if notice is not None:
        prompter().note(notice)
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
        if typed is not None:  # else the pool asks for the password in a challenge
            typed = prompter().ask_secret(PASSWORD)
    for question in allowed:
        recorded = record_permission(session.found, session.reader, question)
        if recorded is not None:
            note(recorded)
    return saved


def sign_in_interactively(
    session: SignInTarget, username: str | None = None, by: Credential | None = None
) -> None:
    """Ask in the notebook cell or in the terminal for what a sign-in needs, and sign in.

    A saved notebook does not have the secrets that are typed or shown.

    Args:
        session: the session to sign in to.
        username: the user name; None to use the known name, or to ask for it.
        by: the credential of a sign-in in a browser; None for the profile's kind of sign-in.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: no person can be
            asked.
        OsduAuthError: as for `Session.sign_in`.
    """
    from osdu_auth.prompts.consoles import require_input

    in_browser = by is not None or session.profile.sign_in == "browser"
    prompter = prompter_for_session(session, in_browser=in_browser)
    with ErrorsWithReader(session):
        require_input(session.profile.name)
    saved = sign_in_with(lambda: prompter, session, username, tries=PASSWORD_TRIES, by=by)
    prompter.say(f"✓ Signed in as {saved.account} ({session.profile.name})")


def prompter_for_session(session: SignInTarget, *, in_browser: bool = False) -> Prompter:
    """Return the prompter of this notebook cell or terminal; its errors name the profile.

    Args:
        session: the session to sign in to.
        in_browser: whether the person signs in in a browser, and types no password.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: no person can be
            asked.
    """
    with ErrorsWithReader(session):
        return prompter_for_profile(session.profile.name, in_browser=in_browser)


def prompter_for_profile(profile_name: str, *, in_browser: bool = False) -> Prompter:
    """Return the prompter of this notebook cell or terminal.

    Args:
        profile_name: the profile's name, for error messages.
        in_browser: whether the person signs in in a browser, and types no password.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: no person can be
            asked.
    """
    from osdu_auth.ipython_shell import in_notebook_cell
    from osdu_auth.prompts.consoles import require_hidden_typing

    require_hidden_typing(profile_name, in_browser=in_browser)
    if in_notebook_cell():
        from osdu_auth.prompts.cell import CellPrompter

        return CellPrompter(profile_name)
    from osdu_auth.prompts.terminal import TerminalPrompter

    return TerminalPrompter(profile_name)


def prompter_and_username(session: SignInTarget, username: str | None) -> tuple[Prompter, str]:
    """Return the prompter of this notebook cell or terminal, and the account's user name.

    Args:
        session: the session whose account it is.
        username: the user name; None to use the known name, or to ask for it.

    Raises:
        SignInRequired: as for `prompter_for_session`.
    """
    prompter = prompter_for_session(session)
    notice = other_address_notice(session)
    if notice is not None:
        prompter.note(notice)
    return prompter, known_username(username, session.profile) or prompter.ask(USERNAME)


def prompt_lock() -> AbstractContextManager[object]:
    """Return the lock that a thread holds while it asks: there is one person, at one console."""
    return _prompt_lock


def require_client_secret(session: SignInTarget) -> None:
    """Check that the app client's secret can be read, if the profile has one.

    Args:
        session: the session of the profile.

    Raises:
        ConfigurationError, StoreUnavailable: the secret cannot be read.
    """
    reference = session.profile.secret_shown
    with ErrorsWithReader(session):
        if reference is not None and session.credential.needs_person:
            from osdu_auth.profiles.references import resolve

            resolve(reference)


def record_permission(
    found: FoundProfile, reader: Reader, question: SendPasswordQuestion
) -> str | None:
    """Write into the profile that the password itself may be sent, for the next sign-ins.

    Only a person's yes is written: a program that answers yes gives the same answer each time.

    Args:
        found: the profile that the person signed in to.
        reader: the reader of the returned text.
        question: the question that the person answered with yes.

    Returns:
        A text for the person: where the setting was written, or the line to write. None if no
        setting gives the answer: the user pool offers a choice of factors at each sign-in.
    """
    from osdu_auth.errors import ConfigurationError
    from osdu_auth.fixes import Run
    from osdu_auth.places import config_file
    from osdu_auth.profiles.setting_places import flag_of
    from osdu_auth.text import printable

    if question.setting != "auth_flow":
        return None
    name, line = found.profile.name, f'{question.setting} = "{question.value}"'
    purpose = "To sign in like this without the question"
    if not found.is_in_file:
        return f"{purpose}: {Run('init', flag_of(question.setting), question.value).text(reader)}"
    from osdu_auth.profiles.edits import header_of, write_setting

    try:
        write_setting(name, question.setting, question.value)
    except ConfigurationError as error:
        return (
            f"{purpose}, write this line below {header_of(name)} in {config_file()}: {line} "
            f"(writing it here failed: {printable(error.why or error.what)})"
        )
    return f'Written into the profile "{name}": {line}. Remove the line to be asked again.'


def _last_username(session: SignInTarget) -> str | None:
    """Return the account of the saved session, as the default of the question."""
    with suppress(OsduAuthError):
        return session.load().account
    return None


def _password(prompter: Prompter, profile: AnyProfile, username: str) -> Secret | None:
    """Ask for the password; return None if the sign-in begins without it."""
    if prompter.can_ask:
        prompter.say(f"Signing in to {profile.name} as {username}")
    flow = profile.get("auth_flow")
    if flow == "USER_AUTH":
        return None  # the pool names the factor that it wants, which may be the password
    if flow == "CUSTOM_AUTH":
        return prompter.ask_secret(OPTIONAL_PASSWORD, optional=True) or None
    return prompter.ask_secret(PASSWORD)


def _noting(prompter: Callable[[], Prompter]) -> Callable[[str], None]:
    return lambda text: prompter().note(text)


def _say_wrong_password(prompter: Prompter, refusal: SignInRefused, left: int) -> None:
    prompter.say_error(refusal)
    tries = "One more try" if left == 1 else f"{left} more tries"
    prompter.say(f"  {tries} here; after five wrong ones in a row the pool makes you wait.")


def _answer(
    prompter: Callable[[], Prompter], allowed: list[SendPasswordQuestion], challenge: Challenge
) -> Answer:
    """Ask the person; add the question to `allowed` if they let the password itself be sent.

    The modules of the questions are imported at the first question.
    """
    from osdu_auth.cognito.challenges.values import SendPassword, SendPasswordQuestion
    from osdu_auth.prompts.challenges import prompt_for_answer

    if challenge in allowed:  # after a wrong password the sign-in begins again
        return SendPassword(send=True)
    answer: Answer = prompt_for_answer(prompter(), challenge)
    if isinstance(challenge, SendPasswordQuestion) and answer == SendPassword(send=True):
        allowed.append(challenge)
    return answer


_prompt_lock = RLock()


def _after_fork() -> None:
    """Replace the lock: the thread that may have held it does not exist in this process."""
    global _prompt_lock  # noqa: PLW0603 - a lock that another thread held cannot be released
    _prompt_lock = RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
