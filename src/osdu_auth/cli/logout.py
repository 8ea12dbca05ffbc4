"""`osdu-auth logout`: the session ends here and at the user pool."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import complain, note, say, succeeded
from osdu_auth.cli.options import profile_option, typed_reader
from osdu_auth.cli.signing_out import of_sessions
from osdu_auth.errors import (
    ConfigurationError,
    ErrorsFor,
    NothingSent,
    OsduAuthError,
    ServiceBusy,
    StoreUnavailable,
    UsageError,
)
from osdu_auth.fixes import Command, Export, Fix, Remove, Run, Unset, rendered
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.prompts.sign_in import require_client_secret
from osdu_auth.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCAL = Run("logout", "--local")
_NO_WAY_TO_END_IT = "OA-B319"


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
@click.option("--local", is_flag=True, help="Wipe the session here; the user pool is not told.")
@click.option("--all", "of_all", is_flag=True, help="Sign out of all profiles on this computer.")
@click.option("--browser", is_flag=True, help="Then sign the browser out at the issuer, too.")
def command(
    profile_name: str | None, everywhere: bool, local: bool, of_all: bool, browser: bool
) -> int:
    """Revoke the session at the user pool and wipe it here.

    It is wiped here even where the pool does not answer; that is then said, and told by the exit
    code. Where the app client's secret cannot be had, it is kept until it can. With --everywhere
    nothing is wiped where the pool does not answer, as it takes this session to end the others; nor
    is anything where a variable leads to another server than the one that issued the session.
    """
    if everywhere and local:
        raise UsageError(
            "--everywhere and --local exclude each other.",
            code="OA-U223",
            why="It takes the user pool to end sessions on other computers.",
            fix=Run("logout", "--everywhere"),
        )
    sign_out = _sign_out_everywhere if everywhere else _wipe if local else _sign_out
    if browser:
        sign_out = partial(_and_of_browser, sign_out)
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
    """Sign out of each profile that has a session, and wipe those that no profile goes with."""
    from osdu_auth.cli.signing_out import names_with_sessions, sign_out_of_each, wipe
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    signed_in = names_with_sessions()
    known = {*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])}
    if not signed_in:
        succeeded("Nobody was signed in to any profile.")
    for name in signed_in:
        if name not in known:
            wipe(name)
            note(
                f"The session of {name} is wiped here, but not revoked: it has no profile any more."
            )
    if local:  # whatever is wrong with a profile, no word of it is needed for that
        for name in sorted(known.intersection(signed_in)):
            wipe(name)
            succeeded(f"The session of {name} is wiped here, and nowhere else.")
        return 0
    return sign_out_of_each([name for name in signed_in if name in known], sign_out)


def _sign_out(session: Session) -> int:
    if _is_to_be_revoked(session):
        try:  # without it nothing can be revoked, now or once the session is wiped
            require_client_secret(session)
        except (ConfigurationError, StoreUnavailable) as error:
            complain(error)
            note("The session is kept, as it cannot be revoked without the app client's secret.")
            say(f"  To wipe it here all the same: {rendered(_LOCAL, typed_reader())}")
            return error.exit_code
    try:
        outcome = session.sign_out()
    except StoreUnavailable as error:
        if _is_elsewhere(error.advice):  # where there is nothing to sign out of
            error.advice = "Mend that where it is, as the session is there; then: " + Run("logout")
        elif isinstance(error.advice, Remove):
            error.advice = error.advice.then(Run("logout"))
        raise
    except NothingSent as error:
        return _keep(error)
    if not outcome.was_signed_in:
        succeeded(_nothing_kept(session))
        return 0
    if not session.profile.needs_person:
        succeeded(f"Wiped the token of {session.profile.name} here; the next use gets another.")
        say("  It is good until it ends by itself, for a program that has it.")
        return 0
    if outcome.revocation_error is None:
        place = of_sessions(session)
        succeeded(f"Signed out of {session.profile.name}: revoked at {place}, wiped here.")
        return 0
    return _tell_unrevoked(session, outcome.revocation_error)


def _tell_unrevoked(session: Session, trouble: OsduAuthError) -> int:
    """Say that a session is wiped here, and lives on at its issuer; return the exit code."""
    if trouble.code == _NO_WAY_TO_END_IT:  # all was done that can be done
        succeeded(f"Signed out of {session.profile.name}: wiped here.")
        note(f"{trouble.what} An administrator can end all sessions of a user. [{trouble.code}]")
        return 0
    # It has been wiped: what a file is to be taken away for is done, and what is tried again too.
    is_done = isinstance(trouble, ServiceBusy) or isinstance(trouble.advice, Remove)
    complain(trouble, with_fix=not is_done)
    place = of_sessions(session)
    note(f"Wiped here, but not revoked: {place} may honour the session until it ends by itself.")
    return trouble.exit_code


def _and_of_browser(sign_out: Callable[[Session], int], session: Session) -> int:
    """End the session as was asked, and the browser's own whatever came of that."""
    from osdu_auth.credentials.browser import in_browser

    credential = in_browser(session.profile)
    code = sign_out(session)
    with ErrorsFor(session):
        credential.sign_out_of_browser(say)
    succeeded(f"The browser was sent to sign out of {session.profile.name}.")
    return code


def _is_to_be_revoked(session: Session) -> bool:
    """Say whether there is a session that the user pool would take for one."""
    try:
        saved = session.store.peek(session.key)
    except OsduAuthError:
        return False
    return saved is not None and saved.end_mark is None


def _wipe(session: Session) -> int:
    if not session.wipe():
        succeeded(_nothing_kept(session))
        return 0
    if not session.profile.needs_person:
        succeeded(f"Wiped the token of {session.profile.name} here; the next use gets another.")
        return 0
    succeeded(f"The session of {session.profile.name} is wiped here, and nowhere else.")
    place = of_sessions(session).replace("the", "The")
    say(f"  {place} was not told, and may honour it until it ends by itself.")
    return 0


def _nothing_kept(session: Session) -> str:
    profile = session.profile
    if profile.needs_person:
        return f"Nobody was signed in to {profile.name}."
    return f"No token of {profile.name} was kept; the next use gets one."


def _keep(error: NothingSent) -> int:
    """Say why the session was not ended, and how it can be ended here all the same."""
    if not isinstance(error.advice, str) and isinstance(error.advice.parts[0], (Unset, Export)):
        error.advice = error.advice.then(Run("logout"))
    complain(error)
    note("To wipe the session here without telling the user pool: " + _LOCAL)
    return error.exit_code


def _is_elsewhere(advice: str | Fix) -> bool:
    """Say whether a fix is to use another state folder."""
    parts = () if isinstance(advice, str) else advice.parts
    return any(isinstance(part, Export) and part.name == STATE_DIRECTORY for part in parts)


def _sign_out_everywhere(session: Session) -> int:
    from osdu_auth.account import Account

    Account(session).sign_out_everywhere()
    succeeded(f"Signed out of {session.profile.name}, here and on every other computer.")
    say("  A token that was handed out before may be taken by OSDU until it expires.")
    return 0
