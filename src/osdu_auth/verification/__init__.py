"""Is this token good? A verifier for services that take bearer tokens.

    from osdu_auth import UserPoolVerifier

    verifier = UserPoolVerifier(
        user_pool_id="us-east-1_Ab12Cd34E", client_id="…", token_use="access"
    )
    token = verifier.verify(text)  # or: await verifier.averify(text)

The laws of this package:

- Verification is a list of checks. Nothing is skipped by forgetting: issuer, app client and token
  use have no default, and `Unchecked("why")` is how a check is left out.
- Keys are typed values. Nothing that verifies takes text for a key, and no token brings one.
- A refusal is a `TokenRejected` with every failed check; a lack of keys is a `KeysUnavailable`;
  there is no third outcome, and neither holds the token.
- `cryptography` checks the signature. The strict reading of everything around it is ours.
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
