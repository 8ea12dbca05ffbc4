"""What can be typed next by a person who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.fixes import Blank, Fix, Run

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile

# What a profile needs besides a sign-in for calls of OSDU.
_FOR_CALLS = {
    "platform_url": ("--platform-url", Blank("https://YOUR-OSDU-HOST")),
    "data_partition_id": ("--data-partition-id", Blank("ID")),
}


def after_sign_in(profile: AnyProfile) -> Fix:
    """Return the commands that work now, and what the profile lacks for those that do not.

    Args:
        profile: that was signed in with.
    """
    lacking = [
        word
        for setting, words in _FOR_CALLS.items()
        if profile.get(setting) is None
        for word in words
    ]
    if not lacking:
        return Run("token") + ", or " + Run("groups")
    init = Run("init", *lacking, profile=profile.name)
    return Run("token") + "; before calls of OSDU: " + init
