"""The arguments of a verifier, checked strictly when it is made.

Invariant: no check is left out by mistake. A value that is missing, None or empty is an error; to
leave a check out, `Unchecked("why")` is written in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from osdu_auth.errors import ConfigurationError
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

LARGEST_LEEWAY = 300.0  # seconds; "a few minutes" (RFC 9068, section 4)


@dataclass(frozen=True)
class Unchecked:
    """Leaves a check out: it is written in place of the value that would be compared.

    Args:
        reason: why this is not checked, for the next reader of the code.

    Raises:
        ConfigurationError: OA-C778: there is no reason.
    """

    reason: str

    def __post_init__(self) -> None:
        reason: object = self.reason
        if not isinstance(reason, str) or not reason.strip():
            raise ConfigurationError(
                "A check is left out without a reason.",
                code="OA-C778",
                why="The next reader of the code has to know why this claim is not compared.",
                fix='Write a reason, for example: Unchecked("the gateway compares the audience")',
            )


# One text, several texts, or the reason for leaving the check out.
Expected: TypeAlias = Union[str, "Sequence[str]", Unchecked, None]


def required_texts(name: str, value: Expected, example: str) -> tuple[str, ...] | Unchecked:
    """Return the texts that a claim is compared with, or the reason why it is not compared.

    Args:
        name: the argument's name.
        value: the argument's value.
        example: a value for the example in a fix.

    Raises:
        ConfigurationError: OA-C770: there is no value; OA-C771: the value is not a text.
    """
    if isinstance(value, Unchecked):
        return value
    if value is None:
        raise ConfigurationError(
            f"{name} is missing, so there is nothing to compare with.",
            code="OA-C770",
            why="A verifier never leaves a check out by mistake.",
            fix=f'Give {name}="{example}", or write {name}=Unchecked("why") to leave it out.',
        )
    return texts(name, value, example)


def unchecked_claims(**values: tuple[str, ...] | Unchecked) -> tuple[tuple[str, str], ...]:
    """Return the checks that are left out, by name, with the reason of each."""
    return tuple(
        (name, value.reason) for name, value in values.items() if isinstance(value, Unchecked)
    )


def texts(name: str, value: object, example: str) -> tuple[str, ...]:
    """Return one text or several as a tuple of texts; an empty or blank text is an error.

    Raises:
        ConfigurationError: OA-C771.
    """
    found = (value,) if isinstance(value, str) else value
    if isinstance(found, (list, tuple, set, frozenset)) and found:
        listed = tuple(
            text for text in found if isinstance(text, str) and has_visible_character(text)
        )
        if len(listed) == len(found):
            return listed
    raise ConfigurationError(
        f"{name} has a value that cannot be compared.",
        code="OA-C771",
        why="It has to be one text or a list of texts, and no text may be empty or blank.",
        fix=f'Write it as in this example: {name}="{example}"',
    )


def has_visible_character(text: str) -> bool:
    """Say whether a text has a visible character; a text without one is always a mistake."""
    return any(character.isprintable() and not character.isspace() for character in text)


def one_text(name: str, value: object, example: str) -> str:
    """Return a value that has to be one text.

    Raises:
        ConfigurationError: OA-C770: there is no value; OA-C771: the value is not a text.
    """
    found = required_texts(name, value if value is None or isinstance(value, str) else (), example)
    assert not isinstance(found, Unchecked)  # noqa: S101 - only a text or None was given
    return found[0]


def check_clock(clock: Callable[[], float]) -> Callable[[], float]:
    """Return the clock function, checked.

    Raises:
        ConfigurationError: OA-C773.
    """
    if callable(clock):
        return clock
    raise ConfigurationError(
        "The value of clock is not a clock.",
        code="OA-C773",
        why="A clock is a function that returns seconds since 1970.",
        fix="Leave it out, or write it as in this example: clock=time.time",
    )


def check_memo_size(size: object) -> int:
    """Return how many verified tokens the memo may have, checked.

    Raises:
        ConfigurationError: OA-C773.
    """
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    raise ConfigurationError(
        f'A memo_size of "{_shown(size)}" cannot be used.',
        code="OA-C773",
        why="It is a number of tokens; 0 means that no token is remembered.",
        fix="Leave it out, or write it as in this example: memo_size=10_000",
    )


def check_leeway(seconds: object) -> float:
    """Return how many seconds an issuer's clock may differ from ours, checked.

    Args:
        seconds: 0 to 300.

    Raises:
        ConfigurationError: OA-C773.
    """
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if is_number and 0 <= seconds <= LARGEST_LEEWAY:  # type: ignore[operator]
        return float(seconds)  # type: ignore[arg-type]
    raise ConfigurationError(
        f'A leeway of "{_shown(seconds)}" cannot be used.',
        code="OA-C773",
        why="It is a number of seconds from 0 to 300 (RFC 9068, section 4: a few minutes at most).",
        fix="Write it as in this example: leeway=5",
    )


def _shown(value: object) -> str:
    try:
        return printable(str(value), 30)
    except ValueError:  # Python does not print a number of thousands of digits
        return "…"
