"""`osdu-auth login`: the one command that asks questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import ask_secret, note, read_secret_line, say, say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.short_way import prepare_short_way
from osdu_auth.cli.who import known_username, note_moved_pool, username_of
from osdu_auth.cognito.challenges.permission import NotedPermission
from osdu_auth.errors import StoreUnavailable, UsageError
from osdu_auth.profiles.settings import AUTH_FLOWS, FACTORS
from osdu_auth.session import Session
from osdu_auth.stores.token_store import level_of

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import SendPasswordQuestion
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.secret import Secret
    from osdu_auth.stores.saved_session import SavedSession

# A sign-in by these may need no password; if it does, the pool asks for it.
_WITHOUT_PASSWORD = frozenset({"USER_AUTH", "CUSTOM_AUTH"})
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
@click.option("--no-input", is_flag=True, help="Ask nothing; fail by naming what would be asked.")
def command(
    profile_name: str | None,
    username: str | None,
    password_stdin: bool,
    auth_flow: str | None,
    preferred_factor: str | None,
    no_input: bool,
) -> None:
    """Sign in and keep the session; every later command uses and renews it.

    A password is never taken as an argument: other users of a machine can read those.
    """
    session = Session(profile_name)
    signing_in = _set_otherwise(session, auth_flow, preferred_factor)
    profile = signing_in.profile
    username = _username(username, profile, no_input=no_input)
    note_moved_pool(signing_in)
    password = _password(profile, username, from_stdin=password_stdin, no_input=no_input)
    if no_input:
        from osdu_auth.cognito.challenges import nobody as answer
    else:
        from osdu_auth.cli.answers import answer_in_terminal as answer
    level = level_of(signing_in.store)
    if not level.sealed:
        note(f"To be stored: {level.description}.")
    former = _former(session)
    permission = NotedPermission(answer)
    saved = signing_in.sign_in(username, password, permission, note)
    if permission.given is not None:
        _keep(session, permission.given)
        session = Session(profile_name)  # as its profile is from now on
    prepare_short_way(session, saved)
    succeeded(f"Signed in as {username} ({profile.name})")
    if former is not None and _is_another_user(former, saved):
        note(f"In place of {former.username}: what runs as {former.username} ends and says so.")
    if profile.auth_flow in _BY_SRP and not saved.notes:
        # Only now is it known: SRP may have been refused, which would be among the notes.
        say("  By SRP: the password itself never left this computer.")
    say("  The access token renews itself whenever a command needs it.")
    stored = level_of(signing_in.store, signing_in.key)
    if stored.sealed or level.sealed:  # else it was said before
        say(f"  Stored: {stored.description}.")
    say_next("osdu-auth token, or osdu-auth groups")


def _keep(session: Session, question: SendPasswordQuestion) -> None:
    from osdu_auth.questions.sending_passwords import keep_permission

    kept = keep_permission(session.found, question)
    if kept is not None:
        note(kept)


def _set_otherwise(
    session: Session, auth_flow: str | None, preferred_factor: str | None
) -> Session:
    """The session, or for this once one of the profile set otherwise; both are kept alike."""
    from dataclasses import replace
    from typing import Any

    given: dict[str, Any] = {"auth_flow": auth_flow, "preferred_factor": preferred_factor}
    given = {setting: value for setting, value in given.items() if value is not None}
    return Session(replace(session.profile, **given)) if given else session


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
    return before.is_issued_where(now) and not before.is_same_as(now)


def _username(given: str | None, profile: Profile, *, no_input: bool) -> str:
    if no_input and known_username(given, profile) is None:
        raise UsageError(
            "Nobody is to be asked, and the user name is not known.",
            code="OA-U220",
            why="--no-input was given.",
            fix="osdu-auth login --no-input --username NAME --password-stdin < FILE",
        )
    return username_of(given, profile)


def _password(
    profile: Profile, username: str, *, from_stdin: bool, no_input: bool
) -> Secret | None:
    """The password, None where a sign-in may do without."""
    if from_stdin:
        return read_secret_line()
    without = profile.auth_flow in _WITHOUT_PASSWORD
    if no_input and not without:
        raise UsageError(
            "Nobody is to be asked, and there is no password.",
            code="OA-U222",
            why="--no-input was given.",
            fix="osdu-auth login --no-input --password-stdin < FILE",
        )
    if no_input:
        return None
    say(f"Signing in to {profile.name} as {username}")
    if profile.auth_flow == "USER_AUTH":
        return None  # the pool says which factor it wants; a password is asked for if it is that
    question = "Password (Enter for none)" if without else "Password"
    return ask_secret(question, instead="--password-stdin", optional=without) or None
