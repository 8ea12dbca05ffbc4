"""In a file of any valid TOML, an edit makes its own change only, or no change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.edits import remove_profile, write_profile
from osdu_auth.profiles.file import read_profiles
from osdu_auth.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import DrawFn

ACME = Profile("acme", "us-east-1", "abc", client_secret="env:X", data_partition_id="osdu")
NAMES = ("acme", "beta", "gamma.2", "default_profile", "store", "profiles")

# Different ways to write the value of a setting, or a profile.
TEXTS: list[Callable[[str], str]] = [
    lambda value: f'"{value}"',
    lambda value: f"'{value}'",
    lambda value: f'"""{value}"""',
    lambda value: f"'''\n{value}'''",
]
GAPS = ["", "# a comment\n", "\n", "  # indented = 'no'\n", "\t\n\n"]


@st.composite
def profiles(draw: DrawFn, name: str, layout: str) -> str:
    """One profile in a file of that layout."""
    given = {"region": f"eu-west-{draw(st.integers(1, 9))}", "client_id": "an-id"}
    if draw(st.booleans()):
        given["username"] = "alice # no comment"
    texts = TEXTS if layout != "inline" else TEXTS[:2]
    pairs = [f"{key} = {draw(st.sampled_from(texts))(text)}" for key, text in given.items()]
    quoted = f'"{name}"' if "." in name or draw(st.booleans()) else name
    gap = draw(st.sampled_from(GAPS))
    if layout == "inline":
        return f"{quoted} = {{ {', '.join(pairs)} }}"
    if layout == "tables":
        is_sealed = draw(st.booleans())
        store = f"[profiles.{quoted}.store]\nsealed = 'required'\n" if is_sealed else ""
        return f"[ profiles . {quoted} ] # {name}\n" + "\n".join(pairs) + f"\n{gap}{store}"
    above = "profiles." if layout == "dotted" else ""
    return "".join(f"{above}{quoted}.{pair}\n" for pair in pairs) + gap


@st.composite
def files(draw: DrawFn) -> tuple[str, list[str], bool]:
    """A valid file, its contents after any edit of "acme", and whether that must succeed."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    layout = draw(st.sampled_from(["tables", "children", "dotted", "inline", "mixed"]))
    default = draw(st.sampled_from([None, *names]))
    above = f"default_profile = {draw(st.sampled_from(TEXTS))(default)}\n" if default else ""
    if layout in {"children", "mixed"}:
        above += "[profiles]\n"
    kind = {"mixed": "inline"}.get(layout, layout)
    parts = {name: draw(profiles(name, kind)) for name in names}
    if layout == "inline":
        text = f"{above}profiles = {{ {', '.join(parts.values())} }} # all of them\n"
    else:
        text = above + "".join(f"{part.rstrip()}\n" for part in parts.values())
    kept = [part.rstrip() for name, part in parts.items() if name != "acme"]
    text = draw(st.sampled_from(GAPS)) + text
    if draw(st.booleans()):
        text, kept = text.replace("\n", "\r\n"), [each.replace("\n", "\r\n") for each in kept]
    return draw(st.sampled_from(["", "\ufeff"])) + text, kept, layout == "tables"


def told(config_file: Path) -> tuple[str | None, dict[str, object]]:
    """The contents of a file, as plain values."""
    file = read_profiles()
    return file.default, {name: file.tables[name] for name in file.tables}


def edited(config_file: Path, content: bytes, edit: Callable[[], None]) -> bytes | None:
    """Return the contents after an edit; None if it was refused and the file is unchanged."""
    config_file.parent.mkdir(exist_ok=True)
    config_file.write_bytes(content)
    refusal = None
    try:
        edit()
    except ConfigurationError as error:
        refusal = error
    now = config_file.read_bytes()
    if refusal is None:
        return now
    assert refusal.code == "OA-C787"
    assert str(config_file) in refusal.what
    assert str(config_file) in refusal.fix
    assert now == content
    return None


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=files(), make_default=st.booleans())
def test_a_profile_is_written_and_the_rest_kept_or_the_file_is_unchanged(
    config_file: Path, made: tuple[str, list[str], bool], make_default: bool
) -> None:
    text, kept, is_plain = made
    config_file.parent.mkdir(exist_ok=True)
    config_file.write_bytes(text.encode())
    default, others = told(config_file)
    others.pop("acme", None)
    after = edited(
        config_file, text.encode(), lambda: write_profile(ACME, make_default=make_default)
    )
    if after is None:
        assert not is_plain
        return
    assert read_profiles().profile("acme") == ACME
    now, tables = told(config_file)
    del tables["acme"]
    assert (now, tables) == ("acme" if make_default else default, others)
    for part in kept:
        assert part.encode() in after
    assert after.startswith(b"\xef\xbb\xbf") is text.startswith("\ufeff")


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=files())
def test_a_profile_is_removed_and_the_rest_kept_or_the_file_is_unchanged(
    config_file: Path, made: tuple[str, list[str], bool]
) -> None:
    text, kept, is_plain = made
    config_file.parent.mkdir(exist_ok=True)
    config_file.write_bytes(text.encode())
    default, others = told(config_file)
    if others.pop("acme", None) is None:
        with pytest.raises(ConfigurationError) as raised:
            remove_profile("acme")
        assert raised.value.code == "OA-C784"
        assert config_file.read_bytes() == text.encode()
        return
    after = edited(config_file, text.encode(), lambda: remove_profile("acme"))
    if after is None:
        assert not is_plain
        return
    assert told(config_file) == (None if default == "acme" else default, others)
    for part in kept:
        assert part.encode() in after


@pytest.mark.parametrize(
    "content",
    [
        'profiles = { beta = { region = "us-east-1", client_id = "b" } }\n',
        'profiles = {}\n# "}"\n',
        'profiles.beta.region = "us-east-1"\nprofiles.beta.client_id = "b"\n',
    ],
)
def test_a_layout_that_cannot_be_edited_is_refused_with_a_fix_that_works(
    content: str, config_file: Path
) -> None:
    assert edited(config_file, content.encode(), lambda: write_profile(ACME)) is None
    with pytest.raises(ConfigurationError) as raised:
        write_profile(ACME)
    assert "a table of its own, such as [profiles.acme]" in raised.value.fix
    config_file.write_text('[profiles.beta]\nregion = "us-east-1"\nclient_id = "b"\n')
    write_profile(ACME)
    assert read_profiles().names == ["beta", "acme"]
