"""An issuer's keys at hand: brought along, or fetched when needed and kept while it is silent.

The laws of this module:

- One fetch at a time, however many callers ask; and none within ten seconds of the last one's end,
  however many unknown ids come in. No memory is spent on an id that is not there.
- Keys are asked for again after an hour. While that fails the old ones serve, for a day at most.
- No caller whose key is at hand waits for a fetch, but the one that began it, for a second.
- A caller that names a key which is not there waits three seconds at most while others are at hand:
  a client that makes up ids while the issuer is slow must not keep a service's threads.
- A key that is missing because a fetch failed, or has not ended by then, leaves a token undecided;
  it is not refused.
- A fetch runs in a thread of its own, so that a caller can leave and no event loop stands. It keeps
  no process that ends (`osdu_auth.single_flight`).
"""

from __future__ import annotations

import math
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from weakref import WeakValueDictionary

from osdu_auth.backoff import Backoff
from osdu_auth.clocks import Clocks
from osdu_auth.errors import ConfigurationError, KeysUnavailable, OsduAuthError
from osdu_auth.single_flight import SingleFlight
from osdu_auth.verification.arguments import check_clock
from osdu_auth.verification.keys.algorithms import USUAL_ALGORITHMS, check_algorithms
from osdu_auth.verification.keys.key_copy import FetchedKeySet, SharedKeyCopy, folder_of
from osdu_auth.verification.keys.key_fetching import FETCH_DEADLINE, KeySetAddress, unavailable
from osdu_auth.verification.keys.key_set import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from typing_extensions import Self

    from osdu_auth.single_flight import Flight
    from osdu_auth.verification.keys.verification_key import VerificationKey

MAX_AGE = 3600.0  # seconds after which the issuer is asked again
HARD_STOP = 24 * 3600.0  # seconds after which keys are not used any more
PAUSE = 10.0  # seconds between two fetches

_PATIENCE_WITH_A_KEY = 1.0  # seconds
_PATIENCE_WITH_OTHER_KEYS = 3.0  # seconds
_PATIENCE = FETCH_DEADLINE + 15.0  # seconds; a shared copy may have to be waited for as well


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


class KeySource(Protocol):
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


class _LookUp(NamedTuple):
    """What looking at the keys at hand came to: an answer, or a fetch to wait for first."""

    key: VerificationKey | None
    flight: Flight[None] | None = None
    patience: float = 0.0


class IssuerKeys:
    """The keys of one issuer; one object serves all verifiers that are given it.

    Args:
        issuer: exactly as tokens name it.
        jwks_uri: its key set's URL; None to look it up in the issuer's OpenID metadata.
        algorithms: those that are allowed; each key is bound to one of them.
        preload: keys to begin with, as if they had just been fetched.
        shared_folder: a folder in which processes of this user share what they fetch.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: OA-C771 to OA-C773, OA-C776, OA-C777: one of these cannot be used.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks_uri: str | None = None,
        algorithms: Sequence[str] = USUAL_ALGORITHMS,
        preload: KeySet | None = None,
        shared_folder: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self._address = KeySetAddress(issuer, jwks_uri)
        self._algorithms = check_algorithms(algorithms)
        self._folder = folder_of(shared_folder)
        self._copy = SharedKeyCopy(self._folder, self._address) if self._folder else None
        self._clock = check_clock(clock)
        self._preloaded = preloaded(preload, clock())
        self.held: HeldKeys | None = self._preloaded
        self._of_others: dict[str, IssuerKeys] = {}
        self._flights: SingleFlight[None] = SingleFlight("osdu-auth key set", keeps_process=False)
        self._pause = Backoff(Clocks(clock, clock), PAUSE, PAUSE, spread=0.0)

    def of_issuer(self, issuer: str, jwks_uri: str) -> IssuerKeys:
        """Return the keys of another issuer of the same user pool; these, where it is this one.

        They are fetched from an address of their own and kept apart from these, under the same
        settings. What was preloaded serves both, since the caller said it of the pool. They are
        the same object each time, so that verifiers which are given these share those as well.

        Args:
            issuer: exactly as tokens name it.
            jwks_uri: its key set's URL.

        Raises:
            ConfigurationError: OA-C777: the address cannot be used.
        """
        if issuer == self.issuer:
            return self
        keys = IssuerKeys(
            issuer,
            jwks_uri=jwks_uri,
            algorithms=self._algorithms,
            shared_folder=self._folder,
            clock=self._clock,
        )
        keys.held = self._preloaded
        return self._of_others.setdefault(issuer, keys)

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key of an id, asking the issuer where that may help.

        Args:
            kid: the key's id; None for the only key of the set.

        Raises:
            KeysUnavailable: OA-N670 to OA-N675: there are no keys to look among.
        """
        look = self._look(kid)
        if look.flight is None:
            return look.key
        has_ended = look.flight.ends_within(look.patience)
        return self._at_hand(kid, has_ended=has_ended)

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """As `find`, waiting without holding up the event loop."""
        look = self._look(kid)
        if look.flight is None:
            return look.key
        has_ended = await look.flight.aends_within(look.patience)
        return self._at_hand(kid, has_ended=has_ended)

    def _look(self, kid: str | None) -> _LookUp:
        """Decide between the keys at hand and a fetch."""
        now = self._clock()
        held = self._good(now)
        key = held.keys.find(kid) if held else None
        if held and key and held.is_fresh(now):
            return _LookUp(key)
        if self._pause.left:
            return _LookUp(
                self._found(self._good(now), kid)
            )  # looked at again: a fetch may have ended
        flight, is_mine = self._flights.start(self._fetch_and_hold)
        if key:
            return _LookUp(key, flight, _PATIENCE_WITH_A_KEY) if is_mine else _LookUp(key)
        return _LookUp(None, flight, _PATIENCE_WITH_OTHER_KEYS if held else _PATIENCE)

    def _at_hand(self, kid: str | None, *, has_ended: bool) -> VerificationKey | None:
        """Return a key at hand after waiting for a fetch.

        Args:
            kid: the key's id.
            has_ended: whether the fetch had; asked before this, so that nothing is missed.
        """
        key = self._found(self._good(self._clock()), kid)
        if key is None and not has_ended:
            raise self._failure_again()
        return key

    def _found(self, held: HeldKeys | None, kid: str | None) -> VerificationKey | None:
        """Return a key at hand; where the last fetch failed, a missing one may yet be published."""
        key = held.keys.find(kid) if held else None
        if held is None or (key is None and self._pause.error is not None):
            raise self._failure_again()
        return key

    def _good(self, now: float) -> HeldKeys | None:
        """Return the keys at hand unless they are too old to be used at all."""
        held = self.held
        return held if held is not None and now < held.good_until else None

    def _fetch_and_hold(self) -> None:
        """Fetch, and hold what is good; one thread at a time is here."""
        if self._pause.left:
            return  # another thread was faster
        held, failure = None, None
        try:
            held = self._fetched()
        except KeysUnavailable as error:
            failure = error.with_traceback(None)
        except Exception as defect:  # noqa: BLE001 - those who wait must hear of it
            why = f"osdu-auth met something it has no answer for: {type(defect).__name__}."
            failure = unavailable(self.issuer, "OA-N674", why)
        # The keys before the pause: a caller that finds a pause looks at them once more.
        self.held = held or self._kept(self._clock())
        self._pause.begin(failure)

    def _kept(self, now: float) -> HeldKeys | None:
        """Return the keys of before, to be used until it is time to try again."""
        old = self._good(now)
        if old is None:
            return None
        return HeldKeys(old.keys, now, min(now + PAUSE, old.good_until), old.good_until)

    def _fetched(self) -> HeldKeys:
        """Return the keys that the issuer publishes, or that another process has just fetched."""
        if self._copy is None:
            return self._holding_fetched(self._fetch())
        copy = self._copy.read()
        if copy is None or not self._is_news(copy):
            copy = self._copy.fetch_once(self._fetch, self._is_news)
        return self._holding_fetched(copy)

    def _is_news(self, copy: FetchedKeySet) -> bool:
        """Say whether a shared copy is newer than what is at hand, fresh, and usable."""
        now = self._clock()
        ours = self.held.good_until - HARD_STOP if self.held else now - MAX_AGE
        if not max(ours, now - MAX_AGE) < copy.fetched_at <= now + PAUSE:
            return False
        try:
            KeySet.from_dict(copy.jwks, self._algorithms)
        except ConfigurationError:
            return False
        return True

    def _fetch(self) -> FetchedKeySet:
        return FetchedKeySet(self._address.fetch(), self._clock())

    def _holding_fetched(self, fetched: FetchedKeySet) -> HeldKeys:
        try:
            keys = KeySet.from_dict(fetched.jwks, self._algorithms)
        except ConfigurationError:
            why = "What it published holds no key that can be used to verify."
            raise unavailable(self.issuer, "OA-N672", why) from None
        return HeldKeys.since(keys, min(fetched.fetched_at, self._clock()))

    def _failure_again(self) -> OsduAuthError:
        """Return the last fetch's failure, as a new error for each who asks."""
        last = self._pause.error
        if not isinstance(last, KeysUnavailable):
            why = "They are too old to be used, or the fetch has not ended in time."
            return unavailable(self.issuer, "OA-N675", why)
        return unavailable(self.issuer, last.code, last.why)


def keys_of(issuer: str, keys: object) -> KeySource:
    """Return where keys come from, given what a verifier was told.

    Args:
        issuer: whose they have to be.
        keys: a `KeySet`, or the `IssuerKeys` of this issuer.

    Raises:
        ConfigurationError: OA-C776: they are another issuer's, or no typed keys.
    """
    if isinstance(keys, KeySet):
        return FixedKeys(keys)
    if isinstance(keys, IssuerKeys) and keys.issuer == issuer:
        return keys
    raise unusable_keys()


def unusable_keys() -> ConfigurationError:
    """Return the error of keys that a verifier cannot take: OA-C776."""
    return ConfigurationError(
        "Those are no keys of this issuer.",
        code="OA-C776",
        why="They are a KeySet, or the IssuerKeys of the very issuer; never text or bytes.",
        fix="Give them as in: keys=KeySet.from_file(PATH)",
    )


_shared: WeakValueDictionary[Hashable, IssuerKeys] = WeakValueDictionary()
_lock = threading.Lock()


def _after_fork() -> None:
    """Begin with no thread in here: the one that may have been is not in this process."""
    global _lock  # noqa: PLW0603 - a lock that another thread held cannot be released
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def shared_keys(
    issuer: str,
    *,
    jwks_uri: str | None,
    algorithms: tuple[str, ...],
    clock: Callable[[], float],
) -> IssuerKeys:
    """Return the keys that verifiers of an issuer share, made for the first of them.

    Args:
        issuer: exactly as tokens name it.
        jwks_uri: its key set's URL; None to look it up in the issuer's OpenID metadata.
        algorithms: those that are allowed; each key is bound to one of them.
        clock: seconds since 1970; whoever has another clock has keys of its own.

    Raises:
        ConfigurationError: OA-C777: the address cannot be used.
    """
    # The keys hold their clock, so while they are there no other object has its identity.
    alike = (issuer, jwks_uri, algorithms, id(clock))
    with _lock:
        keys = _shared.get(alike)
        if keys is None:
            keys = IssuerKeys(issuer, jwks_uri=jwks_uri, algorithms=algorithms, clock=clock)
            _shared[alike] = keys
        return keys
