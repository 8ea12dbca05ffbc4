"""Where a setting stands, and what to type there: a flag, a variable, a line of the file, Python.

The law of this module: a value that is refused is told with its place, and what to do about it is
what can be typed for that place. A check knows a value that would be taken, and no place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.fixes import Command, Edit, Export, Fix, Run
from osdu_auth.fixes_in_python import in_python

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "OSDU_AUTH_"


class Place(NamedTuple):
    """Where a setting stands.

    Args:
        words: where, for the words of an error, such as `--region` or `OSDU_AUTH_REGION`.
        giving: returns what to type to have another value there.
    """

    words: str
    giving: Callable[[str], str | Fix]


def flag_of(setting: str) -> str:
    """Return the command line's spelling of a setting or another option, such as `--client-id`."""
    return "--" + setting.replace("_", "-")


def variable_of(setting: str) -> str:
    """Return the name of the variable that holds a setting, such as `OSDU_AUTH_REGION`."""
    return PREFIX + setting.upper()


def at_flag(setting: str) -> Place:
    """Return the place of a setting that an option of the command gives."""
    flag = flag_of("profile" if setting == "name" else setting)
    return Place(flag, lambda value: "Give it as in: " + Command(flag, value))


def at_variable(setting: str) -> Place:
    """Return the place of a setting that a variable gives."""
    return Place(variable_of(setting), lambda value: Export(variable_of(setting), value))


def in_call(setting: str) -> Place:
    """Return the place of a setting that is an argument of `Profile`."""
    return Place(
        f"Profile({setting}=…)", lambda value: f"Give it as in: {setting}={in_python(value)}"
    )


def in_file(setting: str, key: str, profile: str, path: str) -> Place:
    """Return the place of a setting that stands in the file of profiles.

    Args:
        setting: its name.
        key: its key in the profile's table; a setting with a key of its own has no flag.
        profile: the profile's name.
        path: the file.
    """

    def giving(value: str) -> Fix:
        if key == setting:
            return Run("init", flag_of(setting), value, profile=profile)
        return f'Write {key} = "{value}": ' + Edit(path)

    return Place(f"{key} of profile {profile} in {path}", giving)
