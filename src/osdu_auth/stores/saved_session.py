"""SavedSession: what outlives a process, and the JSON object that it is kept as.

The law of this module: a later version may add members at the top of the object, and this one
takes them along. They stay with the session as long as its sign-in lasts, renewals included, and
are never shown, as their meaning is not known here. Members that are known are whole, or the object
is no session.
"""

from __future__ import annotations

import json
from sys import float_info
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.frozen import dataclass, field, replace
from osdu_auth.secret import Secret
from osdu_auth.tokens import RENEWAL_SHARE, TokenSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.errors import SessionEnded

# A generation that is further ahead of the clock than this is believed by no reader of a board.
FURTHEST_AHEAD = 300.0  # seconds

_TEXT, _NUMBER, _NONE = (str,), (int, float), (type(None),)
# The types of what is kept. Members that may be None may lack as well, but for those two that every
# version wrote. Four keep the names that they had when there were only user pools: "device" is the
# renewal data, "username" the account, "pool_and_client" the binding and "pool_address" the
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
_MAY_LACK = frozenset(name for name, kinds in _TYPES.items() if type(None) in kinds) - {
    "id_token",
    "refresh_token",
}


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
        account: who signed in, as typed.
        signed_in_at: when a person last signed in, in seconds since 1970.
        binding: what the session belongs to (`Credential.binding`).
        unknown: what a later version kept with this sign-in, as JSON; it comes along in renewals.
        subject: the issuer's own stable name of the user, which lasts as long as the sign-in; None
            for that of the tokens, as in the sessions of before it was kept.
        issuer_address: the address that issued it; None where it was not kept.
        renewal_data: as of `IssuedTokens`.
        generation: grows with each sign-in and renewal, also where a clock is set back: of two
            sessions of one user, that with the higher one is the newer.
        end_mark: that it can be renewed no more; None as long as it can. Two sessions are the same
            with it and without it.

    Raises:
        ValueError: the renewal data is no JSON object of texts.
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
            former: the session that it replaces; None where there is none.
            last_generation: of the sign-out before; 0 where that is not known.
        """
        last = max(last_generation, 0 if former is None else former.generation)
        if (
            last > (now + FURTHEST_AHEAD) * 1000
        ):  # of a clock that was set wrongly: none believes it
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
        """Return the session with newer tokens; those that name no subject keep the former one.

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
        """Whether it holds no secret besides the access token, which is good for an hour or so."""
        others = (self.tokens.refresh_token, self.tokens.id_token, self.renewal_data, self.unknown)
        return not any(others)

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
    """Return the session.

    Raises:
        ValueError, KeyError, TypeError: a member that is known lacks, or is of another kind.
    """
    kept = _checked(members)
    data, generation = kept["device"], kept["generation"]
    share = RENEWAL_SHARE if kept["renewal_share"] is None else kept["renewal_share"]
    if "" in (kept["subject"], kept["pool_address"]) or (generation is not None and generation < 1):
        raise ValueError("a member that says nothing")
    if not 0 <= share <= 1:
        raise ValueError("no part of a life")
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
    """Return what is known, of its kind; no error names a value, as it may be a secret."""
    kept = {}
    for name, kinds in _TYPES.items():
        value = kept[name] = members.get(name) if name in _MAY_LACK else members[name]
        if type(value) not in kinds:  # and not by `isinstance`: True would be a number
            raise TypeError(name)
        if isinstance(value, (int, float)) and not abs(value) <= float_info.max:  # as NaN is not
            raise ValueError(name)
    return kept


def _require_object_of_texts(renewal_data: Secret) -> None:
    try:
        data = json.loads(renewal_data.reveal())
    except ValueError:  # which holds the text
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
