"""Verifier, for the tokens of any OpenID issuer; SeveralIssuers, which combines verifiers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.arguments import (
    Unchecked,
    check_leeway,
    one_text,
    required_texts,
    texts,
    unchecked_claims,
)
from osdu_auth.verification.claims.checks import (
    AudienceCheck,
    AudienceFormCheck,
    IssuerCheck,
    TextsCheck,
)
from osdu_auth.verification.claims.header import HeaderRules
from osdu_auth.verification.claims.policy import IssuerPolicy, check_extra_checks
from osdu_auth.verification.claims.privilege_checks import privilege_checks
from osdu_auth.verification.claims.time_checks import TimesCheck
from osdu_auth.verification.keys.algorithms import USUAL_ALGORITHMS, check_algorithms
from osdu_auth.verification.keys.issuer_keys import keys_of, shared_keys
from osdu_auth.verification.memo import MEMO_SIZE
from osdu_auth.verification.token_verifier import TokenVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from osdu_auth.verification.arguments import Expected
    from osdu_auth.verification.claims.checks import ClaimCheck
    from osdu_auth.verification.claims.policy import ExtraCheck
    from osdu_auth.verification.claims.privilege_checks import Needed
    from osdu_auth.verification.keys.issuer_keys import IssuerKeys
    from osdu_auth.verification.keys.key_set import KeySet

USUAL_TYPES = ("JWT", "at+jwt")


class Verifier(TokenVerifier):
    """Verifies the tokens of one OpenID issuer.

    Args:
        issuer: exactly as its tokens name it; it cannot be `Unchecked`, as the keys are its keys.
        audience: the audience that tokens have to be for; of several, one is enough.
        algorithms: the allowed ones, some of `ALGORITHMS`.
        types: the values that `typ` may have; a token without `typ` is accepted.
        scope: a scope that is needed, several that are all needed, or `AnyOf` several.
        groups: groups that are needed, in the same way.
        groups_claim: the claim that lists a user's groups.
        checks: your own functions: each takes a `VerifiedToken`, and returns None or True to accept
            it, or else False or the reason.
        leeway: seconds by which the issuer's clock may differ from ours, 0 to 300.
        keys: a `KeySet`, or `IssuerKeys`; None to fetch the issuer's keys: all verifiers of this
            process for which no keys are given share them.
        memo_size: how many verified tokens are remembered; 0 for none.
        clock: returns seconds since 1970.

    Raises:
        ConfigurationError: OA-C770 to OA-C777: an argument is missing or not valid.
    """

    def __init__(  # noqa: PLR0913 - each rule is one argument, given by its name
        self,
        *,
        issuer: str | None = None,
        audience: Expected = None,
        algorithms: Sequence[str] = USUAL_ALGORITHMS,
        types: Sequence[str] = USUAL_TYPES,
        scope: Needed | None = None,
        groups: Needed | None = None,
        groups_claim: str = "groups",
        checks: Iterable[ExtraCheck] = (),
        leeway: float = 0,
        keys: KeySet | IssuerKeys | None = None,
        memo_size: int = MEMO_SIZE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        checked_issuer = one_text("issuer", issuer, "https://login.example.com")
        audiences = required_texts("audience", audience, "osdu")
        allowed = check_algorithms(algorithms)
        claim = one_text("groups_claim", groups_claim, "groups")
        claim_checks: list[ClaimCheck] = [IssuerCheck(checked_issuer), TextsCheck()]
        if isinstance(audiences, Unchecked):
            claim_checks.append(AudienceFormCheck())
        else:
            claim_checks.append(AudienceCheck(audiences))
        claim_checks += privilege_checks(scope, groups, claim)
        if keys is None:
            keys = shared_keys(checked_issuer, jwks_uri=None, algorithms=allowed, clock=clock)
        policy = IssuerPolicy(
            issuer=checked_issuer,
            keys=keys_of(checked_issuer, keys),
            header=HeaderRules(allowed, header_types(types), needs_kid=False),
            checks=tuple(claim_checks),
            times=TimesCheck(check_leeway(leeway)),
            extra_checks=check_extra_checks(checks),
            groups_claim=claim,
            unchecked=unchecked_claims(aud=audiences),
        )
        super().__init__([policy], clock, memo_size, default_policy=policy)


class SeveralIssuers(TokenVerifier):
    """Several verifiers as one: a token's issuer decides which of them checks it.

    Args:
        verifiers: `Verifier` and `UserPoolVerifier`, each for a different issuer.
        memo_size: how many verified tokens are remembered; 0 for none.
        clock: returns seconds since 1970.

    Raises:
        ConfigurationError: OA-C779: there is no verifier, an argument is not a verifier, or two
            verifiers are for one issuer.
    """

    def __init__(
        self,
        *verifiers: TokenVerifier,
        memo_size: int = MEMO_SIZE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        given: tuple[object, ...] = verifiers
        if not all(isinstance(verifier, TokenVerifier) for verifier in given):
            raise ConfigurationError(
                "An argument of SeveralIssuers is not a verifier.",
                code="OA-C779",
                why="Each argument has to be a Verifier or a UserPoolVerifier.",
                fix="Write one verifier after the other: SeveralIssuers(first, second)",
            )
        policies = [policy for verifier in verifiers for policy in verifier.policies]
        default_policy = verifiers[0].default_policy if len(verifiers) == 1 else None
        super().__init__(policies, clock, memo_size, default_policy)


def header_types(types: Sequence[str]) -> tuple[str, ...]:
    """Return the types that a header may have, in the form in which they are compared.

    Raises:
        ConfigurationError: OA-C771.
    """
    given = texts("types", types, "JWT")
    return tuple(name.lower().removeprefix("application/") for name in given)
