"""Secret: a text that is never shown by accident.

Invariants:

- Only `reveal()` returns the text of a secret. `grep reveal` finds every place where passwords,
  tokens and client secrets go.
- A text that was revealed, and a service's answer, stay in local variables while a call runs.
  `ErrorsWithoutLocals` clears them, so that no error keeps them longer.
- A function that takes a secret as plain text is decorated with `without_locals`, which also
  deletes the arguments. `ErrorsWithoutLocals` alone cannot do that: the function's own frame is
  still running when its error leaves.
- `verification.token_verifier` and `verification.bearer` clear their variables themselves. Every
  request to a service runs them: a known token is verified in two microseconds, and entering a
  block would add a tenth to that.
"""

from __future__ import annotations

import sys

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

MASK = "****"


class ErrorsWithoutLocals:
    """A block that removes local variables from the traceback of each error that leaves it.

    Crash reporters, notebooks and `rich` show local variables. Files, lines and functions stay in
    the traceback. A hidden context (`raise … from None`) is removed: some errors keep the text that
    they failed on.
    """

    def __enter__(self) -> None:
        # An error that the caller is handling may become the context of ours; it is not changed.
        self._before = sys.exc_info()[1]

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        from traceback import clear_frames

        for present in _with_its_origins(error, self._before):
            clear_frames(present.__traceback__)
            if present.__suppress_context__:
                present.__context__ = None


def without_locals(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function inside `ErrorsWithoutLocals`; on an error its arguments are deleted.

    Args:
        function: takes arguments that no traceback may show.
    """
    from functools import wraps

    @wraps(function)
    def called(*given: P.args, **named: P.kwargs) -> R:
        with ErrorsWithoutLocals():
            try:
                return function(*given, **named)
            except BaseException:
                del given, named
                raise

    return called


def _with_its_origins(
    error: BaseException, before: BaseException | None
) -> Iterator[BaseException]:
    found = [error]
    for present in found:  # the list grows during the loop
        yield present
        for origin in (present.__cause__, present.__context__):
            if origin is not None and not any(origin is one for one in (before, *found)):
                found.append(origin)


class Secret:
    """A text that `repr`, `str`, `format`, pickle, JSON, logs and tracebacks never show.

    Args:
        value: the text to keep.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        # The type of a bad value is named, the value is not.
        if not isinstance(value, str):
            raise TypeError(f"a Secret contains a str, not {type(value).__name__}")
        self._value = value

    def reveal(self) -> str:
        """Return the text; use it inside an expression, as crash reports show local variables."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest

        # A password may contain a lone surrogate (bytes a terminal could not decode).
        ours, theirs = (
            value.encode("utf-8", "surrogatepass") for value in (self._value, other._value)
        )
        return compare_digest(ours, theirs)

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled; reveal() it where it must leave the process")
