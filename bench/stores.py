"""How long one session takes among those of ten thousand profiles."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth import FileStore, SavedSession, Secret, TokenSet
from osdu_auth.places import settings_fingerprint
from osdu_auth.stores.fast_path import read_fresh_token
from osdu_auth.stores.sealing_keys import SealingKeys
from osdu_auth.stores.session_text import lines_of
from osdu_auth.stores.state_folder import StateFolder
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANY, ROUNDS = 10_000, 21


@dataclass(frozen=True)
class OneOfMany:
    """Median seconds of operations on one of many sessions.

    Args:
        load: reading it whole, as a process does at its first token.
        save: replacing it, synchronised with the disk.
        fast_path: reading a fresh token without anything else, as `osdu-auth token` does.
    """

    load: float
    save: float
    fast_path: float


def one_of_many(folder: Path) -> OneOfMany:
    """Measure one session in a store that keeps those of 10,000 profiles.

    Args:
        folder: an empty one.
    """
    state, config = str(folder / "state"), str(folder / "config.toml")
    os.close(os.open(config, os.O_CREAT | os.O_WRONLY, 0o600))
    fingerprint = settings_fingerprint(config)
    now = time.time()
    tokens = TokenSet(Secret("a" * 1000), now, now + 3600, Secret("i" * 1200), Secret("r" * 1800))
    session = SavedSession(tokens, "alice@example.com", now, "us-east-1 1h57kf5cpq17m0eml12EXAMPLE")
    _fill(state, fingerprint, session)
    names = [f"p{turn * MANY // ROUNDS}" for turn in range(ROUNDS)]

    def fresh(name: str) -> None:
        if read_fresh_token(state, config, name, now + 1) is None:
            raise RuntimeError("there was no fresh token, so the time says nothing")

    def load(name: str) -> None:
        if FileStore(state).peek(SessionKey(name)) != session:
            raise RuntimeError("it was another session, so the time says nothing")

    def save(name: str) -> None:
        with FileStore(state).open(SessionKey(name)) as held:
            held.save(session)

    return OneOfMany(
        load=_median(load, names),
        fast_path=_median(fresh, names),
        save=_median(save, names),
    )


def _fill(state: str, fingerprint: str, session: SavedSession) -> None:
    """Write what saving each would have written, without waiting for the disk each time."""
    with FileStore(state, settings_fingerprint=fingerprint).open(SessionKey("p0")) as held:
        held.save(session)
    with StateFolder(state).opened() as folder:
        key = SealingKeys(StateFolder(state), require_sealed=False).for_saving(folder, session)
    for number in range(MANY):
        name = f"p{number}"
        text = lines_of(session, name, fingerprint, key).text()
        path = os.path.join(state, "sessions", f"{name}.session")
        with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(text)


def _median(operation: Callable[[str], None], names: list[str]) -> float:
    taken = []
    for name in names:
        begin = time.perf_counter()
        operation(name)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)
