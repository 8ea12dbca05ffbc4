"""The secrets of this test run, so that the output of every test can be searched for them.

Most secrets are found by their shape, as the sandbox makes them all in the same form. A test that
makes up a secret of another shape registers it.

The row H-01 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from osdu_auth.cognito.device import device_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

CANARIES: set[str] = set()

SHAPES = {
    "a user's password": r"Well-[A-Za-z0-9]{14}-7z",
    # No two letters five times in a row, as "sbsbsbsbsb" ends the parts of a pickle.
    "an app client's secret": r"(?<![A-Za-z0-9])(?![a-z0-9]*(?P<pair>[a-z0-9]{2})(?P=pair){4})"
    r"[a-z0-9]{51}(?![A-Za-z0-9])",
    "an access, id or refresh token": r"eyJ[\w-]{10,}(?:\.[\w-]{10,}){2,4}",
    "a sign-in's session": r"(?<![\w-])[\w-]{640}(?![\w-])",
    "an authenticator app's key": r"(?<![A-Z0-9])[A-Z2-7]{52}(?![A-Z0-9])",
    "a number of a password proof": r"(?<!\w)(?:\d{76,78}|\d{900,930})(?!\w)",
}
_ANY_SHAPE = re.compile("|".join(f"(?:{shape})" for shape in SHAPES.values()))
_LARGEST_FILE = 1024 * 1024


def register(*secrets: str) -> None:
    """Search for these secrets from now on."""
    CANARIES.update(secret for secret in secrets if secret)


def register_tokens(saved: SavedSession) -> None:
    """Search for each secret part of these tokens, and for the device's key and password."""
    tokens, device = saved.tokens, device_of(saved.renewal_data)
    kept = [tokens.access_token, tokens.id_token, tokens.refresh_token]
    if device is not None:
        kept += [device.key, device.password]
    for secret in filter(None, kept):
        # The first part of a token names an algorithm and a key, which are not secret.
        register(secret.reveal(), *(secret.reveal().split(".")[1:]))


def leaks(text: str) -> int:
    """Return how many registered secrets are in a text, without the secrets."""
    return sum(canary in text for canary in CANARIES) if text else 0


def shows_a_secret(text: str) -> bool:
    """Say whether a text contains a secret, registered or recognized by its form."""
    return bool(text) and (_ANY_SHAPE.search(text) is not None or leaks(text) > 0)


def open_files_with_secrets(folder: Path | str) -> Iterator[str]:
    """Yield the files in a folder that hold a secret and that other users can read."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            status = os.lstat(path)
            is_open = status.st_mode & 0o077 and os.path.isfile(path) and not os.path.islink(path)
            if not is_open or status.st_size > _LARGEST_FILE:
                continue
            with open(path, encoding="latin-1") as file:
                if shows_a_secret(file.read()):
                    yield path
