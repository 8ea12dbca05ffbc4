"""How often a person is asked for what the user pool did not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import SignInRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Typed = TypeVar("Typed")
    Result = TypeVar("Result")

CODE_TRIES = 3  # fewer than the wrong ones after which a pool makes the user wait
NEW_PASSWORD_TRIES = 10


def ask_until_taken(
    ask: Callable[[SignInRefused | None, int], Typed],
    send: Callable[[Typed], Result],
    tries: int,
    correctable: frozenset[str],
    refusal: SignInRefused | None = None,
) -> Result:
    """Ask, and ask again while the answer is one that can be corrected; return what the pool says.

    Args:
        ask: is given why the answer before was not taken, None at the first time, and how often it
            is still asked, this time included; returns the answer.
        send: sends an answer to the pool, and returns what the pool says.
        tries: how often it is asked.
        correctable: the codes of the refusals after which it is asked again.
        refusal: what is told with the first question.

    Raises:
        SignInRefused: the last answer's refusal, or one that cannot be corrected.
        OsduAuthError: as of `ask` and `send`.
    """
    while True:
        answer = ask(refusal, tries)
        tries -= 1
        try:
            return send(answer)
        except SignInRefused as error:
            if error.code not in correctable or not tries:
                raise
            refusal = error
