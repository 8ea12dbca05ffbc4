"""The two issuers of a user pool: which one its tokens name, and which publish its keys.

A pool is set to one of them (Amazon Cognito API reference, "IssuerConfigurationType"). At AWS they
differ by their host; here, where there is one host, the updated one has a path of its own.
"""

from __future__ import annotations

from typing import NamedTuple

ORIGINAL = "original"
UPDATED = "updated"

_UPDATED_PATH = "issuer-cognito-idp"


class Issuers(NamedTuple):
    """The issuers of a pool that listens.

    Args:
        named: The one that its tokens name.
        published: Those that have documents. The updated one has none of a pool that is not set
            to it.
        absent: The one that has none; "" where both have.
    """

    named: str
    published: tuple[str, ...]
    absent: str = ""


def check_issuer_type(issuer_type: str) -> str:
    """Return a type of issuer in lower case.

    Raises:
        ValueError: If it is neither `original` nor `updated`.
    """
    lower = issuer_type.lower()
    if lower not in {ORIGINAL, UPDATED}:
        raise ValueError(f"an issuer is {ORIGINAL} or {UPDATED}, not {issuer_type!r}")
    return lower


def issuers_of(issuer_type: str, endpoint_url: str, user_pool_id: str) -> Issuers:
    """Return the issuers of a pool at an address.

    Args:
        issuer_type: `original` or `updated`.
        endpoint_url: The pool's API.
        user_pool_id: The pool's id.
    """
    original = f"{endpoint_url}/{user_pool_id}"
    updated = f"{endpoint_url}/{_UPDATED_PATH}/{user_pool_id}"
    if issuer_type == UPDATED:
        return Issuers(updated, (original, updated))
    return Issuers(original, (original,), absent=updated)
