"""Keeping in the profile that a person lets the password itself be sent.

The law of this module: only a person's yes is written down; a program's own answers are its own to
keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run
from osdu_auth.profiles.settings import flag_of
from osdu_auth.profiles.stamp import NO_SETTINGS
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import SendPasswordQuestion
    from osdu_auth.questions.signing_in import SignsIn


def keep_permission(session: SignsIn, question: SendPasswordQuestion) -> str | None:
    """Write into a profile that the password itself may be sent, for the sign-ins after this one.

    Args:
        session: what the person signed in to.
        question: what the person answered with yes.

    Returns:
        What to tell the person: where it was written, or the line to write; None where there is
        nothing to keep, as a factor may be chosen anew each time.
    """
    if question.setting != "auth_flow":
        return None
    return _kept(session, question.setting, question.value)


def _kept(session: SignsIn, setting: str, value: str) -> str:
    name, line = session.profile.name, f'{setting} = "{value}"'
    unasked = "To sign in so without the question"
    if session.found.settings_stamp == NO_SETTINGS:
        return f"{unasked}: {Run('init', flag_of(setting), value).text(session.reader)}"
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
