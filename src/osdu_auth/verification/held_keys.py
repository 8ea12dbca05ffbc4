"""HeldKeys: an issuer's keys at hand, and how long they may be used without asking again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from osdu_auth.verification.key_set import KeySet
    from osdu_auth.verification.keys import VerificationKey


@dataclass(frozen=True, eq=False)
class HeldKeys:
    """A key set and its times, in seconds since 1970; replaced as a whole, never changed.

    Args:
        keys: the key set.
        fresh_from: before this the clock was set back, and the times mean nothing.
        fresh_until: from then on the issuer is asked again.
        good_until: from then on no key of it verifies anything.
    """

    keys: KeySet
    fresh_from: float = -math.inf
    fresh_until: float = math.inf
    good_until: float = math.inf

    def is_fresh(self, now: float) -> bool:
        """Say whether the issuer need not be asked."""
        return self.fresh_from <= now < self.fresh_until


class Keys(Protocol):
    """Where a verifier has its keys from."""

    @property
    def held(self) -> HeldKeys | None:
        """What is at hand; read for every token, so it costs an attribute."""

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key of an id, asking the issuer where that may help.

        Raises:
            KeysUnavailable: there are no keys to look among.
        """

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """As `find`, waiting without holding up the event loop."""


class FixedKeys:
    """Keys that were brought along and stay; the issuer is never asked.

    Args:
        keys: the key set.
    """

    def __init__(self, keys: KeySet) -> None:
        self.held = HeldKeys(keys)

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key of an id."""
        return self.held.keys.find(kid)

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """Return the key of an id."""
        return self.held.keys.find(kid)
