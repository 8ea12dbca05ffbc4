"""The variables of the command that `osdu-auth exec` runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.fixes import TOKEN_FILE
from osdu_auth.profiles.commands import SECRET_VARIABLES
from osdu_auth.profiles.references import is_reference, variables_of
from osdu_auth.profiles.resolve import VARIABLE

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.secret import Secret


# The variables that say where the board key and the password of a board are.
_OF_BOARDS = ("OSDU_AUTH_BOARD_KEY", "OSDU_AUTH_BOARD_PASSWORD")


def variables(profile: AnyProfile, token_path: str, env_token: Secret | None) -> dict[str, str]:
    """Return the command's environment: this one's, with everything about OSDU from the profile.

    What the profile does not set is taken out: a value from elsewhere, such as another profile's
    OSDU_URL, would send this profile's token there. So are the variables that hold a client secret,
    a board key or a board's password: the command is served by the token file, and `exec` alone
    renews.

    Args:
        profile: whose platform and data partition they name.
        token_path: where the token file lies.
        env_token: a token that the command asked to have as a variable; None where it did not.
    """
    ours = {
        "OSDU_URL": profile.platform_url,
        "OSDU_DATA_PARTITION_ID": profile.data_partition_id,
        TOKEN_FILE: token_path,
        VARIABLE: profile.name,
        "OSDU_ACCESS_TOKEN": None if env_token is None else env_token.reveal(),
    }
    references = [
        profile.get("client_secret"),
        profile.get("client_key"),
        *map(os.environ.get, _OF_BOARDS),
    ]
    withheld = frozenset().union(*map(variables_of, references))
    inherited = {
        name: text
        for name, text in os.environ.items()
        if name not in withheld and not _is_secret(name, text)
    }
    set_here = {name: text for name, text in ours.items() if text is not None}
    return {name: text for name, text in inherited.items() if name not in ours} | set_here


def _is_secret(name: str, text: str) -> bool:
    return name in SECRET_VARIABLES and not is_reference(text)
