"""What is removed from a text, what stays in it, and how odd characters are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import input_text
from osdu_auth.input_text import (
    NotText,
    client_secret_in,
    digits_in,
    is_invisible,
    json_text,
    odd_character_in,
    password_in,
    untypable_character_in,
    value_in,
)

SECRET = "abcdefghij0123456789_+xyz"
UNSEEN = st.sampled_from(" \t\r\n\xa0\u200b\ufeff\u2060\u3000\u200e\u2028\u3164")


@given(st.text())
def test_a_value_has_no_invisible_ends_and_is_a_part_of_the_input(text: str) -> None:
    value = value_in(text)
    assert value == value_in(value)
    assert not value or (not is_invisible(value[0]) and not is_invisible(value[-1]))
    assert value in input_text.as_text_or_same(text)


@given(st.text(UNSEEN), st.from_regex(r"[a-z][a-z0-9.:/-]{0,30}", fullmatch=True), st.text(UNSEEN))
def test_invisible_characters_around_a_value_are_removed(
    before: str, value: str, behind: str
) -> None:
    assert value_in(before + value + behind) == value
    assert value_in(f'{before}"{value}"{behind}') == value


@pytest.mark.parametrize(
    "text", ['say "a" "b"', '"a" and "b"', "it's", "a'b'c", '"', "''\"", "\u201ca", "a\u200bb"]
)
def test_unpaired_quotes_and_marks_within_a_value_stay(text: str) -> None:
    assert value_in(text) == text


@for_each(
    "text",
    [
        *(SECRET, f" {SECRET}\r\n", f'"{SECRET}"', f"\u201c{SECRET}\u201d", f"`{SECRET}`"),
        *(f"ACME_SECRET={SECRET}", f"export A='{SECRET}'\n", f'$env:A = "{SECRET}"'),
        *(f"set A={SECRET}\r", f'client_secret = "{SECRET}"', f'"ClientSecret": "{SECRET}",'),
        *(f"'A={SECRET}'", f"OSDU_AUTH_CLIENT_SECRET: {SECRET}"),
    ],
)
def test_a_client_secret_is_found_in_what_was_copied(text: str) -> None:
    assert client_secret_in(text) == SECRET


@pytest.mark.parametrize("text", ["a=b", "wrong-secret", "A=short", f"{SECRET} {SECRET}", "x:y"])
def test_a_secret_of_another_kind_of_server_stays_unchanged(text: str) -> None:
    assert client_secret_in(text) == text


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_from_a_password_only_the_marks_of_a_file_are_removed(password: str) -> None:
    kept = password.removeprefix("\ufeff")
    for line in (password, f"{password}\n", f"{password}\r\n", f"\ufeff{kept}\n"):
        assert password_in(line) == kept


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_every_character_of_a_keyboard_can_be_typed_again(password: str) -> None:
    assert untypable_character_in(password) == ""


@pytest.mark.parametrize(
    "password", ["a\ufeffb", "\u200ba", "a\x07", "a\tb", "a\u202eb", "a\u200d"]
)
def test_a_character_that_no_keyboard_has_is_named(password: str) -> None:
    assert "cannot be typed again" in untypable_character_in(password)


def test_joiners_within_a_word_or_an_emoji_can_be_typed_again() -> None:
    for password in (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f52c",
        "\u2764\ufe0f",
    ):
        assert untypable_character_in(password) == ""


@given(st.text())
def test_digits_of_a_code_contain_no_space_no_hyphen_and_only_ascii_digits(text: str) -> None:
    for character in digits_in(text):
        assert not is_invisible(character)
        assert character.isascii() or not character.isdecimal()


@given(st.text())
def test_an_odd_character_is_described_in_one_sentence(text: str) -> None:
    sentence = odd_character_in(text)
    assert sentence.isprintable()
    assert not sentence or sentence.endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        *('{"a": "\u00fc" }', "\u00fc", '{"a": \u00fc}', '{"\u00fc": 1,\n\t}', '["\u00fc\n"]'),
        *("[" * 100_000 + "\u00fc", "1" * 5000 + "\u00fc", ""),
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_other_mistakes_in_a_body_are_left_to_the_service(body: str) -> None:
    assert json_text(body.encode()) == body.encode()


@given(st.binary(max_size=50))
def test_a_body_is_utf_8_or_its_error_is_one_sentence(body: bytes) -> None:
    said = ""
    try:
        json_text(body).decode()
    except NotText as error:
        said = str(error)
    assert said.isprintable()
