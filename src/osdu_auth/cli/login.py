"""`osdu-auth login`: the one command that asks questions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note, say, say_next, say_success
from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.cli.options import command_line_reader, profile_option
from osdu_auth.cli.standard_input import read_secret_line
from osdu_auth.errors import StoreUnavailable, UsageError
from osdu_auth.fixes import Blank, Fix, Run, fix_text
from osdu_auth.profiles.settings import AUTH_FLOWS, FACTORS
from osdu_auth.prompts.sign_in import browser_credential, sign_in_with
from osdu_auth.session import Session
from osdu_auth.stores.token_store import level_of
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.prompts.prompter import Prompter
    from osdu_auth.stores.saved_session import SavedSession

# None means SRP; if the app client does not allow SRP, a question or a note says so.
_BY_SRP = frozenset({None, "USER_SRP_AUTH"})
# The settings that calls of OSDU need besides a session.
_FOR_CALLS = {
    "platform_url": ("--platform-url", Blank("https://YOUR-OSDU-HOST")),
    "data_partition_id": ("--data-partition-id", Blank("ID")),
}


@click.command(
    epilog="""\b
Example:
  osdu-auth login
  osdu-auth login -p acme --username alice@acme.com --password-stdin < password.txt
  osdu-auth login --auth-flow USER_AUTH --preferred-factor EMAIL_OTP
"""
)
@profile_option
@click.option("-u", "--username", metavar="NAME", help="The user's name; default: the profile's.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--auth-flow", type=click.Choice(AUTH_FLOWS), help="How to sign in; default: the profile's."
)
@click.option(
    "--preferred-factor",
    type=click.Choice(FACTORS),
    help="Which factor to choose if the pool offers several.",
)
@click.option(
    "--browser/--no-browser",
    "browser",
    default=None,
    help="Sign in in a browser, even with a profile for a password; or print the page's address "
    "and open no browser.",
)
@click.option("--prompt", metavar="WORD", help="What the sign-in page asks for, such as login.")
@click.option("--no-input", is_flag=True, help="Ask nothing; fail and name the missing answer.")
def command(  # noqa: PLR0913, PLR0917 - each option is one argument
    profile_name: str | None,
    username: str | None,
    password_stdin: bool,
    auth_flow: str | None,
    preferred_factor: str | None,
    browser: bool | None,
    prompt: str | None,
    no_input: bool,
) -> None:
    """Sign in and keep the session; later commands use and renew it.

    A password is never an argument, since other users of a machine can read arguments.
    """
    if not (password_stdin or no_input):
        _refuse_in_started_program()
    session = Session(profile_name)
    signing_in = _with_flags(session, auth_flow, preferred_factor)
    profile = signing_in.profile
    if not profile.needs_person and (username or prompt or password_stdin or browser is not None):
        from osdu_auth.credentials.client_credentials import no_person_signs_in

        raise no_person_signs_in()
    level = level_of(signing_in.store)
    if not level.sealed and profile.sealing == "required":  # before the person types a password
        from osdu_auth.stores.sealing_keys import sealing_required

        raise sealing_required("None is usable here.")
    by = browser_credential(profile, browser=browser, prompt=prompt)
    if by is not None and password_stdin:
        raise UsageError(
            "A sign-in in a browser takes no password.",
            code="OA-U224",
            why="The password is typed into the issuer's own page.",
            fix=Run("login"),
        )
    former = _former_session(session)
    notes: list[str] = []

    def note_and_record(text: str) -> None:
        notes.append(text)
        note(text)

    saved = sign_in_with(
        partial(_prompter, no_input=no_input),
        signing_in,
        username,
        read_secret_line if password_stdin else None,
        note_and_record,
        by=by,
    )
    if notes:  # the sign-in may have changed the profile: the password itself may be sent
        session = Session(profile_name)
    prepare_fast_path(session, saved)
    if profile.needs_person:
        _say_signed_in(former, saved, profile, by_password=by is None, notes=notes)
    else:
        _say_service_account(profile, saved)
    stored = level_of(signing_in.store, signing_in.key)
    if stored.sealed:
        say(f"  Stored: {stored.description}.")
    elif (
        level.better and profile.needs_person
    ):  # said once: later sign-ins find the key that this one has made
        note(f"Stored: {level.description}.")
        say(f"  {fix_text(level.better, command_line_reader())}")
    say_next(after_sign_in(profile))


def _say_signed_in(
    former: SavedSession | None,
    saved: SavedSession,
    profile: AnyProfile,
    *,
    by_password: bool,
    notes: list[str],
) -> None:
    """Print who signed in, and how."""
    say_success(f"Signed in as {saved.account} ({profile.name})")
    if former is not None and _is_another_user(former, saved):
        note(f"This replaces {former.account}: programs that run as {former.account} get an error.")
    if by_password and profile.get("auth_flow") in _BY_SRP and not notes:
        # If the app client refused SRP, a note says so.
        say("  By SRP: the password itself never left this computer.")
    say("  The access token is renewed whenever a command needs a new one.")


def _say_service_account(profile: AnyProfile, saved: SavedSession) -> None:
    """Print the result for a service account, which needs no sign-in: its first token."""
    from osdu_auth.durations import duration_in_words

    tokens = saved.tokens
    say_success(f"The issuer gives tokens to {saved.account} ({profile.name})")
    claims = tokens.unverified_claims
    scopes = claims.get("scope") or claims.get("scp") or ""
    if isinstance(scopes, str) and scopes:
        say(f"  Scopes: {printable(scopes, 200)}")
    lifetime = duration_in_words(tokens.expires_at - tokens.issued_at)
    say(f"  A token is good for {lifetime}. The programs on this computer share it, and get the")
    say("  next one without a sign-in.")


def _refuse_in_started_program() -> None:
    """Refuse to ask in a `!` command of a notebook cell, before anything is sent.

    Raises:
        UsageError: OA-U212: a notebook's kernel has started this program.
    """
    from osdu_auth.prompts.consoles import no_person_can_answer, started_by_kernel

    if started_by_kernel():
        raise no_person_can_answer("login")


def _prompter(*, no_input: bool) -> Prompter:
    from osdu_auth.cli.prompter import CommandLinePrompter

    return CommandLinePrompter(no_input=no_input)


def _with_flags(session: Session, auth_flow: str | None, preferred_factor: str | None) -> Session:
    """Return the session, with the flags in place of the profile's settings for this sign-in."""
    from osdu_auth.profiles.kinds import KINDS
    from osdu_auth.profiles.setting_places import at_flag

    both = {"auth_flow": auth_flow, "preferred_factor": preferred_factor}
    given = {setting: text for setting, text in both.items() if text is not None}
    if not given:
        return session
    changed = KINDS.changed(session.profile, given, at_flag)
    return Session(session.found._replace(profile=changed))


def _former_session(session: Session) -> SavedSession | None:
    """Return the session that the sign-in will replace; None without one that can be read."""
    try:
        return session.store.peek(session.key)
    except StoreUnavailable:
        return None


def _is_another_user(former: SavedSession, saved: SavedSession) -> bool:
    """Return whether the two sessions are of different users of the same issuer."""
    from osdu_auth.session.state import user_of

    before, now = user_of(former), user_of(saved)
    return before.has_binding_of(now) and not before.is_same_as(now)


def after_sign_in(profile: AnyProfile) -> Fix:
    """Return the next commands: those that work now, and `init` for missing settings.

    Args:
        profile: the profile of the session.
    """
    missing = [
        word
        for setting, words in _FOR_CALLS.items()
        if profile.get(setting) is None
        for word in words
    ]
    if not missing:
        return Run("token") + ", or " + Run("groups")
    init = Run("init", *missing, profile=profile.name)
    return Run("token") + "; before calls of OSDU: " + init
