"""`osdu-auth logout`: end sessions at their issuer, and wipe them here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note, say, say_error, say_success
from osdu_auth.cli.options import command_line_reader, profile_option
from osdu_auth.errors import (
    ConfigurationError,
    ErrorsWithReader,
    NothingSent,
    OsduAuthError,
    ServiceBusy,
    StoreUnavailable,
    UsageError,
)
from osdu_auth.fixes import Command, Export, Fix, Reader, Remove, Run, Unset, fix_text
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.prompts.sign_in import require_client_secret
from osdu_auth.session import Session
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.session.sign_in_and_out import SignedOut

_LOCAL = Run("logout", "--local")
_NO_REVOCATION = "OA-B319"  # the issuer has no endpoint that revokes a session


@click.command(
    epilog="""\b
Example:
  osdu-auth logout -p acme
  osdu-auth logout --all
  osdu-auth logout --everywhere
"""
)
@profile_option
@click.option("--everywhere", is_flag=True, help="End all sessions of the user, on all computers.")
@click.option("--local", is_flag=True, help="Wipe the session here; send the user pool nothing.")
@click.option("--all", "of_all", is_flag=True, help="Sign out of all profiles on this computer.")
@click.option("--browser", is_flag=True, help="Then sign the browser out at the issuer, too.")
def command(
    profile_name: str | None, everywhere: bool, local: bool, of_all: bool, browser: bool
) -> int:
    """Revoke the session at the user pool and wipe it here.

    If the pool does not answer, the session is wiped here anyway, and the exit code shows
    that it was not revoked. If the app client's secret cannot be read, the session is kept. With
    --everywhere, nothing is wiped if the pool does not answer: only this session can end the other
    sessions. Nothing is wiped either if a variable names another server than the session's issuer.
    """
    if everywhere and local:
        raise UsageError(
            "--everywhere and --local exclude each other.",
            code="OA-U223",
            why="Only the user pool can end sessions on other computers.",
            fix=Run("logout", "--everywhere"),
        )
    sign_out = _sign_out_everywhere if everywhere else _wipe if local else _sign_out
    if browser:
        sign_out = partial(_sign_out_with_browser, sign_out)
    if not of_all:
        return sign_out(Session(profile_name))
    if profile_name is not None:
        raise UsageError(
            "--all and a profile exclude each other.",
            code="OA-U214",
            fix=Command("osdu-auth", "logout", "--all"),
        )
    return _sign_out_of_all(sign_out, local=local)


def _sign_out_of_all(sign_out: Callable[[Session], int], *, local: bool) -> int:
    """Sign out of each profile with a session, and wipe the sessions that have no profile."""
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    signed_in = names_with_sessions()
    known = {*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])}
    if not signed_in:
        say_success("There was no session of any profile.")
    for name in signed_in:
        if name not in known:
            wipe(name)
            note(f"The session of {name} is wiped here, but not revoked: its profile is gone.")
    if local:  # this needs no profile, so a profile with a mistake does not prevent it
        for name in sorted(known.intersection(signed_in)):
            wipe(name)
            say_success(f"The session of {name} is wiped here, and nowhere else.")
        return 0
    return sign_out_of_each([name for name in signed_in if name in known], sign_out)


def _sign_out(session: Session) -> int:
    if _can_be_revoked(session):
        try:  # revoking needs the secret, and is no longer possible after the wipe
            require_client_secret(session)
        except (ConfigurationError, StoreUnavailable) as error:
            say_error(error)
            note("The session is kept, as it cannot be revoked without the app client's secret.")
            say(f"  To wipe it here anyway: {fix_text(_LOCAL, command_line_reader())}")
            return error.exit_code
    try:
        outcome = session.sign_out()
    except StoreUnavailable as error:
        if _names_other_folder(error.advice):  # another folder does not have the session
            error.advice = "Repair the folder, as the session is in it; then: " + Run("logout")
        elif isinstance(error.advice, Remove):
            error.advice = error.advice.then(Run("logout"))
        raise
    except NothingSent as error:
        return _keep_session(error)
    if not outcome.was_signed_in:
        say_success(_no_session_words(session))
        return 0
    if not session.profile.needs_person:
        say_success(f"Wiped the token of {session.profile.name} here; the next use gets another.")
        say("  A program that has the token can use it until it expires.")
        return 0
    if outcome.revocation_error is None:
        place = issuer_words(session)
        say_success(f"Signed out of {session.profile.name}: revoked at {place}, wiped here.")
        return 0
    return _say_unrevoked(session, outcome.revocation_error)


def _say_unrevoked(session: Session, error: OsduAuthError) -> int:
    """Print that a session is wiped here and not revoked; return the exit code."""
    if error.code == _NO_REVOCATION:
        say_success(f"Signed out of {session.profile.name}: wiped here.")
        note(f"{error.what} An administrator can end all sessions of a user. [{error.code}]")
        return 0
    # The session is wiped: trying again, or removing its file, has no use any more.
    fix_has_no_use = isinstance(error, ServiceBusy) or isinstance(error.advice, Remove)
    say_error(error, with_fix=not fix_has_no_use)
    place = issuer_words(session)
    note(f"Wiped here, but not revoked: {place} may accept the session until it expires.")
    return error.exit_code


def _sign_out_with_browser(sign_out: Callable[[Session], int], session: Session) -> int:
    """End the session, and then the browser's session at the issuer, even if the first failed."""
    from osdu_auth.credentials.browser import in_browser

    credential = in_browser(session.profile)
    code = sign_out(session)
    with ErrorsWithReader(session):
        credential.sign_out_of_browser(say)
    say_success(f"The browser was sent to sign out of {session.profile.name}.")
    return code


def _can_be_revoked(session: Session) -> bool:
    """Return whether there is a saved session that has not ended."""
    try:
        saved = session.store.peek(session.key)
    except OsduAuthError:
        return False
    return saved is not None and saved.end_mark is None


def _wipe(session: Session) -> int:
    if not session.wipe():
        say_success(_no_session_words(session))
        return 0
    if not session.profile.needs_person:
        say_success(f"Wiped the token of {session.profile.name} here; the next use gets another.")
        return 0
    say_success(f"The session of {session.profile.name} is wiped here, and nowhere else.")
    place = issuer_words(session).replace("the", "The")
    say(f"  {place} was not asked to revoke it, and may accept it until it expires.")
    return 0


def _no_session_words(session: Session) -> str:
    profile = session.profile
    if profile.needs_person:
        return f"There was no session of {profile.name}."
    return f"No token of {profile.name} was kept; the next use gets one."


def _keep_session(error: NothingSent) -> int:
    """Print why the session was not ended, and the command that wipes it here."""
    if not isinstance(error.advice, str) and isinstance(error.advice.parts[0], (Unset, Export)):
        error.advice = error.advice.then(Run("logout"))
    say_error(error)
    note("To wipe the session here, and send the user pool nothing: " + _LOCAL)
    return error.exit_code


def _names_other_folder(advice: str | Fix) -> bool:
    """Return whether a fix is to use another state folder."""
    parts = () if isinstance(advice, str) else advice.parts
    return any(isinstance(part, Export) and part.name == STATE_DIRECTORY for part in parts)


def _sign_out_everywhere(session: Session) -> int:
    from osdu_auth.account import Account

    Account(session).sign_out_everywhere()
    say_success(f"Signed out of {session.profile.name}, here and on every other computer.")
    say("  OSDU may accept tokens that programs have already, until they expire.")
    return 0


def names_with_sessions() -> list[str]:
    """Return the names of the profiles that have a session on this computer, ended ones included.

    Raises:
        StoreUnavailable: the folder of the sessions cannot be read.
    """
    return FileStore().names()


def issuer_words(session: Session) -> str:
    """Return what the issuer of a session is called in texts: the user pool, or the issuer."""
    return "the user pool" if session.profile.get("issuer") is None else "the issuer"


def sign_out_of_each(names: list[str], sign_out: Callable[[Session], int]) -> int:
    """End the session of each profile; after a failure, go on with the next one.

    Args:
        names: the names of the profiles.
        sign_out: ends one session, prints the result, and returns an exit code.

    Returns:
        The exit code of the first failure; 0 without one.
    """
    codes = [_sign_out_named(name, sign_out) for name in names]
    return next(filter(None, codes), 0)


def revoke_and_wipe(name: str) -> int:
    """Revoke a session at its issuer, wipe it here even if that fails, and print the result.

    Args:
        name: the profile's name.

    Returns:
        The exit code of the error that prevented the revocation; 0 without one.
    """
    place = "the user pool"
    try:
        session = Session(name)
        place = issuer_words(session)
        outcome: SignedOut = session.sign_out()
        error = outcome.revocation_error
    except OsduAuthError as fault:
        error = fault
        wipe(name)
    if error is None:
        say_success(f"The session of {name} is revoked at {place} and wiped here.")
        return 0
    error.note_reader(Reader(name))
    say_error(error, with_fix=False)
    note(f"The session of {name} is wiped here, but not revoked at {place}.")
    return error.exit_code


def wipe(name: str) -> bool:
    """Wipe a session, whose profile need not exist any more; return whether there was one.

    Raises:
        StoreUnavailable: it could not be wiped.
    """
    with FileStore().open(SessionKey(name)) as held:
        return held.delete()


def _sign_out_named(name: str, sign_out: Callable[[Session], int]) -> int:
    say(f"{name}:")
    try:
        return sign_out(Session(name))
    except OsduAuthError as error:
        error.note_reader(Reader(name))
        say_error(error)
        if isinstance(error, ConfigurationError):
            here = Run("logout", "--local", profile=name)
            note("To wipe the session here, and send the user pool nothing: " + here)
        return error.exit_code
