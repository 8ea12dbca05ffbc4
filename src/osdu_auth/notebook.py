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

from osdu_auth.cell_tracebacks import shorten_groups
from osdu_auth.errors import (
    Addressed,
    ConfigurationError,
    OsduAuthError,
    SessionEnded,
    SignInRequired,
)
from osdu_auth.fixes import Run
from osdu_auth.session import Session
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from osdu_auth.credentials.credential import Credential
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.session.session import SignedOut
    from osdu_auth.stores.saved_session import SavedSession

# The codes of errors that say that no person can be asked here.
_UNASKED = frozenset({"OA-S390", "OA-S391"})
# The codes of errors that say that there is no profile: none of that name, or none at all.
_NO_PROFILE = frozenset({"OA-C784", "OA-C785"})


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
    profile: str | AnyProfile | Session | None = None,
    *,
    username: str | None = None,
    force: bool = False,
    browser: bool | None = None,
    prompt: str | None = None,
) -> Session:
    """Return a session that is signed in; ask for what that takes only if it is not.

    In a notebook it asks in the cell, in a terminal there; anywhere else it asks nothing. Where
    there is no profile yet it asks for its values, and whether to keep them. With a profile for a
    browser a cell shows a link, and takes the address that the browser ends at where that cannot
    come back; a browser is opened where this program runs on the person's own computer.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.
        username: who is to be signed in; where another user is, it asks. None for whoever is, or
            else the profile's, or to ask.
        force: whether to ask although a user is signed in.
        browser: True to sign in in a browser for once, whatever the profile says; False to open
            none, and show its address; None as the profile says.
        prompt: what the browser's page is to ask, such as `login` for who it is; this asks although
            a user is signed in.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: nobody can be asked;
            OA-S392: nor can they, and another user than `username` is signed in.
        SignInRefused: the user pool said no.
        OsduAuthError: as of `Session.token` and `Session.sign_in`.
    """
    shorten_groups(OsduAuthError)
    session = _session_of(profile)
    try:
        name = session.profile.name
    except ConfigurationError as error:
        session, name = _session_of_new_profile(profile, error)
    kept = None if force else _signed_in(session)
    if kept is not None and prompt is None and (not username or _is_called(kept, username)):
        _say_here(f"✓ Already signed in as {kept.account} ({name})")
        return session
    from osdu_auth.questions.signing_in import sign_in_here

    try:
        sign_in_here(session, username, _chosen(session, browser=browser, prompt=prompt))
    except SignInRequired as error:
        if kept is None or error.code not in _UNASKED or not username:
            raise
        refused = SignInRequired(
            f'{kept.account} is signed in to "{name}", not {username}.',
            code="OA-S392",
            why=error.why,
            fix="Sign in in a terminal, then come back: "
            + Run("login", "-u", username, profile=name, in_terminal=True),
        )
        refused.address_to(session.reader)
        raise refused from None
    return session


def init(profile: str | None = None, *, make_default: bool = False, **settings: str) -> AnyProfile:
    """Write a profile, or settings of one, and return it; ask for the values that lack.

    Args:
        profile: its name; None for the one in force, or else "default".
        make_default: whether it is to be in force for whoever names none.
        settings: by their names, such as `user_pool_id="us-east-1_Ab12Cd34E"`. A client secret is
            given as a reference, such as `"env:ACME_CLIENT_SECRET"`.

    Raises:
        SignInRequired: OA-S390, OA-S391: values lack, and no person can be asked here.
        ConfigurationError: a setting cannot be used, or the file cannot be written.
    """
    from osdu_auth.profiles.edits import write_profile
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.profiles.kinds import KINDS
    from osdu_auth.profiles.setting_places import in_call

    file = read_profiles()
    name = profile or file.current or "default"
    if name not in file.tables or not (settings or make_default):
        return _new_profile(name, settings)
    changed = KINDS.changed(file.profile(name), settings, in_call)
    write_profile(changed, make_default=make_default)
    _say_here(f'✓ Wrote the profile "{name}" to {file.path}')
    return changed


def logout(profile: str | AnyProfile | Session | None = None) -> SignedOut:
    """End the session at the user pool and wipe it here; say what that came to.

    It is wiped here even where the pool does not answer; `revocation_error` then says why.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.

    Raises:
        OsduAuthError: as of `Session.sign_out`; the session is kept.
    """
    return _session_of(profile).sign_out()


def whoami(profile: str | AnyProfile | Session | None = None) -> Identity:
    """Return who is signed in, and ask nobody.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.

    Raises:
        OsduAuthError: as of `Session.token`.
    """
    session = _session_of(profile)
    saved = session.saved()
    return Identity(
        saved.account,
        session.profile.name,
        session.profile.data_partition_id,
        max(0, int((saved.tokens.expires_at - time.time()) // 60)),
    )


def groups(profile: str | AnyProfile | Session | None = None) -> list[str]:
    """Return the names of the OSDU entitlement groups of the user who is signed in.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.

    Raises:
        OsduAuthError: as of `Session.token`, or OSDU did not say.
    """
    from osdu_auth.platform.entitlements import membership

    return [group.name for group in membership(_session_of(profile)).groups]


def reset_password(
    profile: str | AnyProfile | Session | None = None, *, username: str | None = None
) -> None:
    """Have a code sent, ask for it and for a new password, and set that; then `login` takes it.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.
        username: whose password; None for the profile's, or to ask.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: as of `Account.request_password_reset` and `Account.reset_password`.
    """
    from osdu_auth.account import Account
    from osdu_auth.questions.challenges import ask_code, ask_new_password
    from osdu_auth.questions.signing_in import prompter_and_username

    session = _session_of(profile)
    prompter, username = prompter_and_username(session, username)
    account = Account(session)
    sent = account.request_password_reset(username)
    prompter.say(f"A code was sent to {sent.destination or 'the address that the pool knows'}.")
    code = ask_code(prompter, "Code")
    account.reset_password(username, code, ask_new_password(prompter))
    prompter.say(f"✓ The new password of {username} is set. Next: osdu_auth.login()")


def confirm_sign_up(
    profile: str | AnyProfile | Session | None = None, *, username: str | None = None
) -> None:
    """Ask for the code that was sent when an account was made, and confirm the account.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.
        username: whose account; None for the profile's, or to ask.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: as of `Account.confirm_sign_up`.
    """
    from osdu_auth.account import Account
    from osdu_auth.questions.challenges import ask_code
    from osdu_auth.questions.signing_in import prompter_and_username

    session = _session_of(profile)
    prompter, username = prompter_and_username(session, username)
    Account(session).confirm_sign_up(username, ask_code(prompter, "Code"))
    prompter.say(f"✓ The account {username} is confirmed. Next: osdu_auth.login()")


def set_up_totp(profile: str | AnyProfile | Session | None = None) -> None:
    """Set up an authenticator app for the user who is signed in; its key is shown on request.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the one in force.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: as of `Account.set_up_totp`.
    """
    from functools import partial

    from osdu_auth.account import Account
    from osdu_auth.questions.challenges import answer_by
    from osdu_auth.questions.signing_in import prompter_here

    session = _session_of(profile)
    prompter = prompter_here(session)
    Account(session).set_up_totp(partial(answer_by, prompter))
    prompter.say("✓ The authenticator app is set up.")


def _session_of(profile: str | AnyProfile | Session | None) -> Session:
    return profile if isinstance(profile, Session) else Session(profile)


def _chosen(session: Session, *, browser: bool | None, prompt: str | None) -> Credential | None:
    """What signs in this time; None for what the session has, which may be a program's own."""
    if browser is None and prompt is None:
        return None
    from osdu_auth.questions.signing_in import browser_credential

    with Addressed(session):
        return browser_credential(session.profile, browser=browser, prompt=prompt)


def _session_of_new_profile(
    profile: str | AnyProfile | Session | None, error: ConfigurationError
) -> tuple[Session, str]:
    """Ask for the values of the profile that lacks, and return a session of it, and its name.

    Raises:
        ConfigurationError: the same, where other profiles are there or no person can be asked.
    """
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.file import read_profiles

    named = profile if isinstance(profile, str) else None
    if error.code not in _NO_PROFILE or read_profiles().names or named == ENVIRONMENT:
        raise error
    try:
        made = _new_profile(named or "default", {})
    except SignInRequired as refused:
        if refused.code not in _UNASKED:
            raise
        raise error from None
    is_kept = made.name in read_profiles().names
    return Session(made.name if is_kept else made), made.name


def _new_profile(name: str, given: dict[str, str]) -> AnyProfile:
    from osdu_auth.questions.profile_values import ask_profile
    from osdu_auth.questions.signing_in import prompter_of_name

    return ask_profile(prompter_of_name(name), name, given)


def _say_here(text: str) -> None:
    """Say a line in the cell or in the terminal; where neither is, nothing."""
    from contextlib import suppress

    from osdu_auth.questions.signing_in import prompter_of_name

    with suppress(SignInRequired):
        prompter_of_name("").say(text)


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
