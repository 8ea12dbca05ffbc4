"""`osdu-auth decode`: show the content of a token without verifying it."""

from __future__ import annotations

import json

import click

from osdu_auth.cli.options import json_option
from osdu_auth.cli.pasted_token import read_token, show_members, token_argument
from osdu_auth.fixes import Command, Run
from osdu_auth.verification.claims.token_text import read_unverified


@click.command(
    epilog="""\b
Example:
  osdu-auth token | osdu-auth decode
  osdu-auth decode --json < token.txt | jq .claims
"""
)
@token_argument
@json_option
def command(words: tuple[str, ...], as_json: bool) -> None:
    """Show the content of a token, unverified: no server is asked, and nothing is checked.

    The token comes from standard input, or as the argument. "Bearer", quotes, a header line, line
    breaks or JSON around the token are removed.
    """
    unverified = read_unverified(read_token(words, Command("osdu-auth", "decode")))
    if as_json:
        data = {"verified": False, "header": unverified.header, "claims": unverified.claims}
        click.echo(json.dumps(data, indent=2))
        return
    click.echo(f"UNVERIFIED: anyone can have made this token. To check it: {Run('verify')}\n")
    show_members("Header, unverified", unverified.header)
    show_members("Claims, unverified", unverified.claims)
