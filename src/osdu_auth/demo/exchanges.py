"""What was said between us and the user pool, as the sandbox has noted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.demo.sequence_diagram import Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.sandbox import LoggedRequest

POOL = "user pool"
TOKENS = "tokens"
_ANSWERS = {
    "AssociateSoftwareToken": "a new key",
    "VerifySoftwareToken": "the code is right",
    "ConfirmDevice": "may be remembered",
    "UpdateDeviceStatus": "remembered",
}


def exchanges_of(requests: Sequence[LoggedRequest], began: float, ended: str) -> list[Exchange]:
    """Return a sign-in as questions and answers.

    Args:
        requests: what the sandbox was asked, in order.
        began: when the sign-in began, by the sandbox's clock.
        ended: what came back last, if the pool said no to nothing.
    """
    exchanges = []
    for index, request in enumerate(requests):
        following = requests[index + 1] if index + 1 < len(requests) else None
        answer = request.error or _answer(request, following, ended)
        exchanges.append(Exchange(POOL, question_of(request), answer, request.time - began))
        began = request.time
    return exchanges


def question_of(request: LoggedRequest) -> str:
    """Return what was asked: the flow that begins a sign-in, the challenge that is answered."""
    if request.operation == "InitiateAuth":
        return f"InitiateAuth {request.parameters.get('AuthFlow', '')}"
    if request.operation == "RespondToAuthChallenge":
        return request.parameters.get("ChallengeName", request.operation)
    return request.operation


def _answer(request: LoggedRequest, following: LoggedRequest | None, ended: str) -> str:
    """What came back: the log does not keep it, but what was asked next tells it."""
    if request.operation in _ANSWERS:
        return _ANSWERS[request.operation]
    if following is None:
        return ended
    if following.operation in {"ConfirmDevice", "InitiateAuth"}:
        return TOKENS
    if following.operation == "AssociateSoftwareToken":
        return "MFA_SETUP"
    return following.parameters.get("ChallengeName", "")
