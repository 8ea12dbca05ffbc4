"""`osdu-auth status`: who is signed in, until when, and how that is kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.profile_status import status_of
from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Blank, Run
from osdu_auth.profiles.resolve import FoundProfile
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.session import Session
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cli.profile_status import ProfileStatus

# The version of what --json prints; it grows when a field changes its meaning.
SCHEMA = 1
# How a setting with a path is written, where it is to mean the same in each folder.
_ABSOLUTE = {
    **dict.fromkeys(
        ("client_secret", "client_key", "client_certificate", "client_assertion"), "file:/…"
    ),
    "mfa_command": "'/… …'",
}
# Clocks that are further apart than this, in seconds, are worth a line.
_NOTABLE_OFFSET = 30.0


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
    "--check", is_flag=True, help="Say nothing; exit 0 only if a good token can be had now."
)
@click.option("--why", is_flag=True, help="Say what is gone by: what was tried, in order.")
def command(profile_name: str | None, as_json: bool, check: bool, why: bool) -> int:
    """Show who is signed in to each profile, until when, and how that is kept.

    Nothing is renewed and nobody is asked, but with --check, which renews where it has to.
    """
    if check:
        return _check(profile_name)
    if why:
        return _explain(profile_name, as_json=as_json)
    found = _in_force()
    current = found.profile.name if isinstance(found, FoundProfile) else None
    statuses = [status_of(name, in_force=name == current) for name in _names(profile_name)]
    if as_json:
        told = {"version": SCHEMA, "profiles": [asdict(status) for status in statuses]}
        click.echo(json.dumps(told, indent=2))
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
        told = {"version": SCHEMA, "tried": [asdict(each) for each in tried]}
        click.echo(json.dumps(told, indent=2))
        return 0
    marks = {"used": "✓", "passed over": "·", "failed": "✗"}
    for each in tried:
        code = f"  [{each.code}]" if each.code else ""
        click.echo(f"{marks[each.outcome]} {each.what:20} {printable(each.reason)}{code}")
    return 0


def _names(profile_name: str | None) -> list[str]:
    """The profiles to tell of: the named one, or all there are."""
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    if profile_name is not None:
        return [Session(profile_name).profile.name]
    return [*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])]


def _in_force() -> FoundProfile | OsduAuthError:
    """The profile for whoever names none, or why there is none."""
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
        f"    platform  {status.platform_url or 'none named'}",
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
    """What is said of any profile, signed in or not."""
    remarks = [
        f"    {setting} holds a relative path, another one in each folder. Next: "
        + str(Run("init", flag_of(setting), Blank(blank), profile=status.name))
        for setting, blank in _ABSOLUTE.items()
        if setting in status.relative
    ]
    return remarks + (
        [f"    in force  where none is named, as {printable(reason)}"] if reason else []
    )


def _access(status: ProfileStatus) -> str:
    left = duration_in_words(status.access_token_expires_in or 0)
    lives = f"valid for {left}, until {status.access_token_expires_at}"
    if status.renewal_trouble is not None:
        lives = lives if status.access_token_expires_in else "expired"
        why = printable(status.renewal_trouble)
        return f"{lives}; its renewal will fail: {why}  [{status.renewal_code}]"
    if not status.access_token_expires_in:
        return "expired; the next command renews it"
    return f"{lives}; renews itself"


def _session(status: ProfileStatus) -> str:
    if not status.needs_person:
        return "a service account's; it needs no sign-in, and has no end"
    begun = f"signed in {status.signed_in_at}"
    if status.session_ends_in is None:
        return f"{begun}; nobody knows when it ends"
    left = duration_in_words(status.session_ends_in)
    end = f"ends {status.session_ends_at}, in {left}" if status.session_ends_in else "has ended"
    default = ", by Cognito's default" if status.session_end_assumed else ""
    return f"{begun}; {end}{default}"


def _clock(offset: float) -> str:
    side = "ahead of" if offset > 0 else "behind"
    apart = duration_in_words(abs(offset))
    return f"{apart} {side} the user pool's; tokens are used by their own length all the same"
