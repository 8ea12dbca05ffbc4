"""Keeping in the profile that a person lets the password itself be sent.

The law of this module: only a person's yes is written down; a program's own answers are its own to
keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import SendPasswordQuestion
    from osdu_auth.fixes import Reader
    from osdu_auth.profiles.finding import FoundProfile


def keep_permission(
    found: FoundProfile, reader: Reader, question: SendPasswordQuestion
) -> str | None:
    """Write into a profile that the password itself may be sent, for the sign-ins after this one.

    Args:
        found: the profile that the person signed in to.
        reader: who is told.
        question: what the person answered with yes.

    Returns:
        What to tell the person: where it was written, or the line to write; None where there is
        nothing to keep, as a factor may be chosen anew each time.
    """
    if question.setting != "auth_flow":
        return None
    return _kept(found, reader, question.setting, question.value)


def _kept(found: FoundProfile, reader: Reader, setting: str, value: str) -> str:
    name, line = found.profile.name, f'{setting} = "{value}"'
    unasked = "To sign in so without the question"
    if not found.is_in_file:
        return f"{unasked}: {Run('init', flag_of(setting), value).text(reader)}"
    from osdu_auth.places import config_file
    from osdu_auth.profiles.edits import header_of, write_setting

    try:
        write_setting(name, setting, value)
    except ConfigurationError as error:
        return (
            f"{unasked}, write this line below {header_of(name)} in {config_file()}: {line} "
            f"(it could not be written from here: {printable(error.why or error.what)})"
        )
    return f'Written into the profile "{name}": {line}. Remove it to be asked again.'
