"""`osdu-auth status`: who is signed in, until when, and where the session is stored."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.durations import duration_in_words, rfc3339_time
from osdu_auth.errors import OsduAuthError, SignInRequired
from osdu_auth.fixes import Blank, Reader, Run
from osdu_auth.profiles.relative_paths import relative_settings
from osdu_auth.profiles.resolve import FoundProfile
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.session import Session
from osdu_auth.session.deadline import deadline_of
from osdu_auth.stores.token_store import level_of
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.session.deadline import SessionDeadline

# The version of the --json output; it grows when a member changes its meaning.
SCHEMA = 1
# The absolute form of each setting that may hold a relative path.
_ABSOLUTE = {
    **dict.fromkeys(
        ("client_secret", "client_key", "client_certificate", "client_assertion"), "file:/…"
    ),
    "mfa_command": "'/… …'",
}
_NOTABLE_OFFSET = 30.0  # seconds between two clocks; a smaller offset is not shown


@dataclass(frozen=True)
class ProfileStatus:
    """The status of one profile and its session; nothing in it is secret.

    Args:
        name: the profile's name.
        in_force: whether the profile is in force when no profile is named.
        signed_in_as: the account, as the user typed it; None without a session.
        signed_in_at: the time of the sign-in, as RFC 3339 text.
        access_token: "fresh", "stale" or "expired"; None without a session.
        access_token_expires_at: as RFC 3339 text.
        access_token_expires_in: seconds, not below 0.
        session_ends_at: when a person has to sign in again, as RFC 3339 text; None if unknown.
        session_ends_in: seconds, not below 0.
        session_end_assumed: whether the end is computed with Cognito's default lifetime, as the
            profile sets none.
        refresh_token_rotates: whether each renewal returns a new refresh token; None before the
            first renewal.
        clock_offset: by how many seconds this clock was ahead of the pool's at the last renewal.
        data_partition_id, platform_url: as in the profile.
        stored: where the session is stored, in words.
        sealed: whether the key that encrypts the refresh token is outside the store's folder.
        trouble: why the session cannot be read; None without an error.
        code: the error code of the trouble.
        fix: what to type or do about the trouble.
        renewal_trouble: why the session cannot be renewed with the present settings; None if no
            reason is known.
        renewal_code, renewal_fix: the code and the fix of that.
        needs_person: whether a person signs in; False for a service account.
        relative: the settings with a relative path, such as `client_secret`.
    """

    name: str
    in_force: bool
    signed_in_as: str | None = None
    signed_in_at: str | None = None
    access_token: str | None = None
    access_token_expires_at: str | None = None
    access_token_expires_in: int | None = None
    session_ends_at: str | None = None
    session_ends_in: int | None = None
    session_end_assumed: bool | None = None
    refresh_token_rotates: bool | None = None
    clock_offset: float | None = None
    data_partition_id: str | None = None
    platform_url: str | None = None
    stored: str | None = None
    sealed: bool | None = None
    trouble: str | None = None
    code: str | None = None
    fix: str | None = None
    renewal_trouble: str | None = None
    renewal_code: str | None = None
    renewal_fix: str | None = None
    needs_person: bool = True
    relative: tuple[str, ...] = ()


@click.command(
    epilog="""\b
Example:
  osdu-auth status
  osdu-auth status --check && python load.py
  osdu-auth status --why
"""
)
@profile_option
@json_option
@click.option(
    "--check", is_flag=True, help="Print nothing; exit 0 only if a valid token is available now."
)
@click.option("--why", is_flag=True, help="Show where the token came from: each step, in order.")
def command(profile_name: str | None, as_json: bool, check: bool, why: bool) -> int:
    """Show who is signed in to each profile, until when, and where the session is stored.

    Nothing is renewed and no server is asked, except with --check, which renews an old token.
    """
    if check:
        return _check(profile_name)
    if why:
        return _explain(profile_name, as_json=as_json)
    found = _in_force()
    current = found.profile.name if isinstance(found, FoundProfile) else None
    statuses = [status_of(name, in_force=name == current) for name in _names(profile_name)]
    if as_json:
        output = {"version": SCHEMA, "profiles": [asdict(status) for status in statuses]}
        click.echo(json.dumps(output, indent=2))
    else:
        for status in statuses:
            reason = found.reason if status.in_force and isinstance(found, FoundProfile) else ""
            click.echo(_words(status, reason))
    if not statuses:
        note("There is no profile yet. Next: " + Run("init"))
    elif isinstance(found, OsduAuthError) and profile_name is None:
        note(f"{found.what} {found.fix}")
    return 0


def _check(profile_name: str | None) -> int:
    try:
        Session(profile_name).saved()
    except OsduAuthError as error:
        return error.exit_code
    return 0


def _explain(profile_name: str | None, *, as_json: bool) -> int:
    tried = Session(profile_name).explain()
    if as_json:
        output = {"version": SCHEMA, "tried": [asdict(each) for each in tried]}
        click.echo(json.dumps(output, indent=2))
        return 0
    marks = {"used": "✓", "passed over": "·", "failed": "✗"}
    for each in tried:
        code = f"  [{each.code}]" if each.code else ""
        click.echo(f"{marks[each.outcome]} {each.what:20} {printable(each.reason)}{code}")
    return 0


def _names(profile_name: str | None) -> list[str]:
    """Return the names of the profiles to show: the named one, or all."""
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    if profile_name is not None:
        return [Session(profile_name).profile.name]
    return [*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])]


def _in_force() -> FoundProfile | OsduAuthError:
    """Return the profile in force when no profile is named, or the error if there is none."""
    from osdu_auth.profiles.resolve import find_profile

    try:
        return find_profile()
    except OsduAuthError as error:
        return error


def _words(status: ProfileStatus, reason: str) -> str:
    return "\n".join((*_lines(status), *_remarks(status, reason)))


def _lines(status: ProfileStatus) -> list[str]:
    mark = "●" if status.signed_in_as is not None else "○"
    head = f"{mark} {printable(status.name, 64):12}"
    if status.trouble is not None:
        return [f"{head}{printable(status.trouble)}  [{status.code}]", *_next(status.fix)]
    if status.signed_in_as is None and not status.needs_person:
        return [f"{head}a service account; the next use gets a token"]
    if status.signed_in_as is None:
        return [f"{head}not signed in    {Run('login', profile=status.name)}"]
    lines = [
        f"{head}{printable(status.signed_in_as)}    {status.data_partition_id or '-'}",
        f"    platform  {status.platform_url or 'not set'}",
        f"    access    {_access(status)}",
        *_next(status.renewal_fix),
        f"    session   {_session(status)}",
        f"    stored    {status.stored}",
    ]
    if abs(status.clock_offset or 0.0) > _NOTABLE_OFFSET:
        lines.append(f"    clock     {_clock(status.clock_offset or 0.0)}")
    return lines


def _next(fix: str | None) -> list[str]:
    return [f"    Next: {fix}"] if fix else []


def _remarks(status: ProfileStatus, reason: str) -> list[str]:
    """Return the lines for a profile with or without a session."""
    remarks = [
        f"    {setting} holds a relative path, which depends on the current folder. Next: "
        + str(Run("init", flag_of(setting), Blank(blank), profile=status.name))
        for setting, blank in _ABSOLUTE.items()
        if setting in status.relative
    ]
    return remarks + (
        [f"    in force  when no profile is named, as {printable(reason)}"] if reason else []
    )


def _access(status: ProfileStatus) -> str:
    left = duration_in_words(status.access_token_expires_in or 0)
    valid = f"valid for {left}, until {status.access_token_expires_at}"
    if status.renewal_trouble is not None:
        valid = valid if status.access_token_expires_in else "expired"
        why = printable(status.renewal_trouble)
        return f"{valid}; its renewal will fail: {why}  [{status.renewal_code}]"
    if not status.access_token_expires_in:
        return "expired; the next command renews it"
    return f"{valid}; renewed when needed"


def _session(status: ProfileStatus) -> str:
    if not status.needs_person:
        return "a service account's; it needs no sign-in, and has no end"
    begun = f"signed in {status.signed_in_at}"
    if status.session_ends_in is None:
        return f"{begun}; its end is not known"
    left = duration_in_words(status.session_ends_in)
    end = f"ends {status.session_ends_at}, in {left}" if status.session_ends_in else "has ended"
    default = ", by Cognito's default" if status.session_end_assumed else ""
    return f"{begun}; {end}{default}"


def _clock(offset: float) -> str:
    side = "ahead of" if offset > 0 else "behind"
    apart = duration_in_words(abs(offset))
    return f"{apart} {side} the user pool's; osdu-auth corrects for that"


def status_of(name: str, *, in_force: bool) -> ProfileStatus:
    """Return the status of a profile and its session; nothing is renewed and no server is asked.

    Args:
        name: the profile's name.
        in_force: whether the profile is in force when no profile is named.
    """
    session = Session(name)
    status = ProfileStatus(name, in_force)
    try:
        profile = session.profile
        status = replace(
            status,
            data_partition_id=profile.data_partition_id,
            platform_url=profile.platform_url,
            needs_person=profile.needs_person,
            relative=relative_settings(profile),
        )
        saved = session.load()
        level = level_of(session.store, session.key)
    except SignInRequired:
        return status
    except OsduAuthError as error:
        error.note_reader(Reader(name))
        return replace(status, trouble=error.what, code=error.code, fix=error.fix or None)
    fault = session.renewal_fault()
    if fault is not None:
        status = replace(
            status,
            renewal_trouble=fault.what,
            renewal_code=fault.code,
            renewal_fix=fault.fix or None,
        )
    now, tokens = time.time(), saved.tokens
    offset = tokens.clock_offset
    return replace(
        _with_end(status, deadline_of(saved, profile, now), now),
        signed_in_as=saved.account,
        signed_in_at=rfc3339_time(saved.signed_in_at),
        access_token=tokens.freshness(now).value,
        access_token_expires_at=rfc3339_time(tokens.expires_at),
        access_token_expires_in=max(0, int(tokens.expires_at - now)),
        refresh_token_rotates=tokens.rotates,
        clock_offset=None if offset is None else round(offset, 1),
        stored=level.description,
        sealed=level.sealed,
    )


def _with_end(status: ProfileStatus, end: SessionDeadline | None, now: float) -> ProfileStatus:
    if end is None:
        return status
    return replace(
        status,
        session_ends_at=rfc3339_time(end.at),
        session_ends_in=max(0, int(end.at - now)),
        session_end_assumed=end.assumed,
    )
