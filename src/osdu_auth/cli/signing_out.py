"""Ending the sessions of several profiles, each as far as that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cli.console import complain, note, say, succeeded
from osdu_auth.errors import ConfigurationError, OsduAuthError
from osdu_auth.fixes import Reader, Run
from osdu_auth.session import Session
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.session.sign_in_and_out import SignedOut


def names_with_sessions() -> list[str]:
    """Return the names of the profiles that have a session on this computer, be it an ended one.

    Raises:
        StoreUnavailable: the folder of the sessions cannot be read.
    """
    return FileStore().names()


def of_sessions(session: Session) -> str:
    """Return what the issuer of a session is called: the user pool, or another issuer."""
    return "the user pool" if session.profile.get("issuer") is None else "the issuer"


def sign_out_of_each(names: list[str], sign_out: Callable[[Session], int]) -> int:
    """End the session of each profile; a failure keeps no other one from being ended.

    Args:
        names: of the profiles.
        sign_out: ends one, tells what came of it, and returns an exit code.

    Returns:
        The exit code of the first one that failed; 0 where none did.
    """
    codes = [_code_of(name, sign_out) for name in names]
    return next(filter(None, codes), 0)


def end(name: str) -> int:
    """End a session at the user pool and wipe it here, whatever hinders the first, and tell it.

    Args:
        name: the profile's name.

    Returns:
        The exit code of what hindered it; 0 where nothing did.
    """
    place = "the user pool"
    try:
        session = Session(name)
        place = of_sessions(session)
        outcome: SignedOut = session.sign_out()
        error = outcome.revocation_error
    except OsduAuthError as fault:
        error = fault
        wipe(name)
    if error is None:
        succeeded(f"The session of {name} is revoked at {place} and wiped here.")
        return 0
    error.note_reader(Reader(name))
    complain(error, with_fix=False)
    note(f"The session of {name} is wiped here, but not revoked at {place}.")
    return error.exit_code


def wipe(name: str) -> bool:
    """Wipe a session, of a profile that there need not be any more; return whether there was one.

    Raises:
        StoreUnavailable: it could not be wiped.
    """
    with FileStore().open(SessionKey(name)) as held:
        return held.delete()


def _code_of(name: str, sign_out: Callable[[Session], int]) -> int:
    say(f"{name}:")
    try:
        return sign_out(Session(name))
    except OsduAuthError as error:
        error.note_reader(Reader(name))
        complain(error)
        if isinstance(error, ConfigurationError):
            here = Run("logout", "--local", profile=name)
            note("To wipe the session here without telling the user pool: " + here)
        return error.exit_code
