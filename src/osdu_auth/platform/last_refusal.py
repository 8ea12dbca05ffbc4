"""The last refusal, which `osdu-auth why` explains when it is given no request.

Each profile has a private file for it in the state folder, with what the platform said: no token,
no body and no query of a request.
"""

from __future__ import annotations

import json
import time
from typing import NamedTuple

from osdu_auth.places import state_directory
from osdu_auth.platform.answers import Author, PlatformAnswer
from osdu_auth.private_files import PrivateFolder

_VERSION = 1
_LARGEST = 16 * 1024  # bytes


class LastRefusal(NamedTuple):
    """The last refusal of a profile's platform.

    Args:
        answer: what the platform said.
        at: the time, in seconds since 1970.
    """

    answer: PlatformAnswer
    at: float


def _name(profile_name: str) -> str:
    return f"{profile_name}.refusal"


def keep_refusal(profile_name: str, answer: PlatformAnswer) -> None:
    """Save an answer for `osdu-auth why`; an error of the file system is ignored."""
    kept = {
        "version": _VERSION,
        "at": time.time(),
        **answer._asdict(),
        "author": answer.author.name,
    }
    try:
        with PrivateFolder(state_directory(), make=True) as folder:
            folder.replace(_name(profile_name), json.dumps(kept).encode("utf-8"))
    except OSError:
        return


def last_refusal(profile_name: str) -> LastRefusal | None:
    """Return the answer that was saved last; None where there is none, or it cannot be read."""
    try:
        with PrivateFolder(state_directory()) as folder:
            content = folder.read(_name(profile_name))
        if content is None or len(content) > _LARGEST:
            return None
        kept = json.loads(content)
        if kept.pop("version") != _VERSION:
            return None
        at = float(kept.pop("at"))
        answer = PlatformAnswer(**{**kept, "author": Author[kept["author"]]})
        if not isinstance(answer.status, int):
            return None
        texts = answer[2:]
        return LastRefusal(answer, at) if all(isinstance(text, str) for text in texts) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def forget_refusal(profile_name: str) -> None:
    """Delete the last refusal, as the user signed out or the profile was deleted."""
    try:
        with PrivateFolder(state_directory()) as folder:
            folder.remove(_name(profile_name))
    except OSError:
        return
