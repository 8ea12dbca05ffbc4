"""AWS Lambda: an authorizer for Amazon API Gateway, REST and HTTP APIs.

    handler = authorizer(verifier)

A REST API's authorizer (TOKEN and REQUEST) answers with a policy, and causes a 401 by an error with
the text `Unauthorized`. An HTTP API's authorizer, with payload format 2.0, answers with
`isAuthorized`, or with a policy if simple responses are not enabled: `authorizer(verifier,
simple_responses=False)`.
(API Gateway developer guide, "Use API Gateway Lambda authorizers" and "Control access to HTTP APIs
with AWS Lambda authorizers".)

The service behind the API finds these in the authorizer's context: `subject`, `username`,
`client_id`, `scope`, `groups` and `expires_at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.verification.claims.verified_token import VerifiedToken
    from osdu_auth.verification.token_verifier import TokenVerifier

_FORBIDDEN, _NO_KEYS = 403, 503


class Unauthorized(Exception):  # not one of our errors: API Gateway recognises it by its text
    """Makes API Gateway answer 401."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Undecided(Exception):
    """Makes API Gateway answer 500: without keys, a token cannot be verified."""

    def __init__(self) -> None:
        super().__init__("The issuer's keys are not available.")


def authorizer(
    verifier: TokenVerifier, *, simple_responses: bool = True
) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """Return a Lambda handler that accepts requests with a valid token.

    Args:
        verifier: verifies the tokens; make it once, outside the handler, so that it keeps its keys.
        simple_responses: whether the HTTP API has them enabled; a REST API does not have them.
    """
    guard = BearerGuard(verifier)

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Answer API Gateway.

        Raises:
            Unauthorized: a REST API's request has no valid token.
            Undecided: the issuer's keys are not available.
        """
        del context
        given: object = event
        event = given if isinstance(given, Mapping) else {}
        checked = guard.check(_authorization(event))
        if isinstance(checked, HttpRefusal) and checked.status == _NO_KEYS:
            raise Undecided
        if event.get("version") == "2.0":
            if simple_responses:
                return _simple_response(checked)
            return _policy_response(checked, str(event.get("routeArn", "")))
        if isinstance(checked, HttpRefusal) and checked.status != _FORBIDDEN:
            raise Unauthorized
        return _policy_response(checked, str(event.get("methodArn", "")))

    return handler


def _authorization(event: Mapping[str, Any]) -> list[str]:
    """Return the values of `Authorization`; each kind of event has them in a different member."""
    if event.get("type") == "TOKEN":
        found = [event.get("authorizationToken")]
    elif event.get("multiValueHeaders"):
        lists = _authorization_values(event["multiValueHeaders"])
        found = [each for values in lists if isinstance(values, list) for each in values]
    else:
        found = _authorization_values(event.get("headers"))
    return [value for value in found if isinstance(value, str) and value]


def _authorization_values(headers: object) -> list[Any]:
    """Return the values of `Authorization`; [] if `headers` is not a mapping."""
    pairs = headers.items() if isinstance(headers, Mapping) else ()
    return [value for name, value in pairs if str(name).lower() == "authorization"]


def _simple_response(checked: VerifiedToken | HttpRefusal) -> dict[str, Any]:
    if isinstance(checked, HttpRefusal):
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": _context(checked)}


def _policy_response(checked: VerifiedToken | HttpRefusal, method_arn: str) -> dict[str, Any]:
    """Return a policy for the whole stage: API Gateway reuses it for calls with the same token."""
    refused = isinstance(checked, HttpRefusal)
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Deny" if refused else "Allow",
        "Resource": "/".join([*method_arn.split("/")[:2], "*"]),
    }
    answer: dict[str, Any] = {
        "principalId": "nobody",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
    if not isinstance(checked, HttpRefusal):
        answer |= {"principalId": checked.subject or "unnamed", "context": _context(checked)}
    return answer


def _context(token: VerifiedToken) -> dict[str, Any]:
    """Return the context for the service: texts and numbers, as API Gateway requires.

    Groups are percent-encoded and separated by commas, since a name may have a comma.
    """
    return {
        "subject": token.subject,
        "username": token.username,
        "client_id": token.client_id,
        "scope": " ".join(token.scopes),
        "groups": ",".join(quote(group, safe="") for group in token.groups),
        "expires_at": int(token.expires_at),
    }
