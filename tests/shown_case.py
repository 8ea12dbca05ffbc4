"""Loops over cases: a failure shows the case in which it happened."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def shown_case(*case: object) -> Iterator[None]:
    """Raise a failure in the block again, with the case in its message.

    Args:
        case: the values of the case.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        raise AssertionError(f"in the case {case!r:.300}: {failure}") from failure
