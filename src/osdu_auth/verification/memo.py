"""Memo: tokens that have been verified, so that their next use costs a digest and four comparisons.

The laws of this module:

- Only what has passed every check is remembered, so a flood of bad tokens finds no room here.
- A token is remembered by its SHA-256 and is not kept itself.
- Nothing is remembered for longer than it is true: time is compared at every use, and so is whether
  the key that signed is still at hand, of the issuer, and fresh.
- No lock: each step is one call that no other thread can divide, so a fork leaves nothing held.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.verification.claims.policy import IssuerPolicy
    from osdu_auth.verification.claims.verified_token import VerifiedToken
    from osdu_auth.verification.keys.issuer_keys import HeldKeys
    from osdu_auth.verification.keys.verification_key import VerificationKey

MEMO_SIZE = 4096


class MemoEntry:
    """A verified token and what its being good rests on.

    Args:
        token: the verified token.
        policy: what it was asked.
        key: what signed it.
        held: the keys at hand of which that was one.
        good_from: seconds since 1970, by the claims and the leeway.
        good_until: seconds since 1970, by the claims and the leeway.
    """

    __slots__ = ("good_from", "good_until", "held", "key", "policy", "token")

    def __init__(
        self,
        token: VerifiedToken,
        policy: IssuerPolicy,
        key: VerificationKey,
        held: HeldKeys | None,
        good_from: float,
        good_until: float,
    ) -> None:
        self.token = token
        self.policy = policy
        self.key = key
        self.held = held
        self.good_from = good_from
        self.good_until = good_until


class Memo:
    """Verified tokens by the digest of their text; the oldest make room.

    Args:
        size: how many; 0 to remember nothing.
    """

    def __init__(self, size: int = MEMO_SIZE) -> None:
        self.size = size
        self._entries: OrderedDict[bytes, MemoEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def recall(self, digest: bytes, now: float) -> MemoEntry | None:
        """Return what is known of a token if it is good now, None where it has to be verified."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        held = entry.policy.keys.held
        if (
            entry.good_from <= now < entry.good_until
            and held is not None
            and held.fresh_from <= now < held.fresh_until
            and (entry.held is held or self._renewed(entry, held))
        ):
            return entry
        if now >= entry.good_until:
            self.forget(digest)
        return None

    def remember(self, digest: bytes, entry: MemoEntry) -> None:
        """Keep a token that has just been verified."""
        self._entries[digest] = entry
        while len(self._entries) > self.size:
            with suppress(KeyError):  # others made room at the same time
                self._entries.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Forget a token."""
        self._entries.pop(digest, None)

    @staticmethod
    def _renewed(entry: MemoEntry, held: HeldKeys) -> bool:
        """Say whether the key is still one of the issuer's, now that its set was fetched anew."""
        if held.keys.find(entry.key.kid) != entry.key:
            return False
        entry.held = held
        return True
