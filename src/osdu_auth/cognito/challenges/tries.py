"""How often a person is asked again after the user pool refused an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import SignInRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Typed = TypeVar("Typed")
    Result = TypeVar("Result")

CODE_TRIES = 3  # fewer than the number after which a pool makes the user wait
NEW_PASSWORD_TRIES = 10


def ask_until_accepted(
    ask: Callable[[SignInRefused | None, int], Typed],
    send: Callable[[Typed], Result],
    tries: int,
    correctable: frozenset[str],
    refusal: SignInRefused | None = None,
) -> Result:
    """Ask, and ask again while the refusal can be corrected; return the pool's reply.

    Args:
        ask: takes the refusal of the previous answer (None at the first time) and the number of
            tries that are left, this one included; returns the answer.
        send: sends an answer to the pool, and returns the pool's reply.
        tries: how often it is asked.
        correctable: the codes of the refusals after which it is asked again.
        refusal: the refusal to show with the first question.

    Raises:
        SignInRefused: the last answer's refusal, or one that cannot be corrected.
        OsduAuthError: see `ask` and `send`.
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
