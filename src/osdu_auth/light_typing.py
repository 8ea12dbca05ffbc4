"""The names of `typing` that the first token of a process needs, without the import of `typing`.

That import takes 2 ms, and `typing.NamedTuple` compiles the annotation of each field: together a
tenth of the first `osdu-auth token`. Type checkers see the names of `typing`. A module that neither
a first token nor a sign-in needs imports `typing` itself.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast
else:
    from collections import namedtuple

    _OF_A_CLASS = frozenset(
        {"__annotations__", "__classcell__", "__dict__", "__module__", "__qualname__"}
        | {"__static_attributes__", "__firstlineno__", "__weakref__"}
    )

    class _NamedTupleMaker(type):
        """Makes a class whose base is `NamedTuple` into a named tuple with the same methods."""

        def __new__(cls, name: str, _bases: tuple[type, ...], members: dict[str, Any]) -> type:
            kinds = members.get("__annotations__", {})
            defaults = [members[field] for field in kinds if field in members]
            module = members["__module__"]
            made = namedtuple(name, kinds, defaults=defaults, module=module)  # noqa: PYI024
            made.__annotations__ = made.__new__.__annotations__ = kinds
            made.__qualname__ = members["__qualname__"]
            for member, value in members.items():
                if member not in _OF_A_CLASS and member not in kinds:
                    setattr(made, member, value)
            return made

    NamedTuple = type.__new__(_NamedTupleMaker, "NamedTuple", (), {})

    class Generic:
        """The base of a generic class."""

        __slots__ = ()

        def __class_getitem__(cls, _parameters: object) -> type:
            return cls

    class Protocol(Generic):
        """The base of a protocol."""

        __slots__ = ()

    def TypeVar(name: str) -> str:  # noqa: N802 - the name of `typing`
        """Return a value in place of a type variable."""
        return name

    def cast(_kind: object, value: object) -> object:
        """Return the value unchanged."""
        return value


__all__ = ["TYPE_CHECKING", "Generic", "NamedTuple", "Protocol", "TypeVar", "cast"]
