"""SharedToken: the token that a publisher gives to its workers, and how it is sealed.

It is sealed by AES-256-GCM, as a saved session is (`osdu_auth.stores.sealing`), and bound to the
clear part of the line: without the board key, profile, generation and end cannot be changed.

Its members are a closed list. A newer version writes a text with another member, which is
refused. No member names a host, a file or a command.
"""

from __future__ import annotations

import json
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.fleet.board import NewerPosted, NotPosted, Posted, parse_posted
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.stores.sealing import Key

_MEMBERS = frozenset({"access_token", "issued_at", "expires_at", "subject"})


class SharedToken(NamedTuple):
    """The token that a publisher gives to its workers, or the sign-out.

    Args:
        profile: a digest of the settings of the profile that the token is for.
        generation: grows with each token; milliseconds since 1970.
        access_token: the token; None once the user has signed out.
        issued_at: when it was received, in seconds since 1970.
        expires_at: when the token ends, or when the sign-out may be removed from the board.
        subject: the issuer's stable id of the user.
    """

    profile: str
    generation: int
    access_token: Secret | None
    issued_at: float
    expires_at: float
    subject: str

    def sealed(self, key: Key) -> Posted:
        """Return it as it is put on a board."""
        token = self.access_token
        posted = Posted(self.profile, self.generation, int(self.expires_at * 1000), "")
        # In one expression: no name of this frame holds the token in clear.
        text = key.seal(
            json.dumps(
                {
                    "access_token": None if token is None else token.reveal(),
                    "issued_at": self.issued_at,
                    "expires_at": self.expires_at,
                    "subject": self.subject,
                }
            ).encode(),
            posted.clear_part.encode(),
        )
        return posted._replace(sealed=text)


def profile_digest(binding: str) -> str:
    """Return a digest of those settings of a profile that change its token, for a board."""
    return sha256(binding.encode()).hexdigest()[:16]


def opened(text: str, key: Key) -> SharedToken:
    """Return the shared token in a sealed text.

    Raises:
        NewerPosted: a newer version wrote it.
        NotPosted: it was not sealed with this key, or has been changed.
    """
    from osdu_auth.stores.sealing import WrongKey

    posted = parse_posted(text)
    try:
        members = json.loads(key.open(posted.sealed, posted.clear_part.encode()))
    except (WrongKey, ValueError):
        raise NotPosted("was not sealed with this board key, or has been changed") from None
    if set(members) - _MEMBERS:
        raise NewerPosted("was put there by a newer version of osdu-auth")
    try:
        token, issued_at, expires_at, subject = (
            members[name] for name in ("access_token", "issued_at", "expires_at", "subject")
        )
        begin, end = float(issued_at), float(expires_at)
        is_whole = isinstance(subject, str) and isinstance(token, (str, type(None)))
        if not is_whole or not (isfinite(begin) and isfinite(end)):
            raise NotPosted("lacks a member that a shared token has")
    except (KeyError, TypeError, ValueError):
        raise NotPosted("lacks a member that a shared token has") from None
    secret = None if token is None else Secret(token)
    return SharedToken(posted.profile, posted.generation, secret, begin, end, subject)
