"""The kinds of challenge: one row for each, of what is asked, answered, read and sent.

To add a kind: its two values in `values`, its row here, its question in `prompts.challenges`,
and its public names in `osdu_auth`. A challenge that no row names cannot be answered yet, and ends
in an error that says so.
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
from osdu_auth.cognito.refusals import CODE_REFUSED, NEW_PASSWORD_REFUSED
from osdu_auth.cognito.replies import ChallengeReply, bad_member
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
    # The text itself, or what finds it out when it is asked for.
    Given = Union[Text, Callable[[Asked], Text], None]  # noqa: UP007
    Responses = dict[str, str | Secret]

_ATTRIBUTE_PREFIX = "userAttributes."
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


class Kind(NamedTuple):
    """One kind of challenge.

    Args:
        asked: the value that is put to a person.
        answer: the value that answers it.
        names: the pool's names of the challenge; none for what is not asked as a challenge.
        read: makes the value of a challenge as it came and the user's name; None likewise.
        respond: makes what the pool is sent, without the user name and the secret hash, of the
            value and its answer; None where the answer is sent by an operation of its own.
        require: refuses an answer of the right type that does not fit what was asked.
        tries: how often it is asked in one sign-in.
        correctable: the codes of the refusals after which it is asked again.
        lasts: whether an answer is as good after the sign-in is begun anew.
        unattended: the answer where no person is; None where that is an error.
    """

    asked: type[Challenge]
    answer: type[Answer]
    names: tuple[str, ...] = ()
    read: Callable[[ChallengeReply, str], Challenge] | None = None
    respond: Callable[[Any, Any], Responses] | None = None
    require: Callable[[Any, Any], None] | None = None
    tries: int = 1
    correctable: frozenset[str] = frozenset()
    lasts: bool = False
    unattended: Answer | None = None


def kind_of(challenge: Challenge) -> Kind:
    """Return the row of what is asked."""
    return _BY_TYPE[type(challenge)]


def read_challenge(posed: ChallengeReply, username: str) -> Challenge:
    """Read a challenge.

    Args:
        posed: the challenge as it came.
        username: what the pool called the user before, or the name that was signed in with, for
            where the challenge itself does not say.

    Raises:
        ChallengeUnanswered: OA-S331: it is none that can be answered.
        UnusableReply: OA-N635: a part of it is bad.
    """
    read = _READERS.get(posed.name)
    if read is None:
        raise ChallengeUnanswered(
            f"The user pool asks for {printable(posed.name, 60)}, which osdu-auth cannot answer.",
            code="OA-S331",
            why="This account signs in in a way that osdu-auth does not know.",
            fix="Ask the user pool's administrator for another way to sign in with this account.",
        )
    return read(posed, posed.username(username))


def fitting(challenge: Challenge, answer: Answer) -> Answer:
    """Return an answer; refuse one to another challenge, or one that leaves out what is required.

    Raises:
        ChallengeUnanswered: OA-S332 a required attribute lacks; OA-S333 it answers another
            challenge; OA-S334 it chooses what is not there to choose from.
    """
    kind = kind_of(challenge)
    if not isinstance(answer, kind.answer):
        expected = kind.answer.__name__
        raise ChallengeUnanswered(
            f"{printable(challenge.name, 60)} was answered with a {type(answer).__name__}.",
            code="OA-S333",
            why=f"It is answered with a {expected}.",
            fix=f"Have the function that answers return a {expected}.",
        )
    if kind.require is not None:
        kind.require(challenge, answer)
    return answer


def responses_to(challenge: Challenge, answer: Answer) -> Responses:
    """Return what the pool is sent for an answer, without the user name and the secret hash.

    Args:
        challenge: what was asked.
        answer: one that fits, as of `fitting`.
    """
    respond = kind_of(challenge).respond
    return respond(challenge, answer) if respond is not None else {}


def answer_unattended(challenge: Challenge) -> Answer:
    """Return the answer where no person is, as `nobody` does.

    Raises:
        ChallengeUnanswered: OA-S330.
    """
    kind = _BY_TYPE.get(type(challenge))  # none where it is a browser's question
    if kind is not None and kind.unattended is not None:
        return kind.unattended
    why = "It wants to know something from the person who signs in."
    if challenge.refusal is not None:
        why = f"The answer before was refused: {challenge.refusal.what}"
    raise ChallengeUnanswered(
        f"The user pool asks for {printable(challenge.name, 60)}, and nobody is there to answer.",
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

    def answer(challenge: Challenge) -> Answer:
        match challenge:
            case RememberDeviceQuestion():
                return RememberDevice(remember_device)
            case SendPasswordQuestion():
                is_chosen = challenge.setting == "preferred_factor" and factor == challenge.value
                return SendPassword(send_password or is_chosen)
            case NewPasswordRequired() if new_password is not None:
                return NewPassword(_once(new_password, challenge), dict(attributes or {}))
            case CodeRequired() if code is not None:
                return Code(_found(code, challenge))
            case FactorChoiceRequired() if factor is not None:
                return FactorChoice(_once(factor, challenge).reveal())
            case TotpSetUpRequired() if totp_set_up is not None:
                return TotpSetUp(_found(totp_set_up, challenge))
            case CustomQuestion() if custom_answer is not None:
                return CustomAnswer(_found(custom_answer, challenge))
            case PasswordRequired() if password is not None:
                return Password(_once(password, challenge))
        return answer_unattended(challenge)

    return answer


def one_time_code(code: Secret, medium: Medium | None = None) -> Secret:
    """Return a code as the pool wants it: apps show `492 118`, and people type what they see.

    Args:
        code: as it was given.
        medium: how the user got it; None for a message, by whichever way.

    Raises:
        ChallengeUnanswered: OA-S350: it cannot be one, and would cost one of the user's few tries.
    """
    digits = digits_in(code.reveal())
    if is_one_time_code(digits, medium):
        return Secret(digits)
    raise ChallengeUnanswered(
        "That is no code, and was not sent to the user pool.",
        code="OA-S350",
        why=form_of_code(medium),
        fix="Give the digits alone, as the app or the message shows them.",
    )


def is_one_time_code(digits: str, medium: Medium | None = None) -> bool:
    """Say whether digits can be a code: six of an app; of a message, six or more."""
    return re.fullmatch("[0-9]{6}" if medium == "TOTP" else "[0-9]{6,}", digits) is not None


def form_of_code(medium: Medium | None = None) -> str:
    """Return a sentence that says what a code looks like."""
    return f"A code is six digits{'' if medium == 'TOTP' else ', or a few more'}."


def factors_in(posed: ChallengeReply, name: str) -> tuple[str, ...]:
    """Return the factors that a parameter of a challenge lists, each one once.

    Raises:
        UnusableReply: OA-N635.
    """
    return _checked_factors(_json_in(posed.parameters, name, list), name)


def _found(given: Text | Callable[[Asked], Text], challenge: Asked) -> Secret:
    return _secret(given(challenge)) if callable(given) else _once(given, challenge)


def _once(given: Text, challenge: Challenge) -> Secret:
    if challenge.refusal is not None:
        raise challenge.refusal
    return _secret(given)


def _secret(text: Text) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


def _json_in(parameters: Mapping[str, str], name: str, kind: type) -> Any:
    """The JSON that Cognito puts into a text, the kind's empty value where there is none."""
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


def _read_new_password_required(posed: ChallengeReply, username: str) -> Challenge:
    required = _json_in(posed.parameters, "requiredAttributes", list)
    known = _json_in(posed.parameters, "userAttributes", dict)
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
    told = {_ATTRIBUTE_PREFIX + name: value for name, value in answer.attributes.items()}
    return {"NEW_PASSWORD": answer.password, **told}


def _require_attributes(challenge: NewPasswordRequired, answer: NewPassword) -> None:
    missing = [name for name in challenge.required_attributes if not answer.attributes.get(name)]
    if missing:
        raise ChallengeUnanswered(
            f"The user pool also wants to know: {printable(', '.join(missing), 100)}.",
            code="OA-S332",
            why="These attributes are required of every user of this pool.",
            fix="Give them as NewPassword(password, attributes={…}), or: "
            + Run("login", asks=True),
        )


def _read_code_required(posed: ChallengeReply, username: str) -> Challenge:
    medium = _MEDIA[posed.name]
    # The service names the medium itself where it had a choice (SMS or e-mail).
    if posed.parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM") in {"SMS", "EMAIL"}:
        medium = "SMS" if posed.parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS" else "EMAIL"
    where = "FRIENDLY_DEVICE_NAME" if medium == "TOTP" else "CODE_DELIVERY_DESTINATION"
    destination = printable(posed.parameters.get(where, ""), _SHOWN)
    return CodeRequired(posed.name, username, medium, destination)


def _read_factor_choice(posed: ChallengeReply, username: str) -> Challenge:
    if posed.name == "SELECT_MFA_TYPE":
        listed = "MFAS_CAN_CHOOSE"
        factors = factors_in(posed, listed)
    else:
        listed = "AvailableChallenges"
        factors = _checked_factors(list(posed.available), listed)
    if not factors:
        raise bad_member(listed)
    return FactorChoiceRequired(posed.name, username, factors)


def _require_offered(challenge: FactorChoiceRequired, answer: FactorChoice) -> None:
    if answer.factor not in challenge.factors:
        raise ChallengeUnanswered(
            f"{printable(answer.factor, 60)} is not a way to sign in that is open to this account.",
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
        lasts=True,
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
        lasts=True,
    ),
    # Asked between two operations of its own, which send the answer (`steps.totp`).
    Kind(TotpSetUpRequired, TotpSetUp, tries=CODE_TRIES, correctable=CODE_REFUSED),
    Kind(
        CustomQuestion,
        CustomAnswer,
        ("CUSTOM_CHALLENGE",),
        lambda posed, username: CustomQuestion(username, dict(posed.parameters)),
        lambda _, answer: {"ANSWER": answer.answer},
    ),
    Kind(
        PasswordRequired,
        Password,
        ("PASSWORD", "PASSWORD_SRP"),
        lambda _, username: PasswordRequired(username),
        lambda _, answer: {"PASSWORD": answer.password},
        lasts=True,
    ),
    # Asked after the sign-in (`device_registration`).
    Kind(RememberDeviceQuestion, RememberDevice, unattended=RememberDevice(remember=False)),
    # Our own question, which the pool is not told of (`Conversation.require_password_allowed`).
    Kind(SendPasswordQuestion, SendPassword, lasts=True, unattended=SendPassword(send=False)),
)
_BY_TYPE = {kind.asked: kind for kind in KINDS}
_READERS = {name: kind.read for kind in KINDS for name in kind.names}
