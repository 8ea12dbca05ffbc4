"""Reading: from a challenge as it came to what it asks a person.

A challenge that is not in `_READERS` cannot be answered yet and ends in an error that names it. To
add one: its value, its answer, its reader, and one entry in the table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.challenges.asked import (
    CodeRequired,
    CustomQuestion,
    FactorChoiceRequired,
    NewPasswordRequired,
    PasswordRequired,
)
from osdu_auth.cognito.replies import PosedChallenge, bad_member
from osdu_auth.errors import ChallengeUnanswered, UnusableReply
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.cognito.challenges.asked import Challenge, Medium

ATTRIBUTE_PREFIX = "userAttributes."
_ATTRIBUTE_NAME = re.compile(r"[\w:.-]{1,32}")
_FACTOR = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
_MOST_FACTORS = 20
_SHOWN = 100  # characters of where a code went
_MEDIA: dict[str, Medium] = {
    "SMS_MFA": "SMS",
    "SMS_OTP": "SMS",
    "EMAIL_OTP": "EMAIL",
    "SOFTWARE_TOKEN_MFA": "TOTP",
}


def read_challenge(posed: PosedChallenge, username: str) -> Challenge:
    """Read a challenge.

    Args:
        posed: the challenge as it came.
        username: what the pool called the user before, or the name that was signed in with, for
            where the challenge itself does not say.

    Raises:
        ChallengeUnanswered: OA-S331: it is none that can be answered.
        UnusableReply: OA-N635: a part of it is bad.
    """
    reader = _READERS.get(posed.name)
    if reader is None:
        raise ChallengeUnanswered(
            f"The user pool asks for {printable(posed.name, 60)}, which osdu-auth cannot answer.",
            code="OA-S331",
            why="This account signs in in a way that osdu-auth does not know.",
            fix="Ask the user pool's administrator for another way to sign in with this account.",
        )
    return reader(posed, posed.username(username))


def factors_in(posed: PosedChallenge, name: str) -> tuple[str, ...]:
    """Return the factors that a parameter of a challenge lists, each one once.

    Raises:
        UnusableReply: OA-N635.
    """
    return _checked_factors(json_in(posed.parameters, name, list), name)


def json_in(parameters: Mapping[str, str], name: str, kind: type) -> Any:
    """Return the JSON that Cognito puts into a text, the kind's empty value where there is none.

    Args:
        parameters: those of a challenge.
        name: which of them.
        kind: `list` or `dict`.

    Raises:
        UnusableReply: OA-N635.
    """
    from osdu_auth.wire.json_reader import strict_json

    text = parameters.get(name)
    if not text:
        return kind()
    try:
        value = strict_json(text.encode("utf-8"))
    except (UnusableReply, UnicodeEncodeError):
        raise bad_member(name) from None
    if not isinstance(value, kind):
        raise bad_member(name)
    return value


def _read_new_password_required(posed: PosedChallenge, username: str) -> Challenge:
    required = json_in(posed.parameters, "requiredAttributes", list)
    known = json_in(posed.parameters, "userAttributes", dict)
    if not all(isinstance(name, str) for name in required):
        raise bad_member("requiredAttributes")
    names = tuple(name.removeprefix(ATTRIBUTE_PREFIX) for name in required)
    if not all(_ATTRIBUTE_NAME.fullmatch(name) for name in names):
        raise bad_member("requiredAttributes")
    return NewPasswordRequired(
        username=username,
        required_attributes=names,
        known_attributes={name: value for name, value in known.items() if isinstance(value, str)},
    )


def _read_code_required(posed: PosedChallenge, username: str) -> Challenge:
    medium = _MEDIA[posed.name]
    # The service names the medium itself where it had a choice (SMS or e-mail).
    if posed.parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM") in {"SMS", "EMAIL"}:
        medium = "SMS" if posed.parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS" else "EMAIL"
    where = "FRIENDLY_DEVICE_NAME" if medium == "TOTP" else "CODE_DELIVERY_DESTINATION"
    destination = printable(posed.parameters.get(where, ""), _SHOWN)
    return CodeRequired(posed.name, username, medium, destination)


def _read_second_factor_choice(posed: PosedChallenge, username: str) -> Challenge:
    factors = factors_in(posed, "MFAS_CAN_CHOOSE")
    if not factors:
        raise bad_member("MFAS_CAN_CHOOSE")
    return FactorChoiceRequired(posed.name, username, factors)


def _read_first_factor_choice(posed: PosedChallenge, username: str) -> Challenge:
    factors = _checked_factors(list(posed.available), "AvailableChallenges")
    if not factors:
        raise bad_member("AvailableChallenges")
    return FactorChoiceRequired(posed.name, username, factors)


def _read_custom_question(posed: PosedChallenge, username: str) -> Challenge:
    return CustomQuestion(username, dict(posed.parameters))


def _read_password_required(_posed: PosedChallenge, username: str) -> Challenge:
    return PasswordRequired(username)


def _checked_factors(factors: list[Any], name: str) -> tuple[str, ...]:
    if len(factors) > _MOST_FACTORS:
        raise bad_member(name)
    if not all(isinstance(factor, str) and _FACTOR.fullmatch(factor) for factor in factors):
        raise bad_member(name)
    return tuple(dict.fromkeys(factors))


_READERS: Mapping[str, Callable[[PosedChallenge, str], Challenge]] = {
    NewPasswordRequired.name: _read_new_password_required,
    "SMS_MFA": _read_code_required,
    "SOFTWARE_TOKEN_MFA": _read_code_required,
    "EMAIL_OTP": _read_code_required,
    "SMS_OTP": _read_code_required,
    "SELECT_MFA_TYPE": _read_second_factor_choice,
    "SELECT_CHALLENGE": _read_first_factor_choice,
    CustomQuestion.name: _read_custom_question,
    "PASSWORD": _read_password_required,
    "PASSWORD_SRP": _read_password_required,
}
