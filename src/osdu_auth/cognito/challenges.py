"""What a user pool asks a person during sign-in, as values, and the answers to it.

A challenge that is not in `_READERS` cannot be answered yet and ends in an error that names it. To
add one: its value, its answer, its reader, and one entry in the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from osdu_auth.cognito.replies import PosedChallenge, bad_member
from osdu_auth.errors import ChallengeUnanswered, OsduAuthError, UnusableReply
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.secret import Secret

_ATTRIBUTE_PREFIX = "userAttributes."
_ATTRIBUTE_NAME = re.compile(r"[\w:.-]{1,32}")


@dataclass(frozen=True)
class NewPasswordRequired:
    """The user signs in for the first time and has to choose a password.

    Args:
        username: what the pool calls the user, which is what it wants to be answered with.
        required_attributes: what the user has to tell about themselves, such as `name`.
        known_attributes: what the pool knows already, such as `email`.
        refusal: why the pool did not take the answer before this one; None at the first time.
    """

    name: ClassVar[str] = "NEW_PASSWORD_REQUIRED"

    username: str
    required_attributes: tuple[str, ...] = ()
    known_attributes: Mapping[str, str] = field(default_factory=dict)
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class NewPassword:
    """The answer to `NewPasswordRequired`.

    Args:
        password: the new password.
        attributes: a value for each required attribute.
    """

    password: Secret
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def responses(self) -> dict[str, str | Secret]:
        """What the pool is sent."""
        told = {_ATTRIBUTE_PREFIX + name: value for name, value in self.attributes.items()}
        return {"NEW_PASSWORD": self.password, **told}


Challenge = NewPasswordRequired
Answer = NewPassword
Answers = Callable[[Challenge], Answer]


def nobody(challenge: Challenge) -> Answer:
    """Answer for nobody: the answers of an unattended sign-in.

    Raises:
        ChallengeUnanswered: OA-S330, always.
    """
    raise ChallengeUnanswered(
        f"The user pool asks for {challenge.name}, and nobody is there to answer.",
        code="OA-S330",
        why="It wants to know something from the person who signs in.",
        fix="Sign in once in a terminal: osdu-auth login",
    )


def read_challenge(posed: PosedChallenge, username: str) -> Challenge:
    """Read a challenge.

    Args:
        posed: the challenge as it came.
        username: the name that was signed in with, for where the pool gives none of its own.

    Raises:
        ChallengeUnanswered: OA-S331: it is none that can be answered.
        UnusableReply: OA-N635: a part of it is bad.
    """
    reader = _READERS.get(posed.name)
    if reader is None:
        raise ChallengeUnanswered(
            f"The user pool asks for {printable(posed.name, 60)}, which osdu-auth cannot answer.",
            code="OA-S331",
            why="This account signs in with more than a user name and a password.",
            fix="Ask the user pool's administrator for a user who signs in with a password alone.",
        )
    return reader(posed.parameters, username)


def require_complete(challenge: Challenge, answer: Answer) -> None:
    """Refuse an answer that the pool would refuse for what it leaves out.

    Raises:
        ChallengeUnanswered: OA-S332.
    """
    missing = [name for name in challenge.required_attributes if not answer.attributes.get(name)]
    if missing:
        raise ChallengeUnanswered(
            f"The user pool also wants to know: {printable(', '.join(missing), 100)}.",
            code="OA-S332",
            why="These attributes are required of every user of this pool.",
            fix="Give them as NewPassword(password, attributes={…}), or: osdu-auth login",
        )


def _read_new_password_required(
    parameters: Mapping[str, str], username: str
) -> NewPasswordRequired:
    required = _json_in(parameters, "requiredAttributes", list)
    known = _json_in(parameters, "userAttributes", dict)
    if not all(isinstance(name, str) for name in required):
        raise bad_member("requiredAttributes")
    names = tuple(name.removeprefix(_ATTRIBUTE_PREFIX) for name in required)
    if not all(_ATTRIBUTE_NAME.fullmatch(name) for name in names):
        raise bad_member("requiredAttributes")
    return NewPasswordRequired(
        username=parameters.get("USER_ID_FOR_SRP") or parameters.get("USERNAME") or username,
        required_attributes=names,
        known_attributes={name: value for name, value in known.items() if isinstance(value, str)},
    )


def _json_in(parameters: Mapping[str, str], name: str, kind: type) -> Any:
    """Return the JSON that Cognito puts into a text, the kind's empty value where there is none."""
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


_READERS: Mapping[str, Callable[[Mapping[str, str], str], Challenge]] = {
    NewPasswordRequired.name: _read_new_password_required,
}
