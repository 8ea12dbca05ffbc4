"""`osdu-auth token`: its options; `osdu_auth.cli.printing_token` prints the token."""

from __future__ import annotations

import click

from osdu_auth.cli.options import Duration, profile_option
from osdu_auth.cli.printing_token import FORMS, print_token


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
    "form",
    type=click.Choice(list(FORMS)),
    default="bare",
    show_default=True,
    help="The bare token, a header line, JSON, shell exports, or a curl config.",
)
@click.option(
    "--min-ttl",
    type=Duration(),
    default=0.0,
    metavar="DURATION",
    help="Renew the token if it expires within this time, such as 20m.",
)
@click.option("--renew", is_flag=True, help="Renew first, even if the present token is fresh.")
def command(profile_name: str | None, form: str, min_ttl: float, renew: bool) -> None:
    """Print a bearer token that is good now; renew it first if necessary."""
    print_token(profile_name, form, min_ttl, renew=renew)
