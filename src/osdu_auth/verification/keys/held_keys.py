"""HeldKeys: an issuer's keys at hand, and how long they may be used without asking again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.keys.key_set import KeySet

if TYPE_CHECKING:
    from typing_extensions import Self

    from osdu_auth.verification.keys.verification_key import VerificationKey

MAX_AGE = 3600.0  # seconds after which the issuer is asked again
HARD_STOP = 24 * 3600.0  # seconds after which keys are not used any more


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

    @classmethod
    def since(cls, keys: KeySet, fetched_at: float) -> Self:
        """Return a key set with the times that follow from when it was fetched."""
        return cls(keys, fetched_at, fetched_at + MAX_AGE, fetched_at + HARD_STOP)

    def is_fresh(self, now: float) -> bool:
        """Say whether the issuer need not be asked."""
        return self.fresh_from <= now < self.fresh_until


def preloaded(keys: KeySet | None, now: float) -> HeldKeys | None:
    """Return keys that are brought along to begin with, as if they had just been fetched.

    Raises:
        ConfigurationError: OA-C776: they are no `KeySet`.
    """
    given: object = keys
    if given is None:
        return None
    if isinstance(given, KeySet):
        return HeldKeys.since(given, now)
    raise ConfigurationError(
        "Those are no keys to begin with.",
        code="OA-C776",
        why="What is preloaded is a KeySet.",
        fix="Give it as in: preload=KeySet.from_file(PATH)",
    )


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
