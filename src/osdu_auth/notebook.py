"""Signing in from a notebook cell, or from a program in a terminal.

    import osdu_auth

    session = osdu_auth.login()

The law of this module: nothing that is typed or shown here is left in a saved notebook, if it could
be of use to whoever reads that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.errors import SessionEnded, SignInRequired
from osdu_auth.fixes import Run
from osdu_auth.session import Session
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.session.session import SignedOut
    from osdu_auth.stores.saved_session import SavedSession

# The codes of errors that say that no person can be asked here.
_UNASKED = frozenset({"OA-S390", "OA-S391"})


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


def login(
    profile: str | AnyProfile | None = None, *, username: str | None = None, force: bool = False
) -> Session:
    """Return a session that is signed in; ask for what that takes only if it is not.

    In a notebook it asks in the cell, in a terminal there; anywhere else it asks nothing.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.
        username: who is to be signed in; where another user is, it asks. None for whoever is, or
            else the profile's, or to ask.
        force: whether to ask although a user is signed in.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked;
            OA-S392: nor can they, and another user than `username` is signed in.
        SignInRefused: the user pool said no.
        OsduAuthError: as of `Session.token` and `Session.sign_in`.
    """
    session = Session(profile)
    kept = None if force else _signed_in(session)
    if kept is not None and (not username or _is_called(kept, username)):
        return session
    from osdu_auth.questions.signing_in import sign_in_here

    try:
        sign_in_here(session, username)
    except SignInRequired as error:
        if kept is None or error.code not in _UNASKED:
            raise
        name = session.profile.name
        refused = SignInRequired(
            f'{kept.account} is signed in to "{name}", not {username}.',
            code="OA-S392",
            why=error.why,
            fix="Sign in in a terminal, then come back: "
            + Run("login", "-u", username or "", profile=name),
        )
        refused.address_to(session.reader)
        raise refused from None
    return session


def logout(profile: str | AnyProfile | None = None) -> SignedOut:
    """End the session at the user pool and wipe it here; say what that came to.

    It is wiped here even where the pool does not answer; `revocation_error` then says why.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.

    Raises:
        OsduAuthError: as of `Session.sign_out`; the session is kept.
    """
    return Session(profile).sign_out()


def whoami(profile: str | AnyProfile | None = None) -> Identity:
    """Return who is signed in, and ask nobody.

    Args:
        profile: the name of a profile, or a profile; None for the one that is in force.

    Raises:
        OsduAuthError: as of `Session.token`.
    """
    session = Session(profile)
    saved = session.saved()
    return Identity(
        saved.account,
        session.profile.name,
        session.profile.data_partition_id,
        max(0, int((saved.tokens.expires_at - time.time()) // 60)),
    )


def _signed_in(session: Session) -> SavedSession | None:
    """The session with a good token; None where a person has to sign in."""
    try:
        return session.saved()
    except (SignInRequired, SessionEnded):
        return None


def _is_called(saved: SavedSession, username: str) -> bool:
    """Say whether a name that a person types is one by which the pool knows the user.

    Pools tell no upper from lower case in names, unless they were made to. A name that users give
    themselves (`preferred_username`, an address that was not verified) says nothing.
    """
    access = unverified_claims(saved.tokens.access_token)
    identity = unverified_claims(saved.tokens.id_token) if saved.tokens.id_token else {}
    names = [saved.account, saved.subject, access.get("username")]
    names += [identity.get("cognito:username")]
    names += [
        identity.get(name)
        for name in ("email", "phone_number")
        if identity.get(f"{name}_verified") in (True, "true")
    ]
    known = {name.casefold() for name in names if isinstance(name, str)}
    return username.casefold() in known
