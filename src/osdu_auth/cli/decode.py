"""`osdu-auth decode`: what a token says, without asking whether it is true."""

from __future__ import annotations

import json

import click

from osdu_auth.cli.options import json_option
from osdu_auth.cli.token_words import held_token, show_members, token_argument
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
    """Show what a token says, unverified: nothing is asked of anyone, and nothing is checked.

    The token comes from standard input, or as the argument; "Bearer" before it does no harm, nor
    do quotes, a header line, line breaks, or the JSON that it came in.
    """
    unverified = read_unverified(held_token(words, Command("osdu-auth", "decode")))
    if as_json:
        told = {"verified": False, "header": unverified.header, "claims": unverified.claims}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"UNVERIFIED: anybody can have written this. To check it: {Run('verify')}\n")
    show_members("Header, unverified", unverified.header)
    show_members("Claims, unverified", unverified.claims)
