"""The variables of the command that `osdu-auth exec` runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.fixes import TOKEN_FILE
from osdu_auth.profiles.commands import SECRET_VARIABLES
from osdu_auth.profiles.finding import VARIABLE
from osdu_auth.profiles.references import is_reference, variables_of

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.secret import Secret


def variables(profile: AnyProfile, token_path: str, env_token: Secret | None) -> dict[str, str]:
    """Return the command's environment: this one's, with everything about OSDU from the profile.

    What the profile does not set is taken out: a value from elsewhere, such as another profile's
    OSDU_URL, would send this profile's token there. So are the variables that hold a client secret:
    the command is served by the token file, and `exec` alone renews.

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
    withheld = variables_of(profile.get("client_secret")) | variables_of(profile.get("client_key"))
    inherited = {
        name: text
        for name, text in os.environ.items()
        if name not in withheld and not _is_secret(name, text)
    }
    set_here = {name: text for name, text in ours.items() if text is not None}
    return {name: text for name, text in inherited.items() if name not in ours} | set_here


def _is_secret(name: str, text: str) -> bool:
    return name in SECRET_VARIABLES and not is_reference(text)
