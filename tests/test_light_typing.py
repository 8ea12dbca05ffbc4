"""What `light_typing` makes behaves as what `typing` makes."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import TYPE_CHECKING, Any

from osdu_auth import light_typing

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

CLASS = '''
class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 0
    name: str | None = None

    def __repr__(self) -> str:
        return f"at {self.x}"

    @property
    def sum(self) -> int:
        return self.x + self.y

    @classmethod
    def origin(cls) -> Point:
        return cls(0)
'''


def point_of(made_by: Any) -> Any:
    """The class that is made from the same text by `light_typing` or by `typing`."""
    members = {"NamedTuple": made_by.NamedTuple, "__name__": __name__}
    text = "from __future__ import annotations\n" + CLASS
    exec(text, members)
    return members["Point"]


OURS, LIBRARY = point_of(light_typing), point_of(typing)
Point: Any = OURS  # where pickle looks for it


def outcome(of: Any, work: Callable[[Any], object]) -> object:
    """What some work with a class comes to: a value, or the error's type and text."""
    try:
        return work(of)
    except (TypeError, AttributeError, ValueError) as error:
        return type(error), str(error)


WORK: dict[str, Callable[[Any], object]] = {
    "a tuple": lambda of: (tuple(of(1, 2)), of(1) == (1, 0, None), issubclass(of, tuple)),
    "shown": lambda of: repr(of(1, name="a")),
    "its members": lambda of: (of(1, 2).sum, of.origin(), of.__doc__, of.__qualname__),
    "one too few": lambda of: of(),
    "one too many": lambda of: of(1, 2, "a", 3),
    "an unknown one": lambda of: of(1, other=2),
    "assigned": lambda of: setattr(of(1), "x", 2),
    "its fields": lambda of: (of._fields, of._field_defaults, of.__match_args__),
    "its annotations": typing.get_type_hints,
    "its signature": lambda of: [
        (each.name, each.default) for each in inspect.signature(of).parameters.values()
    ],
    "replaced": lambda of: of(1)._replace(y=5),
    "as a dictionary": lambda of: of(1, 2)._asdict(),
    "copied": lambda of: copy.deepcopy(of(1, 2)),
    "made from a sequence": lambda of: of._make([1, 2, "a"]),
    "its module": lambda of: of.__module__,
    "a subclass": lambda of: type("Below", (of,), {"more": 1})(3)[:],
    "without instance attributes": lambda of: setattr(of(1), "other", 2),
}


def test_our_named_tuple_behaves_as_that_of_typing() -> None:
    for name, work in WORK.items():
        assert outcome(OURS, work) == outcome(LIBRARY, work), name


def test_our_named_tuple_is_pickled_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in (OURS, LIBRARY):
        monkeypatch.setitem(globals(), "Point", made)
        assert pickle.loads(pickle.dumps(made(1, 2))) == made(1, 2)


def test_a_protocol_may_be_a_base_beside_an_abstract_class_and_be_indexed() -> None:
    from abc import ABC, abstractmethod

    class Port(light_typing.Protocol):
        def work(self) -> int: ...

    class Base(ABC):
        @abstractmethod
        def other(self) -> int: ...

    class Built(Port, Base):
        def work(self) -> int:
            return 1

        def other(self) -> int:
            return 2

    class Box(light_typing.Generic[light_typing.TypeVar("Content")]):  # type: ignore[misc]
        pass

    assert (Built().work(), Built().other()) == (1, 2)
    box: Any = Box
    assert isinstance(box[int](), Box)
