"""Bearer tokens in HTTP (RFC 6750): from an `Authorization` header to a token or a refusal.

Invariants:

- A token is read only from the `Authorization` header.
- A refusal has the information that RFC 6750, section 3, allows. It does not say which check
  failed, and has nothing from the token in it.
- Without keys the answer is 503, as the token can be neither accepted nor refused.
- The reason for a refusal goes to the service's own log `osdu_auth`, at INFO; missing keys are a
  WARNING. Neither has the token in it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError, KeysUnavailable
from osdu_auth.text import printable
from osdu_auth.verification.claims.privilege_checks import NamesCheck
from osdu_auth.verification.claims.rejection import SCOPE, TokenRejected
from osdu_auth.verification.keys.issuer_keys import PAUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.verification.claims.verified_token import VerifiedToken
    from osdu_auth.verification.token_verifier import TokenVerifier

# The name of the scheme ends there: no character of a name may follow (RFC 9110, sections 5.6.2 and
# 11.4, where a name is called a token).
_SCHEME = re.compile(r"bearer(?![\w!#$%&'*+.^`|~-])", re.IGNORECASE | re.ASCII)
_CREDENTIALS = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)  # section 2.1
_QUOTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # section 3

_LOG = logging.getLogger("osdu_auth")

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    503: "Service Unavailable",
}
_RETRY_AFTER = str(ceil(PAUSE))  # seconds: when the issuer may be asked again


@dataclass(frozen=True)
class HttpRefusal:
    """An HTTP answer that refuses a request.

    Args:
        status: 400, 401, 403 or 503.
        challenge: the value of `WWW-Authenticate`; "" for none.
    """

    status: int
    challenge: str = ""

    @property
    def reason(self) -> str:
        """The reason phrase of the status."""
        return _REASONS[self.status]

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the answer, with names in lower case."""
        common = (("cache-control", "no-store"), ("content-length", "0"))
        if self.challenge:
            return (("www-authenticate", self.challenge), *common)
        return (("retry-after", _RETRY_AFTER), *common)


class BearerGuard:
    """Accepts requests with a valid token; the adapter of each framework uses it.

    Args:
        verifier: verifies the tokens.
        realm: the name of the protected service in a challenge.

    Raises:
        ConfigurationError: OA-C771: the realm has a character that a challenge cannot have.
    """

    def __init__(self, verifier: TokenVerifier, realm: str = "osdu") -> None:
        given: object = realm
        if not isinstance(given, str) or not _QUOTABLE.fullmatch(given):
            raise ConfigurationError(
                f'"{printable(str(given), 40)}" cannot be a realm.',
                code="OA-C771",
                why="It has to be printable ASCII without quotes and backslashes (RFC 6750, "
                "section 3).",
                fix='Write it as in this example: realm="osdu"',
            )
        self._verifier = verifier
        self._challenge = f'Bearer realm="{realm}"'
        self._scope = _scope_of(verifier)

    def check(self, authorization: Sequence[str]) -> VerifiedToken | HttpRefusal:
        """Return the verified token of a request, or the answer that refuses it.

        Args:
            authorization: the values of its `Authorization` headers; more than one is an error.
        """
        token = self._token(authorization)
        if isinstance(token, HttpRefusal):
            return token
        try:
            return self._verifier.verify(token)
        except (TokenRejected, KeysUnavailable) as error:
            return self._refusal(error)
        except BaseException:  # such as Ctrl-C, or a task that is cancelled
            del authorization, token
            raise

    async def acheck(self, authorization: Sequence[str]) -> VerifiedToken | HttpRefusal:
        """Do what `check` does, without blocking the event loop."""
        token = self._token(authorization)
        if isinstance(token, HttpRefusal):
            return token
        try:
            return await self._verifier.averify(token)
        except (TokenRejected, KeysUnavailable) as error:
            return self._refusal(error)
        except BaseException:  # such as Ctrl-C, or a task that is cancelled
            del authorization, token
            raise

    def require(self, token: VerifiedToken, scopes: Sequence[str]) -> VerifiedToken | HttpRefusal:
        """Return the token if it has all of these scopes, or the answer that refuses it.

        Args:
            token: a verified token.
            scopes: the scopes that one endpoint needs, in addition to those of the verifier.
        """
        missing = [scope for scope in scopes if scope not in token.scopes]
        if not missing:
            return token
        _LOG.info("A request was refused: its token lacks %d of the scopes needed", len(missing))
        return self._refused(403, "insufficient_scope", _quotable(" ".join(scopes)))

    def _token(self, authorization: Sequence[str]) -> str | HttpRefusal:
        """Return the token; another scheme counts as no credentials (section 3.1)."""
        if len(authorization) > 1:
            return self._refused(400, "invalid_request")
        if not authorization or not _SCHEME.match(authorization[0]):
            return HttpRefusal(401, self._challenge)
        credentials = _CREDENTIALS.fullmatch(authorization[0])
        return credentials[1] if credentials else self._refused(400, "invalid_request")

    def _refusal(self, error: TokenRejected | KeysUnavailable) -> HttpRefusal:
        if isinstance(error, KeysUnavailable):
            _LOG.warning(
                "A request could not be checked: %s %s [%s]", error.what, error.why, error.code
            )
            return HttpRefusal(503)
        _LOG.info("A request was refused: %s [%s]", error.failures[0], error.code)
        if error.insufficient_scope:
            return self._refused(403, "insufficient_scope", self._scope)
        return self._refused(401, "invalid_token")

    def _refused(self, status: int, error: str, scope: str = "") -> HttpRefusal:
        scope_parameter = f', scope="{scope}"' if scope else ""
        return HttpRefusal(status, f'{self._challenge}, error="{error}"{scope_parameter}')


def _scope_of(verifier: TokenVerifier) -> str:
    """Return the needed scopes, if all policies need the same and they can be quoted; else ""."""
    needed = {_needed_scope(policy.checks) for policy in verifier.policies}
    return _quotable(needed.pop()) if len(needed) == 1 else ""


def _quotable(scope: str) -> str:
    return scope if _QUOTABLE.fullmatch(scope) else ""


def _needed_scope(checks: Sequence[object]) -> str:
    found = (check for check in checks if isinstance(check, NamesCheck) and check.code == SCOPE)
    return next((" ".join(check.needed) for check in found), "")
