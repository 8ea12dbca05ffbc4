"""SavedSession: what a store keeps of a session, and its JSON object.

A later version may add members to the object. This version keeps them with the session until the
next sign-in, also when it renews, and never shows them, as it does not know their meaning. If a
known member has a wrong type, the object is not a session.
"""

from __future__ import annotations

import json
from sys import float_info

from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.frozen import dataclass, field, replace
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.secret import Secret
from osdu_auth.tokens import RENEWAL_SHARE, TokenSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from osdu_auth.errors import SessionEnded

# The readers of a board refuse a generation that is further ahead of the clock than this.
FURTHEST_AHEAD = 300.0  # seconds

_TEXT, _NUMBER, _NONE = (str,), (int, float), (type(None),)
# The types of the members. A member that may be None may also be missing, except two that every
# version has written. Four have the names of version 0.1.0, which knew user pools only: "device" is
# the renewal data, "username" the account, "pool_and_client" the binding and "pool_address" the
# issuer's address.
_TYPES: Mapping[str, tuple[type, ...]] = {
    "access_token": _TEXT,
    "expires_at": _NUMBER,
    "id_token": _TEXT + _NONE,
    "refresh_token": _TEXT + _NONE,
    "issued_at": _NUMBER,
    "username": _TEXT,
    "signed_in_at": _NUMBER,
    "pool_and_client": _TEXT,
    "device": (dict, *_NONE),
    "rotates": (bool, *_NONE),
    "clock_offset": _NUMBER + _NONE,
    "subject": _TEXT + _NONE,
    "pool_address": _TEXT + _NONE,
    "generation": (int, *_NONE),
    "ended": (dict, *_NONE),
    "renewal_share": _NUMBER + _NONE,
}
_OPTIONAL = frozenset(name for name, kinds in _TYPES.items() if type(None) in kinds) - {
    "id_token",
    "refresh_token",
}


class EndMark(NamedTuple):
    """The mark of a session that the issuer refused to renew.

    Args:
        code: the stable code of the error.
        what: the error, as a sentence.
        why: the cause, if it is known.
        issued_at: when the tokens that could not be renewed were issued, in seconds since 1970. A
            version that does not know marks keeps the mark when it renews; this time then shows
            that the mark is not about the new tokens.
    """

    code: str
    what: str
    why: str
    issued_at: float


@dataclass(frozen=True)
class SavedSession:
    """What a store keeps of a session: the newest tokens, and where they came from.

    Args:
        tokens: the newest token set.
        account: the user's name, as typed at the sign-in.
        signed_in_at: when a person last signed in, in seconds since 1970.
        binding: what the session belongs to (`Credential.binding`).
        unknown: the members that only a later version knows, as a JSON object; renewals keep them.
        subject: the issuer's stable name of the user, which stays until the next sign-in; None to
            read it from the tokens, as for sessions of older versions.
        issuer_address: the address that issued it; None if it is not known.
        renewal_data: as for `IssuedTokens`.
        generation: grows with each sign-in and renewal, also if a clock is set back: of two
            sessions of one user, that with the higher generation is newer.
        end_mark: why it cannot be renewed any more; None while it can. It does not count when two
            sessions are compared.

    Raises:
        ValueError: the renewal data is not a JSON object of texts.
    """

    tokens: TokenSet
    account: str
    signed_in_at: float
    binding: str
    unknown: Secret | None = field(default=None, compare=False, repr=False)
    subject: str | None = None
    issuer_address: str | None = None
    renewal_data: Secret | None = None
    generation: int = 0
    end_mark: EndMark | None = field(default=None, compare=False)

    @classmethod
    def begun(
        cls,
        issued: IssuedTokens,
        binding: str,
        now: float,
        former: SavedSession | None,
        last_generation: int = 0,
    ) -> SavedSession:
        """Return the session that a sign-in begins.

        Args:
            issued: what the issuer gave.
            binding: what the session belongs to.
            now: seconds since 1970.
            former: the session that it replaces; None if there is none.
            last_generation: of the last sign-out; 0 if that is not known.
        """
        last = max(last_generation, 0 if former is None else former.generation)
        if last > (now + FURTHEST_AHEAD) * 1000:  # the clock was wrong then; boards refuse it
            last = 0
        return cls(
            issued.tokens,
            issued.account,
            now,
            binding,
            subject=issued.subject,
            issuer_address=issued.issuer_address,
            renewal_data=issued.renewal_data,
            generation=next_generation(last, now),
        )

    @property
    def issued(self) -> IssuedTokens:
        """The newest tokens, as the credential gave them."""
        return IssuedTokens(
            self.tokens, self.account, self.subject, self.issuer_address, self.renewal_data
        )

    def renewed(self, issued: IssuedTokens, now: float) -> SavedSession:
        """Return the session with newer tokens; if they have no subject, the former one stays.

        Args:
            issued: the newer tokens.
            now: seconds since 1970.
        """
        return replace(
            self,
            tokens=issued.tokens,
            subject=issued.subject or self.subject,
            issuer_address=issued.issuer_address,
            renewal_data=issued.renewal_data,
            generation=next_generation(self.generation, now),
            end_mark=None,
        )

    def __post_init__(self) -> None:
        if self.subject is None:
            object.__setattr__(self, "subject", self.tokens.unverified_subject)
        if self.renewal_data is not None:
            _require_object_of_texts(self.renewal_data)

    @property
    def is_access_token_alone(self) -> bool:
        """Whether it holds no secret besides the access token, which is good for about an hour."""
        others = (self.tokens.refresh_token, self.tokens.id_token, self.renewal_data, self.unknown)
        return not any(others)

    def marked(self, ended: SessionEnded) -> SavedSession:
        """Return the session, marked as ended."""
        mark = EndMark(ended.code, ended.what, ended.why, self.tokens.issued_at)
        return replace(self, end_mark=mark)

    def to_secret(self) -> Secret:
        """Return the session as one text, for stores that keep texts."""
        return Secret(json.dumps(members_of(self)))

    @classmethod
    def from_secret(cls, kept: Secret) -> SavedSession:
        """Return the session of a text that `to_secret` gave, of this version or another.

        Raises:
            ValueError: it is not such a text.
        """
        try:
            return session_of(json.loads(kept.reveal()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("this is not the text of a session") from None


def next_generation(former: int, now: float) -> int:
    """Return the generation after a former one: the milliseconds since 1970, or one more.

    Args:
        former: 0 if there was none.
        now: seconds since 1970.
    """
    return max(former + 1, int(now * 1000))


def members_of(session: SavedSession) -> dict[str, Any]:
    """Return the members of a session's JSON object; the values are in clear."""
    tokens, data = session.tokens, session.renewal_data
    known = {
        "access_token": tokens.access_token.reveal(),
        "expires_at": tokens.expires_at,
        "id_token": _revealed(tokens.id_token),
        "refresh_token": _revealed(tokens.refresh_token),
        "issued_at": tokens.issued_at,
        "username": session.account,
        "signed_in_at": session.signed_in_at,
        "pool_and_client": session.binding,
    }
    optional = {
        "device": None if data is None else json.loads(data.reveal()),
        "rotates": tokens.rotates,
        "clock_offset": tokens.clock_offset,
        "subject": session.subject,
        "pool_address": session.issuer_address,
        "generation": session.generation or None,
        "renewal_share": None if tokens.renewal_share == RENEWAL_SHARE else tokens.renewal_share,
        "ended": None if session.end_mark is None else session.end_mark._asdict(),
    }
    unknown = {} if session.unknown is None else json.loads(session.unknown.reveal())
    return {
        **unknown,
        **known,
        **{name: value for name, value in optional.items() if value is not None},
    }


def session_of(members: Mapping[str, Any]) -> SavedSession:
    """Return the session of a JSON object's members.

    Raises:
        ValueError, KeyError, TypeError: a known member is missing, or has a wrong type or value.
    """
    kept = _checked(members)
    data, generation = kept["device"], kept["generation"]
    share = RENEWAL_SHARE if kept["renewal_share"] is None else kept["renewal_share"]
    if "" in (kept["subject"], kept["pool_address"]) or (generation is not None and generation < 1):
        raise ValueError("an empty member")
    if not 0 <= share <= 1:
        raise ValueError("renewal_share")
    unknown = {name: value for name, value in members.items() if name not in _TYPES}
    return SavedSession(
        tokens=TokenSet(
            access_token=Secret(kept["access_token"]),
            issued_at=kept["issued_at"],
            expires_at=kept["expires_at"],
            id_token=_secret(kept["id_token"]),
            refresh_token=_secret(kept["refresh_token"]),
            rotates=kept["rotates"],
            clock_offset=kept["clock_offset"],
            renewal_share=share,
        ),
        account=kept["username"],
        signed_in_at=kept["signed_in_at"],
        binding=kept["pool_and_client"],
        unknown=Secret(json.dumps(unknown)) if unknown else None,
        subject=kept["subject"],
        issuer_address=kept["pool_address"],
        renewal_data=None if data is None else Secret(json.dumps(data)),
        generation=0 if generation is None else generation,
        end_mark=_end_mark(kept["ended"], kept["issued_at"]),
    )


def _checked(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known members, with checked types; no error shows a value, as it may be secret."""
    kept = {}
    for name, kinds in _TYPES.items():
        value = kept[name] = members.get(name) if name in _OPTIONAL else members[name]
        if type(value) not in kinds:  # `isinstance` would accept True as a number
            raise TypeError(name)
        if isinstance(value, (int, float)) and not abs(value) <= float_info.max:  # False for NaN
            raise ValueError(name)
    return kept


def _require_object_of_texts(renewal_data: Secret) -> None:
    try:
        data = json.loads(renewal_data.reveal())
    except ValueError:  # not raised further, as it has the text
        data = None
    if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
        raise ValueError("renewal data is a JSON object of texts")


def _end_mark(part: Mapping[str, Any] | None, issued_at: float) -> EndMark | None:
    if part is None or part["issued_at"] != issued_at:
        return None
    if not all(isinstance(part[name], str) for name in ("code", "what", "why")):
        raise TypeError("ended")
    return EndMark(part["code"], part["what"], part["why"], issued_at)


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
