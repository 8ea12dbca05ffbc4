"""The kinds of challenge: one row for each says how it is asked, answered, read and sent.

To add a kind, add its two values in `values`, its row here, its question in `prompts.challenges`,
and its public names in `osdu_auth`. A challenge without a row ends the sign-in with an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.cognito.app_client import require_typable
from osdu_auth.cognito.challenges.tries import CODE_TRIES, NEW_PASSWORD_TRIES
from osdu_auth.cognito.challenges.values import (
    Code,
    CodeRequired,
    CustomAnswer,
    CustomQuestion,
    FactorChoice,
    FactorChoiceRequired,
    NewPassword,
    NewPasswordRequired,
    Password,
    PasswordRequired,
    RememberDevice,
    RememberDeviceQuestion,
    SendPassword,
    SendPasswordQuestion,
    TotpSetUp,
    TotpSetUpRequired,
)
from osdu_auth.cognito.replies import ChallengeReply, bad_member
from osdu_auth.cognito.service_errors import CODE_REFUSED, NEW_PASSWORD_REFUSED
from osdu_auth.errors import ChallengeUnanswered, UnusableReply
from osdu_auth.fixes import Run
from osdu_auth.input_text import digits_in
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar, Union

    from osdu_auth.cognito.challenges.values import Answer, Answers, Challenge, Medium

    Asked = TypeVar("Asked", bound=Challenge)
    Text = Union[str, Secret]  # noqa: UP007 - one name for both
    # The text itself, or a function that returns it when it is asked for.
    Given = Union[Text, Callable[[Asked], Text], None]  # noqa: UP007
    Responses = dict[str, str | Secret]

_ATTRIBUTE_PREFIX = "userAttributes."
_ATTRIBUTE_NAME = re.compile(r"[\w:.-]{1,32}")
_FACTOR = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
_MOST_FACTORS = 20
_SHOWN = 100  # characters of the place that a code was sent to
_MEDIA: dict[str, Medium] = {
    "SMS_MFA": "SMS",
    "SMS_OTP": "SMS",
    "EMAIL_OTP": "EMAIL",
    "SOFTWARE_TOKEN_MFA": "TOTP",
}


class Kind(NamedTuple):
    """One kind of challenge.

    Args:
        asked: the class of the challenge's value.
        answer: the class of its answer.
        names: the pool's names of the challenge; empty if the pool has no challenge for it.
        read: takes the challenge as it came and the user's name, and returns the value; None if the
            pool has no challenge for it.
        respond: takes the value and its answer, and returns the responses for the pool, without
            user name and secret hash; None where another operation sends the answer.
        require: raises an error for an answer of the right class that does not answer the question.
        tries: how often it is asked in one sign-in.
        correctable: the codes of the errors after which it is asked again.
        is_reused: whether the answer is used again if the sign-in starts again.
        unattended: the answer where there is no person; None where that is an error.
    """

    asked: type[Challenge]
    answer: type[Answer]
    names: tuple[str, ...] = ()
    read: Callable[[ChallengeReply, str], Challenge] | None = None
    respond: Callable[[Any, Any], Responses] | None = None
    require: Callable[[Any, Any], None] | None = None
    tries: int = 1
    correctable: frozenset[str] = frozenset()
    is_reused: bool = False
    unattended: Answer | None = None


def kind_of(challenge: Challenge) -> Kind:
    """Return the row of a challenge."""
    return _BY_TYPE[type(challenge)]


def read_challenge(received: ChallengeReply, username: str) -> Challenge:
    """Read a challenge.

    Args:
        received: the challenge as it came.
        username: the pool's earlier name of the user, or the typed name; it is used where the
            challenge itself contains no name.

    Raises:
        ChallengeUnanswered: OA-S331: osdu-auth cannot answer this challenge.
        UnusableReply: OA-N635: a part of it is invalid.
    """
    read = _READERS.get(received.name)
    if read is None:
        raise ChallengeUnanswered(
            f"The user pool asks for {printable(received.name, 60)}; osdu-auth cannot answer that.",
            code="OA-S331",
            why="osdu-auth does not support this kind of sign-in.",
            fix="Ask the user pool's administrator for another way to sign in with this account.",
        )
    return read(received, received.username(username))


def checked_answer(challenge: Challenge, answer: Answer) -> Answer:
    """Return an answer, after checking that it answers the challenge completely.

    Raises:
        ChallengeUnanswered: OA-S332: a required attribute is missing; OA-S333: it answers another
            challenge; OA-S334: it chooses a factor that was not offered.
    """
    kind = kind_of(challenge)
    if not isinstance(answer, kind.answer):
        expected = kind.answer.__name__
        raise ChallengeUnanswered(
            f"{printable(challenge.name, 60)} was answered with a {type(answer).__name__}.",
            code="OA-S333",
            why=f"It is answered with a {expected}.",
            fix=f"Let the function that answers return a {expected}.",
        )
    if kind.require is not None:
        kind.require(challenge, answer)
    return answer


def responses_to(challenge: Challenge, answer: Answer) -> Responses:
    """Return the responses for the pool, without the user name and the secret hash.

    Args:
        challenge: the challenge.
        answer: its answer, checked by `checked_answer`.
    """
    respond = kind_of(challenge).respond
    return respond(challenge, answer) if respond is not None else {}


def answer_unattended(challenge: Challenge) -> Answer:
    """Return the answer where there is no person, as `unattended` does.

    Raises:
        ChallengeUnanswered: OA-S330.
    """
    kind = _BY_TYPE.get(type(challenge))  # absent for a browser's question
    if kind is not None and kind.unattended is not None:
        return kind.unattended
    why = "Only the person who signs in can answer that."
    if challenge.refusal is not None:
        why = f"The previous answer was refused: {challenge.refusal.what}"
    raise ChallengeUnanswered(
        f"The user pool asks for {printable(challenge.name, 60)}, and no person can be asked here.",
        code="OA-S330",
        why=why,
        fix="Sign in once in a terminal: " + Run("login", asks=True),
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
    """Return a function that answers challenges; `unattended` answers those without an argument.

    A function is called each time its answer is needed. A text is used once: if the pool refuses
    it, that error is raised, because the same text would be refused again.

    Args:
        new_password: the password to choose at the first sign-in.
        attributes: the attributes that the pool requires together with the new password.
        code: a code, or a function that takes a `CodeRequired` and returns a code, for example
            from a mailbox.
        factor: the factor to choose, such as `SOFTWARE_TOKEN_MFA` or `EMAIL_OTP`.
        totp_set_up: a function that takes the new key of an authenticator app, stores it, and
            returns the app's first code.
        custom_answer: a text, or a function that takes a `CustomQuestion` and returns a text.
        password: the password, for a sign-in that begins without it and asks for it later.
        remember_device: whether the pool may remember this computer.
        send_password: whether the password itself may be sent to a pool that accepts no proof of
            it; the factor `PASSWORD` allows it where there is a choice of factors.
    """

    def answer(challenge: Challenge) -> Answer:
        match challenge:
            case RememberDeviceQuestion():
                return RememberDevice(remember_device)
            case SendPasswordQuestion():
                is_chosen = challenge.setting == "preferred_factor" and factor == challenge.value
                return SendPassword(send_password or is_chosen)
            case NewPasswordRequired() if new_password is not None:
                return NewPassword(
                    _secret_unless_refused(new_password, challenge), dict(attributes or {})
                )
            case CodeRequired() if code is not None:
                return Code(_secret_from(code, challenge))
            case FactorChoiceRequired() if factor is not None:
                return FactorChoice(_secret_unless_refused(factor, challenge).reveal())
            case TotpSetUpRequired() if totp_set_up is not None:
                return TotpSetUp(_secret_from(totp_set_up, challenge))
            case CustomQuestion() if custom_answer is not None:
                return CustomAnswer(_secret_from(custom_answer, challenge))
            case PasswordRequired() if password is not None:
                return Password(_secret_unless_refused(password, challenge))
        return answer_unattended(challenge)

    return answer


def one_time_code(code: Secret, medium: Medium | None = None) -> Secret:
    """Return the digits of a code: apps show `492 118`, and people type what they see.

    Args:
        code: the code as it was typed.
        medium: how the user got the code; None for any kind of message.

    Raises:
        ChallengeUnanswered: OA-S350: it cannot be a code; sending it would use up a try.
    """
    digits = digits_in(code.reveal())
    if is_one_time_code(digits, medium):
        return Secret(digits)
    raise ChallengeUnanswered(
        "That is not a code, and it was not sent to the user pool.",
        code="OA-S350",
        why=form_of_code(medium),
        fix="Give only the digits that the app or the message shows.",
    )


def is_one_time_code(digits: str, medium: Medium | None = None) -> bool:
    """Say whether a text can be a code: six digits of an app; of a message, six or more."""
    return re.fullmatch("[0-9]{6}" if medium == "TOTP" else "[0-9]{6,}", digits) is not None


def form_of_code(medium: Medium | None = None) -> str:
    """Return a sentence that says what a code looks like."""
    return f"A code is six digits{'' if medium == 'TOTP' else ', or a few more'}."


def factors_in(received: ChallengeReply, name: str) -> tuple[str, ...]:
    """Return the factors that a parameter of a challenge lists, without duplicates.

    Raises:
        UnusableReply: OA-N635.
    """
    return _checked_factors(_json_in(received.parameters, name, list), name)


def _secret_from(given: Text | Callable[[Asked], Text], challenge: Asked) -> Secret:
    return (
        _secret(given(challenge)) if callable(given) else _secret_unless_refused(given, challenge)
    )


def _secret_unless_refused(given: Text, challenge: Challenge) -> Secret:
    if challenge.refusal is not None:
        raise challenge.refusal
    return _secret(given)


def _secret(text: Text) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


def _json_in(parameters: Mapping[str, str], name: str, kind: type) -> Any:
    """Return the JSON value in a text parameter; an empty value where there is none."""
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


def _checked_factors(factors: list[Any], name: str) -> tuple[str, ...]:
    if len(factors) > _MOST_FACTORS:
        raise bad_member(name)
    if not all(isinstance(factor, str) and _FACTOR.fullmatch(factor) for factor in factors):
        raise bad_member(name)
    return tuple(dict.fromkeys(factors))


def _read_new_password_required(received: ChallengeReply, username: str) -> Challenge:
    required = _json_in(received.parameters, "requiredAttributes", list)
    known = _json_in(received.parameters, "userAttributes", dict)
    if not all(isinstance(name, str) for name in required):
        raise bad_member("requiredAttributes")
    names = tuple(name.removeprefix(_ATTRIBUTE_PREFIX) for name in required)
    if not all(_ATTRIBUTE_NAME.fullmatch(name) for name in names):
        raise bad_member("requiredAttributes")
    return NewPasswordRequired(
        username=username,
        required_attributes=names,
        known_attributes={name: value for name, value in known.items() if isinstance(value, str)},
    )


def _respond_new_password(_: NewPasswordRequired, answer: NewPassword) -> Responses:
    require_typable(answer.password)
    attributes = {_ATTRIBUTE_PREFIX + name: value for name, value in answer.attributes.items()}
    return {"NEW_PASSWORD": answer.password, **attributes}


def _require_attributes(challenge: NewPasswordRequired, answer: NewPassword) -> None:
    missing = [name for name in challenge.required_attributes if not answer.attributes.get(name)]
    if missing:
        raise ChallengeUnanswered(
            f"The user pool also requires: {printable(', '.join(missing), 100)}.",
            code="OA-S332",
            why="These attributes are required of every user of this pool.",
            fix="Give them as NewPassword(password, attributes={…}), or: "
            + Run("login", asks=True),
        )


def _read_code_required(received: ChallengeReply, username: str) -> Challenge:
    medium = _MEDIA[received.name]
    # The service names the medium where it could choose between SMS and e-mail.
    if received.parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM") in {"SMS", "EMAIL"}:
        medium = "SMS" if received.parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS" else "EMAIL"
    where = "FRIENDLY_DEVICE_NAME" if medium == "TOTP" else "CODE_DELIVERY_DESTINATION"
    destination = printable(received.parameters.get(where, ""), _SHOWN)
    return CodeRequired(received.name, username, medium, destination)


def _read_factor_choice(received: ChallengeReply, username: str) -> Challenge:
    if received.name == "SELECT_MFA_TYPE":
        listed = "MFAS_CAN_CHOOSE"
        factors = factors_in(received, listed)
    else:
        listed = "AvailableChallenges"
        factors = _checked_factors(list(received.available), listed)
    if not factors:
        raise bad_member(listed)
    return FactorChoiceRequired(received.name, username, factors)


def _require_offered(challenge: FactorChoiceRequired, answer: FactorChoice) -> None:
    if answer.factor not in challenge.factors:
        raise ChallengeUnanswered(
            f"{printable(answer.factor, 60)} is not a factor that this account can use.",
            code="OA-S334",
            why=f"The user pool offers: {printable(', '.join(challenge.factors), 200)}.",
            fix="Choose one of those: " + Run("login", asks=True),
        )


KINDS = (
    Kind(
        NewPasswordRequired,
        NewPassword,
        ("NEW_PASSWORD_REQUIRED",),
        _read_new_password_required,
        _respond_new_password,
        _require_attributes,
        tries=NEW_PASSWORD_TRIES,
        correctable=NEW_PASSWORD_REFUSED,
        is_reused=True,
    ),
    Kind(
        CodeRequired,
        Code,
        tuple(_MEDIA),
        _read_code_required,
        lambda challenge, answer: {
            f"{challenge.name}_CODE": one_time_code(answer.code, challenge.medium)
        },
        tries=CODE_TRIES,
        correctable=CODE_REFUSED,
    ),
    Kind(
        FactorChoiceRequired,
        FactorChoice,
        ("SELECT_MFA_TYPE", "SELECT_CHALLENGE"),
        _read_factor_choice,
        lambda _, answer: {"ANSWER": answer.factor},
        _require_offered,
        is_reused=True,
    ),
    # Asked between two other operations, which send the answer (`steps.totp_set_up`).
    Kind(TotpSetUpRequired, TotpSetUp, tries=CODE_TRIES, correctable=CODE_REFUSED),
    Kind(
        CustomQuestion,
        CustomAnswer,
        ("CUSTOM_CHALLENGE",),
        lambda received, username: CustomQuestion(username, dict(received.parameters)),
        lambda _, answer: {"ANSWER": answer.answer},
    ),
    Kind(
        PasswordRequired,
        Password,
        ("PASSWORD", "PASSWORD_SRP"),
        lambda _, username: PasswordRequired(username),
        lambda _, answer: {"PASSWORD": answer.password},
        is_reused=True,
    ),
    # Asked after the sign-in (`device`).
    Kind(RememberDeviceQuestion, RememberDevice, unattended=RememberDevice(remember=False)),
    # A question of osdu-auth, not of the pool (`SignInAttempt.require_password_allowed`).
    Kind(SendPasswordQuestion, SendPassword, is_reused=True, unattended=SendPassword(send=False)),
)
_BY_TYPE = {kind.asked: kind for kind in KINDS}
_READERS = {name: kind.read for kind in KINDS for name in kind.names}
