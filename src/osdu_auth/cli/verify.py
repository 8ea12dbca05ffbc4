"""`osdu-auth verify`: whether a token is good, check by check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import CROSS, TICK, succeeded
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.token_words import held_token, show_members, token_argument
from osdu_auth.durations import instant
from osdu_auth.errors import ConfigurationError, UsageError
from osdu_auth.fixes import Run
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.text import printable
from osdu_auth.verification import KeySet, Unchecked, UserPoolVerifier, Verifier
from osdu_auth.verification.arguments import has_visible_character
from osdu_auth.verification.claims.rejection import TokenRejected
from osdu_auth.verification.claims.token_text import UnverifiedToken, read_unverified
from osdu_auth.verification.explanation import Outcome, TokenExplanation, explain

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.verification import TokenVerifier

# The version of what --json prints; it grows when a field changes its meaning.
SCHEMA = 1

_OF_A_POOL = ("profile", "user_pool_id", "client_id", "token_use", "endpoint_url")
_OF_ANOTHER_ISSUER = ("audience",)

_MARKS = {Outcome.PASSED: TICK, Outcome.FAILED: CROSS, Outcome.NOT_CHECKED: "-"}


@click.command(
    epilog="""\b
Example:
  osdu-auth token | osdu-auth verify
  osdu-auth verify --user-pool-id us-east-1_Ab12Cd34E --client-id … < token.txt
  osdu-auth verify --issuer https://login.example.com --audience osdu < token.txt

\b
Exit codes: 0 good, 5 not good, 6 the issuer's keys cannot be had
"""
)
@token_argument
@profile_option
@click.option("--user-pool-id", metavar="ID", help="The user pool; default: the profile's.")
@click.option("--client-id", metavar="ID", help="The app client; default: the profile's.")
@click.option(
    "--token-use", type=click.Choice(["access", "id"]), help="The kind of token; default: either."
)
@click.option("--endpoint-url", metavar="URL", help="Another address of the pool than AWS's.")
@click.option(
    "--issuer", metavar="URL", help="Another issuer than a user pool; default: the profile's."
)
@click.option("--audience", metavar="NAME", help="Who the token of another issuer has to be for.")
@click.option("--key-set", metavar="FILE", help="The issuer's key set; default: fetched.")
@json_option
def command(
    words: tuple[str, ...], profile_name: str | None, as_json: bool, **flags: str | None
) -> None:
    """Say whether a token is good, and explain it: header, claims, each check with its verdict.

    The token comes from standard input, or as the argument; "Bearer" before it does no harm, nor
    do quotes, a header line, line breaks, or the JSON that it came in.
    """
    profile_issuer = _issuer_of(profile_name, flags)
    if profile_issuer is None:
        _check_flags({"profile": profile_name, **flags})
    else:
        flags["issuer"] = profile_issuer
        _check_flags(flags)
    held = held_token(words, Run("verify"))
    explanation = explain(_verifier(profile_name, flags), held)
    unverified = _readable(held)
    if as_json:
        click.echo(json.dumps(_told(explanation, unverified), indent=2))
    else:
        _show(explanation, unverified)
    if explanation.error is not None:
        raise explanation.error
    if unverified is not None:
        succeeded(f"The token is good until {instant(unverified.claims['exp'])}.")


def _issuer_of(profile_name: str | None, flags: dict[str, str | None]) -> str | None:
    """Return the issuer of the profile; None where flags say whose token it is, or a pool's id."""
    if flags["issuer"] is not None or flags["user_pool_id"] is not None:
        return None
    from osdu_auth.profiles.resolve import find_profile

    try:
        return find_profile(profile_name).profile.get("issuer")
    except ConfigurationError:
        return None  # there may be no need of one; else it is told then


def _check_flags(flags: dict[str, str | None]) -> None:
    """See to it that each flag that was given is one that something is compared with.

    Raises:
        UsageError: OA-U240: a value is empty; OA-U241: two flags do not go together.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        if not has_visible_character(value):
            raise UsageError(
                f"{flag_of(name)} was given without a value.",
                code="OA-U240",
                why="Nothing can be compared with an empty text, as of a variable that is not set.",
                fix=f"Give {flag_of(name)} a value, or leave it out.",
            )
    strangers = _OF_A_POOL if "issuer" in given else _OF_ANOTHER_ISSUER
    stranger = next((name for name in strangers if name in given), None)
    if stranger is None:
        return
    if "issuer" in given:
        why = (
            "It belongs to a user pool, and the issuer that --issuer or the profile names is asked "
            "nothing of it."
        )
        fix = f"Leave {flag_of(stranger)} out; an issuer's tokens have an --audience."
    else:
        why = "A user pool's tokens are for an app client, and are compared with that."
        fix = "Give --issuer URL as well, or --client-id ID in its place."
    raise UsageError(
        f"{flag_of(stranger)} would be left unchecked.", code="OA-U241", why=why, fix=fix
    )


def _verifier(profile_name: str | None, flags: dict[str, str | None]) -> TokenVerifier:
    """Return the verifier that flags and profile ask for; what neither names is told as such."""
    path = flags["key_set"]
    keys = KeySet.from_file(path) if path else None
    if flags["issuer"]:
        audience = flags["audience"] or Unchecked("no --audience was given")
        return Verifier(issuer=flags["issuer"], audience=audience, keys=keys)
    pool, client_id, endpoint_url = _pool(profile_name, flags)
    return UserPoolVerifier(
        user_pool_id=pool,
        client_id=client_id or Unchecked("no --client-id was given"),
        token_use=flags["token_use"] or ["access", "id"],
        endpoint_url=endpoint_url,
        keys=keys,
    )


def _pool(
    profile_name: str | None, flags: dict[str, str | None]
) -> tuple[str, str | None, str | None]:
    """Return the user pool's id, the app client's and the address, by the flags or the profile."""
    pool, client_id, endpoint_url = (
        flags[name] for name in ("user_pool_id", "client_id", "endpoint_url")
    )
    if pool and not profile_name:
        return pool, client_id, endpoint_url
    from osdu_auth.profiles.resolve import find_profile

    profile = find_profile(profile_name).profile
    found = pool or profile.get("user_pool_id")
    if not found:
        raise ConfigurationError(
            f'The profile "{printable(profile.name, 64)}" does not name its user pool.',
            code="OA-C768",
            why="The pool's id makes the issuer that a token has to name.",
            fix=Run("verify", "--user-pool-id", "us-east-1_Ab12Cd34E", profile=profile.name)
            + ", with your pool's id.",
        )
    return found, client_id or profile.client_id, endpoint_url or profile.get("endpoint_url")


def _readable(token: Secret) -> UnverifiedToken | None:
    try:
        return read_unverified(token)
    except TokenRejected:
        return None


def _show(explanation: TokenExplanation, unverified: UnverifiedToken | None) -> None:
    if unverified is not None:
        truth = "" if explanation.error is None else ", unverified"
        show_members(f"Header{truth}", unverified.header)
        show_members(f"Claims{truth}", unverified.claims)
    click.echo("Checks")
    for verdict in explanation.verdicts:
        words = (
            f"not checked: {verdict.words}"
            if verdict.outcome is Outcome.NOT_CHECKED
            else verdict.words
        )
        line = f"  {_MARKS[verdict.outcome]} {printable(verdict.check, 40):16}{printable(words)}"
        click.echo(line.rstrip())


def _told(explanation: TokenExplanation, unverified: UnverifiedToken | None) -> dict[str, object]:
    rejected = isinstance(explanation.error, TokenRejected)
    return {
        "version": SCHEMA,
        "good": False if rejected else None if explanation.error else True,
        "header": unverified.header if unverified else None,
        "claims": unverified.claims if unverified else None,
        "checks": [
            {"check": verdict.check, "outcome": verdict.outcome.value, "words": verdict.words}
            for verdict in explanation.verdicts
        ],
    }
