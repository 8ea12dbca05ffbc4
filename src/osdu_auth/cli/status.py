"""`osdu-auth status`: who is signed in, until when, and how that is kept."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.words import instant
from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduAuthError, SignInRequired
from osdu_auth.session import Session
from osdu_auth.text import printable

# The version of what --json prints; it grows when a field changes its meaning.
SCHEMA = 1


@dataclass(frozen=True)
class ProfileStatus:
    """What is to be said of one profile; nothing in it is secret.

    Args:
        name: the profile's name.
        in_force: whether it is the one used where none is named.
        signed_in_as: who signed in, as typed; None where nobody is.
        signed_in_at: when, as RFC 3339 text.
        access_token: "fresh", "stale" or "expired"; None without a session.
        access_token_expires_at: when, as RFC 3339 text.
        access_token_expires_in: seconds, not below 0.
        data_partition_id, platform_url: as in the profile.
        stored: how the session is kept, in words.
        sealed: whether the key of its month-long part lies outside the store's own folder.
        trouble: why nothing can be said of the session; None where all is well.
        code: the trouble's stable code.
    """

    name: str
    in_force: bool
    signed_in_as: str | None = None
    signed_in_at: str | None = None
    access_token: str | None = None
    access_token_expires_at: str | None = None
    access_token_expires_in: int | None = None
    data_partition_id: str | None = None
    platform_url: str | None = None
    stored: str | None = None
    sealed: bool | None = None
    trouble: str | None = None
    code: str | None = None


@click.command(
    epilog="""\b
Example:
  osdu-auth status
  osdu-auth status --check && python load.py
"""
)
@profile_option
@json_option
@click.option(
    "--check", is_flag=True, help="Say nothing; exit 0 only if a good token can be had now."
)
def command(profile_name: str | None, as_json: bool, check: bool) -> int:
    """Show who is signed in to each profile, until when, and how that is kept.

    Nothing is renewed and nobody is asked, but with --check, which renews where it has to.
    """
    if check:
        return _check(profile_name)
    statuses = [_status(name, name == _in_force()) for name in _names(profile_name)]
    if as_json:
        import json

        told = {"version": SCHEMA, "profiles": [asdict(status) for status in statuses]}
        click.echo(json.dumps(told, indent=2))
    else:
        for status in statuses:
            click.echo(_words(status))
    if not statuses:
        note("There is no profile yet. Next: osdu-auth init")
    return 0


def _check(profile_name: str | None) -> int:
    try:
        Session(profile_name).token()
    except OsduAuthError as error:
        return error.exit_code
    return 0


def _names(profile_name: str | None) -> list[str]:
    """The profiles to tell of: the named one, or all there are."""
    from osdu_auth.profiles.environment import ENVIRONMENT, makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    if profile_name is not None:
        return [Session(profile_name).profile.name]
    return [*read_profiles().names, *([ENVIRONMENT] if makes_a_profile() else [])]


def _in_force() -> str | None:
    from osdu_auth.profiles.finding import find_profile

    try:
        return find_profile().profile.name
    except OsduAuthError:
        return None


def _status(name: str, in_force: bool) -> ProfileStatus:
    session = Session(name)
    try:
        profile = session.profile
        saved = session.load()
        level = session.store.level()
    except SignInRequired:
        return ProfileStatus(
            name,
            in_force,
            data_partition_id=profile.data_partition_id,
            platform_url=profile.platform_url,
        )
    except OsduAuthError as error:
        return ProfileStatus(name, in_force, trouble=error.what, code=error.code)
    now = time.time()
    return ProfileStatus(
        name,
        in_force,
        signed_in_as=saved.username,
        signed_in_at=instant(saved.signed_in_at),
        access_token=saved.tokens.freshness(now).value,
        access_token_expires_at=instant(saved.tokens.expires_at),
        access_token_expires_in=max(0, int(saved.tokens.expires_at - now)),
        data_partition_id=profile.data_partition_id,
        platform_url=profile.platform_url,
        stored=level.description,
        sealed=level.sealed,
    )


def _words(status: ProfileStatus) -> str:
    mark = "●" if status.in_force else "○"
    head = f"{mark} {status.name:12}"
    if status.trouble is not None:
        return f"{head}{printable(status.trouble)}  [{status.code}]"
    if status.signed_in_as is None:
        return f"{head}not signed in    osdu-auth login -p {status.name}"
    left = duration_in_words(status.access_token_expires_in or 0)
    life = "expired; the next command renews it"
    if status.access_token_expires_in:
        life = f"valid for {left}, until {status.access_token_expires_at}; renews itself"
    return "\n".join(
        [
            f"{head}{printable(status.signed_in_as)}    {status.data_partition_id or '-'}",
            f"    platform  {status.platform_url or 'none named'}",
            f"    access    {life}",
            f"    session   signed in {status.signed_in_at}",
            f"    stored    {status.stored}",
        ]
    )
