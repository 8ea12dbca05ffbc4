"""Step: the kinds of requests to an issuer."""

from __future__ import annotations

import enum


class Step(enum.Enum):
    """A kind of request to an issuer; the value names it in the error of a refusal."""

    AUTHORIZE = "the sign-in"
    EXCHANGE = "the exchange of the code"
    RENEW = "the renewal"
    REVOKE = "the end of the session"
    SERVICE = "the request for a token"
    SERVICE_BY_ASSERTION = "the request for a token, by an assertion"
