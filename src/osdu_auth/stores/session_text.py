"""Session text: a session as the lines of its file, and back.

Invariant: a file is accepted only if it is complete, of this profile and sealed with this key. The
sealed line authenticates the readable lines, so none of them can be changed or replaced. Only the
settings line is not authenticated, as the settings may change without the session. A version that
changes or adds a line gives the format a new number, and older versions do not touch its files; it
may add members to the sealed part under the same number (`osdu_auth.stores.saved_session`).
"""

from __future__ import annotations

import json

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.private_files import LARGEST_FILE
from osdu_auth.stores.fast_path import FORMAT_LINE, is_token
from osdu_auth.stores.saved_session import members_of, session_of
from osdu_auth.stores.sealing import NO_KEY, WrongKey

if TYPE_CHECKING:
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.sealing import Key

_FORMAT = FORMAT_LINE.rpartition(" ")[0] + " "
_INFINITE = float("inf")
_VERSION = int(FORMAT_LINE.rpartition(" ")[2])
# Members of a session that have their own lines, in clear.
_READABLE = ("access_token", "expires_at")
_LINE_NAMES = ("settings", "profile", "fresh-until", "expires", "access", "sealed")


class UnreadableSession(ValueError):
    """A text is not a session of this profile; the message continues a sentence, "Its file …"."""


class NewerSession(UnreadableSession):
    """A text is a session in a format of a newer version."""


class SessionText(NamedTuple):
    """The parsed lines of a session file, whose sealed part is not opened yet.

    Args:
        settings: the fingerprint of the settings it was written under.
        profile: the profile's name.
        fresh_until: the text of a number, seconds since 1970.
        expires: the text of a number, seconds since 1970.
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

    def __repr__(self) -> str:
        return f"SessionText({self.profile!r})"

    def authenticated_lines(self) -> bytes:
        """The lines that the sealed line authenticates: all but the settings line."""
        lines = (FORMAT_LINE, self.profile, self.fresh_until, self.expires, self.access)
        return "\n".join(lines).encode("ascii")

    def text(self) -> bytes:
        """The file's content."""
        values = (self.settings, self.profile, self.fresh_until, self.expires, self.access)
        lines = [f"{word} {value}" for word, value in zip(_LINE_NAMES, values, strict=False)]
        sealed = f"sealed {self.kind_of_key} {self.sealed}"
        return "\n".join([FORMAT_LINE, *lines, sealed, ""]).encode("ascii")


def parse_lines(content: bytes, profile_name: str) -> SessionText:
    """Parse a file's content.

    Raises:
        NewerSession: a newer version wrote it.
        UnreadableSession: it is not a session file of that profile.
    """
    _refuse_newer(content.partition(b"\n")[0])
    try:
        first, *lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise UnreadableSession("is not a session file") from None
    if first != FORMAT_LINE:
        raise UnreadableSession("is not a session file")
    if len(lines) != len(_LINE_NAMES) + 1 or lines[-1]:
        raise UnreadableSession("is cut short, or has more lines than a session file has")
    values = []
    for word, line in zip(_LINE_NAMES, lines, strict=False):
        found, _, value = line.partition(" ")
        if found != word or not value:
            raise UnreadableSession(f'has no line "{word}" in its place')
        values.append(value)
    settings, profile, fresh_until, expires, access, both = values
    kind_of_key, _, sealed = both.partition(" ")
    read = SessionText(settings, profile, fresh_until, expires, access, kind_of_key, sealed)
    if read.profile != profile_name:
        raise UnreadableSession("is the session of another profile")
    return read


def lines_of(session: SavedSession, profile_name: str, settings: str, key: Key) -> SessionText:
    """Return the lines of a session's file.

    Raises:
        UnreadableSession: the session could not be read again.
    """
    tokens = session.tokens
    times = (tokens.issued_at, tokens.expires_at, tokens.fresh_until, session.signed_in_at)
    if not all(abs(each) < _INFINITE for each in times):
        raise UnreadableSession("has a time that is not a number")
    # `reveal` is called in the expression, so that no local variable of this frame has the token.
    if not is_token(tokens.access_token.reveal()):
        raise UnreadableSession("has an access token that is not one word of ASCII")
    open_lines = SessionText(
        settings=settings,
        profile=profile_name,
        # 0 for a session that has ended, so that the fast path does not give its token out.
        fresh_until=repr(float(tokens.fresh_until if session.end_mark is None else 0)),
        expires=repr(float(tokens.expires_at)),
        access=tokens.access_token.reveal(),
        kind_of_key=key.kind,
        sealed="",
    )
    # Also in one expression, as the part is in clear before it is sealed.
    sealed = key.seal(
        json.dumps({k: v for k, v in members_of(session).items() if k not in _READABLE}).encode(),
        open_lines.authenticated_lines(),
    )
    lines = open_lines._replace(sealed=sealed)
    if len(lines.text()) > LARGEST_FILE:
        raise UnreadableSession("is larger than 16 MiB")
    return lines


def open_session(read: SessionText, key: Key) -> SavedSession:
    """Return the session of a file's lines.

    Raises:
        UnreadableSession: the key does not fit, or a line was changed.
    """
    try:
        lines = {"access_token": read.access, "expires_at": float(read.expires)}
        session = session_of(
            {**json.loads(key.open(read.sealed, read.authenticated_lines())), **lines}
        )
    except WrongKey:
        raise UnreadableSession("was sealed with another key, or has been changed") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableSession("lacks a part that a session has") from None
    if key is NO_KEY and not session.is_access_token_alone:
        raise UnreadableSession("has a part that is not sealed, and has to be")
    return session


def _refuse_newer(first_line: bytes) -> None:
    first = first_line[:80].decode("ascii", "replace")
    version = first.removeprefix(_FORMAT)
    if version != first and version.isdecimal() and int(version) > _VERSION:
        raise NewerSession("has a format of a newer version")
