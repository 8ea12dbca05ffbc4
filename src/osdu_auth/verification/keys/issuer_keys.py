"""An issuer's held keys: given by the caller, or fetched when needed and kept during an outage.

Rules of this module:

- One fetch at a time, for any number of callers; no fetch within ten seconds after the end of the
  last fetch, for any number of unknown key ids. Nothing is stored for an unknown key id.
- Keys are fetched again after an hour. While that fails the old keys are used, for a day at most.
- A caller whose key is held does not wait for a fetch; only the caller that started it waits, for
  one second.
- A caller whose key is not held waits three seconds at most while other keys are held: a client
  that invents key ids while the issuer is slow must not block a service's threads.
- If a key is missing because a fetch failed, or has not ended in time, the token is neither
  accepted nor refused (`KeysUnavailable`).
- A fetch runs in its own thread, so a caller can stop waiting and no event loop is blocked. The
  thread does not keep a process from ending (`osdu_auth.single_flight`).
- All verifiers of a process that would fetch the same keys share one `IssuerKeys` (`shared_keys`),
  so that the ten seconds are counted once for the process. It is deleted with the last verifier.
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

    from osdu_auth.single_flight import SharedCall
    from osdu_auth.verification.keys.verification_key import VerificationKey

FRESH_FOR = 3600.0  # seconds after which the issuer is asked again
USABLE_FOR = 24 * 3600.0  # seconds after which keys are not used any more
PAUSE = 10.0  # seconds between two fetches

_PATIENCE_WITH_A_KEY = 1.0  # seconds
_PATIENCE_WITH_OTHER_KEYS = 3.0  # seconds
_PATIENCE = FETCH_DEADLINE + 15.0  # seconds; a shared copy may have to be waited for as well


@dataclass(frozen=True, eq=False)
class HeldKeys:
    """A key set and its times, in seconds since 1970; replaced as a whole, never changed.

    Args:
        keys: the key set.
        fresh_from: from this time on the keys are fresh; an earlier time means that the clock was
            set back.
        fresh_until: from this time on the issuer is asked again.
        usable_until: from this time on the keys are not used.
    """

    keys: KeySet
    fresh_from: float = -math.inf
    fresh_until: float = math.inf
    usable_until: float = math.inf

    @classmethod
    def since(cls, keys: KeySet, fetched_at: float) -> Self:
        """Return a key set with its times, calculated from the time of the fetch."""
        return cls(keys, fetched_at, fetched_at + FRESH_FOR, fetched_at + USABLE_FOR)

    def is_fresh(self, now: float) -> bool:
        """Say whether the keys can be used without a new fetch."""
        return self.fresh_from <= now < self.fresh_until


def preloaded(keys: KeySet | None, now: float) -> HeldKeys | None:
    """Return the caller's first keys as held keys, which count as just fetched.

    Raises:
        ConfigurationError: OA-C776: they are not a `KeySet`.
    """
    given: object = keys
    if given is None:
        return None
    if isinstance(given, KeySet):
        return HeldKeys.since(given, now)
    raise ConfigurationError(
        "The value of preload is not a key set.",
        code="OA-C776",
        why="It has to be a KeySet.",
        fix="Write it as in this example: preload=KeySet.from_file(PATH)",
    )


class KeySource(Protocol):
    """The source of a verifier's keys."""

    @property
    def held(self) -> HeldKeys | None:
        """The held keys; they are read for every token, so this has to be an attribute."""

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key with an id; ask the issuer if it is not held.

        Raises:
            KeysUnavailable: there are no usable keys.
        """

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """Do what `find` does, without blocking the event loop."""


class FixedKeys:
    """Keys that the caller has given; the issuer is never asked.

    Args:
        keys: the key set.
    """

    def __init__(self, keys: KeySet) -> None:
        self.held = HeldKeys(keys)

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key with an id."""
        return self.held.keys.find(kid)

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """Return the key with an id."""
        return self.held.keys.find(kid)


class _Search(NamedTuple):
    """The result of a search in the held keys: a key, or a fetch to wait for."""

    key: VerificationKey | None
    fetch: SharedCall[None] | None = None
    patience: float = 0.0


class IssuerKeys:
    """The keys of one issuer; several verifiers can share one object.

    Args:
        issuer: exactly as tokens name it.
        jwks_uri: its key set's URL; None to look it up in the issuer's OpenID metadata.
        algorithms: the allowed ones; each key is used with one of them.
        preload: the first keys, which count as just fetched.
        shared_folder: a folder in which processes of this user share fetched keys.
        clock: returns seconds since 1970.

    Raises:
        ConfigurationError: OA-C771 to OA-C773, OA-C776, OA-C777: an argument is not valid.
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
        self._of_other_issuers: dict[str, IssuerKeys] = {}
        self._fetches: SingleFlight[None] = SingleFlight("osdu-auth key set", keeps_process=False)
        self._pause = Backoff(Clocks(clock, clock), PAUSE, PAUSE, spread=0.0)

    def of_issuer(self, issuer: str, jwks_uri: str) -> IssuerKeys:
        """Return the keys of the user pool's other issuer, or these keys for this issuer.

        The other issuer's keys are fetched from their own address and kept in a separate object,
        with the same settings. Preloaded keys are used for both issuers, as they are the pool's
        keys. The result is the same object each time, so verifiers that share these keys share
        it, too.

        Args:
            issuer: exactly as tokens name it.
            jwks_uri: its key set's URL.

        Raises:
            ConfigurationError: OA-C777: the address is not valid.
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
        return self._of_other_issuers.setdefault(issuer, keys)

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key with an id; ask the issuer if it is not held.

        Args:
            kid: the key's id; None for the only key of the set.

        Raises:
            KeysUnavailable: OA-N670 to OA-N675: there are no usable keys.
        """
        search = self._search(kid)
        if search.fetch is None:
            return search.key
        has_ended = search.fetch.ends_within(search.patience)
        return self._key_after_fetch(kid, has_ended=has_ended)

    async def afind(self, kid: str | None) -> VerificationKey | None:
        """Do what `find` does, without blocking the event loop."""
        search = self._search(kid)
        if search.fetch is None:
            return search.key
        has_ended = await search.fetch.aends_within(search.patience)
        return self._key_after_fetch(kid, has_ended=has_ended)

    def _search(self, kid: str | None) -> _Search:
        """Decide between the held keys and a fetch."""
        now = self._clock()
        held = self._usable(now)
        key = held.keys.find(kid) if held else None
        if held and key and held.is_fresh(now):
            return _Search(key)
        if self._pause.left:
            # `held` is read again: a fetch may have ended since.
            return _Search(self._required_key(self._usable(now), kid))
        fetch, is_started_here = self._fetches.start(self._fetch_and_hold)
        if key:
            return _Search(key, fetch, _PATIENCE_WITH_A_KEY) if is_started_here else _Search(key)
        return _Search(None, fetch, _PATIENCE_WITH_OTHER_KEYS if held else _PATIENCE)

    def _key_after_fetch(self, kid: str | None, *, has_ended: bool) -> VerificationKey | None:
        """Return a held key, after waiting for a fetch.

        Args:
            kid: the key's id.
            has_ended: whether the fetch has ended, asked before the keys are read.
        """
        key = self._required_key(self._usable(self._clock()), kid)
        if key is None and not has_ended:
            raise self._last_failure()
        return key

    def _required_key(self, held: HeldKeys | None, kid: str | None) -> VerificationKey | None:
        """Return a held key.

        Raises:
            KeysUnavailable: there are no usable keys; or the key is missing, and the last fetch
                failed, so that the issuer may publish the key already.
        """
        key = held.keys.find(kid) if held else None
        if held is None or (key is None and self._pause.error is not None):
            raise self._last_failure()
        return key

    def _usable(self, now: float) -> HeldKeys | None:
        """Return the held keys, unless they are too old."""
        held = self.held
        return held if held is not None and now < held.usable_until else None

    def _fetch_and_hold(self) -> None:
        """Fetch the keys and hold them; only one thread at a time runs this."""
        if self._pause.left:
            return  # another thread was faster
        held, failure = None, None
        try:
            held = self._fetched()
        except KeysUnavailable as error:
            failure = error.with_traceback(None)
        except Exception as defect:  # noqa: BLE001 - the waiting callers must get an error
            why = f"osdu-auth has a defect: {type(defect).__name__} was raised."
            failure = unavailable(self.issuer, "OA-N674", why)
        # First the keys, then the pause: a caller that sees the pause reads the keys again.
        self.held = held or self._old_keys(self._clock())
        self._pause.begin(failure)

    def _old_keys(self, now: float) -> HeldKeys | None:
        """Return the old keys, to be used until the next fetch."""
        old = self._usable(now)
        if old is None:
            return None
        return HeldKeys(old.keys, now, min(now + PAUSE, old.usable_until), old.usable_until)

    def _fetched(self) -> HeldKeys:
        """Return the keys that the issuer publishes, or that another process has just fetched."""
        if self._copy is None:
            return self._held_keys_from(self._fetch())
        copy = self._copy.read()
        if copy is None or not self._is_newer(copy):
            copy = self._copy.fetch_once(self._fetch, self._is_newer)
        return self._held_keys_from(copy)

    def _is_newer(self, copy: FetchedKeySet) -> bool:
        """Say whether a shared copy is newer than the held keys, fresh, and usable."""
        now = self._clock()
        last_fetch = self.held.usable_until - USABLE_FOR if self.held else now - FRESH_FOR
        if not max(last_fetch, now - FRESH_FOR) < copy.fetched_at <= now + PAUSE:
            return False
        try:
            KeySet.from_dict(copy.jwks, self._algorithms)
        except ConfigurationError:
            return False
        return True

    def _fetch(self) -> FetchedKeySet:
        return FetchedKeySet(self._address.fetch(), self._clock())

    def _held_keys_from(self, fetched: FetchedKeySet) -> HeldKeys:
        try:
            keys = KeySet.from_dict(fetched.jwks, self._algorithms)
        except ConfigurationError:
            why = "Its key set has no key that can be used to verify tokens."
            raise unavailable(self.issuer, "OA-N672", why) from None
        return HeldKeys.since(keys, min(fetched.fetched_at, self._clock()))

    def _last_failure(self) -> OsduAuthError:
        """Return the error of the last fetch, as a new object for each caller."""
        last = self._pause.error
        if not isinstance(last, KeysUnavailable):
            why = "They are too old to be used, or the fetch has not ended in time."
            return unavailable(self.issuer, "OA-N675", why)
        return unavailable(self.issuer, last.code, last.why)


def keys_of(issuer: str, keys: object) -> KeySource:
    """Return the source of a verifier's keys.

    Args:
        issuer: the verifier's issuer.
        keys: a `KeySet`, or the `IssuerKeys` of this issuer.

    Raises:
        ConfigurationError: OA-C776: they are another issuer's, or not typed keys.
    """
    if isinstance(keys, KeySet):
        return FixedKeys(keys)
    if isinstance(keys, IssuerKeys) and keys.issuer == issuer:
        return keys
    raise unusable_keys()


def unusable_keys() -> ConfigurationError:
    """Return the error OA-C776, for keys that a verifier cannot use."""
    return ConfigurationError(
        "The value of keys has no keys of this issuer.",
        code="OA-C776",
        why="It has to be a KeySet, or the IssuerKeys of this issuer; never text or bytes.",
        fix="Write it as in this example: keys=KeySet.from_file(PATH)",
    )


_shared: WeakValueDictionary[Hashable, IssuerKeys] = WeakValueDictionary()
_lock = threading.Lock()


def _after_fork() -> None:
    """Make a new lock: a thread that held the old one does not exist in this process."""
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
    """Return the keys that all verifiers of an issuer share; the first call makes them.

    Args:
        issuer: exactly as tokens name it.
        jwks_uri: its key set's URL; None to look it up in the issuer's OpenID metadata.
        algorithms: the allowed ones; each key is used with one of them.
        clock: returns seconds since 1970; verifiers with different clocks do not share keys.

    Raises:
        ConfigurationError: OA-C777: the address is not valid.
    """
    # The keys hold a reference to their clock, so no other object can have its id.
    identity = (issuer, jwks_uri, algorithms, id(clock))
    with _lock:
        keys = _shared.get(identity)
        if keys is None:
            keys = IssuerKeys(issuer, jwks_uri=jwks_uri, algorithms=algorithms, clock=clock)
            _shared[identity] = keys
        return keys
