"""Frozen data classes like those of `dataclasses`, made without the import of that module.

`dataclasses` imports `inspect` and other modules: 8 ms of processor time, a fifth of the first
`osdu-auth token`. This module makes the classes that such a call needs, with the methods that
`dataclass(frozen=True)` gives. For all other uses of a data class (`dataclasses.fields`, `replace`,
`asdict`, subclasses) `dataclasses` is imported at that moment. For type checkers, the names of this
module are those of `dataclasses`.
"""

from __future__ import annotations

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Field:
    """A field with a default value and options; arguments as for `dataclasses.field`."""

    def __init__(self, *, default: object, repr: bool = True, compare: bool = True) -> None:  # noqa: A002
        self.default, self.repr, self.compare = default, repr, compare


class Needed:
    """The type of `NEEDED`, the mark of a field without a default."""

    def __repr__(self) -> str:
        return "NEEDED"


NEEDED = Needed()


class _Fields:
    """The fields of one data class.

    Args:
        owner: the class, before it gets the methods of a data class.
    """

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.kinds = {
            name: kind
            for name, kind in owner.__annotations__.items()
            if not kind.startswith("ClassVar")
        }
        self.given = {name: owner.__dict__.get(name, NEEDED) for name in self.kinds}
        fields = {
            name: each if isinstance(each, Field) else Field(default=each)
            for name, each in self.given.items()
        }
        self.defaults = {name: each.default for name, each in fields.items()}
        self.shown = [name for name, each in fields.items() if each.repr]
        self.compared = [name for name, each in fields.items() if each.compare]

    def values(self, instance: object) -> tuple[object, ...]:
        """Return the values of an instance that `==` compares."""
        return tuple([getattr(instance, name) for name in self.compared])

    def require_not_frozen(self, instance: object, name: str, verb: str) -> None:
        """Refuse to change an instance.

        Raises:
            dataclasses.FrozenInstanceError: the instance is of this class, or the name
                is of a field.
        """
        if type(instance) is self.owner or name in self.defaults:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot {verb} field {name!r}")


class _Methods:
    """The methods that a data class gets, unless it defines them itself."""

    _fields: _Fields

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._fields.values(self) == self._fields.values(other)

    def __hash__(self) -> int:
        return hash(self._fields.values(self))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields.shown)
        return f"{self.__class__.__qualname__}({values})"

    def __setattr__(self, name: str, value: object) -> None:
        self._fields.require_not_frozen(self, name, "assign to")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._fields.require_not_frozen(self, name, "delete")
        object.__delattr__(self, name)

    def __replace__(self, /, **changes: Any) -> Any:
        present = {name: getattr(self, name) for name in self._fields.defaults}
        return type(self)(**{**present, **changes})


class _MadeOnFirstUse:
    """An attribute of a data class that is made when it is first read.

    Args:
        name: the name of the attribute.
        fields: the fields of the class.
        make: returns the attribute.
    """

    def __init__(self, name: str, fields: _Fields, make: Callable[[_Fields, str], Any]) -> None:
        self._name, self._fields, self._make = name, fields, make

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        made = self._make(self._fields, self._name)
        setattr(self._fields.owner, self._name, made)
        # A function is bound to its instance; `owner` may be a subclass with its own attribute.
        return made.__get__(instance, owner) if hasattr(made, "__get__") else made


def _of_library(fields: _Fields, name: str) -> Any:
    """Return an attribute that only `dataclasses` reads, as that module makes it."""
    import dataclasses

    namespace: dict[str, Any] = {"__annotations__": fields.kinds, "__doc__": ""}
    for field_name, given in fields.given.items():
        if isinstance(given, Field):
            namespace[field_name] = dataclasses.field(**vars(given))
        elif given is not NEEDED:
            namespace[field_name] = given
    same: Any = type(fields.owner.__name__, (), namespace)
    return getattr(dataclasses.dataclass(frozen=True)(same), name)


def defaults_of(kind: type) -> dict[str, Any]:
    """Return the fields of a data class, each with its default; `NEEDED` where it has none.

    Args:
        kind: a data class of this module or of `dataclasses`.
    """
    ours: _Fields | None = kind.__dict__.get("_fields")
    if ours is not None:
        return ours.defaults
    import dataclasses

    found = {each.name: each.default for each in dataclasses.fields(kind)}
    return {name: NEEDED if each is dataclasses.MISSING else each for name, each in found.items()}


def _dataclass(*, frozen: bool) -> Callable[[Any], Any]:
    """Return the decorator that makes a class a frozen data class.

    Args:
        frozen: True; type checkers need it, as they see `dataclasses.dataclass`.
    """
    del frozen
    return _as_data_class


def _as_data_class(cls: Any) -> Any:
    own = dict(cls.__dict__)
    cls._fields = fields = _Fields(cls)
    for name, default in fields.defaults.items():
        if default is not NEEDED:
            setattr(cls, name, default)
    for name in ("__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__", "__replace__"):
        if own.get(name) is None:  # a class with `__eq__` has None for `__hash__`
            setattr(cls, name, _Methods.__dict__[name])
    made_on_first_use = {
        "__init__": _init_of,
        "__dataclass_fields__": _of_library,
        "__dataclass_params__": _of_library,
    }
    for name, make in made_on_first_use.items():
        setattr(cls, name, _MadeOnFirstUse(name, fields, make))
    setattr(cls, "__match_args__", tuple(fields.defaults))  # noqa: B010 - mypy refuses the assignment
    return cls


def _init_of(fields: _Fields, _name: str) -> Any:
    """Return `__init__`, compiled from text, so that Python checks its arguments as usual."""
    arguments = [
        name if default is NEEDED else f"{name}=defaults[{name!r}]"
        for name, default in fields.defaults.items()
    ]
    pairs = ", ".join(f"{name}={name}" for name in fields.defaults)
    then = "\n self.__post_init__()" if hasattr(fields.owner, "__post_init__") else ""
    text = f"def __init__(self, {', '.join(arguments)}):\n self.__dict__.update({pairs}){then}"
    scope: dict[str, Any] = {"defaults": fields.defaults}
    exec(text, scope)  # noqa: S102 - the text has only the names of the class's fields
    init = scope["__init__"]
    init.__qualname__ = f"{fields.owner.__qualname__}.__init__"
    init.__annotations__ = {**fields.kinds, "return": None}
    return init


def _replace(instance: Any, /, **changes: Any) -> Any:
    """Return a copy of an instance with other values; `__post_init__` checks the copy too."""
    if "_fields" in type(instance).__dict__:
        return instance.__replace__(**changes)
    import dataclasses

    return dataclasses.replace(instance, **changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    dataclass, field, replace = _dataclass, Field, _replace

__all__ = ["NEEDED", "dataclass", "defaults_of", "field", "replace"]
