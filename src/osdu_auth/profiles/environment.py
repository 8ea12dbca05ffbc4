"""The environment: settings as variables, and the profile that they make without a file."""

from __future__ import annotations

import os

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.places import ENVIRONMENT, variables_fingerprint
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.references import is_reference
from osdu_auth.profiles.setting_places import at_variable, variable_of

if TYPE_CHECKING:
    from osdu_auth.profiles.kinds import Kinds
    from osdu_auth.profiles.profile import AnyProfile


def value_of_variable(variable: str) -> str:
    """Return the value of a variable, without blanks and quotes at its ends.

    A file of variables, such as Docker's, may have them.

    Args:
        variable: the name of a variable whose value never begins or ends with them.
    """
    from osdu_auth.input_text import value_in

    return value_in(os.environ.get(variable, ""))


def settings_in_environment(kinds: Kinds = KINDS) -> dict[str, str]:
    """Return the settings that are set as variables, unchecked, by their names.

    If a variable holds a secret itself, a reference to the variable is returned.
    """
    plain = [name for name, setting in kinds.settings.items() if not setting.key]
    found = {name: value_of_variable(variable_of(name)) for name in plain}
    settings = {name: text for name, text in found.items() if text}
    for secret in ("client_secret", "client_key"):
        if secret in settings and not is_reference(settings[secret]):
            settings[secret] = f"env:{variable_of(secret)}"
    return settings


def makes_a_profile() -> bool:
    """Return whether the environment makes a profile: an app client's id is set."""
    return bool(value_of_variable(variable_of("client_id")))


def fingerprint_of_environment(kinds: Kinds = KINDS) -> str:
    """Return the fingerprint of the settings of the profile that the environment makes.

    Of a private setting (a secret, a reference to one, a user name) it has only whether it is set.
    """
    return variables_fingerprint(
        {variable_of(name) for name, setting in kinds.settings.items() if not setting.is_private}
    )


def profile_of_environment(kinds: Kinds = KINDS) -> AnyProfile:
    """Return the profile that the environment makes.

    Raises:
        ConfigurationError: a variable cannot be used, or a needed one is missing.
    """
    return kinds.make(ENVIRONMENT, settings_in_environment(kinds), at_variable)
