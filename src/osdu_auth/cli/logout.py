"""`osdu-auth logout`: the session ends here and at the user pool."""

from __future__ import annotations

import click

from osdu_auth.cli.console import complain, note, say, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.errors import NothingSent, StoreUnavailable, UsageError
from osdu_auth.fixes import Export, Fix, Remove, Run, Unset
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.session import Session


@click.command(epilog="\b\nExample:\n  osdu-auth logout -p acme\n  osdu-auth logout --everywhere")
@profile_option
@click.option("--everywhere", is_flag=True, help="End all sessions of the user, on all computers.")
@click.option("--local", is_flag=True, help="Wipe the session here; the user pool is not told.")
def command(profile_name: str | None, everywhere: bool, local: bool) -> int:
    """Revoke the session at the user pool and wipe it here.

    It is wiped here even where the pool does not answer; that is then said, and told by the exit
    code. With --everywhere nothing is wiped then, as it takes this session to end the others; nor
    is anything where a variable leads to another server than the one that issued the session.
    """
    session = Session(profile_name)
    if everywhere and local:
        raise UsageError(
            "--everywhere and --local exclude each other.",
            code="OA-U223",
            why="It takes the user pool to end sessions on other computers.",
            fix=Run("logout", "--everywhere"),
        )
    if everywhere:
        return _sign_out_everywhere(session)
    if local:
        return _wipe(session)
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
        succeeded(f"Nobody was signed in to {session.profile.name}.")
        return 0
    if outcome.revocation_error is None:
        succeeded(f"Signed out of {session.profile.name}: revoked at the user pool, wiped here.")
        return 0
    # What a file is to be taken away for is done: it has been wiped.
    is_done = isinstance(outcome.revocation_error.advice, Remove)
    complain(outcome.revocation_error, with_fix=not is_done)
    note(
        "Wiped here, but not revoked: the user pool may honour the session until it ends by itself."
    )
    return outcome.revocation_error.exit_code


def _wipe(session: Session) -> int:
    if not session.wipe():
        succeeded(f"Nobody was signed in to {session.profile.name}.")
        return 0
    succeeded(f"The session of {session.profile.name} is wiped here, and nowhere else.")
    say("  The user pool was not told, and may honour it until it ends by itself.")
    return 0


def _keep(error: NothingSent) -> int:
    """Say why the session was not ended, and how it can be ended here all the same."""
    if not isinstance(error.advice, str) and isinstance(error.advice.parts[0], (Unset, Export)):
        error.advice = error.advice.then(Run("logout"))
    complain(error)
    note("To wipe the session here without telling the user pool: " + Run("logout", "--local"))
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
