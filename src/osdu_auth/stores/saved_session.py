"""SavedSession: what outlives a process, and the JSON object that it is kept as.

The law of this module: a later version may add members at the top of the object, and this one
takes them along. They stay with the session as long as its sign-in lasts, renewals included, and
are never shown, as their meaning is not known here. Members that are known are whole, or the object
is no session.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.secret import Secret
from osdu_auth.tokens import Device, TokenSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.errors import SessionEnded

# Members that sessions of pools which remember no devices, or of earlier versions, do not have.
_OPTIONAL = (
    *("device", "rotates", "clock_offset"),
    *("subject", "pool_address", "generation", "ended"),
)
_KNOWN = frozenset(
    [
        *("access_token", "expires_at", "id_token", "refresh_token", "issued_at", *_OPTIONAL),
        *("username", "signed_in_at", "pool_and_client"),
    ]
)


class EndMark(NamedTuple):
    """That the issuer refused to renew a session, and why.

    Args:
        code: the stable code of the refusal's error.
        what: its sentence.
        why: what is known of the cause.
        issued_at: when the tokens came that could not be renewed, in seconds since 1970: a version
            that does not know of marks takes this one along when it renews.
    """

    code: str
    what: str
    why: str
    issued_at: float


@dataclass(frozen=True)
class SavedSession:
    """What outlives a process: the newest tokens, and how they came to be.

    Args:
        tokens: the newest token set.
        username: who signed in, as typed.
        signed_in_at: when a person last signed in, in seconds since 1970.
        pool_and_client: what the session belongs to (`Profile.binding`).
        unknown: what a later version kept with this sign-in, as JSON; it comes along in renewals.
        subject: the issuer's own stable name of the user, which lasts as long as the sign-in; None
            for that of the tokens, as in the sessions of before it was kept.
        pool_address: the address of the user pool's API that issued it; None where it was not kept.
        generation: grows with each sign-in and renewal, also where a clock is set back: of two
            sessions of one user, that with the higher one is the newer.
        end_mark: that it can be renewed no more; None as long as it can. Two sessions are the same
            with it and without it.
    """

    tokens: TokenSet
    username: str
    signed_in_at: float
    pool_and_client: str
    unknown: Secret | None = field(default=None, compare=False, repr=False)
    subject: str | None = None
    pool_address: str | None = None
    generation: int = 0
    end_mark: EndMark | None = field(default=None, compare=False)

    @classmethod
    def begun(
        cls, issued: IssuedTokens, binding: str, now: float, former: SavedSession | None
    ) -> SavedSession:
        """Return the session that a sign-in begins.

        Args:
            issued: what the issuer gave.
            binding: what the session belongs to.
            now: seconds since 1970.
            former: the session that it replaces; None where there is none.
        """
        return cls(
            issued.tokens,
            issued.account,
            now,
            binding,
            subject=issued.subject,
            pool_address=issued.issuer_address,
            generation=next_generation(0 if former is None else former.generation, now),
        )

    @property
    def issued(self) -> IssuedTokens:
        """The newest tokens, as the credential gave them."""
        return IssuedTokens(self.tokens, self.username, self.subject, self.pool_address)

    def renewed(self, issued: IssuedTokens, now: float) -> SavedSession:
        """Return the session with newer tokens; those that name no subject keep the former one.

        Args:
            issued: the newer tokens.
            now: seconds since 1970.
        """
        return replace(
            self,
            tokens=issued.tokens,
            subject=issued.subject or self.subject,
            pool_address=issued.issuer_address,
            generation=next_generation(self.generation, now),
            end_mark=None,
        )

    def __post_init__(self) -> None:
        if self.subject is None:
            object.__setattr__(self, "subject", self.tokens.unverified_subject)

    def marked(self, ended: SessionEnded) -> SavedSession:
        """Return the session with the mark that it ended, and why."""
        mark = EndMark(ended.code, ended.what, ended.why, self.tokens.issued_at)
        return replace(self, end_mark=mark)

    def to_secret(self) -> Secret:
        """Return all that is to be kept as one text, for stores that keep texts."""
        return Secret(json.dumps(members(self)))

    @classmethod
    def from_secret(cls, kept: Secret) -> SavedSession:
        """Return the session of a text that `to_secret` gave, of this version or another.

        Raises:
            ValueError: it is no such text.
        """
        try:
            return session_of(json.loads(kept.reveal()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("this is not the text of a session") from None


def next_generation(former: int, now: float) -> int:
    """Return the generation after a former one: the milliseconds since 1970, or one more.

    Args:
        former: 0 where there was none.
        now: seconds since 1970.
    """
    return max(former + 1, int(now * 1000))


def members(session: SavedSession) -> dict[str, Any]:
    """Return all that is kept of a session; the values are in clear."""
    tokens = session.tokens
    known = {
        "access_token": tokens.access_token.reveal(),
        "expires_at": tokens.expires_at,
        "id_token": _revealed(tokens.id_token),
        "refresh_token": _revealed(tokens.refresh_token),
        "issued_at": tokens.issued_at,
        "username": session.username,
        "signed_in_at": session.signed_in_at,
        "pool_and_client": session.pool_and_client,
    }
    optional = {
        "device": _device_members(tokens.device),
        "rotates": tokens.rotates,
        "clock_offset": tokens.clock_offset,
        "subject": session.subject,
        "pool_address": session.pool_address,
        "generation": session.generation or None,
        "ended": None if session.end_mark is None else session.end_mark._asdict(),
    }
    unknown = {} if session.unknown is None else json.loads(session.unknown.reveal())
    return {
        **unknown,
        **known,
        **{name: value for name, value in optional.items() if value is not None},
    }


def session_of(members: Mapping[str, Any]) -> SavedSession:
    """Return the session.

    Raises:
        ValueError, KeyError, TypeError: a member that is known lacks, or is of another kind.
    """
    unknown = {name: value for name, value in members.items() if name not in _KNOWN}
    rotates, clock_offset = members.get("rotates"), members.get("clock_offset")
    return SavedSession(
        tokens=TokenSet(
            access_token=Secret(members["access_token"]),
            issued_at=_number(members["issued_at"]),
            expires_at=_number(members["expires_at"]),
            id_token=_secret(members["id_token"]),
            refresh_token=_secret(members["refresh_token"]),
            device=_device(members.get("device")),
            rotates=None if rotates is None else _truth(rotates),
            clock_offset=None if clock_offset is None else _number(clock_offset),
        ),
        username=_text(members["username"]),
        signed_in_at=_number(members["signed_in_at"]),
        pool_and_client=_text(members["pool_and_client"]),
        unknown=Secret(json.dumps(unknown)) if unknown else None,
        subject=_optional_text(members.get("subject")),
        pool_address=_optional_text(members.get("pool_address")),
        generation=_count(members.get("generation")),
        end_mark=_end_mark(members.get("ended"), members["issued_at"]),
    )


def _device_members(device: Device | None) -> dict[str, str] | None:
    if device is None:
        return None
    return {
        "key": device.key.reveal(),
        "group_key": device.group_key.reveal(),
        "password": device.password.reveal(),
    }


def _device(part: Mapping[str, str] | None) -> Device | None:
    if part is None:
        return None
    return Device(Secret(part["key"]), Secret(part["group_key"]), Secret(part["password"]))


def _end_mark(part: Mapping[str, Any] | None, issued_at: float) -> EndMark | None:
    if part is None or part["issued_at"] != issued_at:
        return None
    return EndMark(_text(part["code"]), _text(part["what"]), _text(part["why"]), issued_at)


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)


# What is wrong is never in an error's text: it may be a secret in the wrong place.


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError("not a number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _optional_text(value: object) -> str | None:
    if value == "":
        raise ValueError("an empty text")
    return None if value is None else _text(value)


def _count(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TypeError("not a count")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value
