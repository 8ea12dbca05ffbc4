"""The client side of SRP-6a (RFC 5054, and Cognito's differences), and a sign-in over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sandbox.raw_client import PASSWORD, Reply, initiate, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox import AppClient, Sandbox

G = 2
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def _pi_times_two_to(bits: int) -> int:
    """[2^bits pi], by Machin's formula in whole numbers."""
    guard = 64

    def arctangent_of_inverse(number: int) -> int:
        term = (1 << (bits + guard)) // number
        total, divisor, sign = term, 1, 1
        while term:
            term //= number * number
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    pi = 4 * (4 * arctangent_of_inverse(5) - arctangent_of_inverse(239))
    return pi >> guard


# RFC 3526, section 4, defines the prime by this formula: no digits are copied.
N = 2**3072 - 2**3008 - 1 + 2**64 * (_pi_times_two_to(2942) + 1690314)


def java_bytes(number: int) -> bytes:
    """The bytes that java.math.BigInteger.toByteArray returns."""
    text = f"{number:x}"
    if len(text) % 2:
        text = "0" + text
    if text[0] >= "8":
        text = "00" + text
    return bytes.fromhex(text)


def sha256_number(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


def java_time(moment: float) -> str:
    at = datetime.fromtimestamp(moment, tz=timezone.utc)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[at.weekday()]
    month = _MONTHS[at.month - 1]
    return f"{day} {month} {at.day} {at:%H:%M:%S} UTC {at.year}"


@dataclass
class SrpClient:
    """One SRP exchange: `srp_a`, then `answers` to the parameters of the host."""

    group: str
    password: str
    secret: int = field(default_factory=lambda: secrets.randbits(256) | 1)

    @property
    def public(self) -> int:
        return pow(G, self.secret, N)

    @property
    def srp_a(self) -> str:
        return f"{self.public:x}"

    def key(self, salt: int, host_public: int, name: str) -> bytes:
        multiplier = sha256_number(java_bytes(N), java_bytes(G))
        scramble = sha256_number(java_bytes(self.public), java_bytes(host_public))
        inner = hashlib.sha256(f"{self.group}{name}:{self.password}".encode()).digest()
        x = sha256_number(java_bytes(salt), inner)
        shared = pow(host_public - multiplier * pow(G, x, N), self.secret + scramble * x, N)
        first = hmac.new(java_bytes(scramble), java_bytes(shared), hashlib.sha256).digest()
        return hmac.new(first, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]

    def answers(
        self, parameters: Mapping[str, str], moment: float, *, name: str | None = None
    ) -> dict[str, str]:
        """The responses to a PASSWORD_VERIFIER or a DEVICE_PASSWORD_VERIFIER."""
        name = name or parameters["USER_ID_FOR_SRP"]
        key = self.key(int(parameters["SALT"], 16), int(parameters["SRP_B"], 16), name)
        block, timestamp = parameters["SECRET_BLOCK"], java_time(moment)
        message = f"{self.group}{name}".encode() + base64.b64decode(block) + timestamp.encode()
        signature = hmac.new(key, message, hashlib.sha256).digest()
        return {
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "TIMESTAMP": timestamp,
        }


class SrpSignIn:
    """One SRP sign-in over HTTP, a step at a time."""

    def __init__(
        self, sandbox: Sandbox, app_client: AppClient, username: str, password: str = PASSWORD
    ) -> None:
        self.sandbox, self.app_client, self.username = sandbox, app_client, username
        self.client = SrpClient(sandbox.user_pool_id.split("_")[1], password)

    def ask(self) -> Any:
        reply = initiate(
            self.sandbox,
            self.app_client,
            "USER_SRP_AUTH",
            USERNAME=self.username,
            SRP_A=self.client.srp_a,
        )
        assert reply.status == 200, reply.raw
        self.body = reply.body
        return self.body

    @property
    def parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = self.body["ChallengeParameters"]
        return parameters

    def answer(self, name: str | None = None, **changes: str) -> Reply:
        proof_responses = self.client.answers(self.parameters, self.sandbox.clock.now())
        return respond(
            self.sandbox,
            self.app_client,
            "PASSWORD_VERIFIER",
            self.body.get("Session"),
            name or self.parameters["USER_ID_FOR_SRP"],
            **{**proof_responses, **changes},
        )

    def run(self) -> Reply:
        self.ask()
        return self.answer()
