"""UserPoolVerifier: for the tokens of an Amazon Cognito user pool.

The law of this module: issuer and key set are made from the pool's id, which is checked before it
becomes a part of a URL; the kind of token and the app client have no default.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import region_of_user_pool
from osdu_auth.profiles.partitions import domain_of_region
from osdu_auth.text import printable
from osdu_auth.verification.checks import (
    AudienceFormCheck,
    ClientCheck,
    IssuerCheck,
    TextsCheck,
    TokenUseCheck,
)
from osdu_auth.verification.common_keys import common_keys
from osdu_auth.verification.construction import check_leeway, one_text, required
from osdu_auth.verification.header import HeaderRules
from osdu_auth.verification.issuer_keys import IssuerKeys
from osdu_auth.verification.limits import LONGEST_LIFE
from osdu_auth.verification.memo import MEMO_SIZE
from osdu_auth.verification.policy import IssuerPolicy, check_extra_checks, keys_of
from osdu_auth.verification.time_checks import TimesCheck
from osdu_auth.verification.token_verifier import TokenVerifier
from osdu_auth.verification.unchecked import Unchecked
from osdu_auth.verification.verified_token import COGNITO_GROUPS
from osdu_auth.verification.verifier import left_out, privilege_checks

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from osdu_auth.verification.checks import ClaimCheck
    from osdu_auth.verification.construction import Expected
    from osdu_auth.verification.key_set import KeySet
    from osdu_auth.verification.policy import ExtraCheck
    from osdu_auth.verification.privilege_checks import Needed

TOKEN_USES = ("access", "id")

# A user pool signs with RS256 and nothing else.
_ALGORITHMS = ("RS256",)
_TYPES = ("jwt",)


class UserPoolVerifier(TokenVerifier):
    """Verifies the tokens of one user pool.

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
        issuer = issuer_of_user_pool(user_pool_id, endpoint_url)
        client_ids = required("client_id", client_id, "1h57kf5cpq17m0eml12EXAMPLE")
        uses = _token_uses(token_use)
        asked: list[ClaimCheck] = [IssuerCheck(issuer), TextsCheck()]
        asked.append(TokenUseCheck(TOKEN_USES if isinstance(uses, Unchecked) else uses))
        if isinstance(client_ids, Unchecked):
            asked.append(AudienceFormCheck())
        else:
            asked.append(ClientCheck(client_ids))
        asked += privilege_checks(scope, groups, COGNITO_GROUPS)
        if keys is None:
            address = key_set_of_user_pool(issuer)
            keys = common_keys(issuer, jwks_uri=address, algorithms=_ALGORITHMS, clock=clock)
        policy = IssuerPolicy(
            issuer=issuer,
            keys=keys_of(issuer, keys),
            header=HeaderRules(_ALGORITHMS, _TYPES, needs_kid=True),
            checks=tuple(asked),
            times=TimesCheck(check_leeway(leeway), LONGEST_LIFE),
            extra_checks=check_extra_checks(checks),
            groups_claim=COGNITO_GROUPS,
            unchecked=left_out(client_id=client_ids, token_use=uses),
        )
        super().__init__([policy], clock, memo_size)


def keys_of_user_pool(
    user_pool_id: str,
    *,
    endpoint_url: str | None = None,
    preload: KeySet | None = None,
    shared_folder: str | os.PathLike[str] | None = None,
    clock: Callable[[], float] = time.time,
) -> IssuerKeys:
    """Return keys of a user pool for the verifiers that are given them, and for no others.

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
    issuer = issuer_of_user_pool(user_pool_id, endpoint_url)
    return IssuerKeys(
        issuer,
        jwks_uri=key_set_of_user_pool(issuer),
        algorithms=_ALGORITHMS,
        preload=preload,
        shared_folder=shared_folder,
        clock=clock,
    )


def key_set_of_user_pool(issuer: str) -> str:
    """Return the address of a user pool's key set, given the pool's issuer."""
    return f"{issuer}/.well-known/jwks.json"


def issuer_of_user_pool(user_pool_id: str | None, endpoint_url: str | None = None) -> str:
    """Return the issuer that a user pool's tokens name.

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        endpoint_url: another address than AWS's, such as a sandbox's.

    Raises:
        ConfigurationError: OA-C702, OA-C706, OA-C770, OA-C771: the id or the address cannot be
            used.
    """
    pool = one_text("user_pool_id", user_pool_id, "us-east-1_Ab12Cd34E")
    region = region_of_user_pool(pool)
    if endpoint_url is not None:
        one_text("endpoint_url", endpoint_url, "http://127.0.0.1:9229")
        return f"{check_endpoint_url(endpoint_url)}/{pool}"
    domain = domain_of_region(region)
    issuer = f"https://cognito-idp.{region}.{domain}/{pool}"
    # Once more as a whole: whoever could steer this would bring the keys (as CVE-2026-22611).
    if not re.fullmatch(rf"https://cognito-idp\.[a-z0-9-]+\.{re.escape(domain)}/[\w-]+", issuer):
        raise ConfigurationError(
            f'"{printable(pool, 60)}" does not make the name of an issuer.',
            code="OA-C702",
            fix="Give it as in: --user-pool-id us-east-1_Ab12Cd34E",
        )
    return issuer


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
