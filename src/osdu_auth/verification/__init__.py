"""Verifiers decide whether a token is valid, in services that accept bearer tokens.

    from osdu_auth import UserPoolVerifier

    verifier = UserPoolVerifier(
        user_pool_id="us-east-1_Ab12Cd34E", client_id="…", token_use="access"
    )
    token = verifier.verify(text)  # or: await verifier.averify(text)

Invariants of this package:

- Verification is a list of checks. No check is skipped by mistake: issuer, app client and token use
  have no default, and a check is left out only by writing `Unchecked("why")`.
- Keys are typed values. No verifier accepts a text as a key, and none uses a key from a token.
- For a token that is not valid, `TokenRejected` is raised, with every failed check. Without keys,
  `KeysUnavailable` is raised. There is no other error, and neither error has the token in it.
- `cryptography` checks the signature. Our own code parses all other parts, strictly.
"""

from __future__ import annotations

from osdu_auth.errors import KeysUnavailable
from osdu_auth.verification.arguments import Unchecked
from osdu_auth.verification.claims.privilege_checks import AnyOf
from osdu_auth.verification.claims.rejection import FailedCheck, TokenRejected
from osdu_auth.verification.claims.token_text import UnverifiedToken, read_unverified
from osdu_auth.verification.claims.verified_token import VerifiedToken
from osdu_auth.verification.keys.algorithms import ALGORITHMS
from osdu_auth.verification.keys.issuer_keys import IssuerKeys
from osdu_auth.verification.keys.key_set import KeySet
from osdu_auth.verification.keys.verification_key import VerificationKey
from osdu_auth.verification.token_verifier import TokenVerifier
from osdu_auth.verification.user_pool_verifier import UserPoolVerifier, keys_of_user_pool
from osdu_auth.verification.verifier import SeveralIssuers, Verifier

__all__ = [
    "ALGORITHMS",
    "AnyOf",
    "FailedCheck",
    "IssuerKeys",
    "KeySet",
    "KeysUnavailable",
    "SeveralIssuers",
    "TokenRejected",
    "TokenVerifier",
    "Unchecked",
    "UnverifiedToken",
    "UserPoolVerifier",
    "VerificationKey",
    "VerifiedToken",
    "Verifier",
    "keys_of_user_pool",
    "read_unverified",
]
