"""What two worker processes get done together, against one.

Two processes are started once, as a service starts its workers, and do each kind of work by turns:
one alone, then both at the same time, in windows of equal length. Whatever else runs on a shared
machine takes more from two than from one, so the best window of each is compared.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from bench.tokens import AUDIENCE, ISSUER, Signer
from osdu_auth import KeySet, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

ROUNDS = 20
WINDOW = 0.3  # seconds
PIECE = 100  # uses between two looks at the clock


def two_against_one(signer: Signer, tokens: Sequence[str]) -> dict[str, float]:
    """Return by the kind of work how often two workers do in a window what one does.

    Args:
        signer: of the tokens.
        tokens: good ones.
    """
    workers = [_Worker(signer.jwks(), tokens[:PIECE]) for _ in range(2)]
    best: dict[tuple[str, int], float] = {}
    for turn in range(ROUNDS):
        for work in ("verify", "signature", "hash"):
            for count in (1, 2):
                busy = workers if count == 2 else [workers[turn % 2]]
                for worker in busy:
                    worker.begin(work)
                rate = sum(worker.rate() for worker in busy)
                best[work, count] = max(rate, best.get((work, count), 0))
    for worker in workers:
        worker.end()
    return {work: best[work, 2] / best[work, 1] for work, count in best if count == 2}


class _Worker:
    """A process that waits for work.

    Args:
        jwks: the key set of the tokens' issuer.
        tokens: those that it verifies.
    """

    def __init__(self, jwks: dict[str, Any], tokens: Sequence[str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end, jwks, list(tokens)))
        self._process.start()

    def begin(self, work: str) -> None:
        self._connection.send(work)

    def rate(self) -> float:
        """Wait for the end of the window, and return how much was done in a second."""
        rate: float = self._connection.recv()
        return rate

    def end(self) -> None:
        self._connection.send("")
        self._process.join()


def _serve(connection: Connection, jwks: dict[str, Any], tokens: list[str]) -> None:
    works = _works(jwks, tokens)
    for work in works.values():
        work()
    while name := connection.recv():
        work, done = works[name], 0
        began = now = time.perf_counter()
        while now - began < WINDOW:
            work()
            done += PIECE
            now = time.perf_counter()
        connection.send(done / (now - began))


def _works(jwks: dict[str, Any], tokens: list[str]) -> dict[str, Callable[[], None]]:
    keys = KeySet.from_dict(jwks)
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, keys=keys, memo_size=0)
    signed, signature = Signer.parts(tokens[0])
    public_key: Any = keys.keys[0].public_key
    scheme, digest = padding.PKCS1v15(), SHA256()
    block = bytes(16 * 1024)

    def verify() -> None:
        for token in tokens:
            verifier.verify(token)

    def check_signature() -> None:
        for _ in tokens:
            public_key.verify(signature, signed, scheme, digest)

    def take_hash() -> None:
        for _ in tokens:
            hashlib.sha256(block).digest()

    return {"verify": verify, "signature": check_signature, "hash": take_hash}
