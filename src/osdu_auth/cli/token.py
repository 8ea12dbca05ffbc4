"""`osdu-auth token`: print a valid bearer token in the format that the next program needs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import say
from osdu_auth.cli.options import Duration, profile_option
from osdu_auth.cli.short_way import prepare_short_way
from osdu_auth.durations import duration_in_words
from osdu_auth.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.saved_session import SavedSession


@click.command(
    epilog="""\b
Example:
  curl -H "$(osdu-auth token --format header)" https://osdu.example.com/api/…
  osdu-auth token --format curl | curl -K - https://osdu.example.com/api/…
  eval "$(osdu-auth token --format env)"
  osdu-auth token --renew | osdu-auth decode     # to see a changed group or claim
"""
)
@profile_option
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["bare", "header", "json", "env", "curl"]),
    default="bare",
    show_default=True,
    help="The bare token, a header line, JSON, shell exports, or a curl config.",
)
@click.option(
    "--min-ttl",
    type=Duration(),
    default=0.0,
    metavar="DURATION",
    help="Renew if the token expires sooner than that, such as 20m.",
)
@click.option("--renew", is_flag=True, help="Renew even if the present token is fresh.")
def command(profile_name: str | None, format_name: str, min_ttl: float, renew: bool) -> None:
    """Print a valid bearer token; renew it first if it is old."""
    session = Session(profile_name)
    saved = session.renew() if renew else session.saved(min_ttl=min_ttl)
    if renew and min_ttl:
        saved = session.saved(min_ttl=min_ttl)  # fails if no token is valid for so long
    prepare_short_way(session, saved)
    click.echo(
        _FORMATS[format_name](session.profile, saved),
        nl=format_name != "bare" or sys.stdout.isatty(),
    )
    if sys.stdout.isatty():
        left = duration_in_words(saved.tokens.expires_at - time.time())
        partition = session.profile.data_partition_id or "no data partition"
        say(f"{saved.account} · {partition} · {left} left")


def _bare(profile: AnyProfile, saved: SavedSession) -> str:
    del profile
    return saved.tokens.access_token.reveal()


def _header(profile: AnyProfile, saved: SavedSession) -> str:
    return "Authorization: Bearer " + _bare(profile, saved)


def _json(profile: AnyProfile, saved: SavedSession) -> str:
    import json

    from osdu_auth.durations import instant

    return json.dumps(
        {
            "access_token": _bare(profile, saved),
            "token_type": "Bearer",
            "expires_at": instant(saved.tokens.expires_at),
            "expires_in": int(saved.tokens.expires_at - time.time()),
            "profile": profile.name,
            "platform_url": profile.platform_url,
            "data_partition_id": profile.data_partition_id,
        }
    )


def _env(profile: AnyProfile, saved: SavedSession) -> str:
    from shlex import quote

    values = {
        "OSDU_ACCESS_TOKEN": _bare(profile, saved),
        "OSDU_URL": profile.platform_url,
        "OSDU_DATA_PARTITION_ID": profile.data_partition_id,
    }
    return "\n".join(f"export {name}={quote(value)}" for name, value in values.items() if value)


def _curl(profile: AnyProfile, saved: SavedSession) -> str:
    lines = [f'header = "{_header(profile, saved)}"']
    if profile.data_partition_id:
        lines.append(f'header = "data-partition-id: {profile.data_partition_id}"')
    return "\n".join(lines)


_FORMATS: dict[str, Callable[[AnyProfile, SavedSession], str]] = {
    "bare": _bare,
    "header": _header,
    "json": _json,
    "env": _env,
    "curl": _curl,
}
