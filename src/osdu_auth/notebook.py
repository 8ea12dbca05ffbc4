"""Signing in from a notebook cell, or from a program in a terminal.

    import osdu_auth

    session = osdu_auth.login()

Invariant: a saved notebook contains nothing that is typed or shown here and that a reader of the
file could misuse.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.cell_tracebacks import shorten_exception_groups
from osdu_auth.errors import (
    ConfigurationError,
    ErrorsWithReader,
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
    from osdu_auth.session.sign_in_and_out import SignedOut
    from osdu_auth.stores.saved_session import SavedSession

# The codes of the errors where no person can be asked here.
_CANNOT_ASK = frozenset({"OA-S390", "OA-S391"})
# The codes of the errors where the named profile, or any profile, is missing.
_NO_PROFILE = frozenset({"OA-C784", "OA-C785"})


@dataclass(frozen=True)
class Identity:
    """Who is signed in; nothing in it is secret.

    Args:
        signed_in_as: the name of the user, as it was typed or as the issuer shows it.
        profile: the name of the profile.
        data_partition_id: the data partition of the profile.
        minutes_left: how long the access token is valid; it is renewed automatically.
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
    """Return a session that is signed in; ask a person only if no user is signed in.

    It asks in the cell of a notebook or in a terminal; elsewhere it cannot ask. Where there is no
    profile yet, it asks for the profile's values, and whether to keep them. With a profile for a
    browser, a cell shows a link; where the browser cannot return to this program, the cell takes
    the address of the browser's last page. A browser is opened if this program runs on the person's
    own computer.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.
        username: the user to sign in; it asks if another user is signed in. None for the user who
            is signed in, or else the profile's user, or to ask for a name.
        force: whether to ask although a user is signed in.
        browser: True to sign in in a browser this time, with any profile; False to open no browser,
            and show the address; None to do what the profile says.
        prompt: what the browser's page asks, such as `login` to ask who signs in; with it, this
            asks although a user is signed in.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: no person can be
            asked; OA-S392: the same, and another user than `username` is signed in.
        SignInRefused: the user pool refused the sign-in.
        OsduAuthError: see `Session.token` and `Session.sign_in`.
    """
    shorten_exception_groups(OsduAuthError)
    session = _session_of(profile)
    try:
        name = session.profile.name
    except ConfigurationError as error:
        session, name = _session_of_new_profile(profile, error)
    kept = None if force else _signed_in(session)
    if kept is not None and prompt is None and (not username or _is_name_of(kept, username)):
        _say_here(f"✓ Already signed in as {kept.account} ({name})")
        return session
    from osdu_auth.prompts.sign_in import sign_in_interactively

    try:
        credential = _credential_for(session, browser=browser, prompt=prompt)
        sign_in_interactively(session, username, credential)
    except SignInRequired as error:
        if kept is None or error.code not in _CANNOT_ASK or not username:
            raise
        refused = SignInRequired(
            f'{kept.account} is signed in to "{name}", not {username}.',
            code="OA-S392",
            why=error.why,
            fix="Sign in in a terminal, then come back: "
            + Run("login", "-u", username, profile=name, in_terminal=True),
        )
        refused.note_reader(session.reader)
        raise refused from None
    return session


def init(profile: str | None = None, *, make_default: bool = False, **settings: str) -> AnyProfile:
    """Write a profile, or settings of one, and return it; ask for the values that are missing.

    Args:
        profile: its name; None for the current one, or else "default".
        make_default: whether it becomes the default profile.
        settings: the settings by name, such as `user_pool_id="us-east-1_Ab12Cd34E"`. A client
            secret is given as a reference, such as `"env:ACME_CLIENT_SECRET"`.

    Raises:
        SignInRequired: OA-S390, OA-S391: values are missing, and no person can be asked here.
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
    """End the session at the user pool, delete it here, and return the result.

    It is deleted here even if the pool does not answer; `revocation_error` then says why.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.

    Raises:
        OsduAuthError: see `Session.sign_out`; the session is kept.
    """
    return _session_of(profile).sign_out()


def whoami(profile: str | AnyProfile | Session | None = None) -> Identity:
    """Return who is signed in, without asking a person.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.

    Raises:
        OsduAuthError: see `Session.token`.
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
        profile: the name of a profile, a profile, or a session of it; None for the current one.

    Raises:
        OsduAuthError: see `Session.token`; or OSDU did not answer.
    """
    from osdu_auth.platform.entitlements import membership

    return [group.name for group in membership(_session_of(profile)).groups]


def reset_password(
    profile: str | AnyProfile | Session | None = None, *, username: str | None = None
) -> None:
    """Have a code sent, ask for the code and for a new password, and set that password.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.
        username: the user whose password it is; None for the profile's user, or to ask.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: see `Account.request_password_reset` and `Account.reset_password`.
    """
    from osdu_auth.account import Account
    from osdu_auth.prompts.challenges import ask_code, ask_new_password
    from osdu_auth.prompts.sign_in import prompter_and_username

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
    """Ask for the code that was sent when the account was made, and confirm the account.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.
        username: the user of the account; None for the profile's user, or to ask.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: see `Account.confirm_sign_up`.
    """
    from osdu_auth.account import Account
    from osdu_auth.prompts.challenges import ask_code
    from osdu_auth.prompts.sign_in import prompter_and_username

    session = _session_of(profile)
    prompter, username = prompter_and_username(session, username)
    Account(session).confirm_sign_up(username, ask_code(prompter, "Code"))
    prompter.say(f"✓ The account {username} is confirmed. Next: osdu_auth.login()")


def set_up_totp(profile: str | AnyProfile | Session | None = None) -> None:
    """Set up an authenticator app for the signed-in user; the key is shown on request.

    Args:
        profile: the name of a profile, a profile, or a session of it; None for the current one.

    Raises:
        SignInRequired: OA-S390, OA-S391: no person can be asked here.
        OsduAuthError: see `Account.set_up_totp`.
    """
    from functools import partial

    from osdu_auth.account import Account
    from osdu_auth.prompts.challenges import prompt_for_answer
    from osdu_auth.prompts.sign_in import prompter_for_session

    session = _session_of(profile)
    prompter = prompter_for_session(session)
    Account(session).set_up_totp(partial(prompt_for_answer, prompter))
    prompter.say("✓ The authenticator app is set up.")


def _session_of(profile: str | AnyProfile | Session | None) -> Session:
    return profile if isinstance(profile, Session) else Session(profile)


def _credential_for(
    session: Session, *, browser: bool | None, prompt: str | None
) -> Credential | None:
    """Return the credential of this sign-in; None to use the session's own."""
    if browser is None and prompt is None:
        return None
    from osdu_auth.prompts.sign_in import browser_credential

    with ErrorsWithReader(session):
        return browser_credential(session.profile, browser=browser, prompt=prompt)


def _session_of_new_profile(
    profile: str | AnyProfile | Session | None, error: ConfigurationError
) -> tuple[Session, str]:
    """Ask for the values of the missing profile, and return a session of it, and its name.

    Raises:
        ConfigurationError: `error`, where other profiles exist or no person can be asked.
    """
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.file import read_profiles

    named = profile if isinstance(profile, str) else None
    if error.code not in _NO_PROFILE or read_profiles().names or named == ENVIRONMENT:
        raise error
    try:
        made = _new_profile(named or "default", {})
    except SignInRequired as refused:
        if refused.code not in _CANNOT_ASK:
            raise
        raise error from None
    is_kept = made.name in read_profiles().names
    return Session(made.name if is_kept else made), made.name


def _new_profile(name: str, given: dict[str, str]) -> AnyProfile:
    from osdu_auth.prompts.profile import ask_profile
    from osdu_auth.prompts.sign_in import prompter_for_profile

    return ask_profile(prompter_for_profile(name), name, given)


def _say_here(text: str) -> None:
    """Show a line in the cell or in the terminal; elsewhere show nothing."""
    from contextlib import suppress

    from osdu_auth.prompts.sign_in import prompter_for_profile

    with suppress(SignInRequired):
        prompter_for_profile("").say(text)


def _signed_in(session: Session) -> SavedSession | None:
    """Return the session with a valid token; None where a person has to sign in."""
    try:
        return session.saved()
    except (SignInRequired, SessionEnded):
        return None


def _is_name_of(saved: SavedSession, username: str) -> bool:
    """Say whether a name that a person types is a name of the user at the pool.

    By default, pools ignore upper and lower case in names. A name that users can choose themselves
    (`preferred_username`, an address that was not verified) is not compared.
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
