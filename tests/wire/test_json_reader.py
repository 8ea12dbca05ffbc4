"""The JSON reader: what it must accept and refuse, and that every error is one of ours."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processor_time
from cases import for_each
from osdu_auth.errors import UnusableReply
from osdu_auth.wire import strict_json

SUITE = Path(__file__).parents[2].parent / "shared/vectors/json_test_suite/test_parsing"
CASES = sorted(SUITE.glob("*.json"))

# RFC 8259 lets a reader decide on these; ours refuses texts with more than one reading.
REFUSED_ALTHOUGH_JSON = {
    "y_object_duplicated_key.json": "one name twice: the first reader's last is the second's first",
    "y_object_duplicated_key_and_value.json": "one name twice",
}

needs_the_suite = pytest.mark.skipif(not CASES, reason="JSONTestSuite is not next to this checkout")


@needs_the_suite
@pytest.mark.parametrize(
    "path", [c for c in CASES if c.name.startswith("y_")], ids=lambda c: c.name
)
def test_valid_json_is_accepted_with_the_listed_exceptions(path: Path) -> None:
    body = path.read_bytes()
    if path.name in REFUSED_ALTHOUGH_JSON:
        with pytest.raises(UnusableReply):
            strict_json(body)
    else:
        assert strict_json(body) == json.loads(body)


@needs_the_suite
@pytest.mark.parametrize(
    "path", [c for c in CASES if c.name.startswith("n_")], ids=lambda c: c.name
)
def test_invalid_json_is_refused(path: Path) -> None:
    with pytest.raises(UnusableReply, match="OA-N633"):
        strict_json(path.read_bytes())


@needs_the_suite
@pytest.mark.parametrize(
    "path", [c for c in CASES if c.name.startswith("i_")], ids=lambda c: c.name
)
def test_json_that_the_suite_leaves_open_gives_a_value_or_our_error(path: Path) -> None:
    with suppress(UnusableReply):
        assert json.dumps(strict_json(path.read_bytes()), ensure_ascii=False).encode()


@for_each(
    "body",
    [
        b"",
        b"  ",
        b"<html>sign in</html>",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e999",
        b"-1e999",
        b"\xef\xbb\xbf{}",
        b"\xff",
        '{"a":1}'.encode("utf-16"),
        b'{"a":1,"a":1}',
        b'{"\\u0061":1,"a":2}',
        b"1" * 21,
        b"-" + b"1" * 21,
        b"1" * 5000,
        b'"\\ud800"',
        b'["\\uDFFF x"]',
        b"[" * 33 + b"]" * 33,
        b"[" * 10_000_000,
        b'{"a":' * 200_000,
        b"{} {}",
        b"{'a':1}",
        b"[1,]",
    ],
)
def test_json_that_two_programs_may_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(UnusableReply, match="OA-N633"):
        strict_json(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"[" * 32 + b"]" * 32, None), (b"1" * 20, 11111111111111111111), (b'"\\ud83d\\ude00"', "😀"),
     (b'["' + b"[" * 100 + b'"]', ["[" * 100]), (b'["\\"' + b"{" * 100 + b'"]', ['"' + "{" * 100])],
    ids=["32 deep", "20 digits", "a pair", "brackets in a text", "and after a quote"],
)  # fmt: skip
def test_json_just_within_the_limits_is_accepted(body: bytes, value: object) -> None:
    assert value is None or strict_json(body) == value
    strict_json(body)


@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]",:\\u0123eE.-+ntf', max_size=60).map(str.encode)
)
def test_no_bytes_make_the_json_reader_raise_another_error(body: bytes) -> None:
    with suppress(UnusableReply):
        assert json.dumps(strict_json(body), allow_nan=False)


LEAVES = st.none() | st.booleans() | st.integers(-(10**19), 10**19) | st.text()


@given(st.recursive(LEAVES, lambda some: st.lists(some) | st.dictionaries(st.text(), some)))
def test_written_json_is_read_back(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


def test_the_error_distinguishes_a_sign_in_page_from_damage_and_shows_neither() -> None:
    with pytest.raises(UnusableReply) as page:
        strict_json(b"<html>secret-page</html>")
    with pytest.raises(UnusableReply) as damage:
        strict_json(b'{"AccessToken": "secret-token"')
    assert "web page" in page.value.why
    assert "web page" not in damage.value.why
    for raised in (page, damage):
        assert "secret" not in str(raised.value)
        assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 33 + b'"' + b'\\"' * 500_000,
        b"[" * 33 + b'"' + b"\\" * 500_001,
        b'"' * 1_000_001 + b"[" * 33,
        b'{"":' * 250_000,
    ],
)
def test_hostile_nesting_is_refused_in_time_linear_in_its_length(body: bytes) -> None:
    """Skipping strings without an end took quadratic time."""
    with processor_time.at_most(5), pytest.raises(UnusableReply):
        strict_json(body)


@pytest.mark.parametrize("depth", [32, 33])
def test_brackets_in_strings_do_not_count_as_nesting(depth: int) -> None:
    quoted = b'"' + b'[{\\"[' * 40 + b'"'
    body = b"[" * (depth - 1) + b"[" + quoted + b"]" + b"]" * (depth - 1)
    if depth <= 32:
        assert strict_json(body)
    else:
        with pytest.raises(UnusableReply):
            strict_json(body)
