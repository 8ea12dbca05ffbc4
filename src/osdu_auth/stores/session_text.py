"""Session text: a session as the lines of its file, and back.

The law of this module: what it reads is either the whole of what it once wrote, for this profile
and under this key, or it is refused. The readable lines are bound to the sealed one, so that none
can be changed or taken from elsewhere; only the settings line is free, as settings change without
the session.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from osdu_auth.secret import Secret
from osdu_auth.stores.hot import FORMAT_LINE, is_token
from osdu_auth.stores.token_store import SavedSession
from osdu_auth.tokens import Device, TokenSet

if TYPE_CHECKING:
    from osdu_auth.stores.sealing import Key

_FORMAT = FORMAT_LINE.rpartition(" ")[0] + " "
_VERSION = int(FORMAT_LINE.rpartition(" ")[2])
# Members of a token set that sessions of 0.1.0 do not have.
_LATER_MEMBERS = ("rotates", "clock_offset")
_WORDS = ("settings", "profile", "fresh-until", "expires", "access", "sealed")


class UnreadableSession(ValueError):
    """A text is no session of this profile; the message completes "it …"."""


class NewerSession(UnreadableSession):
    """A text is a session in a format of a newer version."""


@dataclass(frozen=True, repr=False)
class SessionText:
    """The lines of a session file, taken apart and not yet opened.

    Args:
        settings: the stamp of the settings it was written under.
        profile: the profile's name.
        fresh_until: as written, seconds since 1970.
        expires: as written, seconds since 1970.
        access: the access token.
        kind_of_key: which key seals the rest.
        sealed: base64url of nonce and ciphertext.
    """

    settings: str
    profile: str
    fresh_until: str
    expires: str
    access: str
    kind_of_key: str
    sealed: str

    def bound_lines(self) -> bytes:
        """What the sealed line is bound to: every other line but the settings'."""
        bound = (FORMAT_LINE, self.profile, self.fresh_until, self.expires, self.access)
        return "\n".join(bound).encode("ascii")

    def text(self) -> bytes:
        """The file's content."""
        values = (self.settings, self.profile, self.fresh_until, self.expires, self.access)
        lines = [f"{word} {value}" for word, value in zip(_WORDS, values, strict=False)]
        sealed = f"sealed {self.kind_of_key} {self.sealed}"
        return "\n".join([FORMAT_LINE, *lines, sealed, ""]).encode("ascii")


def read_lines(content: bytes, profile_name: str) -> SessionText:
    """Take a file's content apart.

    Raises:
        NewerSession: a newer version wrote it.
        UnreadableSession: it is not what this module writes for that profile.
    """
    _refuse_newer(content.partition(b"\n")[0])
    try:
        first, *lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise UnreadableSession("is not a session file") from None
    if first != FORMAT_LINE:
        raise UnreadableSession("is not a session file")
    if len(lines) != len(_WORDS) + 1 or lines[-1]:
        raise UnreadableSession("is cut short, or has more lines than a session file has")
    values = []
    for word, line in zip(_WORDS, lines, strict=False):
        found, _, value = line.partition(" ")
        if found != word or not value:
            raise UnreadableSession(f'has no line "{word}" where it belongs')
        values.append(value)
    settings, profile, fresh_until, expires, access, both = values
    kind_of_key, _, sealed = both.partition(" ")
    read = SessionText(settings, profile, fresh_until, expires, access, kind_of_key, sealed)
    if read.profile != profile_name:
        raise UnreadableSession("is the session of another profile")
    return read


def write_lines(session: SavedSession, profile_name: str, settings: str, key: Key) -> SessionText:
    """Turn a session into the lines of its file.

    Raises:
        UnreadableSession: the session could not be read back.
    """
    tokens = session.tokens
    times = (tokens.issued_at, tokens.expires_at, tokens.fresh_until, session.signed_in_at)
    if not all(map(math.isfinite, times)):
        raise UnreadableSession("has a time that is no number")
    # Written where it is used: no name in this frame holds the token in clear.
    if not is_token(tokens.access_token.reveal()):
        raise UnreadableSession("has an access token that is not one word of ASCII")
    open_lines = SessionText(
        settings=settings,
        profile=profile_name,
        fresh_until=repr(float(tokens.fresh_until)),
        expires=repr(float(tokens.expires_at)),
        access=tokens.access_token.reveal(),
        kind_of_key=key.kind,
        sealed="",
    )
    sealed = key.seal(_sealed_part(session), open_lines.bound_lines())
    return replace(open_lines, sealed=sealed)


def open_session(read: SessionText, key: Key) -> SavedSession:
    """Turn the lines of a file into the session.

    Raises:
        UnreadableSession: the key does not fit, or the lines do not belong together.
    """
    from osdu_auth.stores.sealing import WrongKey

    try:
        return _session(read, json.loads(key.open(read.sealed, read.bound_lines())))
    except WrongKey:
        raise UnreadableSession("was sealed with another key, or has been changed") from None
    except (ValueError, KeyError, TypeError):
        raise UnreadableSession("lacks a part that a session has") from None


def _refuse_newer(first_line: bytes) -> None:
    first = first_line[:80].decode("ascii", "replace")
    version = first.removeprefix(_FORMAT)
    if version != first and version.isdecimal() and int(version) > _VERSION:
        raise NewerSession("has a format of a newer version")


def _sealed_part(session: SavedSession) -> bytes:
    tokens = session.tokens
    part: dict[str, Any] = {
        "id_token": _revealed(tokens.id_token),
        "refresh_token": _revealed(tokens.refresh_token),
        "issued_at": tokens.issued_at,
        "username": session.username,
        "signed_in_at": session.signed_in_at,
        "pool_and_client": session.pool_and_client,
    }
    if tokens.device is not None:
        part["device"] = {
            "key": tokens.device.key.reveal(),
            "group_key": tokens.device.group_key.reveal(),
            "password": tokens.device.password.reveal(),
        }
    for name in _LATER_MEMBERS:
        if (value := getattr(tokens, name)) is not None:
            part[name] = value
    return json.dumps(part).encode("ascii")


def _session(read: SessionText, part: dict[str, Any]) -> SavedSession:
    return SavedSession(
        tokens=TokenSet(
            access_token=Secret(read.access),
            issued_at=part["issued_at"],
            expires_at=float(read.expires),
            id_token=_secret(part["id_token"]),
            refresh_token=_secret(part["refresh_token"]),
            device=_device(part.get("device")),
            **{name: part.get(name) for name in _LATER_MEMBERS},
        ),
        username=part["username"],
        signed_in_at=part["signed_in_at"],
        pool_and_client=part["pool_and_client"],
    )


def _device(part: dict[str, str] | None) -> Device | None:
    """Read the device, which sessions of pools that remember none, and of 0.1.0, do not have."""
    if part is None:
        return None
    return Device(Secret(part["key"]), Secret(part["group_key"]), Secret(part["password"]))


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
