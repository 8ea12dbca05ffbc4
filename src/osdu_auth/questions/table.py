"""The table of challenges and their questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.challenges import (
    CodeRequired,
    CustomQuestion,
    FactorChoiceRequired,
    NewPasswordRequired,
    PasswordRequired,
    RememberDeviceQuestion,
    SendPasswordQuestion,
    TotpSetUpRequired,
)
from osdu_auth.questions.choices import (
    answer_custom_question,
    answer_factor_choice,
    answer_remember_device,
)
from osdu_auth.questions.codes import answer_code
from osdu_auth.questions.passwords import answer_new_password, answer_password
from osdu_auth.questions.sending_passwords import answer_send_password
from osdu_auth.questions.totp_set_up import answer_totp_set_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.cognito.challenges import Answer, Challenge
    from osdu_auth.questions.person import Person

QUESTIONS: Mapping[type, Callable[[Any, Person], Answer]] = {
    NewPasswordRequired: answer_new_password,
    CodeRequired: answer_code,
    FactorChoiceRequired: answer_factor_choice,
    TotpSetUpRequired: answer_totp_set_up,
    CustomQuestion: answer_custom_question,
    PasswordRequired: answer_password,
    RememberDeviceQuestion: answer_remember_device,
    SendPasswordQuestion: answer_send_password,
}


def answer_by(person: Person, challenge: Challenge) -> Answer:
    """Put a challenge to a person, and return their answer."""
    return QUESTIONS[type(challenge)](challenge, person)
