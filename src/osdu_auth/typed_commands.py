"""The commands that a text tells to type, made to go for one profile.

The law of this module: each command of a text is looked at by itself. One that takes `-p` gets it,
save where it names a profile already or asks for help; the words around it stay as they are.
"""

from __future__ import annotations

import re

# The first of the two says that the name of the command ends here: the `-up` of `confirm-sign-up`
# is part of it. It is compiled when it is used, as a sign-in that goes well has no use for it.
_COMMAND = (
    r"\bosdu-auth (?:account [a-z-]+|exec|groups|init|login|logout|request|sandbox|status"
    r"|token|verify|whoami)(?![\w-])(?! -p\b| --profile\b| --help\b)"
)


def commands_of_profile(text: str, name: str) -> str:
    """Return a text with a profile in the commands that it tells to type.

    Args:
        text: what a person is to be told.
        name: the profile, by a name that was checked.
    """
    return re.sub(_COMMAND, lambda command: f"{command[0]} -p {name}", text)
