"""What a verifier is told when it is made, read strictly: what is not plain is an error there.

The law of this module: nothing is left unchecked by forgetting. A value that was not given, is None
or is empty is an error; to leave a check out, `Unchecked("why")` is written in its place.
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
    """Stands in the place of what a verifier would have compared with, and says why it does not.

    Args:
        reason: why this is not checked, for whoever reads the code next.

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
                why="Whoever reads the code next has to know why nothing is compared there.",
                fix='Write it as in: Unchecked("the gateway in front compares the audience")',
            )


# One text, several, or a reason for leaving the check out.
Expected: TypeAlias = Union[str, "Sequence[str]", Unchecked, None]


def required(name: str, value: Expected, example: str) -> tuple[str, ...] | Unchecked:
    """Return the texts that a claim is compared with, or why it is not.

    Args:
        name: the argument's name.
        value: what was given for it.
        example: what a fix shows.

    Raises:
        ConfigurationError: OA-C770: nothing was given; OA-C771: it is no text.
    """
    if isinstance(value, Unchecked):
        return value
    if value is None:
        raise ConfigurationError(
            f"{name} was not given, so there is nothing to compare with.",
            code="OA-C770",
            why="A check is never left out by forgetting.",
            fix=f'Give {name}="{example}", or write {name}=Unchecked("why") to leave it out.',
        )
    return texts(name, value, example)


def unchecked_claims(**values: tuple[str, ...] | Unchecked) -> tuple[tuple[str, str], ...]:
    """Return the checks that are left out, by name, with the reason of each."""
    return tuple(
        (name, value.reason) for name, value in values.items() if isinstance(value, Unchecked)
    )


def texts(name: str, value: object, example: str) -> tuple[str, ...]:
    """Return one text or several as a tuple of texts, none of them empty or blank.

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
        f"{name} cannot be compared with.",
        code="OA-C771",
        why="It is one text or a list of texts, none of them empty or blank.",
        fix=f'Give it as in: {name}="{example}"',
    )


def has_visible_character(text: str) -> bool:
    """Say whether a text has a character that can be seen: no issuer means a blank or a NUL."""
    return any(character.isprintable() and not character.isspace() for character in text)


def one_text(name: str, value: object, example: str) -> str:
    """Return a value that has to be one text.

    Raises:
        ConfigurationError: OA-C770: nothing was given; OA-C771: it is no text.
    """
    found = required(name, value if value is None or isinstance(value, str) else (), example)
    assert not isinstance(found, Unchecked)  # noqa: S101 - it was no Unchecked going in
    return found[0]


def check_clock(clock: Callable[[], float]) -> Callable[[], float]:
    """Return the function that says what time it is.

    Raises:
        ConfigurationError: OA-C773.
    """
    if callable(clock):
        return clock
    raise ConfigurationError(
        "That is no clock.",
        code="OA-C773",
        why="A clock is a function that returns seconds since 1970.",
        fix="Leave it out, or give it as in: clock=time.time",
    )


def check_memo_size(size: object) -> int:
    """Return how many verified tokens are to be remembered.

    Raises:
        ConfigurationError: OA-C773.
    """
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    raise ConfigurationError(
        f'A memo_size of "{_shown(size)}" cannot be used.',
        code="OA-C773",
        why="It is a number of tokens: 0 to remember none.",
        fix="Leave it out, or give it as in: memo_size=10_000",
    )


def check_leeway(seconds: object) -> float:
    """Return by how much an issuer's clock may differ from ours.

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
        why="It is in seconds, from 0 to 300: a few minutes at most (RFC 9068, section 4).",
        fix="Give it as in: leeway=5",
    )


def _shown(value: object) -> str:
    try:
        return printable(str(value), 30)
    except ValueError:  # Python writes no number of thousands of digits
        return "…"
