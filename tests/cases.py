"""Runs many cases of one test: each case is tried, and the failure names the cases that fail."""

from __future__ import annotations

import functools
import inspect
import traceback
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# They are not of `Exception`: `pytest.fail` (a promised error was not raised) and `pytest.skip`.
_OUTCOMES = (pytest.fail.Exception, pytest.skip.Exception)


def for_each(
    names: str | Sequence[str],
    cases: Iterable[Any],
    *,
    ids: Iterable[str] | Callable[[Any], object] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Have a test try all cases, as it would with `pytest.mark.parametrize`, but as one test.

    pytest needs some milliseconds for each test, which is more than most cases need. All cases have
    the same fixtures, so a test whose cases change its fixtures has to use `parametrize`.

    Args:
        names: the names of the test's arguments that get the values of a case, as in `parametrize`.
        cases: for each case a value, or a value for each name, or a `pytest.param` with an id.
        ids: the names of the cases, in order, or a function that names a value; by default the
            values themselves.
    """
    arguments = [each.strip() for each in names.split(",")] if isinstance(names, str) else [*names]
    is_single = isinstance(names, str) and len(arguments) == 1
    kept = list(cases)
    listed = None if ids is None or callable(ids) else list(ids)
    assert listed is None or len(listed) == len(kept)
    tried: list[tuple[str, tuple[Any, ...]]] = []
    for number, case in enumerate(kept):
        is_parameter = hasattr(case, "marks") and hasattr(case, "values")
        assert not (is_parameter and case.marks), "a case that is marked is a test of its own"
        values = tuple(case.values) if is_parameter else (case,) if is_single else tuple(case)
        assert len(values) == len(arguments), f"{values!r} are not {arguments}"
        name = getattr(case, "id", None) if is_parameter else None
        if name is None and listed is not None:
            name = listed[number]
        if name is None:
            tell = ids if callable(ids) else repr
            name = ", ".join(_short(str(tell(value))) for value in values)
        tried.append((str(name), values))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def of_all_cases(**fixtures: Any) -> None:
            assert tried, "there is no case"
            failed = []
            for name, values in tried:
                try:
                    test(**fixtures, **dict(zip(arguments, values, strict=True)))
                except (Exception, SystemExit, *_OUTCOMES) as error:
                    if str(error).startswith("Timeout"):
                        raise  # The limit of pytest-timeout is for all cases together.
                    failed.append(f"{name}:\n{traceback.format_exc()}")
            count = f"{len(failed)} of {len(tried)} cases fail"
            assert not failed, "\n".join([count, *failed])

        signature = inspect.signature(test)
        others = [each for each in signature.parameters.values() if each.name not in arguments]
        assert len(others) == len(signature.parameters) - len(arguments), arguments
        of_all_cases.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return of_all_cases

    return decorate


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
