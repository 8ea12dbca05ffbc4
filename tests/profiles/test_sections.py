"""A large file of profiles is read in part, with the same meaning as if it were read as a whole."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import ConfigurationError
from osdu_auth.profiles.file import LARGE, parse_profiles
from osdu_auth.profiles.sections import split_sections

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILLING = "# nothing but length\n" * (LARGE // 20)
ONE = '[profiles.a]\nregion = "us-east-1"\nclient_id = "x"\n'
TWO = '[profiles."b.c"] # two\nregion = "eu-west-1"\nclient_id = "y"\n'

_names = st.sampled_from(["a", "b.c", "d-e", "f_g", "1"])
_lines = st.sampled_from(
    ['region = "us-east-1"', 'client_id = "x # [profiles.z]"', "username = 'a = [b]'", "",
     "# [profiles.z]", 'store.sealed = "preferred"', "  # more", "port = 1", "odd = [1, 2]",
     "inline = {a = 1}"]
)  # fmt: skip
_headers = st.builds(
    lambda name, tail: (f'[profiles."{name}"]' if "." in name else f"[profiles.{name}]") + tail,
    _names,
    st.sampled_from(["", " ", "  # why"]),
)
_others = st.sampled_from(
    ["[other]", "[profiles]", "[[profiles.a]]", "[profiles.a.store]", "[profiles.a.b]",
     'long = """\n[profiles.z]\n"""', "nested = [\n[1],\n]", "profiles.q.region = 'x'",
     "[ profiles.a ]", "['profiles'.a]", "default_profile = 'a'", "broken = ", "]"]
)  # fmt: skip


def meaning(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


@settings(max_examples=500)
@given(
    above=st.lists(st.sampled_from(['default_profile = "a"', "# x", ""]), max_size=2),
    parts=st.lists(st.tuples(_headers | _others, st.lists(_lines, max_size=3)), max_size=5),
)
def test_a_split_file_has_the_same_meaning_as_the_whole_file(
    above: list[str], parts: list[tuple[str, list[str]]]
) -> None:
    text = "\n".join([*above, *(line for head, lines in parts for line in (head, *lines))])
    apart, whole = split_sections(text, "config.toml"), meaning(text)
    if apart is None or whole is None:
        return
    top, sections = apart
    assert {**meaning(top), "profiles": dict(sections)} == {"profiles": {}, **whole}


@for_each(
    "odd",
    ['note = """\n[profiles.z]\n"""\n', "[profiles]\n", "[other]\n", ONE, "[[profiles.d]]\n",
     "[profiles.a.store]\n", "[profiles.d.e]\n"],
)  # fmt: skip
def test_a_file_with_more_than_one_reading_is_not_split(odd: str) -> None:
    assert split_sections(ONE + TWO + odd, "config.toml") is None


def test_a_large_file_gives_the_same_profiles_as_a_small_one() -> None:
    text = f'default_profile = "a"\n{ONE}store.sealed = "required"\n{TWO}'
    small, large = (parse_profiles(text + more, "config.toml") for more in ("", FILLING))
    assert large.names == small.names == ["a", "b.c"]
    assert large.current == "a"
    assert [large.profile(name) for name in large.names] == [
        small.profile(name) for name in small.names
    ]


def test_a_table_within_a_profile_belongs_to_it_in_a_large_file_as_well() -> None:
    text = f'{ONE}[profiles.a.store]\nsealed = "required"\n{TWO}{FILLING}'
    apart = split_sections(text, "config.toml")
    assert apart is not None
    assert dict(apart[1]) == meaning(text)["profiles"]
    assert len(apart[1]) == 2


def test_a_mistake_in_a_large_file_is_reported_with_its_line_when_the_profile_is_used() -> None:
    text = ONE + FILLING + TWO + "username = \n"
    assert parse_profiles(text, "config.toml").profile("a").client_id == "x"
    line = text.count("\n")
    with pytest.raises(ConfigurationError, match=f"line {line}, column") as error:
        parse_profiles(text, "config.toml").profile("b.c")
    assert error.value.code == "OA-C780"
