"""`osdu-auth init`: the workshop page's values become a profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.client_secrets import reference_for
from osdu_auth.cli.console import can_ask, complain, say, say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.fixes import Run
from osdu_auth.profiles.settings import AUTH_FLOWS, FACTORS, flag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.profiles.profile import Profile

# What a person is asked for, in the workshop page's order, and what may be left out.
QUESTIONS = {
    "region": "AWS region, or better the user pool id, such as us-east-1 or us-east-1_Ab12Cd34E",
    "client_id": "App client id",
    "client_secret": "App client secret, or a reference to it (Enter for a public app client)",
    "username": "User name, often your e-mail address",
    "platform_url": "OSDU platform URL, such as https://osdu.acme.com",
    "data_partition_id": "Data partition id, such as osdu or opendes",
}


@click.command(
    epilog="""\b
Example:
  osdu-auth init
  osdu-auth init -p acme --region us-east-1 --client-id 1h57kf5cpq17m0eml12EXAMPLE \\
      --client-secret env:ACME_CLIENT_SECRET --username alice@acme.com \\
      --platform-url https://osdu.acme.com --data-partition-id acme-prod

\b
A client secret REF is one of:
  keyring:NAME   the entry NAME of the OS key store, under the service "osdu-auth"
  env:NAME       an environment variable
  file:PATH      a file that only you can read
  command:…      what a program prints, such as command:pass show osdu
  clear:VALUE    the secret itself, written into the profile in clear
"""
)
@profile_option
@click.option("--region", help="The AWS region of the user pool.")
@click.option("--client-id", help="The app client's id.")
@click.option("--client-secret", metavar="REF", help="Where the app client's secret is; see below.")
@click.option("--username", help="Who signs in.")
@click.option("--platform-url", metavar="URL", help="The OSDU platform.")
@click.option("--data-partition-id", help="The data partition of every OSDU call.")
@click.option("--user-pool-id", help="The user pool; it also tells the region.")
@click.option("--endpoint-url", metavar="URL", help="Another address of the pool, as a sandbox's.")
@click.option("--transport", type=click.Choice(["direct", "boto3"]), help="How to call the pool.")
@click.option("--auth-flow", type=click.Choice(AUTH_FLOWS), help="How to sign in; default: by SRP.")
@click.option(
    "--preferred-factor",
    type=click.Choice(FACTORS),
    help="Which factor to choose where there is a choice.",
)
@click.option(
    "--mfa-command", metavar="COMMAND", help="A program that prints the code of the second factor."
)
@click.option(
    "--session-lifetime", metavar="DURATION", help="How long the app client's refresh tokens live."
)
@click.option("--default", "make_default", is_flag=True, help="Use it where none is named.")
def command(profile_name: str | None, make_default: bool, **flags: str | None) -> None:
    """Write a profile: the values that the workshop page asks for, each one checked.

    A value is taken from its flag, else from the environment (OSDU_AUTH_REGION and so on), else
    from the profile as it stands; what is still missing is asked for in a terminal.
    """
    from osdu_auth.cli.sandbox_profile import is_sandbox_s
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import require_trusted_place, write_profile
    from osdu_auth.profiles.environment import settings_in_environment
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.profiles.profile import make_profile

    file = read_profiles()
    require_trusted_place(file.path)  # before anything is asked
    named = profile_name or os.environ.get("OSDU_AUTH_PROFILE")
    # A sandbox's profile, which goes when that ends, is nobody's to change or to fall back on.
    is_first = all(is_sandbox_s(other, table) for other, table in file.tables.items())
    name = check_profile_name(named or (None if is_first else file.current) or "default")
    given = {setting: text for setting, text in flags.items() if text is not None}
    known = settings_in_environment() | given
    former = _settings_of(file.profile(name)) if name in file.names else {}
    if can_ask() and not (former and (known or make_default)):
        given_now = known | _answers(name, former, known)
        settings = _without_stale_region(former, given_now) | given_now
    else:
        settings = _without_stale_region(former, known) | known
    profile = make_profile(name, settings, flag_of)
    write_profile(profile, make_default=make_default or is_first)
    succeeded(f'Wrote the profile "{name}" to {file.path}')
    say_next(Run("login", profile=name))


def _answers(name: str, former: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Ask for what neither a flag nor the environment gave."""
    from osdu_auth.profiles.settings import CHECKS

    say(f'The values for the profile "{name}"; they are on your workshop or sign-in page.')
    answers: dict[str, str] = {}
    for setting, question in QUESTIONS.items():
        if setting in known or (setting == "region" and "user_pool_id" in known):
            continue
        if setting == "client_secret":
            reference = _ask_client_secret(name, former)
            if reference is not None:
                answers[setting] = reference
            continue
        if setting == "region":
            answers |= _ask_region(question, former)
            continue
        answers[setting] = _ask_until(question, CHECKS[setting], former.get(setting))
    return answers


def _ask_region(question: str, former: dict[str, str]) -> dict[str, str]:
    """Ask where the user pool is: its id tells the region too, and SRP needs it."""
    from osdu_auth.profiles.checks import check_region, check_user_pool_id

    def check(text: str) -> str:
        return check_user_pool_id(text) if "_" in text else check_region(text)

    default = former.get("user_pool_id") or former.get("region")
    text = _ask_until(question, check, default)
    return {"user_pool_id" if "_" in text else "region": text}


def _ask_client_secret(name: str, former: dict[str, str]) -> str | None:
    question = QUESTIONS["client_secret"]
    if "client_secret" in former:
        question = "App client secret (Enter to keep it as it is)"
    secret = CommandLinePrompter().ask_secret(question, optional=True)
    return reference_for(name, secret) if secret else None


def _ask_until(question: str, check: Callable[[str], str], default: str | None) -> str:
    """Ask for one line until `check` accepts it, and return what `check` made of it."""
    from osdu_auth.errors import ConfigurationError

    while True:
        try:
            return check(CommandLinePrompter().ask(question, default=default))
        except ConfigurationError as error:
            complain(error)


def _settings_of(profile: Profile) -> dict[str, str]:
    from dataclasses import asdict

    return {
        setting: text for setting, text in asdict(profile).items() if text and setting != "name"
    }


def _without_stale_region(former: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Drop the half of region and user pool that the other half, given anew, contradicts."""
    kept = dict(former)
    if "user_pool_id" in known:
        kept.pop("region", None)
    elif "region" in known and not kept.get("user_pool_id", "").startswith(known["region"] + "_"):
        kept.pop("user_pool_id", None)
    return kept
