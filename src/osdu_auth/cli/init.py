"""`osdu-auth init`: write a profile with the values of the workshop page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import can_ask, note, say, say_error, say_next, say_success
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.cli.standard_input import read_secret_line
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run
from osdu_auth.input_text import as_text_or_same, value_in
from osdu_auth.profiles.kinds import KINDS, SIGN_IN
from osdu_auth.profiles.relative_paths import made_absolute
from osdu_auth.profiles.setting_places import at_flag, at_variable, flag_of
from osdu_auth.profiles.settings import KEY_AUTHS
from osdu_auth.prompts.client_secrets import (
    client_secret_path,
    delete_client_secret,
    require_secret_in_environment,
    secret_or_reference,
    store_client_secret,
)
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from osdu_auth.profiles.kinds import Kinds
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.setting_places import Place
    from osdu_auth.profiles.settings import Setting
    from osdu_auth.secret import Secret

EPILOG = """\b
Example:
  osdu-auth init
  osdu-auth init -p acme --region us-east-1 --client-id 1h57kf5cpq17m0eml12EXAMPLE \\
      --client-secret env:ACME_CLIENT_SECRET --username alice@acme.com \\
      --platform-url https://osdu.acme.com --data-partition-id acme-prod
  osdu-auth init -p ci --from-aws acme

\b
A client secret REF is one of these; a relative path is stored as an absolute one:
  keyring:NAME   the entry NAME of the OS key store, under the service "osdu-auth"
  env:NAME       an environment variable
  file:PATH      a private file of yours, or a file that another user provides for you
  command:…      the output of a program, such as command:pass show osdu
  secretsmanager:NAME#KEY   a secret of AWS Secrets Manager, and a key in its JSON
  ssm:/PATH      a parameter of AWS Parameter Store
  clear:VALUE    the secret itself, written into the profile in clear
  -              read the secret itself from standard input, and store it
"""

_ISSUER = "issuer"
_WITHOUT_SECRET = (*KEY_AUTHS, "federated")
_ISSUER_NAMES = (_ISSUER, "user_pool_id", "token_endpoint")
_ANSWER_NEEDED = "Nothing was typed, and a sign-in needs this value; it is on your sign-in page."


def command_of(kinds: Kinds) -> click.Command:
    """Return the command, with a flag for each setting of these kinds of sign-in."""

    @click.command(epilog=EPILOG)
    @profile_option
    @click.option("--default", "make_default", is_flag=True, help="Make it the default profile.")
    @click.option(
        "--from-aws",
        "prefix",
        metavar="PREFIX",
        help="Read a service account's values from AWS, at /osdu/PREFIX and similar names.",
    )
    def command(
        profile_name: str | None, make_default: bool, prefix: str | None, **flags: str | None
    ) -> None:
        """Write a profile with the values of the workshop page, and check each value.

        A value comes from its flag, else from the environment (OSDU_AUTH_REGION and so on), else
        from the present profile. In a terminal, missing values are asked for.
        """
        given = {
            setting: as_text_or_same(text) for setting, text in flags.items() if text is not None
        }
        if prefix is not None:
            given = _values_at_aws(prefix, given) | given
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


def _values_at_aws(prefix: str, given: dict[str, str]) -> dict[str, str]:
    """Print the values of a service account at AWS, with their places; return them as settings.

    Raises:
        OsduAuthError: as for `values_at_aws`.
    """
    from osdu_auth.profiles.aws_values import values_at_aws
    from osdu_auth.profiles.profile import ServiceProfile

    found = values_at_aws(prefix, given)
    note("Found:")
    for each in found:
        # Only the place of the secret is known here.
        shown = "" if each.setting == "client_secret" else printable(each.text, 120)
        say(f"  {each.setting:15} {shown:45} {printable(each.place, 160)}")
    return {SIGN_IN: ServiceProfile.sign_in} | {each.setting: each.text for each in found}


def _write(
    kinds: Kinds, profile_name: str | None, given: dict[str, str], *, make_default: bool
) -> None:
    """Ask for the missing settings, and write the profile.

    Args:
        kinds: the kinds of sign-in that a profile may have.
        profile_name: the name from the command line; None if there is none.
        given: the settings from the flags, and from AWS, by their names.
        make_default: whether the profile becomes the default one.
    """
    from osdu_auth.cli.sandbox_profile import is_sandbox_profile
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import require_trusted_place, write_profile
    from osdu_auth.profiles.environment import settings_in_environment, value_of_variable
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.profiles.resolve import VARIABLE

    file = read_profiles(kinds=kinds)
    require_trusted_place(file.path)  # before the first question
    named = profile_name or value_of_variable(VARIABLE)
    # A sandbox removes its profile when it ends, so such a profile is neither changed nor counted.
    is_first = all(is_sandbox_profile(other, table) for other, table in file.tables.items())
    name = check_profile_name(named or (None if is_first else file.current) or "default")
    in_environment = settings_in_environment(kinds)
    known = made_absolute(in_environment | given)
    # Unchecked, since `init` is the command that corrects a profile with a mistake.
    former = file.settings_of(name) if name in file.names else {}

    def place_of(setting: str) -> Place:
        if setting in given or setting not in {*in_environment, *former}:
            return at_flag(setting)
        in_variable = setting in in_environment
        return at_variable(setting) if in_variable else file.place_of(setting, name)

    kind = kinds.kind_of(former | known, place_of)
    typed = _secret_on_standard_input(known, kind)
    # A profile that changes its kind of sign-in keeps the settings that the new kind has too.
    former = {setting: text for setting, text in former.items() if setting in kind.defaults()}
    if can_ask() and not (former and (known or typed or make_default)):
        answers, typed = _answers(name, kind, former, known, typed)
        if "region" in answers:  # typed in place of the user pool id, which was the default
            former.pop("user_pool_id", None)
        known |= answers
        given |= answers
    settings = _without_stale_pool(name, kind, former, known) | known
    if known:
        settings = _without_idle(kind, settings, given)

    def write(reference: str | None, together_with: AbstractContextManager[object] | None) -> None:
        secret = {} if reference is None else {"client_secret": reference}
        write_profile(
            kinds.make(name, settings | secret | {SIGN_IN: kind.sign_in}, place_of),
            make_default=make_default or is_first,
            kinds=kinds,
            together_with=together_with,
        )

    require_secret_in_environment(settings, kind.check_secret)
    if typed is None:
        write(None, None)
    else:
        store_client_secret(name, typed, CommandLinePrompter(), write)
    _delete_former_secret(name, former.get("client_secret"))
    say_success(f'Wrote the profile "{name}" to {file.path}')
    _say_next_command(kinds, name, kind, settings)


def _say_next_command(
    kinds: Kinds, name: str, kind: type[AnyProfile], settings: Mapping[str, str]
) -> None:
    """Print what to type after the profile was written."""
    from osdu_auth.cli.login import after_sign_in
    from osdu_auth.profiles.file import read_profiles

    if not kind.needs_person or _is_signed_in(name):
        say_next(after_sign_in(read_profiles(kinds=kinds).profile(name)))
        return
    missing = [
        word
        for setting, blank in (("platform_url", "URL"), ("data_partition_id", "ID"))
        if setting in kind.defaults() and setting not in settings
        for word in (flag_of(setting), Blank(blank))
    ]
    if missing:
        say(f"  Before the first call of OSDU: {Run('init', *missing, profile=name)}")
    say_next(Run("login", profile=name))


def _without_idle(
    kind: type[AnyProfile], settings: dict[str, str], given: dict[str, str]
) -> dict[str, str]:
    """Return settings without those that have no effect with the others.

    Args:
        kind: the kind of sign-in.
        settings: the texts of the settings.
        given: those of them that this command gives; they are kept, and refused later.
    """
    idle = [name for name in kind.without_effect(settings) if name not in given]
    if idle:
        note(f"{', '.join(idle)}: not in the profile, as it has no effect with the other settings.")
        return {name: text for name, text in settings.items() if name not in idle}
    return settings


def _is_signed_in(name: str) -> bool:
    """Return whether the profile has a session."""
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.session import Session

    try:
        Session(name).load()
    except OsduAuthError:
        return False
    return True


def _secret_on_standard_input(known: dict[str, str], kind: type[AnyProfile]) -> Secret | None:
    """Return the client secret from standard input for `-`, and remove the `-` from `known`."""
    if known.get("client_secret") != "-":
        return None
    del known["client_secret"]
    if can_ask():
        typed = CommandLinePrompter().ask_secret("App client secret")
        return secret_or_reference(typed, kind.check_secret)
    again = Run("init", "--client-secret", "-", Blank("< FILE"))
    typed = read_secret_line("client secret", fix=again)
    return secret_or_reference(typed, kind.check_secret)


def _delete_former_secret(name: str, reference: str | None) -> None:
    """Delete the file of a client secret that the profile no longer refers to."""
    from osdu_auth.profiles.file import read_profiles

    if reference == f"file:{client_secret_path(name)}":
        now = read_profiles().profile(name).get("client_secret")
        if now != reference:
            delete_client_secret(name, reference)


def _answers(
    name: str,
    kind: type[AnyProfile],
    former: dict[str, str],
    known: dict[str, str],
    typed: Secret | None,
) -> tuple[dict[str, str], Secret | None]:
    """Ask for each setting that neither a flag nor the environment gives; nothing is written yet.

    Returns:
        The settings, and the client secret, which is stored separately.
    """
    say(f'The values for the profile "{name}"; they are on your workshop or sign-in page.')
    if not former and SIGN_IN not in known:
        in_browser = Run("init", "--sign-in", "browser", profile=name)
        say(f"(If you sign in on your company's own page: {in_browser})")
    answers: dict[str, str] = {}
    is_named = bool({*_ISSUER_NAMES} & known.keys()) or "token_endpoint" in former
    if _ISSUER in kind.defaults() and not is_named:
        answers |= _ask_issuer(former)
    for setting in kind.defaults():
        row = kind.settings[setting]
        if (
            not row.question
            or setting in known
            or (setting == "region" and "user_pool_id" in known)
        ):
            continue
        if setting == "client_secret" and {**former, **known}.get("client_auth") in _WITHOUT_SECRET:
            continue
        if setting == "client_secret":
            typed = typed or _ask_client_secret(row, former, kind)
        elif setting == "region":
            answers |= _ask_region(row.question, former)
        else:
            default = former.get(setting)
            question, optional = _question(row, default), bool(row.enter)
            answers[setting] = _ask_until(question, row.check, default, optional=optional)
    return {setting: text for setting, text in answers.items() if text}, typed


def _question(row: Setting, default: str | None) -> str:
    return row.question if default or not row.enter else f"{row.question} (Enter: {row.enter})"


def _ask_region(question: str, former: dict[str, str]) -> dict[str, str]:
    """Ask for the region or the user pool's id, which contains the region and which SRP needs."""
    from osdu_auth.profiles.checks import check_region, check_user_pool_id

    def check(text: str) -> str:
        return check_user_pool_id(text) if "_" in text else check_region(text)

    default = former.get("user_pool_id") or former.get("region")
    text = _ask_until(question, check, default)
    return {"user_pool_id" if "_" in text else "region": text}


def _ask_issuer(former: dict[str, str]) -> dict[str, str]:
    """Ask for the issuer: a user pool's id, or the address of another issuer."""
    from osdu_auth.profiles.checks import check_user_pool_id
    from osdu_auth.profiles.openid_checks import check_issuer

    def check(text: str) -> str:
        return check_issuer(text) if "://" in text else check_user_pool_id(text)

    default = former.get("user_pool_id") or former.get(_ISSUER)
    text = _ask_until("User pool id, or the issuer's address", check, default)
    return {_ISSUER if "://" in text else "user_pool_id": text}


def _ask_client_secret(
    row: Setting, former: dict[str, str], kind: type[AnyProfile]
) -> Secret | None:
    keep = "App client secret (Enter to keep it as it is)"
    question = keep if "client_secret" in former else _question(row, None)
    while True:
        optional = bool(row.enter) or "client_secret" in former
        typed = CommandLinePrompter().ask_secret(question, optional=optional)
        try:
            return secret_or_reference(typed, kind.check_secret) if typed else None
        except ConfigurationError as error:
            say_error(error, with_fix=False)


def _ask_until(
    question: str, check: Callable[[str], str], default: str | None, *, optional: bool = False
) -> str:
    """Ask for one line until `check` accepts it, and return what `check` returns.

    Args:
        question: what is asked.
        check: returns the value for an answer, or raises.
        default: the answer that Enter alone gives.
        optional: whether Enter alone gives an empty answer if there is no default.
    """
    while True:
        enter = "" if default is None and optional else default
        answer = value_in(CommandLinePrompter().ask(question, default=enter, why=_ANSWER_NEEDED))
        try:
            return check(answer) if answer else ""
        except ConfigurationError as error:
            say_error(error)


def _without_stale_pool(
    name: str, kind: type[AnyProfile], former: dict[str, str], known: dict[str, str]
) -> dict[str, str]:
    """Return the former settings without a pool that the new region or app client may not have.

    With another pool's id, each password counts as wrong, so a new app client drops the pool.
    """
    kept = dict(former)
    if _ISSUER in kind.defaults():  # a profile names its issuer in one setting only
        if any(name in known for name in _ISSUER_NAMES):
            for other in _ISSUER_NAMES:
                kept.pop(other, None)
        return kept
    pool = kept.get("user_pool_id", "")
    if "user_pool_id" in known:
        kept.pop("region", None)
    elif "region" in known and not pool.startswith(known["region"].lower() + "_"):
        kept.pop("user_pool_id", None)
    elif pool and known.get("client_id", kept.get("client_id")) != kept.get("client_id"):
        kept["region"] = kept.pop("user_pool_id").partition("_")[0]
        note(
            "The user pool id was removed from the profile: the new app client may have another "
            "pool. If it has the same: " + Run("init", "--user-pool-id", pool, profile=name)
        )
    return kept
