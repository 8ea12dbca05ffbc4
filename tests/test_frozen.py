"""Our frozen data classes behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from osdu_auth import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


class Plain:
    """Two times the same text of a class: one is made by us, one by the library."""

    kind: ClassVar[str] = "plain"
    name: str
    size: int = 1
    hidden: str | None = None
    unused: object = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "checked", True)


def text_of_class(made_by: Any) -> type:
    namespace = {
        **{
            name: value
            for name, value in vars(Plain).items()
            if name not in {"__dict__", "__weakref__"}
        },
        "hidden": made_by.field(default=None, repr=False),
        "unused": made_by.field(default=None, compare=False),
        "__module__": __name__,
        "__qualname__": "Plain",
    }
    made: type = made_by.dataclass(frozen=True)(type("Plain", (), namespace))
    return made


OURS, LIBRARY = text_of_class(frozen), text_of_class(dataclasses)


def outcome(of: type, work: Callable[[Any], object]) -> object:
    """What some work with a class comes to: a value, or the error's type and text."""
    try:
        return work(of)
    except (TypeError, AttributeError) as error:
        return type(error), str(error)


def assigned(instance: Any, name: str) -> object:
    setattr(instance, name, 1)
    return vars(instance)


def deleted(instance: Any) -> object:
    del instance.name
    return vars(instance)


def matched(instance: Any) -> object:
    match instance:
        case OURS(name, size) | LIBRARY(name, size):  # type: ignore[misc]
            return name, size
    return None


WORK: dict[str, Callable[[Any], object]] = {
    "shown": lambda of: repr(of("a", 2, "secret", unused=3)),
    "equal": lambda of: of("a", 2) == of(name="a", size=2, unused=5),
    "not equal": lambda of: [of("a") == other for other in (of("b"), of("a", 2), "a", None)],
    "hashed": lambda of: hash(of("a", 2, "h", 7)) == hash(of("a", 2, "h")),
    "checked": lambda of: vars(of("a")),
    "one too few": lambda of: of(),
    "one too many": lambda of: of(1, 2, 3, 4, 5),
    "an unknown one": lambda of: of("a", other=1),
    "assigned": lambda of: assigned(of("a"), "name"),
    "assigned to what is no field": lambda of: assigned(of("a"), "other"),
    "deleted": lambda of: deleted(of("a")),
    "a default on the class": lambda of: (of.size, of.hidden, hasattr(of, "name")),
    "replaced": lambda of: vars(dataclasses.replace(of("a", 2, "h", 3), name="b")),
    "replaced by an unknown one": lambda of: dataclasses.replace(of("a"), other=1),
    "as a dictionary": lambda of: dataclasses.asdict(of("a")),
    "is one": lambda of: (dataclasses.is_dataclass(of), dataclasses.is_dataclass(of("a"))),
    "its fields": lambda of: [
        (each.name, each.type, each.repr, each.compare) for each in dataclasses.fields(of)
    ],
    "its signature": lambda of: str(inspect.signature(of)),
    "its defaults": lambda of: {k: str(v) for k, v in frozen.defaults_of(of).items()},
    "matched": lambda of: matched(of("a", 2)),
    "copied": lambda of: vars(copy.deepcopy(of("a", 2))),
    "replaced by ours": lambda of: vars(frozen.replace(of("a", 2, "h"), size=3)),
}
if sys.version_info >= (3, 13):
    WORK["copied with another value"] = lambda of: vars(copy.replace(of("a"), size=3))


def test_our_frozen_class_behaves_as_the_library_s_frozen_class() -> None:
    for name, work in WORK.items():
        assert outcome(OURS, work) == outcome(LIBRARY, work), name


def test_a_class_of_the_library_may_inherit_from_one_of_ours() -> None:
    for base in (OURS, LIBRARY):
        below: Any = dataclasses.dataclass(frozen=True)(
            type("Below", (base,), {"__annotations__": {"more": "int"}, "more": 5})
        )
        made: Any = below("a")
        assert repr(made) == "Below(name='a', size=1, unused=None, more=5)"
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.size = 3


def test_a_class_without_an_instance_shows_its_signature() -> None:
    shown = [str(inspect.signature(text_of_class(made_by))) for made_by in (frozen, dataclasses)]
    assert shown[0] == shown[1]


def test_the_first_instance_may_be_of_a_subclass_with_its_own_constructor() -> None:
    for made_by in (frozen, dataclasses):
        base: Any = text_of_class(made_by)

        class Below(base):  # type: ignore[misc]
            def __init__(self, name: str) -> None:
                super().__init__(name, size=7)

        assert (Below("a").name, Below("b").size, base("c").size) == ("a", 7, 1)


def test_an_instance_is_pickled_as_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in (OURS, LIBRARY):
        monkeypatch.setitem(globals(), "Plain", made)
        instance = made("a", 2)
        assert pickle.loads(pickle.dumps(instance)) == instance
