"""The members each operation takes, and the check that a request has them.

Lengths, patterns and value sets are those of the Amazon Cognito API reference; the wording of a
refusal is that of AWS services: how many constraints failed, then each of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TEXT = 131_072


@dataclass(frozen=True)
class Text:
    """A string member.

    Attributes:
        required: Whether it must be there.
        sensitive: Whether its value is left out of a refusal.
        shortest: The least length, in characters.
        longest: The greatest length, in characters.
        pattern: A regular expression for the whole value.
        values: The only values allowed; empty for any.
    """

    required: bool = False
    sensitive: bool = True
    shortest: int = 0
    longest: int = _LONGEST_TEXT
    pattern: str = ""
    values: tuple[str, ...] = ()

    def failures(self, value: str) -> list[str]:
        """Return the constraints that `value` does not satisfy."""
        failed: list[str] = []
        if len(value) < self.shortest:
            failed.append(f"Member must have length greater than or equal to {self.shortest}")
        if len(value) > self.longest:
            failed.append(f"Member must have length less than or equal to {self.longest}")
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            failed.append(f"Member must satisfy regular expression pattern: {self.pattern}")
        if self.values and value not in self.values:
            failed.append(f"Member must satisfy enum value set: [{', '.join(self.values)}]")
        return failed


@dataclass(frozen=True)
class TextMap:
    """A member that maps strings to strings."""

    required: bool = False


@dataclass(frozen=True)
class TextStructure:
    """A member that is an object with string members."""

    members: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Flag:
    """A member that is true or false."""

    required: bool = False


@dataclass(frozen=True)
class Number:
    """A member that is a whole number.

    Attributes:
        smallest: The least value.
        largest: The greatest value.
        required: Whether it must be there.
    """

    smallest: int
    largest: int
    required: bool = False


@dataclass(frozen=True)
class Structure:
    """A member that is an object with members of its own."""

    members: Mapping[str, Member]
    required: bool = False


@dataclass(frozen=True)
class AttributeList:
    """A member that is a list of user attributes, `Name` and `Value`."""

    required: bool = False


Member = Text | TextMap | TextStructure | Flag | Number | Structure | AttributeList
Shape = dict[str, Member]

CLIENT_ID = Text(required=True, shortest=1, longest=128, pattern=r"[\w+]+")
CLIENT_SECRET = Text(shortest=24, longest=64, pattern=r"[\w+]+")
TOKEN = Text(required=True, pattern=r"[A-Za-z0-9-_=.]+")
OPTIONAL_TOKEN = Text(pattern=r"[A-Za-z0-9-_=.]+")
SESSION = Text(shortest=20, longest=4096)
DEVICE_KEY = Text(sensitive=False, shortest=1, longest=55, pattern=r"[\w-]+_[0-9a-f-]+")

CONTEXT: Shape = {
    "ClientMetadata": TextMap(),
    "AnalyticsMetadata": TextStructure(("AnalyticsEndpointId",)),
    "UserContextData": TextStructure(("IpAddress", "EncodedData")),
}
"""What a client may tell about itself; the sandbox checks its form and does nothing with it."""


def check(body: Mapping[str, Any], shape: Shape) -> None:
    """Refuse a request whose members do not fit; members that are not in the shape are ignored.

    Args:
        body: The request's JSON object.
        shape: The operation's members.

    Raises:
        PoolError: `InvalidParameterException` with every constraint that failed.
    """
    failures: list[str] = []
    for name, member in shape.items():
        failures += _failures(name, member, body.get(name))
    if failures:
        count = "1 validation error" if len(failures) == 1 else f"{len(failures)} validation errors"
        raise invalid_parameter(f"{count} detected: {'; '.join(failures)}")


def _failures(name: str, member: Member, value: Any) -> list[str]:
    place = name[0].lower() + name[1:]
    if value is None:
        return [_failure("null ", place, "Member must not be null")] if member.required else []
    if isinstance(member, Text):
        if not isinstance(value, str):
            return [_failure("", place, "Member must be a string")]
        shown = "" if member.sensitive else f"'{value}' "
        return [_failure(shown, place, failed) for failed in member.failures(value)]
    if isinstance(member, Flag | Number | AttributeList):
        failed = _plain_failure(member, value)
        return [_failure("", place, failed)] if failed else []
    if not isinstance(value, dict):
        return [_failure("", place, "Member must be an object")]
    if isinstance(member, Structure):
        return [
            failure
            for key, inner in member.members.items()
            for failure in _failures(f"{place}.{key}", inner, value.get(key))
        ]
    allowed = value if isinstance(member, TextMap) else member.members
    wrong = [key for key in allowed if not isinstance(value.get(key, ""), str)]
    return [_failure("", f"{place}.{key}", "Member must be a string") for key in wrong]


def _plain_failure(member: Flag | Number | AttributeList, value: Any) -> str:
    if isinstance(member, Flag):
        return "" if isinstance(value, bool) else "Member must be true or false"
    if isinstance(member, Number):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and member.smallest <= value <= member.largest:
            return ""
        return f"Member must be a number from {member.smallest} to {member.largest}"
    named = isinstance(value, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("Name"), str)
        and isinstance(item.get("Value", ""), str)
        for item in value
    )
    return "" if named else "Member must be a list of names and values"


def _failure(shown: str, place: str, constraint: str) -> str:
    return f"Value {shown}at '{place}' failed to satisfy constraint: {constraint}"
