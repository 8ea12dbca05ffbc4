"""Asking a person for the values of a profile, when `login()` in a notebook finds no profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.frozen import NEEDED
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.setting_places import at_flag
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.prompts.prompter import Prompter


def ask_profile(prompter: Prompter, name: str, given: dict[str, str]) -> AnyProfile:
    """Ask for the values of a profile, write the profile if the person wants that, and return it.

    Args:
        prompter: asks the person.
        name: the profile's name.
        given: the known settings, by their names.

    Raises:
        ConfigurationError: a given value cannot be used, or the file cannot be written.
        StoreUnavailable: the client secret cannot be stored.
    """
    from osdu_auth.places import config_file
    from osdu_auth.profiles.edits import require_trusted_place, write_profile
    from osdu_auth.prompts.client_secrets import store_client_secret

    path = config_file()
    require_trusted_place(path)
    prompter.say(f'The values for the profile "{name}"; they are on your sign-in or workshop page.')
    texts, secret = _ask_settings(prompter, given)
    question = f"Keep them as the profile {name} in {path}? [Y/n]"
    if prompter.ask(question, default="").lower() in {"n", "no"}:
        clear = {} if secret is None else {"client_secret": f"clear:{secret.reveal()}"}
        return KINDS.make(name, texts | clear, at_flag)
    written: list[AnyProfile] = []

    def write(reference: str | None, together_with: AbstractContextManager[object] | None) -> None:
        of_secret = {} if reference is None else {"client_secret": reference}
        written[:] = [KINDS.make(name, texts | of_secret, at_flag)]
        write_profile(written[0], together_with=together_with)

    if secret is None:
        write(None, None)
    else:
        store_client_secret(name, secret, prompter, write)
    prompter.say(f'✓ Wrote the profile "{name}" to {path}')
    return written[0]


def _ask_settings(
    prompter: Prompter, given: dict[str, str]
) -> tuple[dict[str, str], Secret | None]:
    """Ask for each missing setting; return the settings, and the client secret if one was typed."""
    texts, secret = dict(given), None
    kind = KINDS.kind_of(given, at_flag)
    for setting, default in kind.defaults().items():
        question, check = kind.settings[setting].question, kind.settings[setting].check
        if not question or setting in given or (setting == "region" and "user_pool_id" in given):
            continue
        if setting == "client_secret":
            typed = prompter.ask_secret(question, optional=True)
            secret = Secret(typed.reveal().strip()) if typed else None
        elif setting == "region":
            text = _ask_until(prompter, question, _check_region_or_pool)
            texts["user_pool_id" if "_" in text else "region"] = text
        elif text := _ask_until(prompter, question, check, is_needed=default is NEEDED):
            texts[setting] = text
    return texts, secret


def _ask_until(
    prompter: Prompter, question: str, check: Callable[[str], str], *, is_needed: bool = True
) -> str:
    """Ask for one line until `check` accepts it; Enter alone leaves out an optional setting."""
    question = question if is_needed else f"{question} (Enter for none)"
    while True:
        text = prompter.ask(question, default=None if is_needed else "")
        try:
            return check(text) if text else ""
        except ConfigurationError as error:
            prompter.say_error(error)


def _check_region_or_pool(text: str) -> str:
    from osdu_auth.profiles.checks import check_region, check_user_pool_id

    return check_user_pool_id(text) if "_" in text else check_region(text)
