"""`osdu-auth init`: the workshop page's values become a profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.client_secrets import reference_for
from osdu_auth.cli.console import can_ask, complain, note, say, say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.fixes import Run
from osdu_auth.profiles.kinds import KINDS, SIGN_IN
from osdu_auth.profiles.setting_places import at_flag, at_variable, flag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fixes import Fix
    from osdu_auth.profiles.kinds import Kinds
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.setting_places import Place

EPILOG = """\b
Example:
  osdu-auth init
  osdu-auth init -p acme --region us-east-1 --client-id 1h57kf5cpq17m0eml12EXAMPLE \\
      --client-secret env:ACME_CLIENT_SECRET --username alice@acme.com \\
      --platform-url https://osdu.acme.com --data-partition-id acme-prod

\b
A client secret REF is one of:
  keyring:NAME   the entry NAME of the OS key store, under the service "osdu-auth"
  env:NAME       an environment variable
  file:PATH      a file of yours that is private, or one that another user keeps for you
  command:…      what a program prints, such as command:pass show osdu
  clear:VALUE    the secret itself, written into the profile in clear
"""


def command_of(kinds: Kinds) -> click.Command:
    """Return the command, with a flag for each setting of these kinds of sign-in."""

    @click.command(epilog=EPILOG)
    @profile_option
    @click.option("--default", "make_default", is_flag=True, help="Use it where none is named.")
    def command(profile_name: str | None, make_default: bool, **flags: str | None) -> None:
        """Write a profile: the values that the workshop page asks for, each one checked.

        A value is taken from its flag, else from the environment (OSDU_AUTH_REGION and so on), else
        from the profile as it stands; what is still missing is asked for in a terminal.
        """
        given = {setting: text for setting, text in flags.items() if text is not None}
        _write(kinds, profile_name, given, make_default=make_default)

    command.params[1:1] = [
        click.Option(
            [flag_of(name)],
            type=click.Choice(setting.choices) if setting.choices else None,
            metavar=setting.metavar,
            help=setting.help,
        )
        for name, setting in kinds.settings.items()
        if not setting.key
    ]
    return command


command = command_of(KINDS)


def _write(
    kinds: Kinds, profile_name: str | None, given: dict[str, str], *, make_default: bool
) -> None:
    from osdu_auth.cli.sandbox_profile import is_sandbox_s
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import require_trusted_place, write_profile
    from osdu_auth.profiles.environment import settings_in_environment
    from osdu_auth.profiles.file import read_profiles

    file = read_profiles(kinds=kinds)
    require_trusted_place(file.path)  # before anything is asked
    named = profile_name or os.environ.get("OSDU_AUTH_PROFILE")
    # A sandbox's profile, which goes when that ends, is nobody's to change or to fall back on.
    is_first = all(is_sandbox_s(other, table) for other, table in file.tables.items())
    name = check_profile_name(named or (None if is_first else file.current) or "default")
    in_environment = settings_in_environment(kinds)
    known = in_environment | given
    # As it stands, unchecked: `init` is what mends a profile with a mistake in it.
    former = file.settings_of(name) if name in file.names else {}

    def place_of(setting: str) -> Place:
        if setting in given or setting not in {*in_environment, *former}:
            return at_flag(setting)
        in_variable = setting in in_environment
        return at_variable(setting) if in_variable else file.place_of(setting, name)

    kind = kinds.kind_of(former | known, place_of)
    # A profile that becomes one of another kind keeps the settings that it has in that kind, too.
    former = {setting: text for setting, text in former.items() if setting in kind.defaults()}
    if can_ask() and not (former and (known or make_default)):
        answers = _answers(name, kind, former, known)
        if "region" in answers:  # typed over the user pool id that was shown
            former.pop("user_pool_id", None)
        known |= answers
    settings = _without_stale_pool(name, former, known) | known
    profile = kinds.make(name, settings | {SIGN_IN: kind.sign_in}, place_of)
    write_profile(profile, make_default=make_default or is_first, kinds=kinds)
    succeeded(f'Wrote the profile "{name}" to {file.path}')
    say_next(_next(profile))


def _next(profile: AnyProfile) -> Fix:
    """Return what follows: signing in, unless a session of the profile can go on."""
    from osdu_auth.cli.after_sign_in import after_sign_in
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.session import Session

    try:
        Session(profile.name).load()
    except OsduAuthError:
        return Run("login", profile=profile.name)
    return after_sign_in(profile)


def _answers(
    name: str, kind: type[AnyProfile], former: dict[str, str], known: dict[str, str]
) -> dict[str, str]:
    """Ask for what neither a flag nor the environment gave."""
    say(f'The values for the profile "{name}"; they are on your workshop or sign-in page.')
    answers: dict[str, str] = {}
    for setting in kind.defaults():
        row = kind.settings[setting]
        if (
            not row.question
            or setting in known
            or (setting == "region" and "user_pool_id" in known)
        ):
            continue
        if setting == "client_secret":
            reference = _ask_client_secret(name, row.question, former)
            if reference is not None:
                answers[setting] = reference
            continue
        if setting == "region":
            answers |= _ask_region(row.question, former)
            continue
        answers[setting] = _ask_until(row.question, row.check, former.get(setting))
    return answers


def _ask_region(question: str, former: dict[str, str]) -> dict[str, str]:
    """Ask where the user pool is: its id tells the region too, and SRP needs it."""
    from osdu_auth.profiles.checks import check_region, check_user_pool_id

    def check(text: str) -> str:
        return check_user_pool_id(text) if "_" in text else check_region(text)

    default = former.get("user_pool_id") or former.get("region")
    text = _ask_until(question, check, default)
    return {"user_pool_id" if "_" in text else "region": text}


def _ask_client_secret(name: str, question: str, former: dict[str, str]) -> str | None:
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


def _without_stale_pool(name: str, former: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Drop what region, user pool and app client, given anew, leave in doubt.

    With another pool's id every password is wrong, so a pool is not kept for a new app client.
    """
    kept = dict(former)
    pool = kept.get("user_pool_id", "")
    if "user_pool_id" in known:
        kept.pop("region", None)
    elif "region" in known and not pool.startswith(known["region"].lower() + "_"):
        kept.pop("user_pool_id", None)
    elif pool and known.get("client_id", kept.get("client_id")) != kept.get("client_id"):
        kept["region"] = kept.pop("user_pool_id").partition("_")[0]
        note(
            "The user pool id went from the profile, as it may not be the new app client's. "
            "If it is: " + Run("init", "--user-pool-id", pool, profile=name)
        )
    return kept
