"""Sign-in, sign-out and wiping: how a user begins and ends a session.

Each of them holds the right to renew while it replaces or removes the stored session, and no other
renewal of this process runs at that time.
"""

from __future__ import annotations

from osdu_auth.errors import ErrorsWithReader, NothingSent, OsduAuthError, StoreUnavailable
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.log import logger
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.credentials.credential import Credential
    from osdu_auth.oidc.questions import BrowserAnswers
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.current import CurrentSession
    from osdu_auth.session.renewer import Renewer
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import HeldSession


class SignedOut(NamedTuple):
    """The result of signing out.

    Args:
        was_signed_in: whether there was a session on this machine.
        revocation_error: why the issuer could not end the session on its side; None if it did.
    """

    was_signed_in: bool
    revocation_error: OsduAuthError | None = None


def sign_in(
    config: SessionConfig,
    renewer: Renewer,
    by: Credential | None,
    person: tuple[str, Secret | str | None, Answers | BrowserAnswers | None],
    note: Callable[[str], None] | None,
    clock: Callable[[], float],
) -> SavedSession:
    """Sign in, and save the session; errors as for `Session.sign_in`.

    A person is asked before the store is opened, so that no other process waits for the answer.

    Args:
        config: of the session.
        renewer: of the session.
        by: the credential that signs in; None for the session's own.
        person: the user name, the password, and the function that answers questions.
        note: called with what the user should know although the sign-in worked; None to log it.
        clock: this machine's clock, in seconds since 1970.
    """
    from osdu_auth.credentials.credential import SignInInput
    from osdu_auth.fixes import fix_text
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import last_generation_of

    username, password, answer = person
    if answer is None:
        from osdu_auth.cognito.challenges import unattended

        answer = unattended
    if isinstance(password, str):
        password = Secret(password)
    credential = config.credential
    with ErrorsWithReader(config):
        given = SignInInput(username, password, answer)
        issued = (by or credential).obtain(given, config.issued_before())
    for each in issued.notes:
        (note or _log_warning)(fix_text(each, config.reader))
    with renewer.replacing() as held:
        replaced = _load_if_readable(held)
        last = last_generation_of(config.store, config.key)
        saved = SavedSession.begun(issued, credential.binding, clock(), replaced, last)
        held.save(saved)
        renewer.adopt_sign_in(saved)
    return saved


def sign_out(config: SessionConfig, renewer: Renewer, current: CurrentSession) -> SignedOut:
    """End the session at the issuer, and wipe it here; errors as for `Session.sign_out`.

    Args:
        config: of the session.
        renewer: of the session.
        current: what this process knows of the session.
    """
    revocation_error, ended, must_keep = None, "", False
    if not config.has_any():
        renewer.forget()
        return SignedOut(was_signed_in=False)
    with renewer.replacing() as held:
        try:
            saved = held.load()
            if saved is not None and not current.state.has_user_of(saved):
                return SignedOut(was_signed_in=False)
            if saved is not None and saved.end_mark is None:
                config.credential.revoke(saved.issued)
                ended = " The issuer has ended the session."
        except OsduAuthError as error:
            must_keep = isinstance(error, NothingSent)
            if must_keep:
                raise
            error.note_reader(config.reader)
            revocation_error = error
        finally:
            if not must_keep:
                renewer.forget()
        try:
            return SignedOut(held.delete(), revocation_error)
        except StoreUnavailable as error:
            error.why += ended
            raise


def wipe(config: SessionConfig, renewer: Renewer) -> bool:
    """Wipe the session here, without a request to the issuer; return whether there was one.

    Args:
        config: of the session.
        renewer: of the session.

    Raises:
        StoreUnavailable: it could not be wiped.
    """
    if not config.has_any():
        renewer.forget()
        return False
    with renewer.replacing() as held:
        renewer.forget()
        return held.delete()


def _load_if_readable(held: HeldSession) -> SavedSession | None:
    """Return the session that a sign-in replaces; None if it cannot be read."""
    try:
        return held.load()
    except StoreUnavailable:
        return None


def _log_warning(note: str) -> None:
    logger().warning("%s", note)
