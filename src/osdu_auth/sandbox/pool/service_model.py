"""AWS's service model of a user pool's API, and the check of a request against it.

The model is data: `service_model.json`, made by `tests/make_service_model.py` from the model that
the AWS SDK ships. It says which members an operation has, their types and constraints, and which
errors the operation declares.

The check is made before the operation begins. It checks the JSON types first, as a service does
when it reads a request; then lengths, patterns, value sets and required members, as a service does
when it validates one. The sentences are those of AWS services: the number of constraints that
failed, then each of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The model's own pattern allows no space at all. The developer guide ("Password requirements")
# allows one that is neither first nor last, and this is the pattern that refusals name.
_PASSWORD_PATTERN = r"^[\S]+.*[\S]+$"  # noqa: S105 - a pattern
_PATTERNS = {"PasswordType": _PASSWORD_PATTERN}

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}
_JAVA_NAMES = {"string": "String", "integer": "Integer", "boolean": "Boolean"}


class ServiceModel(NamedTuple):
    """The part of the model that is about operations without AWS credentials.

    Args:
        api_version: the version of the API.
        operations: for each of them, the name of the shape of its `input`, whether it `replies`,
            and its `errors`.
        signed_operations: the names of the operations that need AWS credentials.
        shapes: the types and constraints of members, by the names of their shapes.
    """

    api_version: str
    operations: Mapping[str, Mapping[str, Any]]
    signed_operations: list[str]
    shapes: Mapping[str, Mapping[str, Any]]


@cache
def service_model() -> ServiceModel:
    """Return the model; it is read at the first request, not when the sandbox starts."""
    import pkgutil

    return ServiceModel(**json.loads(pkgutil.get_data(__package__, "service_model.json") or ""))


def check_members(body: Mapping[str, Any], shape: str) -> None:
    """Refuse a request whose members do not fit the model; ignore members that the model lacks.

    Args:
        body: the request's JSON object.
        shape: the name of the operation's input in the model.

    Raises:
        PoolError: `SerializationException` for a wrong JSON type, else `InvalidParameterException`
            with every constraint that failed.
    """
    _check_type(body, shape)
    failures = list(_failures(body, shape, "", hidden=False))
    if failures:
        count = "1 validation error" if len(failures) == 1 else f"{len(failures)} validation errors"
        raise invalid_parameter(f"{count} detected: {'; '.join(failures)}")


def check_password_form(password: str) -> None:
    """Refuse a new password that the model forbids, where it is not a member of the request.

    Raises:
        PoolError: `InvalidParameterException`.
    """
    failures = list(_failures(password, "PasswordType", "password", hidden=True))
    if failures:
        raise invalid_parameter(f"1 validation error detected: {failures[0]}")


def _check_type(value: Any, name: str) -> None:
    """Refuse a value of a wrong JSON type, at any depth; null counts as absent."""
    shape = service_model().shapes[name]
    kind = shape["type"]
    if value is None or kind == "document":
        return
    is_of_type = isinstance(value, _JSON_TYPES[kind])
    if not is_of_type or isinstance(value, bool) != (kind == "boolean"):
        raise PoolError("SerializationException", _wrong_type(value, kind))
    if kind == "structure":
        for member, inner in shape["members"].items():
            _check_type(value.get(member), inner)
    elif kind in {"list", "map"}:
        for element in value.values() if kind == "map" else value:
            _check_type(element, shape["of"])


def _wrong_type(value: Any, kind: str) -> str:
    """Return the sentence for a wrong type, as reports of AWS's JSON services have it."""
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected"
    if kind not in _JAVA_NAMES:
        return "Expected list or null" if kind == "list" else "Expected structure or map or null"
    found = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    if isinstance(value, bool):
        found = "TRUE_VALUE" if value else "FALSE_VALUE"
    return (
        f"{found} can not be converted to {'an' if kind == 'integer' else 'a'} {_JAVA_NAMES[kind]}"
    )


def _failures(value: Any, name: str, place: str, *, hidden: bool) -> Iterator[str]:
    """Yield every constraint that a value, or a value in it, does not satisfy.

    Args:
        value: the value; its JSON type is right.
        name: its shape's name.
        place: where it is in the request, as a refusal names it.
        hidden: whether it is part of a value that must not be shown.
    """
    shape = service_model().shapes[name]
    hidden = hidden or bool(shape.get("sensitive"))
    kind = shape["type"]
    if kind == "structure":
        yield from _structure_failures(value, shape, place, hidden=hidden)
    elif kind == "map":
        for key, element in value.items():
            if element is not None:
                yield from _failures(element, shape["of"], f"{place}.{key}", hidden=hidden)
    elif kind == "list":
        yield from _list_failures(value, shape, place, hidden=hidden)
    if kind in {"string", "integer"}:
        shown = "" if hidden else f"'{value}' "
        for failed in _constraints(value, name, shape):
            yield _failure(shown, place, failed)


def _list_failures(
    value: list[Any], shape: Mapping[str, Any], place: str, *, hidden: bool
) -> Iterator[str]:
    if len(value) > shape.get("max", len(value)):
        yield _failure("", place, f"Member must have length less than or equal to {shape['max']}")
    for number, element in enumerate(value, 1):
        inner = f"{place}.{number}.member"
        if element is None:
            yield _failure("null ", inner, "Member must not be null")
        else:
            yield from _failures(element, shape["of"], inner, hidden=hidden)


def _structure_failures(
    value: Mapping[str, Any], shape: Mapping[str, Any], place: str, *, hidden: bool
) -> Iterator[str]:
    for member, inner in shape["members"].items():
        name = member[0].lower() + member[1:]
        where = f"{place}.{name}" if place else name
        given = value.get(member)
        if given is not None:
            yield from _failures(given, inner, where, hidden=hidden)
        elif member in shape["required"]:
            yield _failure("null ", where, "Member must not be null")


def _constraints(value: str | int, name: str, shape: Mapping[str, Any]) -> Iterator[str]:
    """Yield the constraints that a string or a number does not satisfy."""
    if isinstance(value, str):
        # The service counts UTF-16 units, as Java does: a character above U+FFFF counts as two.
        size, measured = len(value.encode("utf-16-le", "surrogatepass")) // 2, "length"
    else:
        size, measured = value, "value"
    if size < shape.get("min", size):
        yield f"Member must have {measured} greater than or equal to {shape['min']}"
    if size > shape.get("max", size):
        yield f"Member must have {measured} less than or equal to {shape['max']}"
    pattern = _PATTERNS.get(name) or shape.get("pattern")
    if pattern and not _pattern_test(pattern)(str(value)):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    if "enum" in shape and value not in shape["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"


@cache
def _pattern_test(pattern: str) -> Callable[[str], bool]:
    r"""Return the test of a whole value by one of the model's patterns, which are Java's.

    Python's `re` has no `\p{L}`: a pattern with such classes is one set, repeated, and each
    character is looked up (Unicode general categories).
    """
    categories = tuple(re.findall(r"\\p\{(\w)\}", pattern))
    if not categories:
        compiled = re.compile(pattern, re.ASCII)
        return lambda value: compiled.fullmatch(value) is not None
    others = re.sub(r"\\p\{\w\}", "", pattern).removesuffix("+")
    further = None if others == "[]" else re.compile(others)
    return lambda value: (
        bool(value)
        and all(
            unicodedata.category(character).startswith(categories)
            or (further is not None and further.fullmatch(character) is not None)
            for character in value
        )
    )


def _failure(shown: str, place: str, constraint: str) -> str:
    return f"Value {shown}at '{place}' failed to satisfy constraint: {constraint}"
