"""UserPoolVerifier: for the tokens of an Amazon Cognito user pool.

Invariants:

- Issuers and key sets are derived from the pool's id, which is checked before it becomes a part of
  a URL. The kind of token and the app client have no default.
- A pool has two issuers, the original and the updated one. A setting of the pool says which of the
  two its tokens name (Amazon Cognito API reference, "IssuerConfigurationType"). Each has its own
  key set at its own address, and a key that was fetched for one issuer never verifies a token that
  names the other. The updated issuer's keys are fetched only when a token names it: for a pool with
  the other setting, AWS answers there with a 403.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.user_pool_addresses import issuers_of_user_pool, key_set_of_user_pool
from osdu_auth.verification.arguments import (
    Unchecked,
    check_leeway,
    one_text,
    required_texts,
    unchecked_claims,
)
from osdu_auth.verification.claims.checks import ClientCheck, IssuerCheck, TokenUseCheck
from osdu_auth.verification.claims.header import HeaderRules
from osdu_auth.verification.claims.policy import IssuerPolicy, check_extra_checks
from osdu_auth.verification.claims.privilege_checks import privilege_checks
from osdu_auth.verification.claims.time_checks import TimesCheck
from osdu_auth.verification.claims.user_pool_claims import ClientFormCheck, PoolClaimsCheck
from osdu_auth.verification.claims.verified_token import COGNITO_GROUPS
from osdu_auth.verification.keys.issuer_keys import (
    FixedKeys,
    IssuerKeys,
    shared_keys,
    unusable_keys,
)
from osdu_auth.verification.keys.key_set import KeySet
from osdu_auth.verification.memo import MEMO_SIZE
from osdu_auth.verification.token_verifier import TokenVerifier

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from osdu_auth.verification.arguments import Expected
    from osdu_auth.verification.claims.checks import ClaimCheck
    from osdu_auth.verification.claims.policy import ExtraCheck
    from osdu_auth.verification.claims.privilege_checks import Needed
    from osdu_auth.verification.keys.issuer_keys import KeySource

TOKEN_USES = ("access", "id")

# A user pool signs only with RS256.
_ALGORITHMS = ("RS256",)
_TYPES = ("jwt",)
# A user pool's access and id tokens are valid for a day at most.
_LONGEST_LIFETIME = 24 * 3600.0  # seconds


class UserPoolVerifier(TokenVerifier):
    """Verifies the tokens of one user pool, with either of its two issuers.

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        client_id: the app client that tokens have to be issued to, or several app clients.
        token_use: `access`, `id`, or both.
        scope: a scope that is needed, several that are all needed, or `AnyOf` several.
        groups: groups of the user pool that are needed, in the same way.
        checks: your own functions: each takes a `VerifiedToken`, and returns None or True to accept
            it, or else False or the reason.
        leeway: seconds by which the pool's clock may differ from ours, 0 to 300.
        endpoint_url: the address of the user pool's API, if it is not AWS's, such as a sandbox's.
        keys: a `KeySet`, or `keys_of_user_pool(…)`; None to fetch the pool's keys: all verifiers of
            this process for which no keys are given share them.
        memo_size: how many verified tokens are remembered; 0 for none.
        clock: returns seconds since 1970.

    Raises:
        ConfigurationError: OA-C702, OA-C770 to OA-C777: an argument is missing or not valid.
    """

    def __init__(  # noqa: PLR0913 - each rule is one argument, given by its name
        self,
        *,
        user_pool_id: str | None = None,
        client_id: Expected = None,
        token_use: Expected = None,
        scope: Needed | None = None,
        groups: Needed | None = None,
        checks: Iterable[ExtraCheck] = (),
        leeway: float = 0,
        endpoint_url: str | None = None,
        keys: KeySet | IssuerKeys | None = None,
        memo_size: int = MEMO_SIZE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        issuers = _issuers(user_pool_id, endpoint_url)
        client_ids = required_texts("client_id", client_id, "1h57kf5cpq17m0eml12EXAMPLE")
        uses = _token_uses(token_use)
        claim_checks: list[ClaimCheck] = [
            PoolClaimsCheck(),
            TokenUseCheck(TOKEN_USES if isinstance(uses, Unchecked) else uses),
            ClientFormCheck() if isinstance(client_ids, Unchecked) else ClientCheck(client_ids),
            *privilege_checks(scope, groups, COGNITO_GROUPS),
        ]
        either_issuer = f'"{issuers[0]}" or the updated issuer of this user pool'
        header = HeaderRules(_ALGORITHMS, _TYPES, needs_kid=True)
        times = TimesCheck(check_leeway(leeway), _LONGEST_LIFETIME)
        extra_checks = check_extra_checks(checks)
        policies = [
            IssuerPolicy(
                issuer=issuer,
                keys=keys_of_issuer,
                header=header,
                checks=(IssuerCheck(issuer, either_issuer), *claim_checks),
                times=times,
                extra_checks=extra_checks,
                groups_claim=COGNITO_GROUPS,
                unchecked=unchecked_claims(client_id=client_ids, token_use=uses),
            )
            for issuer, keys_of_issuer in zip(issuers, _keys_of(issuers, keys, clock), strict=True)
        ]
        super().__init__(policies, clock, memo_size, default_policy=policies[0])


def _keys_of(issuers: tuple[str, str], keys: object, clock: Callable[[], float]) -> list[KeySource]:
    """Return the source of the keys for each issuer of a pool.

    A `KeySet` has the keys with which the pool signs, so it is used for both issuers.

    Raises:
        ConfigurationError: OA-C776: the keys are another issuer's, or not typed keys.
    """
    if isinstance(keys, KeySet):
        return [FixedKeys(keys)] * len(issuers)
    addresses = {issuer: key_set_of_user_pool(issuer) for issuer in issuers}
    if keys is None:
        return [
            shared_keys(issuer, jwks_uri=address, algorithms=_ALGORITHMS, clock=clock)
            for issuer, address in addresses.items()
        ]
    if isinstance(keys, IssuerKeys) and keys.issuer in issuers:
        return [keys.of_issuer(issuer, address) for issuer, address in addresses.items()]
    raise unusable_keys()


def keys_of_user_pool(
    user_pool_id: str,
    *,
    endpoint_url: str | None = None,
    preload: KeySet | None = None,
    shared_folder: str | os.PathLike[str] | None = None,
    clock: Callable[[], float] = time.time,
) -> IssuerKeys:
    """Return keys of a user pool, for the verifiers to which you give them.

    They are the original issuer's keys; `of_issuer` gives those of the updated issuer.

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        endpoint_url: the address of the user pool's API, if it is not AWS's, such as a sandbox's.
        preload: the first keys, which count as just fetched.
        shared_folder: a folder in which processes of this user share fetched keys.
        clock: returns seconds since 1970.

    Raises:
        ConfigurationError: OA-C702, OA-C706, OA-C770 to OA-C773, OA-C776: an argument is not valid.
    """
    issuer, _ = _issuers(user_pool_id, endpoint_url)
    return IssuerKeys(
        issuer,
        jwks_uri=key_set_of_user_pool(issuer),
        algorithms=_ALGORITHMS,
        preload=preload,
        shared_folder=shared_folder,
        clock=clock,
    )


def _issuers(user_pool_id: str | None, endpoint_url: str | None) -> tuple[str, str]:
    """Return a pool's two issuers, after a check of the caller's arguments.

    Raises:
        ConfigurationError: OA-C702, OA-C706, OA-C770, OA-C771: the id or the address is not valid.
    """
    if endpoint_url is not None:
        one_text("endpoint_url", endpoint_url, "http://127.0.0.1:9229")
    pool = one_text("user_pool_id", user_pool_id, "us-east-1_Ab12Cd34E")
    return issuers_of_user_pool(pool, endpoint_url)


def _token_uses(token_use: Expected) -> tuple[str, ...] | Unchecked:
    uses = required_texts("token_use", token_use, "access")
    if isinstance(uses, Unchecked) or all(use in TOKEN_USES for use in uses):
        return uses
    raise ConfigurationError(
        "token_use has a value that cannot be compared.",
        code="OA-C771",
        why='A user pool issues two kinds of tokens that can be verified: "access" and "id".',
        fix='Write it as in this example: token_use="access"',
    )
