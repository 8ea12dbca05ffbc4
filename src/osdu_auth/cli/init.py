"""`osdu-auth init`: the workshop page's values become a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.after_sign_in import after_sign_in
from osdu_auth.cli.console import (
    can_ask,
    complain,
    note,
    read_secret_line,
    say,
    say_next,
    succeeded,
)
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter
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
    from collections.abc import Callable
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
A client secret REF is one of these; a relative path is kept as an absolute one:
  keyring:NAME   the entry NAME of the OS key store, under the service "osdu-auth"
  env:NAME       an environment variable
  file:PATH      a file of yours that is private, or one that another user keeps for you
  command:…      what a program prints, such as command:pass show osdu
  secretsmanager:NAME#KEY   a secret of AWS Secrets Manager, and a key in its JSON
  ssm:/PATH      a parameter of AWS Parameter Store
  clear:VALUE    the secret itself, written into the profile in clear
  -              the secret itself is read from standard input, and put away
"""

_ISSUER = "issuer"
_WITHOUT_SECRET = (*KEY_AUTHS, "federated")
_ISSUER_NAMES = (_ISSUER, "user_pool_id", "token_endpoint")
_NEEDED = "Nothing was typed, and no sign-in is possible without it; it is on your sign-in page."


def command_of(kinds: Kinds) -> click.Command:
    """Return the command, with a flag for each setting of these kinds of sign-in."""

    @click.command(epilog=EPILOG)
    @profile_option
    @click.option("--default", "make_default", is_flag=True, help="Use it where none is named.")
    @click.option(
        "--from-aws",
        "prefix",
        metavar="PREFIX",
        help="Take what AWS keeps of a service account: /osdu/PREFIX and the like.",
    )
    def command(
        profile_name: str | None, make_default: bool, prefix: str | None, **flags: str | None
    ) -> None:
        """Write a profile: the values that the workshop page asks for, each one checked.

        A value is taken from its flag, else from the environment (OSDU_AUTH_REGION and so on), else
        from the profile as it stands; what is still missing is asked for in a terminal.
        """
        given = {
            setting: as_text_or_same(text) for setting, text in flags.items() if text is not None
        }
        if prefix is not None:
            given = _found_at_aws(prefix, given) | given
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


def _found_at_aws(prefix: str, given: dict[str, str]) -> dict[str, str]:
    """Say what AWS keeps of a service account, and where; return it as settings.

    Raises:
        OsduAuthError: as of `values_at_aws`.
    """
    from osdu_auth.profiles.aws_values import values_at_aws
    from osdu_auth.profiles.profile import ServiceProfile

    found = values_at_aws(prefix, given)
    note("Found:")
    for each in found:
        # Where the secret is, is said; what it is, is not known here.
        shown = "" if each.setting == "client_secret" else printable(each.text, 120)
        say(f"  {each.setting:15} {shown:45} {printable(each.place, 160)}")
    return {SIGN_IN: ServiceProfile.sign_in} | {each.setting: each.text for each in found}


def _write(
    kinds: Kinds, profile_name: str | None, given: dict[str, str], *, make_default: bool
) -> None:
    from osdu_auth.cli.sandbox_profile import is_sandbox_s
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import require_trusted_place, write_profile
    from osdu_auth.profiles.environment import settings_in_environment, value_of_variable
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.profiles.resolve import VARIABLE

    file = read_profiles(kinds=kinds)
    require_trusted_place(file.path)  # before anything is asked
    named = profile_name or value_of_variable(VARIABLE)
    # A sandbox's profile, which goes when that ends, is nobody's to change or to fall back on.
    is_first = all(is_sandbox_s(other, table) for other, table in file.tables.items())
    name = check_profile_name(named or (None if is_first else file.current) or "default")
    in_environment = settings_in_environment(kinds)
    known = made_absolute(in_environment | given)
    # As it stands, unchecked: `init` is what mends a profile with a mistake in it.
    former = file.settings_of(name) if name in file.names else {}

    def place_of(setting: str) -> Place:
        if setting in given or setting not in {*in_environment, *former}:
            return at_flag(setting)
        in_variable = setting in in_environment
        return at_variable(setting) if in_variable else file.place_of(setting, name)

    kind = kinds.kind_of(former | known, place_of)
    typed = _secret_on_standard_input(known, kind)
    # A profile that becomes one of another kind keeps the settings that it has in that kind, too.
    former = {setting: text for setting, text in former.items() if setting in kind.defaults()}
    if can_ask() and not (former and (known or typed or make_default)):
        answers, typed = _answers(name, kind, former, known, typed)
        if "region" in answers:  # typed over the user pool id that was shown
            former.pop("user_pool_id", None)
        known |= answers
    settings = _without_stale_pool(name, kind, former, known) | known

    def made(reference: str | None) -> AnyProfile:
        secret = {} if reference is None else {"client_secret": reference}
        return kinds.make(name, settings | secret | {SIGN_IN: kind.sign_in}, place_of)

    def write(reference: str | None, together_with: AbstractContextManager[object] | None) -> None:
        write_profile(
            made(reference),
            make_default=make_default or is_first,
            kinds=kinds,
            together_with=together_with,
        )

    require_secret_in_environment(settings, kind.check_secret)
    if typed is None:
        write(None, None)
    else:
        store_client_secret(name, typed, CommandLinePrompter(), write)
    _forget_former_secret(name, former.get("client_secret"))
    succeeded(f'Wrote the profile "{name}" to {file.path}')
    if not kind.needs_person or _is_signed_in(name):
        say_next(after_sign_in(read_profiles(kinds=kinds).profile(name)))
        return
    later = [
        word
        for setting, blank in (("platform_url", "URL"), ("data_partition_id", "ID"))
        if setting in kind.defaults() and setting not in settings
        for word in (flag_of(setting), Blank(blank))
    ]
    if later:
        say(f"  Before the first call of OSDU: {Run('init', *later, profile=name)}")
    say_next(Run("login", profile=name))


def _is_signed_in(name: str) -> bool:
    """Say whether a session of the profile can go on."""
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.session import Session

    try:
        Session(name).load()
    except OsduAuthError:
        return False
    return True


def _secret_on_standard_input(known: dict[str, str], kind: type[AnyProfile]) -> Secret | None:
    """Return the client secret that `-` has us read; it is taken out of what is known."""
    if known.get("client_secret") != "-":
        return None
    del known["client_secret"]
    if can_ask():
        typed = CommandLinePrompter().ask_secret("App client secret")
        return secret_or_reference(typed, kind.check_secret)
    again = Run("init", "--client-secret", "-", Blank("< FILE"))
    typed = read_secret_line("client secret", fix=again)
    return secret_or_reference(typed, kind.check_secret)


def _forget_former_secret(name: str, reference: str | None) -> None:
    """Take away a file that `init` has made for a secret which lies elsewhere by now."""
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
    """Ask for what neither a flag nor the environment gave; nothing is kept yet.

    Returns:
        The settings, and the client secret, which goes to a place of its own.
    """
    say(f'The values for the profile "{name}"; they are on your workshop or sign-in page.')
    if not former and SIGN_IN not in known:
        in_browser = Run("init", "--sign-in", "browser", profile=name)
        say(f"(Where your company's own page signs you in: {in_browser})")
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
    """Ask where the user pool is: its id tells the region too, and SRP needs it."""
    from osdu_auth.profiles.checks import check_region, check_user_pool_id

    def check(text: str) -> str:
        return check_user_pool_id(text) if "_" in text else check_region(text)

    default = former.get("user_pool_id") or former.get("region")
    text = _ask_until(question, check, default)
    return {"user_pool_id" if "_" in text else "region": text}


def _ask_issuer(former: dict[str, str]) -> dict[str, str]:
    """Ask who signs a person in: a user pool by its id, or any other issuer by its address."""
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
    kept = "App client secret (Enter to keep it as it is)"
    question = kept if "client_secret" in former else _question(row, None)
    while True:
        optional = bool(row.enter) or "client_secret" in former
        typed = CommandLinePrompter().ask_secret(question, optional=optional)
        try:
            return secret_or_reference(typed, kind.check_secret) if typed else None
        except ConfigurationError as error:
            complain(error, with_fix=False)


def _ask_until(
    question: str, check: Callable[[str], str], default: str | None, *, optional: bool = False
) -> str:
    """Ask for one line until `check` accepts it, and return what `check` made of it.

    Args:
        question: what is asked.
        check: returns the answer as it is to be used.
        default: what Enter alone stands for.
        optional: whether Enter alone is an answer where there is no default: an empty one.
    """
    while True:
        enter = "" if default is None and optional else default
        answer = value_in(CommandLinePrompter().ask(question, default=enter, why=_NEEDED))
        try:
            return check(answer) if answer else ""
        except ConfigurationError as error:
            complain(error)


def _without_stale_pool(
    name: str, kind: type[AnyProfile], former: dict[str, str], known: dict[str, str]
) -> dict[str, str]:
    """Drop what region, user pool and app client, given anew, leave in doubt.

    With another pool's id every password is wrong, so a pool is not kept for a new app client.
    """
    kept = dict(former)
    if _ISSUER in kind.defaults():  # one name of an issuer, and never two
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
            "The user pool id went from the profile, as it may not be the new app client's. "
            "If it is: " + Run("init", "--user-pool-id", pool, profile=name)
        )
    return kept
