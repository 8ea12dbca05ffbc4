"""The place of a setting: a flag, a variable, a line of the file, or an argument in Python.

The error of a refused value names its place, and its fix is what to type at that place. A check
knows only an example of a good value; the place turns the example into a fix.
"""

from __future__ import annotations

from osdu_auth.fixes import Command, Edit, Export, Fix, Run, Unset
from osdu_auth.fixes_in_python import in_python
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "OSDU_AUTH_"


class Place(NamedTuple):
    """The place of a setting.

    Args:
        words: its name in an error, such as `--region` or `OSDU_AUTH_REGION`.
        fix_for: returns what to type to set another value there.
        leave_out: how to have the setting not set there, as a clause.
    """

    words: str
    fix_for: Callable[[str], str | Fix]
    leave_out: str | Fix


def flag_of(setting: str) -> str:
    """Return the flag of a setting or another option, such as `--client-id`."""
    return "--" + setting.replace("_", "-")


def variable_of(setting: str) -> str:
    """Return the variable of a setting, such as `OSDU_AUTH_REGION`."""
    return PREFIX + setting.upper()


def at_flag(setting: str) -> Place:
    """Return the place of a setting that a flag gives."""
    flag = flag_of("profile" if setting == "name" else setting)
    return Place(flag, lambda value: "Give it as in: " + Command(flag, value), f"leave out {flag}")


def at_variable(setting: str) -> Place:
    """Return the place of a setting that a variable gives."""
    variable = variable_of(setting)
    return Place(variable, lambda value: Export(variable, value), Unset(variable))


def in_call(setting: str) -> Place:
    """Return the place of a setting that is an argument of `Profile`."""
    return Place(
        f"Profile({setting}=…)",
        lambda value: f"Give it as in: {setting}={in_python(value)}",
        f"leave out {setting}",
    )


def in_file(setting: str, key: str, profile: str, path: str) -> Place:
    """Return the place of a setting in the file of profiles.

    Args:
        setting: its name.
        key: its key in the profile's table; if it is not the name, the setting has no flag.
        profile: the profile's name.
        path: the file.
    """

    def fix_for(value: str) -> Fix:
        if key == setting:
            return Run("init", flag_of(setting), value, profile=profile)
        return f'Write {key} = "{value}": ' + Edit(path)

    remove = f"remove {key} from [profiles.{profile}]: " + Edit(path)
    return Place(f"{key} of profile {profile} in {path}", fix_for, remove)
