"""Answers without a person: none at all, or from code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ChallengeUnanswered
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar, Union

    from osdu_auth.cognito.challenges.answers import Answer
    from osdu_auth.cognito.challenges.asked import (
        Answers,
        Challenge,
        CodeRequired,
        CustomQuestion,
        TotpSetUpRequired,
    )

    Asked = TypeVar("Asked", bound=Challenge)
    Text = Union[str, Secret]  # noqa: UP007 - one name for both
    # The text itself, or what finds it out when it is asked for.
    Given = Union[Text, Callable[[Asked], Text], None]  # noqa: UP007

_REMEMBER_DEVICE, _SEND_PASSWORD = "ConfirmDevice", "SendPassword"


def nobody(challenge: Challenge) -> Answer:
    """Answer for nobody: the answers of an unattended sign-in.

    Whether to trust this computer, and whether the password itself may be sent, is answered: no.

    Raises:
        ChallengeUnanswered: OA-S330.
    """
    if challenge.name == _REMEMBER_DEVICE:
        from osdu_auth.cognito.challenges.answers import RememberDevice

        return RememberDevice(remember=False)
    if challenge.name == _SEND_PASSWORD:
        from osdu_auth.cognito.challenges.answers import SendPassword

        return SendPassword(send=False)
    why = "It wants to know something from the person who signs in."
    if challenge.refusal is not None:
        why = f"The answer before was refused: {challenge.refusal.what}"
    raise ChallengeUnanswered(
        f"The user pool asks for {printable(challenge.name, 60)}, and nobody is there to answer.",
        code="OA-S330",
        why=why,
        fix="Sign in once in a terminal: osdu-auth login",
    )


def answers_from(  # noqa: PLR0913 - each is one kind of answer, named where it is given
    *,
    new_password: Text | None = None,
    attributes: Mapping[str, str] | None = None,
    code: Given[CodeRequired] = None,
    factor: str | None = None,
    totp_set_up: Callable[[TotpSetUpRequired], Text] | None = None,
    custom_answer: Given[CustomQuestion] = None,
    password: Text | None = None,
    remember_device: bool = False,
    send_password: bool = False,
) -> Answers:
    """Return answers that come from code; what is not given is answered as by `nobody`.

    A function is called each time it is asked for. A text is given once: if the pool does not take
    it, the pool's refusal is raised, as the same text would be refused again.

    Args:
        new_password: the password to choose at the first sign-in.
        attributes: values for what the pool requires to be told along with it.
        code: a code, or a function from `CodeRequired` to one, such as one that reads a mailbox.
        factor: which factor to choose, such as `SOFTWARE_TOKEN_MFA` or `EMAIL_OTP`.
        totp_set_up: a function that takes the new key of an authenticator app, keeps it, and
            returns its first code.
        custom_answer: a text, or a function from `CustomQuestion` to one.
        password: the password, for where a sign-in begins without it and comes to ask for it.
        remember_device: whether the pool is to trust this computer.
        send_password: whether the password itself may be sent to a pool that takes no proof of it;
            the factor `PASSWORD` allows it where there is a choice of factors.
    """
    from osdu_auth.cognito.challenges import answers, asked

    def answer(challenge: Challenge) -> Answer:
        match challenge:
            case asked.RememberDeviceQuestion():
                return answers.RememberDevice(remember_device)
            case asked.SendPasswordQuestion():
                is_chosen = challenge.setting == "preferred_factor" and factor == challenge.value
                return answers.SendPassword(send_password or is_chosen)
            case asked.NewPasswordRequired() if new_password is not None:
                return answers.NewPassword(_once(new_password, challenge), dict(attributes or {}))
            case asked.CodeRequired() if code is not None:
                return answers.Code(_found(code, challenge))
            case asked.FactorChoiceRequired() if factor is not None:
                return answers.FactorChoice(_once(factor, challenge).reveal())
            case asked.TotpSetUpRequired() if totp_set_up is not None:
                return answers.TotpSetUp(_found(totp_set_up, challenge))
            case asked.CustomQuestion() if custom_answer is not None:
                return answers.CustomAnswer(_found(custom_answer, challenge))
            case asked.PasswordRequired() if password is not None:
                return answers.Password(_once(password, challenge))
        return nobody(challenge)

    return answer


def _found(given: Text | Callable[[Asked], Text], challenge: Asked) -> Secret:
    return _secret(given(challenge)) if callable(given) else _once(given, challenge)


def _once(given: Text, challenge: Challenge) -> Secret:
    if challenge.refusal is not None:
        raise challenge.refusal
    return _secret(given)


def _secret(text: Text) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)
