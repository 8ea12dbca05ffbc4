"""UserPoolVerifier: for the tokens of an Amazon Cognito user pool.

The laws of this module:

- Issuers and key sets are made from the pool's id, which is checked before it becomes a part of a
  URL; the kind of token and the app client have no default.
- A pool has two issuers, the original and the updated one, and its tokens name the one that the
  pool is set to (Amazon Cognito API reference, "IssuerConfigurationType"). Each has a key set at an
  address of its own. A key that was fetched for one verifies no token that names the other. The
  updated one is asked only when a token names it: for a pool that is not set to it, AWS answers
  there with a 403.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.user_pool_addresses import issuers_of_user_pool, key_set_of_user_pool
from osdu_auth.verification.arguments import Unchecked, check_leeway, left_out, one_text, required
from osdu_auth.verification.claims.checks import ClientCheck, IssuerCheck, TokenUseCheck
from osdu_auth.verification.claims.header import HeaderRules
from osdu_auth.verification.claims.policy import IssuerPolicy, check_extra_checks
from osdu_auth.verification.claims.privilege_checks import privilege_checks
from osdu_auth.verification.claims.time_checks import TimesCheck
from osdu_auth.verification.claims.user_pool_claims import ClientFormCheck, PoolClaimsCheck
from osdu_auth.verification.claims.verified_token import COGNITO_GROUPS
from osdu_auth.verification.keys.common_keys import common_keys
from osdu_auth.verification.keys.issuer_keys import FixedKeys, IssuerKeys, unusable_keys
from osdu_auth.verification.keys.key_set import KeySet
from osdu_auth.verification.limits import LONGEST_LIFE
from osdu_auth.verification.memo import MEMO_SIZE
from osdu_auth.verification.token_verifier import TokenVerifier

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from osdu_auth.verification.arguments import Expected
    from osdu_auth.verification.claims.checks import ClaimCheck
    from osdu_auth.verification.claims.policy import ExtraCheck
    from osdu_auth.verification.claims.privilege_checks import Needed
    from osdu_auth.verification.keys.issuer_keys import Keys

TOKEN_USES = ("access", "id")

# A user pool signs with RS256 and nothing else.
_ALGORITHMS = ("RS256",)
_TYPES = ("jwt",)


class UserPoolVerifier(TokenVerifier):
    """Verifies the tokens of one user pool, whichever of its two issuers they name.

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        client_id: the app client that tokens have to be given to, or several.
        token_use: `access`, `id`, or both.
        scope: a scope that is needed, several that are all needed, or `AnyOf` several.
        groups: groups of the user pool that are needed, in the same way.
        checks: functions of your own: they take a `VerifiedToken`, and return None or True if all
            is well, else False or why not.
        leeway: seconds by which the pool's clock may differ from ours, 0 to 300.
        endpoint_url: another address than AWS's, such as a sandbox's.
        keys: a `KeySet` to be used as it is, or `keys_of_user_pool(…)`; None to fetch the pool's,
            together with all other verifiers of this process that were not given any.
        memo_size: how many verified tokens are remembered; 0 for none.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: OA-C702, OA-C770 to OA-C777: something is lacking or cannot be used.
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
        client_ids = required("client_id", client_id, "1h57kf5cpq17m0eml12EXAMPLE")
        uses = _token_uses(token_use)
        asked: list[ClaimCheck] = [
            PoolClaimsCheck(),
            TokenUseCheck(TOKEN_USES if isinstance(uses, Unchecked) else uses),
            ClientFormCheck() if isinstance(client_ids, Unchecked) else ClientCheck(client_ids),
            *privilege_checks(scope, groups, COGNITO_GROUPS),
        ]
        either = f'"{issuers[0]}" or the updated issuer of this user pool'
        header = HeaderRules(_ALGORITHMS, _TYPES, needs_kid=True)
        times = TimesCheck(check_leeway(leeway), LONGEST_LIFE)
        extra_checks = check_extra_checks(checks)
        policies = [
            IssuerPolicy(
                issuer=issuer,
                keys=its_keys,
                header=header,
                checks=(IssuerCheck(issuer, either), *asked),
                times=times,
                extra_checks=extra_checks,
                groups_claim=COGNITO_GROUPS,
                unchecked=left_out(client_id=client_ids, token_use=uses),
            )
            for issuer, its_keys in zip(issuers, _keys_of(issuers, keys, clock), strict=True)
        ]
        super().__init__(policies, clock, memo_size, otherwise=policies[0])


def _keys_of(issuers: tuple[str, str], keys: object, clock: Callable[[], float]) -> list[Keys]:
    """Return where the keys of each issuer of a pool come from.

    A `KeySet` is what the caller says the pool signs with, so it serves both.

    Raises:
        ConfigurationError: OA-C776: the keys are another issuer's, or no typed keys.
    """
    if isinstance(keys, KeySet):
        return [FixedKeys(keys)] * len(issuers)
    addresses = {issuer: key_set_of_user_pool(issuer) for issuer in issuers}
    if keys is None:
        return [
            common_keys(issuer, jwks_uri=address, algorithms=_ALGORITHMS, clock=clock)
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
    """Return keys of a user pool for the verifiers that are given them, and for no others.

    They are the original issuer's; those of the updated one come with them (`of_issuer`).

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        endpoint_url: another address than AWS's, such as a sandbox's.
        preload: keys to begin with, as if they had just been fetched.
        shared_folder: a folder in which processes of this user share what they fetch.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: OA-C702, OA-C706, OA-C770 to OA-C773, OA-C776: one of these cannot be
            used.
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
    """Return a pool's issuers, given what a caller has left out or mistaken, too.

    Raises:
        ConfigurationError: OA-C702, OA-C706, OA-C770, OA-C771: the id or the address cannot be
            used.
    """
    if endpoint_url is not None:
        one_text("endpoint_url", endpoint_url, "http://127.0.0.1:9229")
    pool = one_text("user_pool_id", user_pool_id, "us-east-1_Ab12Cd34E")
    return issuers_of_user_pool(pool, endpoint_url)


def _token_uses(token_use: Expected) -> tuple[str, ...] | Unchecked:
    uses = required("token_use", token_use, "access")
    if isinstance(uses, Unchecked) or all(use in TOKEN_USES for use in uses):
        return uses
    raise ConfigurationError(
        "token_use cannot be compared with.",
        code="OA-C771",
        why='A user pool gives tokens of two kinds: "access" and "id".',
        fix='Give it as in: token_use="access"',
    )
