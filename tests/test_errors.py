"""The error tree: every error can be copied and pickled completely."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import osdu_auth
from osdu_auth.errors import OsduAuthError, OsduFailed
from osdu_auth.fixes import Blank, Export, Reader, Run
from osdu_auth.platform.answers import Author, PlatformAnswer
from osdu_auth.verification.claims.rejection import FailedCheck, TokenRejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VALUES: dict[str, Any] = {
    "what": "It went wrong.",
    "code": "OA-N699",
    "why": "There is a reason.",
    "fix": "Check that, then: " + Run("login", "-u", "alice") + Export("X", Blank("Y")),
    "service_error": "SomeException",
    "retry_after": 12.5,
    "profile_name": "acme",
    "status": 503,
    "correlation_id": "abc-1",
    "answer": PlatformAnswer(
        403, Author.SERVICE, "denied", "search", "POST", "/api/search/v2/query"
    ),
    "failures": (FailedCheck("OA-V530", "exp", "a later time", "1"),),
}


def pickled(protocol: int, error: Any) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))


COPIES: dict[str, Callable[[Any], Any]] = {"copy": copy.copy, "deepcopy": copy.deepcopy} | {
    f"pickle {protocol}": partial(pickled, protocol)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
}


def every_kind() -> list[type[OsduAuthError]]:
    for module in pkgutil.walk_packages(osdu_auth.__path__, "osdu_auth."):
        if not module.name.endswith("__main__"):  # which runs the program
            with suppress(ModuleNotFoundError):  # a framework that an adapter is for
                importlib.import_module(module.name)

    def below(kind: type[OsduAuthError]) -> Iterator[type[OsduAuthError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    return sorted(set(below(OsduAuthError)), key=lambda kind: kind.__name__)


def example(kind: type[OsduAuthError]) -> OsduAuthError:
    """Return an error with a value in every field of its class."""
    names = inspect.signature(kind).parameters
    return kind(**{name: VALUES[name] for name in names})


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_an_error_is_the_same_after_a_copy_and_after_pickling(
    copied: Callable[[Any], Any],
) -> None:
    for kind in every_kind():
        error = example(kind)
        error.__dict__["__notes__"] = ["what a caller noted"]
        error.note_reader(Reader("acme", signs_in_itself=True))
        again = copied(error)
        assert type(again) is kind
        assert again is not error
        assert again.__dict__ == error.__dict__
        assert again.args == error.args
        for field in ("code", "what", "why", "fix", "service_error", "retry_after", "exit_code"):
            assert getattr(again, field) == getattr(error, field)
        assert str(again) == str(error)
        assert repr(again) == repr(error)


def test_every_class_of_error_is_found_wherever_it_is_defined() -> None:
    assert {OsduAuthError, OsduFailed, TokenRejected} <= set(every_kind())
