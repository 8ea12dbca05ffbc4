"""`osdu-auth verify`: check a token, and show the result of each check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import CROSS, TICK, say_success
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.pasted_token import read_token, show_members, token_argument
from osdu_auth.durations import rfc3339_time
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

# The version of the --json output; it grows when a member changes its meaning.
SCHEMA = 1

_FLAGS_OF_USER_POOL = ("profile", "user_pool_id", "client_id", "token_use", "endpoint_url")
_FLAGS_OF_OTHER_ISSUER = ("audience",)

_MARKS = {Outcome.PASSED: TICK, Outcome.FAILED: CROSS, Outcome.NOT_CHECKED: "-"}


@click.command(
    epilog="""\b
Example:
  osdu-auth token | osdu-auth verify
  osdu-auth verify --user-pool-id us-east-1_Ab12Cd34E --client-id … < token.txt
  osdu-auth verify --issuer https://login.example.com --audience osdu < token.txt

\b
Exit codes: 0 valid, 5 not valid, 6 the issuer's keys cannot be fetched
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
@click.option("--audience", metavar="NAME", help="The audience that another issuer's token needs.")
@click.option("--key-set", metavar="FILE", help="The issuer's key set; default: fetched.")
@json_option
def command(
    words: tuple[str, ...], profile_name: str | None, as_json: bool, **flags: str | None
) -> None:
    """Check a token, and show its header, its claims, and the result of each check.

    The token comes from standard input, or as the argument. "Bearer", quotes, a header line, line
    breaks or JSON around the token are removed.
    """
    profile_issuer = _profile_issuer(profile_name, flags)
    if profile_issuer is None:
        _check_flags({"profile": profile_name, **flags})
    else:
        flags["issuer"] = profile_issuer
        _check_flags(flags)
    token = read_token(words, Run("verify"))
    explanation = explain(_verifier(profile_name, flags), token)
    unverified = _read_or_none(token)
    if as_json:
        click.echo(json.dumps(_as_data(explanation, unverified), indent=2))
    else:
        _show(explanation, unverified)
    if explanation.error is not None:
        raise explanation.error
    if unverified is not None:
        say_success(f"The token is valid until {rfc3339_time(unverified.claims['exp'])}.")


def _profile_issuer(profile_name: str | None, flags: dict[str, str | None]) -> str | None:
    """Return the issuer of the profile; None if a flag names an issuer or a user pool."""
    if flags["issuer"] is not None or flags["user_pool_id"] is not None:
        return None
    from osdu_auth.profiles.resolve import find_profile

    try:
        return find_profile(profile_name).profile.get("issuer")
    except ConfigurationError:
        return None  # flags may make a profile unnecessary; if not, `_pool` raises the error


def _check_flags(flags: dict[str, str | None]) -> None:
    """Check that each given flag is used in a check.

    Raises:
        UsageError: OA-U240: a value is empty; OA-U241: two flags exclude each other.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        if not has_visible_character(value):
            raise UsageError(
                f"{flag_of(name)} was given without a value.",
                code="OA-U240",
                why="A token cannot be compared with an empty text; a variable may not be set.",
                fix=f"Give {flag_of(name)} a value, or leave it out.",
            )
    unused_flags = _FLAGS_OF_USER_POOL if "issuer" in given else _FLAGS_OF_OTHER_ISSUER
    unused = next((name for name in unused_flags if name in given), None)
    if unused is None:
        return
    if "issuer" in given:
        why = (
            "The flag is for tokens of a user pool, and --issuer or the profile names another "
            "issuer."
        )
        fix = f"Leave {flag_of(unused)} out; an issuer's tokens have an --audience."
    else:
        why = "A user pool's token names an app client and no audience."
        fix = "Give --issuer URL as well, or --client-id ID in its place."
    raise UsageError(
        f"{flag_of(unused)} would be left unchecked.", code="OA-U241", why=why, fix=fix
    )


def _verifier(profile_name: str | None, flags: dict[str, str | None]) -> TokenVerifier:
    """Return the verifier for the flags and the profile; a missing value is shown as unchecked."""
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
    """Return the user pool's id, the app client's id and the address, from flags or profile."""
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
            why="A token has to name its issuer, which contains the pool's id.",
            fix=Run("verify", "--user-pool-id", "us-east-1_Ab12Cd34E", profile=profile.name)
            + ", with your pool's id.",
        )
    return found, client_id or profile.client_id, endpoint_url or profile.get("endpoint_url")


def _read_or_none(token: Secret) -> UnverifiedToken | None:
    try:
        return read_unverified(token)
    except TokenRejected:
        return None


def _show(explanation: TokenExplanation, unverified: UnverifiedToken | None) -> None:
    if unverified is not None:
        suffix = "" if explanation.error is None else ", unverified"
        show_members(f"Header{suffix}", unverified.header)
        show_members(f"Claims{suffix}", unverified.claims)
    click.echo("Checks")
    for result in explanation.results:
        words = (
            f"not checked: {result.words}"
            if result.outcome is Outcome.NOT_CHECKED
            else result.words
        )
        line = f"  {_MARKS[result.outcome]} {printable(result.check, 40):16}{printable(words)}"
        click.echo(line.rstrip())


def _as_data(
    explanation: TokenExplanation, unverified: UnverifiedToken | None
) -> dict[str, object]:
    rejected = isinstance(explanation.error, TokenRejected)
    return {
        "version": SCHEMA,
        "good": False if rejected else None if explanation.error else True,
        "header": unverified.header if unverified else None,
        "claims": unverified.claims if unverified else None,
        "checks": [
            {"check": result.check, "outcome": result.outcome.value, "words": result.words}
            for result in explanation.results
        ],
    }
