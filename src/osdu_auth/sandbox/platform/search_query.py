"""The query language of search: the part of it that users type.

Words, `"phrases"`, `*` and `?`; `field:value` with a dotted path such as
`data.FacilityName:"Osprey Deep"`; `_exists_:field`; `AND`, `OR`, `NOT` and parentheses. Words next
to each other mean `OR`, as in Elasticsearch's query string. Every other form of that language is
refused, and the refusal names it: such a query must not find nothing without a reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Matcher = Callable[[dict[str, Any]], bool]

_TOKEN = re.compile(r'\s*(\(|\)|(?:[\w.-]+:)?"[^"]*"|(?:[\w.-]+:)?[^\s()":]+)')
_FIELD = re.compile(r"([A-Za-z_][\w.-]*):(.*)\Z", re.DOTALL)
_WORD = re.compile(r"\w+(?:[-.]\w+)*")
_LONGEST_QUERY = 4096
_DEEPEST_NESTING = 20


class UnreadableQuery(ValueError):
    """A query is not in the language."""


class UnsupportedQuery(ValueError):
    """A query has a form that the language has and the sandbox does not support."""


# The text outside of phrases is searched for these forms.
_UNSUPPORTED_FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("ranges", r"(?:^|[\s(:])[\[{]"),
        ("comparisons", r":[<>]"),
        ("regular expressions", r"(?:^|[\s(:])/"),
        ("fuzzy words and near phrases (~)", "~"),
        ("boosts (^)", r"\^"),
        ("the signs + - !", r"(?:^|[\s(])[+!-]"),
        ("the signs && and ||", r"&&|\|\|"),
        ("groups under a field", r":\("),
        ("nested queries", r"\bnested\("),
        ("escaped signs", r"\\"),
    )
)
_PHRASE = re.compile('"[^"]*"')


def matcher(query: str) -> Matcher:
    """Return the test that a record's JSON must pass to be found.

    Args:
        query: the query; empty or `*` finds everything.

    Raises:
        UnreadableQuery: it cannot be read.
        UnsupportedQuery: the sandbox does not support a form in it.
    """
    if len(query) > _LONGEST_QUERY:
        raise UnreadableQuery("the query is too long")
    without_phrases = _PHRASE.sub('""', query)
    for name, form in _UNSUPPORTED_FORMS:
        if form.search(without_phrases):
            raise UnsupportedQuery(f"{name} in a query")
    tokens = _tokens(query)
    if not tokens or tokens == ["*"]:
        return lambda record: True  # noqa: ARG005 - everything is found
    reader = _Reader(tokens)
    found = reader.or_expression(0)
    if reader.next is not None:
        raise UnreadableQuery(f"unexpected {reader.next}")
    return found


def _tokens(query: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    query = query.strip()
    while place < len(query):
        found = _TOKEN.match(query, place)
        if found is None:
            raise UnreadableQuery(f"cannot read the query at {query[place : place + 20]!r}")
        tokens.append(found.group(1))
        place = found.end()
    return tokens


class _Reader:
    """Reads tokens by recursive descent; NOT binds strongest, then AND, then OR."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def or_expression(self, depth: int) -> Matcher:
        sides = [self._and_expression(depth)]
        while self.next not in {None, ")"}:
            if self.next == "OR":
                self._place += 1
            sides.append(self._and_expression(depth))
        return lambda record: any(side(record) for side in sides)

    def _and_expression(self, depth: int) -> Matcher:
        sides = [self._operand(depth)]
        while self.next == "AND":
            self._place += 1
            sides.append(self._operand(depth))
        return lambda record: all(side(record) for side in sides)

    def _operand(self, depth: int) -> Matcher:
        token = self.next
        if token is None or token in {"AND", "OR", ")"} or depth > _DEEPEST_NESTING:
            raise UnreadableQuery("the query is not complete")
        self._place += 1
        if token == "NOT":  # noqa: S105 - a word of the language
            negated = self._operand(depth + 1)
            return lambda record: not negated(record)
        if token == "(":  # noqa: S105 - a sign of the language
            inner = self.or_expression(depth + 1)
            if self.next != ")":
                raise UnreadableQuery("a parenthesis is not closed")
            self._place += 1
            return inner
        return _term(token)


def _term(token: str) -> Matcher:
    field, wanted = "", token
    found = _FIELD.match(token)
    if found:
        field, wanted = found.groups()
    if not wanted:
        raise UnreadableQuery(f"{field} has no value")
    if field == "_exists_":
        present = wanted.split(".")
        return lambda record: any(value is not None for value in _values_at(record, present))
    pattern = _pattern(wanted)
    if not field:
        return lambda record: any(pattern(text) for text in _texts(record))
    path = field.removesuffix(".keyword").split(".")
    return lambda record: any(
        pattern(text) for value in _values_at(record, path) for text in _texts(value)
    )


def _pattern(wanted: str) -> Callable[[str], bool]:
    if wanted.startswith('"'):
        phrase = _words(wanted)
        return lambda text: _contains_phrase(_words(text), phrase)
    # Every sign is escaped first: only the two wildcards have a meaning.
    expression = re.escape(wanted.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    compiled = re.compile(expression, re.DOTALL)
    return lambda text: (
        compiled.fullmatch(text.lower()) is not None
        or any(compiled.fullmatch(word) for word in _words(text))
    )


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _contains_phrase(words: list[str], phrase: list[str]) -> bool:
    length = len(phrase)
    return any(words[i : i + length] == phrase for i in range(len(words) - length + 1))


def _values_at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _values_at(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values_at(value[path[0]], path[1:])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for element in value.values():
            yield from _texts(element)
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value is not None:
        yield str(value)
