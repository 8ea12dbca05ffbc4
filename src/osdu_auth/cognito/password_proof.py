"""Password proof: the answer to an SRP challenge, which shows that the client knows the password.

Invariant: every parameter of the challenge is checked before anything is computed with it, and
before anything is sent.
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

# A salt has 32 digits, a public value at most 768; leading zeros need some room.
_LONGEST = {"SALT": 512, "SRP_B": 1024}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_LONGEST_BLOCK = 64 * 1024  # characters; Cognito's have about two thousand


@dataclass(frozen=True)
class Prover:
    """The user, or the device, whose password is proved.

    Args:
        pool_name: the part of the pool's id after the underscore; for a device its group key.
        name: the pool's name of the user; for a device its key.
        password: the password of the user or the device.
    """

    pool_name: str
    name: str
    password: Secret


def password_proof(
    exchange: SrpExchange, prover: Prover, parameters: Mapping[str, str], at: float
) -> dict[str, str | Secret]:
    """Return the three responses that prove the password.

    Args:
        exchange: the exchange whose public value the pool was sent.
        prover: the user or the device.
        parameters: the parameters of the challenge.
        at: the time of the pool's clock, in seconds since 1970.

    Raises:
        UnusableReply: OA-N664: a parameter is not one that a user pool sends.
    """
    salt, server_public = _number(parameters, "SALT"), _number(parameters, "SRP_B")
    block = _block(parameters)
    try:
        require_valid_public_value(server_public)
        hashed = password_hash(prover.pool_name, prover.name, prover.password, salt)
        key = exchange.key(server_public, hashed)
    except InvalidServerValue as illegal:
        raise _unusable_error("SRP_B", f"{illegal}.") from None
    except UnicodeEncodeError:
        raise _unusable_error("USER_ID_FOR_SRP", "It is not text.") from None
    at_text = timestamp(at)
    signed = signature(key, prover.pool_name, prover.name, block, at_text)
    return {
        "PASSWORD_CLAIM_SIGNATURE": Secret(b64encode(signed).decode("ascii")),
        "PASSWORD_CLAIM_SECRET_BLOCK": Secret(parameters["SECRET_BLOCK"]),
        "TIMESTAMP": at_text,
    }


def public_value(exchange: SrpExchange) -> str:
    """Return the public value in the form that the pool is sent (`SRP_A`)."""
    return f"{exchange.public:x}"


def _number(parameters: Mapping[str, str], name: str) -> int:
    text = parameters.get(name, "")
    if not 0 < len(text) <= _LONGEST[name] or not _HEXADECIMAL.fullmatch(text):
        raise _unusable_error(name, "It is not a hexadecimal number of the expected size.")
    return int(text, 16)


def _block(parameters: Mapping[str, str]) -> bytes:
    text = parameters.get("SECRET_BLOCK", "")
    try:
        if 0 < len(text) <= _LONGEST_BLOCK:
            return b64decode(text, validate=True)
    except ValueError:
        pass
    raise _unusable_error("SECRET_BLOCK", "It is not base64 of the expected size.")


def _unusable_error(name: str, why: str) -> UnusableReply:
    return UnusableReply(
        f"The user pool sent no usable {name} for the password proof.",
        code="OA-N664",
        why=f"{why} Nothing was sent that depends on the password.",
        fix="Check endpoint_url and the proxy settings: another server may have answered.",
    )
