"""A text of a board is used only if it is complete, unchanged and sealed with the board key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from fleet.fleet_test_parts import KEY, posted, shared
from osdu_auth.fleet.board import LONGEST_TEXT, NewerPosted, NotPosted, Posted, parse_posted
from osdu_auth.fleet.shared_token import opened
from osdu_auth.stores.sealing import new_key


def test_a_sealed_token_opens_to_the_same_token_and_shows_nothing() -> None:
    made = shared()
    there = made.sealed(KEY)
    assert opened(there.text, KEY) == made
    assert "canary-shared" not in there.text
    assert "subject of alice" not in there.text
    assert "canary" not in repr(made)
    assert there.sealed not in repr(there)


def test_a_sign_out_looks_like_a_token_to_those_without_the_key() -> None:
    assert opened(posted(access_token=None).text, KEY).access_token is None


def test_another_board_key_opens_no_text() -> None:
    with pytest.raises(NotPosted, match="was not sealed with this board key"):
        opened(posted().text, new_key("board"))


@for_each("part", ["profile", "generation", "expires_at"])
def test_the_clear_part_cannot_be_changed(part: str) -> None:
    there = posted()
    other: Any = "f" * 16 if part == "profile" else getattr(there, part) + 1
    changed = there._replace(**{part: other})
    with pytest.raises(NotPosted):
        opened(changed.text, KEY)


def test_a_sealed_part_of_another_generation_does_not_fit() -> None:
    old, new = posted(1), posted(2)
    with pytest.raises(NotPosted):
        opened(new._replace(sealed=old.sealed).text, KEY)


def test_a_text_of_a_newer_version_is_refused_as_such() -> None:
    with pytest.raises(NewerPosted):
        opened(posted().text.replace("board 1 ", "board 2 "), KEY)
    there = posted()
    text = KEY.seal(
        json.dumps({"host": "https://elsewhere.example"}).encode(), there.clear_part.encode()
    )
    with pytest.raises(NewerPosted):
        opened(there._replace(sealed=text).text, KEY)


@for_each(
    "members",
    [
        {},
        {"access_token": 1, "issued_at": 0, "expires_at": 0, "subject": ""},
        {"access_token": "t", "issued_at": "x", "expires_at": 0, "subject": ""},
        {"access_token": "t", "issued_at": 0, "expires_at": float("nan"), "subject": ""},
        {"access_token": "t", "issued_at": 0, "expires_at": 0, "subject": None},
    ],
)
def test_a_posted_text_without_a_member_is_refused(members: dict[str, object]) -> None:
    there = posted()
    text = KEY.seal(json.dumps(members).encode(), there.clear_part.encode())
    with pytest.raises(NotPosted):
        opened(there._replace(sealed=text).text, KEY)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_that_was_not_posted_is_refused(text: str) -> None:
    with pytest.raises(NotPosted):
        opened(text, KEY)


@given(at=st.integers(0, 10_000), to=st.characters())
def test_a_changed_character_anywhere_is_noticed(at: int, to: str) -> None:
    text = posted().text
    at %= len(text)
    changed = text[:at] + to + text[at + 1 :]
    if changed != text:
        with pytest.raises(NotPosted):
            opened(changed, KEY)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(NotPosted):
        parse_posted(Posted("0" * 16, 1, 1, "A" * LONGEST_TEXT).text)
