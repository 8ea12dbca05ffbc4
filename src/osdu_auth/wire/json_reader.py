"""The one reader of JSON that comes from elsewhere (RFC 8259, read strictly).

Two programs that read one text differently are how forgeries get in, so whatever may be read in
two ways is refused: duplicate names, numbers beyond a double's range, lone surrogates.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, NoReturn

from osdu_auth.errors import UnusableReply

DEPTH_LIMIT = 32
INTEGER_DIGITS_LIMIT = 20

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def strict_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Args:
        body: UTF-8, nested at most 32 deep, whole numbers of at most 20 digits.

    Raises:
        UnusableReply: OA-N633: it is not such a text.
    """
    # The error is raised outside: one that hung on the decoder's would carry the whole text along.
    with suppress(ValueError, RecursionError):
        return _read(body)
    raise _unusable(body)


def _read(body: bytes) -> Any:
    text = body.decode("utf-8")
    _check_depth(text)
    value = json.loads(
        text,
        object_pairs_hook=_without_duplicates,
        parse_constant=_refuse_constant,
        parse_float=_finite,
        parse_int=_short,
    )
    if _ESCAPED_SURROGATE.search(text):
        # A pair has become one character by now; what cannot be encoded was alone.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _unusable(body: bytes) -> UnusableReply:
    looks_like_a_page = body.lstrip()[:1] == b"<"
    return UnusableReply(
        "The answer is not the JSON that this service sends.",
        code="OA-N633",
        why="It is a web page: a network's sign-in page or a proxy may have answered instead."
        if looks_like_a_page
        else "It is empty."
        if not body.strip()
        else "It is damaged, or something else than the service answered.",
        fix="Open any web page in a browser to see whether this network wants you to sign in, "
        "then try again.",
    )


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH_LIMIT:
        return
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEPTH_LIMIT:
            raise ValueError(f"nested more than {DEPTH_LIMIT} deep")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("a number is beyond a double's range")
    return value


def _short(text: str) -> int:
    if len(text.lstrip("-")) > INTEGER_DIGITS_LIMIT:
        raise ValueError(f"a whole number has more than {INTEGER_DIGITS_LIMIT} digits")
    return int(text)
