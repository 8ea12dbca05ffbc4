"""`osdu-auth login`: the one command that asks questions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.after_sign_in import after_sign_in
from osdu_auth.cli.console import note, read_secret_line, say, say_next, succeeded
from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.cli.options import profile_option, typed_reader
from osdu_auth.credentials.client_credentials import no_person_signs_in
from osdu_auth.errors import StoreUnavailable, UsageError
from osdu_auth.fixes import Run, rendered
from osdu_auth.profiles.settings import AUTH_FLOWS, FACTORS
from osdu_auth.prompts.sign_in import browser_credential, sign_in_with
from osdu_auth.session import Session
from osdu_auth.stores.token_store import level_of
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.prompts.prompter import Prompter
    from osdu_auth.stores.saved_session import SavedSession

# None is by SRP where that is possible; where it is not, a question or a note says so.
_BY_SRP = frozenset({None, "USER_SRP_AUTH"})


@click.command(
    epilog="""\b
Example:
  osdu-auth login
  osdu-auth login -p acme --username alice@acme.com --password-stdin < password.txt
  osdu-auth login --auth-flow USER_AUTH --preferred-factor EMAIL_OTP
"""
)
@profile_option
@click.option("-u", "--username", metavar="NAME", help="Who signs in; default: the profile's.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--auth-flow", type=click.Choice(AUTH_FLOWS), help="How to sign in; default: the profile's."
)
@click.option(
    "--preferred-factor",
    type=click.Choice(FACTORS),
    help="Which factor to choose where there is a choice.",
)
@click.option(
    "--browser/--no-browser",
    "browser",
    default=None,
    help="Sign in in a browser, whatever the profile says; or open none, and say its address.",
)
@click.option("--prompt", metavar="WORD", help="What the browser's page is to ask, such as login.")
@click.option("--no-input", is_flag=True, help="Ask nothing; fail by naming what would be asked.")
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
    """Sign in and keep the session; every later command uses and renews it.

    A password is never taken as an argument: other users of a machine can read those.
    """
    if not (password_stdin or no_input):
        _require_no_kernel()
    session = Session(profile_name)
    signing_in = _set_otherwise(session, auth_flow, preferred_factor)
    profile = signing_in.profile
    if not profile.needs_person and (username or prompt or password_stdin or browser is not None):
        raise no_person_signs_in()
    level = level_of(signing_in.store)
    if not level.sealed and profile.sealing == "required":  # before a password is typed for nothing
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
    former = _former(session)
    notes: list[str] = []

    def tell(text: str) -> None:
        notes.append(text)
        note(text)

    saved = sign_in_with(
        partial(_prompter, no_input=no_input),
        signing_in,
        username,
        read_secret_line if password_stdin else None,
        tell,
        by=by,
    )
    if notes:  # the profile may say from now on that the password itself may be sent
        session = Session(profile_name)
    prepare_fast_path(session, saved)
    if profile.needs_person:
        _say_who(former, saved, profile, by_password=by is None, notes=notes)
    else:
        _say_what_came(profile, saved)
    stored = level_of(signing_in.store, signing_in.key)
    if stored.sealed:
        say(f"  Stored: {stored.description}.")
    elif level.better and profile.needs_person:
        # Once: the sign-ins after this one find the key that it has made.
        note(f"Stored: {level.description}.")
        say(f"  {rendered(level.better, typed_reader())}")
    say_next(after_sign_in(profile))


def _say_who(
    former: SavedSession | None,
    saved: SavedSession,
    profile: AnyProfile,
    *,
    by_password: bool,
    notes: list[str],
) -> None:
    """Say who signed in, and how."""
    succeeded(f"Signed in as {saved.account} ({profile.name})")
    if former is not None and _is_another_user(former, saved):
        note(f"In place of {former.account}: what runs as {former.account} ends and says so.")
    if by_password and profile.get("auth_flow") in _BY_SRP and not notes:
        # Only now is it known: SRP may have been refused, which would be among the notes.
        say("  By SRP: the password itself never left this computer.")
    say("  The access token renews itself whenever a command needs it.")


def _say_what_came(profile: AnyProfile, saved: SavedSession) -> None:
    """Say what the trial of a service account came to."""
    from osdu_auth.durations import duration_in_words

    tokens = saved.tokens
    succeeded(f"The issuer gives tokens to {saved.account} ({profile.name})")
    claims = tokens.unverified_claims
    scopes = claims.get("scope") or claims.get("scp") or ""
    if isinstance(scopes, str) and scopes:
        say(f"  Scopes: {printable(scopes, 200)}")
    lifetime = duration_in_words(tokens.expires_at - tokens.issued_at)
    say(f"  A token is good for {lifetime}; all that runs on this computer shares it, and gets")
    say("  the next one by itself: no sign-in is needed.")


def _require_no_kernel() -> None:
    """Refuse at once to ask in a cell's `!` command, whatever the pool would ask.

    Raises:
        UsageError: OA-U212.
    """
    from osdu_auth.prompts.consoles import no_person_can_answer, started_by_kernel

    if started_by_kernel():
        raise no_person_can_answer("login")


def _prompter(*, no_input: bool) -> Prompter:
    from osdu_auth.cli.prompter import CommandLinePrompter

    return CommandLinePrompter(no_input=no_input)


def _set_otherwise(
    session: Session, auth_flow: str | None, preferred_factor: str | None
) -> Session:
    """The session, or for this once one of the profile set otherwise; both are kept alike."""
    from osdu_auth.profiles.kinds import KINDS
    from osdu_auth.profiles.setting_places import at_flag

    both = {"auth_flow": auth_flow, "preferred_factor": preferred_factor}
    given = {setting: text for setting, text in both.items() if text is not None}
    if not given:
        return session
    changed = KINDS.changed(session.profile, given, at_flag)
    return Session(session.found._replace(profile=changed))


def _former(session: Session) -> SavedSession | None:
    """The session that a new one replaces, if it can be read."""
    try:
        return session.store.peek(session.key)
    except StoreUnavailable:
        return None


def _is_another_user(former: SavedSession, saved: SavedSession) -> bool:
    """Say whether the same pool takes the two for different users, whatever was typed."""
    from osdu_auth.session.state import user_of

    before, now = user_of(former), user_of(saved)
    return before.has_binding_of(now) and not before.is_same_as(now)
