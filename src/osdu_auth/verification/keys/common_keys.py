"""Common keys: all verifiers of one issuer in a process ask it together.

The laws of this module:

- "One fetch in ten seconds" is a promise to the issuer, so it holds for the process and not for
  each verifier: those that were given no keys, and would fetch alike, have one `IssuerKeys`.
- It lives as long as one of them does; nothing is kept for verifiers that are gone.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from osdu_auth.verification.keys.issuer_keys import IssuerKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_shared: WeakValueDictionary[Hashable, IssuerKeys] = WeakValueDictionary()
_lock = threading.Lock()


def _after_fork() -> None:
    """Begin with no thread in here: the one that may have been is not in this process."""
    global _lock  # noqa: PLW0603 - a lock that another thread held cannot be released
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def common_keys(
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
