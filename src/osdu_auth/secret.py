"""Secret: a value that never shows itself.

The laws of this module:

- A secret leaves its wrapper by `reveal()` and by nothing else. `grep reveal` is the audit of where
  passwords, tokens and client secrets go.
- What was revealed to be sent, and what a service answered, lies in local variables for as long as
  a call lasts; `ErrorsWithoutLocals` sees to it that no error keeps them for longer.
- A function that is given a secret as plain text is `without_locals`: its own frame still runs when
  its error leaves, so it has to `del` what it was given.
- Two modules do both by themselves: `verification.token_verifier` and `verification.bearer`, which
  every request to a service goes through. A token that was verified before is known within two
  microseconds, and to enter a block would make that a tenth longer; what they do for an error costs
  nothing until there is one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

MASK = "****"


class ErrorsWithoutLocals:
    """A block whose errors leave without the local variables of the frames they came through.

    Crash reporters, notebooks and `rich` show those. Files, lines and functions stay. An error that
    is not to be shown (`raise … from None`) goes altogether: some hold the text they failed on.
    """

    def __enter__(self) -> None:
        # What the caller is dealing with is the caller's; it may become the context of ours.
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
    """Return a function whose errors leave as `ErrorsWithoutLocals` lets them, arguments included.

    Args:
        function: one that is given what nobody is to see in a traceback.
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
    for present in found:  # which grows on the way
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
            raise TypeError(f"a Secret holds a str, not {type(value).__name__}")
        self._value = value

    def reveal(self) -> str:
        """Return the text itself; keep it in an expression, as the locals of a frame are logged."""
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

        # A password may hold a lone surrogate (bytes a terminal could not decode).
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
