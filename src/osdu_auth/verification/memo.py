"""Memo: a cache of verified tokens. To find a token costs a digest and four comparisons.

Invariants:

- Only tokens that have passed every check are stored, so a flood of bad tokens uses no memory.
- A token is stored by its SHA-256; its text is not kept.
- Before each use of an entry, its times are compared with the clock, and the key that signed the
  token still has to be one of the issuer's fresh keys.
- No lock: each step is one atomic call, so a fork cannot leave a lock held.
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
    """A verified token, and the facts that make it valid.

    Args:
        token: the verified token.
        policy: the policy by which it was verified.
        key: the key that signed it.
        held: the issuer's keys that had this key.
        valid_from: the token is valid from this time, in seconds since 1970, leeway included.
        valid_until: the token is valid until this time, in seconds since 1970, leeway included.
    """

    __slots__ = ("held", "key", "policy", "token", "valid_from", "valid_until")

    def __init__(
        self,
        token: VerifiedToken,
        policy: IssuerPolicy,
        key: VerificationKey,
        held: HeldKeys | None,
        valid_from: float,
        valid_until: float,
    ) -> None:
        self.token = token
        self.policy = policy
        self.key = key
        self.held = held
        self.valid_from = valid_from
        self.valid_until = valid_until


class Memo:
    """Verified tokens by the digest of their text; the oldest are removed first.

    Args:
        size: how many; 0 to store none.
    """

    def __init__(self, size: int = MEMO_SIZE) -> None:
        self.size = size
        self._entries: OrderedDict[bytes, MemoEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, digest: bytes, now: float) -> MemoEntry | None:
        """Return a token's entry if it is valid now; None if the token has to be verified."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        held = entry.policy.keys.held
        if (
            entry.valid_from <= now < entry.valid_until
            and held is not None
            and held.fresh_from <= now < held.fresh_until
            and (entry.held is held or self._is_key_current(entry, held))
        ):
            return entry
        if now >= entry.valid_until:
            self.remove(digest)
        return None

    def store(self, digest: bytes, entry: MemoEntry) -> None:
        """Store a token that has just been verified."""
        self._entries[digest] = entry
        while len(self._entries) > self.size:
            with suppress(KeyError):  # another thread has removed the last one
                self._entries.popitem(last=False)

    def remove(self, digest: bytes) -> None:
        """Remove a token."""
        self._entries.pop(digest, None)

    @staticmethod
    def _is_key_current(entry: MemoEntry, held: HeldKeys) -> bool:
        """Say whether the key is still one of the issuer's, after its key set was fetched again."""
        if held.keys.find(entry.key.kid) != entry.key:
            return False
        entry.held = held
        return True
