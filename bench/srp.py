"""What SRP costs the client, compared with the modular powers that every client has to compute."""

from __future__ import annotations

import time
from base64 import b64encode
from statistics import median
from typing import TYPE_CHECKING

from osdu_auth.cognito import srp
from osdu_auth.cognito.password_proof import Prover, password_proof, public_value
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 30


def measure(rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the medians of a client's whole arithmetic and of its powers alone, in seconds.

    The whole is from the random number to the three responses. The powers are the three of SRP-6a
    with numbers of the same sizes. They take turns, so that a busy machine is busy for both.

    Args:
        rounds: how often each is measured.
    """
    exchange = srp.SrpExchange()
    server_public = pow(srp.GENERATOR, 3**1200, srp.PRIME)
    hashed = srp.password_hash("pool", "alice", Secret("a password"), 1 << 127)
    scrambling = srp.scrambling_parameter(exchange.public, server_public)
    secret = (1 << srp.SIZE_OF_SECRET) - 1
    received = {
        "SALT": f"{1 << 127:x}",
        "SRP_B": f"{server_public:x}",
        "SECRET_BLOCK": b64encode(bytes(1200)).decode("ascii"),
    }
    prover = Prover("pool", "alice", Secret("a password"))

    def whole() -> None:
        begun = srp.SrpExchange()
        public_value(begun)
        password_proof(begun, prover, received, 1_790_000_000)

    def powers() -> None:
        pow(srp.GENERATOR, secret, srp.PRIME)
        pow(srp.GENERATOR, hashed, srp.PRIME)
        pow(server_public, secret + scrambling * hashed, srp.PRIME)

    taken = [(_seconds(whole), _seconds(powers)) for _ in range(rounds)]
    return median(whole for whole, _ in taken), median(powers for _, powers in taken)


def _seconds(run: Callable[[], None]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
