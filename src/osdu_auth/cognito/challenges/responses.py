"""Responses: from an answer to what the user pool is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges.answers import (
    Answer,
    Code,
    CustomAnswer,
    FactorChoice,
    NewPassword,
    Password,
    RememberDevice,
    SendPassword,
    TotpSetUp,
)
from osdu_auth.cognito.challenges.asked import (
    Challenge,
    CodeRequired,
    CustomQuestion,
    FactorChoiceRequired,
    NewPasswordRequired,
    PasswordRequired,
    RememberDeviceQuestion,
    SendPasswordQuestion,
    TotpSetUpRequired,
)
from osdu_auth.cognito.challenges.reading import ATTRIBUTE_PREFIX
from osdu_auth.errors import ChallengeUnanswered
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_FITTING: Mapping[type[Challenge], type[Answer]] = {
    NewPasswordRequired: NewPassword,
    CodeRequired: Code,
    FactorChoiceRequired: FactorChoice,
    TotpSetUpRequired: TotpSetUp,
    CustomQuestion: CustomAnswer,
    PasswordRequired: Password,
    RememberDeviceQuestion: RememberDevice,
    SendPasswordQuestion: SendPassword,
}


def require_fitting(challenge: Challenge, answer: Answer) -> None:
    """Refuse an answer that is none to this challenge, or that leaves out what is required.

    Raises:
        ChallengeUnanswered: OA-S332 a required attribute lacks; OA-S333 it answers another
            challenge; OA-S334 it chooses what is not there to choose from.
    """
    expected = _FITTING[type(challenge)]
    if not isinstance(answer, expected):
        raise ChallengeUnanswered(
            f"{printable(challenge.name, 60)} was answered with a {type(answer).__name__}.",
            code="OA-S333",
            why=f"It is answered with a {expected.__name__}.",
            fix=f"Have the function that answers return a {expected.__name__}.",
        )
    if isinstance(challenge, NewPasswordRequired) and isinstance(answer, NewPassword):
        _require_attributes(challenge, answer)
    if isinstance(challenge, FactorChoiceRequired) and isinstance(answer, FactorChoice):
        require_offered(challenge, answer.factor)


def responses_to(challenge: Challenge, answer: Answer) -> dict[str, str | Secret]:
    """Return what the pool is sent for an answer, without the user name and the secret hash.

    Args:
        challenge: what was asked.
        answer: one that fits, as of `require_fitting`.
    """
    match answer:
        case NewPassword(password, attributes):
            told = {ATTRIBUTE_PREFIX + name: value for name, value in attributes.items()}
            return {"NEW_PASSWORD": password, **told}
        case Code(code):
            return {f"{challenge.name}_CODE": without_blanks(code)}
        case FactorChoice(factor):
            return {"ANSWER": factor}
        case CustomAnswer(text):
            return {"ANSWER": text}
        case Password(password):
            return {"PASSWORD": password}
    return {}


def without_blanks(code: Secret) -> Secret:
    """Return a code as the pool wants it: apps show `492 118`, and people type what they see."""
    return Secret("".join(code.reveal().split()))


def require_offered(challenge: FactorChoiceRequired, factor: str) -> None:
    """Refuse a factor that is not there to choose from.

    Raises:
        ChallengeUnanswered: OA-S334.
    """
    if factor not in challenge.factors:
        raise ChallengeUnanswered(
            f"{printable(factor, 60)} is not a way to sign in that is open to this account.",
            code="OA-S334",
            why=f"The user pool offers: {printable(', '.join(challenge.factors), 200)}.",
            fix="Choose one of those: osdu-auth login",
        )


def _require_attributes(challenge: NewPasswordRequired, answer: NewPassword) -> None:
    missing = [name for name in challenge.required_attributes if not answer.attributes.get(name)]
    if missing:
        raise ChallengeUnanswered(
            f"The user pool also wants to know: {printable(', '.join(missing), 100)}.",
            code="OA-S332",
            why="These attributes are required of every user of this pool.",
            fix="Give them as NewPassword(password, attributes={…}), or: osdu-auth login",
        )
