"""TokenVerifier: from a token's text to a `VerifiedToken`, or to the list of its failed checks.

Invariants:

- Size and form are checked before anything is parsed; then every check runs, and all failures are
  collected.
- The issuer in the claims selects the policy with exactly that issuer. The key comes from that
  policy's keys, and its one algorithm has to be the header's.
- No key is fetched for a token that is refused without it. A token that only lacks a scope or a
  group does cause a fetch: the answer is 403 if the token is valid and 401 if not, and only the
  signature decides.
- The time is checked again after a fetch: a token may have expired during the fetch.
- The result is always a `VerifiedToken` or one of our errors. The token's text is in neither of
  them, and in no local variable of the frames in an error's traceback.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import ConfigurationError, KeysUnavailable
from osdu_auth.verification.arguments import check_clock, check_memo_size
from osdu_auth.verification.claims.checks import one_of
from osdu_auth.verification.claims.rejection import (
    ALGORITHM,
    ISSUER,
    KEY,
    SIGNATURE,
    FailedCheck,
    TokenRejected,
    only_privileges_missing,
    shown,
    shown_claim,
)
from osdu_auth.verification.claims.token_text import (
    segments_of,
    text_of,
    unverified_claims,
    unverified_header,
)
from osdu_auth.verification.claims.verified_token import VerifiedToken
from osdu_auth.verification.memo import MEMO_SIZE, Memo, MemoEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from osdu_auth.secret import Secret
    from osdu_auth.verification.claims.header import Header, HeaderRules
    from osdu_auth.verification.claims.policy import IssuerPolicy
    from osdu_auth.verification.keys.verification_key import VerificationKey

_MOST_HEADERS = 64  # of valid tokens: one for each key of each issuer


class ParsedToken(NamedTuple):
    """A token's parts, and the failed checks before its signature is checked.

    Args:
        header_segment: its header, encoded.
        signed: the bytes that the signature signs.
        signature: the signature.
        header: the content of its header.
        claims: its claims, unverified.
        policy: the policy of its issuer.
        failures: the failed checks of the header and the claims.
        key: the key that its header names, if it is among the held keys.
        must_fetch: whether the key has to be fetched before the token is accepted or refused.
    """

    header_segment: bytes
    signed: bytes
    signature: bytes
    header: Header
    claims: dict[str, Any]
    policy: IssuerPolicy
    failures: list[FailedCheck]
    key: VerificationKey | None
    must_fetch: bool


class TokenVerifier:
    """Verifies the tokens of one issuer or of several.

    Args:
        policies: one for each issuer.
        clock: returns seconds since 1970.
        memo_size: how many verified tokens are remembered; 0 for none.
        default_policy: the policy for a token that names another issuer, so that the error lists
            all failed checks; None to list the wrong issuer alone.

    Raises:
        ConfigurationError: OA-C773: clock or size is not valid; OA-C779: there is no policy, or two
            policies have one issuer.
    """

    def __init__(
        self,
        policies: Sequence[IssuerPolicy],
        clock: Callable[[], float],
        memo_size: int = MEMO_SIZE,
        default_policy: IssuerPolicy | None = None,
    ) -> None:
        self._policies = {policy.issuer: policy for policy in policies}
        self.default_policy = default_policy
        self._clock = check_clock(clock)
        self._memo = Memo(check_memo_size(memo_size))
        self._headers: dict[bytes, tuple[HeaderRules, Header]] = {}
        if not policies or len(self._policies) != len(policies):
            raise ConfigurationError(
                "Each issuer needs exactly one verifier.",
                code="OA-C779",
                why="A token's issuer decides which verifier checks it.",
                fix="For several app clients, make one verifier: client_id=[…, …]",
            )

    @property
    def policies(self) -> tuple[IssuerPolicy, ...]:
        """The policy of each issuer."""
        return tuple(self._policies.values())

    def verify(self, token: str | Secret) -> VerifiedToken:
        """Return the content of a token if it is valid.

        Args:
            token: a JWT in compact form (RFC 7519), without `Bearer`.

        Raises:
            TokenRejected: OA-V501 to OA-V550: it is not valid; the error lists all failed checks.
            KeysUnavailable: OA-N670 to OA-N675: it cannot be decided without the issuer's keys.
        """
        try:
            return self._verified(token)
        except (TokenRejected, KeysUnavailable) as error:
            del token
            raise error.with_traceback(None) from None
        except BaseException as error:  # such as Ctrl-C, or a defect: the traceback stays
            del token
            _clear_frames(error)
            raise

    async def averify(self, token: str | Secret) -> VerifiedToken:
        """Do what `verify` does; a fetch of keys does not block the event loop."""
        try:
            return await self._averified(token)
        except (TokenRejected, KeysUnavailable) as error:
            del token
            raise error.with_traceback(None) from None
        except BaseException as error:  # a task is cancelled, or a defect: the traceback stays
            del token
            _clear_frames(error)
            raise

    def _verified(self, token: str | Secret) -> VerifiedToken:
        text, now = text_of(token), self._clock()
        digest = sha256(text).digest() if self._memo.size else b""
        entry = self._memo.find(digest, now)
        if entry is not None:
            return _checked_again(entry)
        parsed = self._read(text, now)
        key = parsed.key
        if parsed.must_fetch:
            key = parsed.policy.keys.find(parsed.header.kid)
            self._check_times_again(parsed)
        return self._decide(parsed, key, digest)

    async def _averified(self, token: str | Secret) -> VerifiedToken:
        text, now = text_of(token), self._clock()
        digest = sha256(text).digest() if self._memo.size else b""
        entry = self._memo.find(digest, now)
        if entry is not None:
            return _checked_again(entry)
        parsed = self._read(text, now)
        key = parsed.key
        if parsed.must_fetch:
            key = await parsed.policy.keys.afind(parsed.header.kid)
            self._check_times_again(parsed)
        return self._decide(parsed, key, digest)

    def _read(self, text: bytes, now: float) -> ParsedToken:
        """Parse a token, and run every check that does not need the signature."""
        segment, payload, signed, signature = segments_of(text)
        claims = unverified_claims(payload)
        policy = self.policy_for(claims)
        header = self._header(segment, policy)
        failures = [*header.failures]
        for check in policy.checks:
            failures += check.failures(claims, now)
        failures += policy.times.failures(claims, now)
        key, is_fresh = None, False
        held = policy.keys.held
        if held is not None:
            key = held.keys.find(header.kid)
            is_fresh = key is not None and held.fresh_from <= now < held.fresh_until
        must_fetch = not is_fresh and only_privileges_missing(failures)
        return ParsedToken(
            segment, signed, signature, header, claims, policy, failures, key, must_fetch
        )

    def _check_times_again(self, parsed: ParsedToken) -> None:
        parsed.failures.extend(parsed.policy.times.failures(parsed.claims, self._clock()))

    def policy_for(self, claims: dict[str, Any]) -> IssuerPolicy:
        """Return the policy of the issuer that a token names.

        Args:
            claims: the token's claims, unverified.

        Raises:
            TokenRejected: OA-V520: it names an unknown issuer, and there is no default policy.
        """
        issuer = claims.get("iss")
        policy = self._policies.get(issuer) if isinstance(issuer, str) else None
        policy = policy or self.default_policy
        if policy is None:
            expected = one_of(tuple(self._policies))
            found = shown_claim(claims, "iss")
            raise TokenRejected([FailedCheck(ISSUER, "iss", expected, found)])
        return policy

    def _header(self, segment: bytes, policy: IssuerPolicy) -> Header:
        """Return the content of a header; headers of valid tokens are cached by their text."""
        cached = self._headers.get(segment)
        if cached is not None and cached[0] is policy.header:
            return cached[1]
        return policy.header.read(unverified_header(segment))

    def _decide(
        self, parsed: ParsedToken, key: VerificationKey | None, digest: bytes
    ) -> VerifiedToken:
        """Check the signature, and return the token or raise all failed checks."""
        header, policy, failures = parsed.header, parsed.policy, parsed.failures
        if key is None:
            if policy.keys.held is not None or only_privileges_missing(failures):
                found = "no id" if header.kid is None else shown(header.kid)
                expected = "a key that the issuer publishes"
                failures.append(FailedCheck(KEY, "kid", expected, found))
        elif header.algorithm != key.algorithm:
            if header.algorithm:
                found = header.algorithm
                failures.append(
                    FailedCheck(
                        ALGORITHM, "alg", f"{key.algorithm}, the algorithm of its key", found
                    )
                )
        elif not key.signed(parsed.signature, parsed.signed):
            failures.append(
                FailedCheck(SIGNATURE, "signature", "a signature by the key", "another signature")
            )
        if failures or key is None:
            raise TokenRejected(failures)
        token = VerifiedToken(header, parsed.claims, policy.groups_claim)
        if policy.extra_checks:
            policy.run_extra_checks(token)
        self._remember(parsed, key, digest, token)
        return token

    def _remember(
        self, parsed: ParsedToken, key: VerificationKey, digest: bytes, token: VerifiedToken
    ) -> None:
        policy, segment = parsed.policy, parsed.header_segment
        if self._memo.size:
            valid_from = policy.times.valid_from(parsed.claims)
            valid_until = policy.times.valid_until(parsed.claims)
            # `held` may have changed since the key was found, so the memo sets it at first use.
            entry = MemoEntry(token, policy, key, None, valid_from, valid_until)
            self._memo.store(digest, entry)
        if segment not in self._headers and len(self._headers) < _MOST_HEADERS:
            self._headers[segment] = (policy.header, parsed.header)


def _checked_again(entry: MemoEntry) -> VerifiedToken:
    if entry.policy.extra_checks:
        entry.policy.run_extra_checks(entry.token)
    return entry.token


def _clear_frames(error: BaseException) -> None:
    from traceback import clear_frames

    clear_frames(error.__traceback__)
