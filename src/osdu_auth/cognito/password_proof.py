"""A password proof: from what the user pool received to what shows that we know the password.

The law of this module: nothing is computed, and nothing is sent, before each part of what the pool
received has been found to be what a pool sends.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.cognito.pool_clock import timestamp
from osdu_auth.cognito.srp import (
    InvalidServerValue,
    SrpExchange,
    password_hash,
    require_valid_public_value,
    signature,
)
from osdu_auth.errors import UnusableReply
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

# A salt has 32 digits, a public value 768 at most; some room for leading zeros.
_LONGEST = {"SALT": 512, "SRP_B": 1024}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_LONGEST_BLOCK = 64 * 1024  # characters; Cognito's have about two thousand


@dataclass(frozen=True)
class Prover:
    """Who shows that they know a password: a user, or a device.

    Args:
        pool_name: what follows the underscore in the pool's id; the group key of a device.
        name: the pool's own name of the user; the key of a device.
        password: the user's, or the device's.
    """

    pool_name: str
    name: str
    password: Secret


def password_proof(
    exchange: SrpExchange, prover: Prover, parameters: Mapping[str, str], at: float
) -> dict[str, str | Secret]:
    """Return the three responses that show that the prover knows the password.

    Args:
        exchange: the one whose public value the pool was sent.
        prover: who.
        parameters: what the pool received.
        at: the time by the pool's clock, in seconds since 1970.

    Raises:
        UnusableReply: OA-N664: a part of what the pool received is not what a pool sends.
    """
    salt, server_public = _number(parameters, "SALT"), _number(parameters, "SRP_B")
    block = _block(parameters)
    try:
        require_valid_public_value(server_public)
        hashed = password_hash(prover.pool_name, prover.name, prover.password, salt)
        key = exchange.key(server_public, hashed)
    except InvalidServerValue as illegal:
        raise _unusable("SRP_B", f"{illegal}.") from None
    except UnicodeEncodeError:
        raise _unusable("USER_ID_FOR_SRP", "It is no text.") from None
    at_text = timestamp(at)
    signed = signature(key, prover.pool_name, prover.name, block, at_text)
    return {
        "PASSWORD_CLAIM_SIGNATURE": Secret(b64encode(signed).decode("ascii")),
        "PASSWORD_CLAIM_SECRET_BLOCK": Secret(parameters["SECRET_BLOCK"]),
        "TIMESTAMP": at_text,
    }


def public_value(exchange: SrpExchange) -> str:
    """Return what the pool is sent at the beginning (`SRP_A`)."""
    return f"{exchange.public:x}"


def _number(parameters: Mapping[str, str], name: str) -> int:
    text = parameters.get(name, "")
    if not 0 < len(text) <= _LONGEST[name] or not _HEXADECIMAL.fullmatch(text):
        raise _unusable(name, "It is no hexadecimal number of the expected size.")
    return int(text, 16)


def _block(parameters: Mapping[str, str]) -> bytes:
    text = parameters.get("SECRET_BLOCK", "")
    try:
        if 0 < len(text) <= _LONGEST_BLOCK:
            return b64decode(text, validate=True)
    except ValueError:
        pass
    raise _unusable("SECRET_BLOCK", "It is no base64 of the expected size.")


def _unusable(name: str, why: str) -> UnusableReply:
    return UnusableReply(
        f"The user pool's part of the password proof has no usable {name}.",
        code="OA-N664",
        why=f"{why} Nothing was sent that depends on the password.",
        fix="Check endpoint_url and the proxy settings: something else may have answered.",
    )
