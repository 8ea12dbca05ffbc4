"""The one reader of JSON from other programs (RFC 8259, read strictly).

A forgery can use a text that two programs read differently. So a text with more than one reading is
refused: duplicate names, numbers outside the range of a double, lone surrogates.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress

from osdu_auth.errors import UnusableReply
from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, NoReturn

DEPTH_LIMIT = 32
INTEGER_DIGITS_LIMIT = 20

_WHITESPACE = " \t\n\r"  # RFC 8259, section 2
_BRACKETS = re.compile(r"[\[\]{}]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def strict_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Args:
        body: UTF-8, nested at most 32 deep, whole numbers of at most 20 digits.

    Raises:
        UnusableReply: OA-N633: it is not such a JSON text.
    """
    # Our error is raised outside of the block. Inside, the decoder's error would be its context,
    # and would keep the whole text.
    with suppress(ValueError):
        return strict_value(body)
    raise _unusable_error(body)


def strict_value(body: bytes) -> Any:
    """Return the value of a JSON text, for callers with their own error messages.

    Args:
        body: UTF-8, nested at most 32 deep, whole numbers of at most 20 digits.

    Raises:
        ValueError: it is not such a JSON text; do not show its message, which may contain the text.
    """
    text = body.decode("utf-8")
    _check_depth(text)
    # The same as `JSONDecoder.decode`, without two regular expressions, which are slow.
    start = 0 if text[:1] not in _WHITESPACE else len(text) - len(text.lstrip(_WHITESPACE))
    value, end = _DECODER.raw_decode(text, start)
    if end != len(text) and text[end:].strip(_WHITESPACE):
        raise ValueError("something follows the value")
    if "\\u" in text and _ESCAPED_SURROGATE.search(text):
        # A pair of surrogates is one character now; a lone surrogate cannot be encoded.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _unusable_error(body: bytes) -> UnusableReply:
    looks_like_a_page = body.lstrip()[:1] == b"<"
    return UnusableReply(
        "The answer is not the JSON that this service sends.",
        code="OA-N633",
        why="It is a web page: a network's sign-in page or a proxy may have answered instead."
        if looks_like_a_page
        else "It is empty."
        if not body.strip()
        else "It is damaged, or another program answered.",
        fix="Open any web page in a browser to see whether this network wants you to sign in, "
        "then try again.",
    )


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the decoder runs, in time linear in the text's length.

    Escaped quotes are removed first; then the text is split at quotes, which leaves strings out. In
    an invalid text the count may be wrong after the first mistake; the decoder stops there.
    """
    if text.count("[") + text.count("{") <= DEPTH_LIMIT:
        return
    outside_strings = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    depth = 0
    for bracket in _BRACKETS.findall(" ".join(outside_strings)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEPTH_LIMIT:
            raise ValueError(f"nested more than {DEPTH_LIMIT} deep")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is twice in one object")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite_number(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("a number is outside the range of a double")
    return value


def _limited_integer(text: str) -> int:
    if len(text) > INTEGER_DIGITS_LIMIT and len(text.lstrip("-")) > INTEGER_DIGITS_LIMIT:
        raise ValueError(f"a whole number has more than {INTEGER_DIGITS_LIMIT} digits")
    return int(text)


# Made once: making a decoder takes as long as reading a token's claims.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_constant=_refuse_constant,
    parse_float=_finite_number,
    parse_int=_limited_integer,
)
