"""An error shows a long text completely, or its beginning and a sign that it was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from osdu_auth import ConfigurationError, Profile
from osdu_auth.profiles import references
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_profile_name, check_region
from osdu_auth.profiles.file import parse_profiles
from osdu_auth.profiles.origin import require_origin
from osdu_auth.profiles.resolve import find_profile, given_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE = '[profiles.acme]\nregion = "us-east-1"\nclient_id = "abc"\n'
MADE = Profile("acme", region="us-east-1", client_id="abc", platform_url="https://osdu.acme.com")


def made(**settings: Any) -> Profile:
    return Profile("acme", region="us-east-1", client_id="abc", **settings)


def of_type(name: str) -> Any:
    return type(name, (), {})()


# The number of characters that are shown, and the function that shows a text.
CASES: dict[str, tuple[int, Callable[[str], object]]] = {
    "a profile that is not there": (64, parse_profiles(PROFILE, "config.toml").profile),
    "what is no setting": (
        60,
        lambda text: parse_profiles(f"{PROFILE}{text} = 1", "config.toml").profile("acme"),
    ),
    "a choice": (40, lambda text: made(sealing=text)),
    "a session's life": (40, lambda text: made(session_lifetime=text)),
    "the type of a setting": (40, lambda text: made(username=of_type(text))),
    "the type of a profile": (40, lambda text: given_profile(of_type(text))),
    "a profile's name": (80, lambda text: check_profile_name("/" + text[1:])),
    "a region": (80, check_region),
    "an address": (80, check_endpoint_url),
    "another origin": (100, lambda text: require_origin(f"https://{text[8:]}", MADE)),
}


def told(show: Callable[[str], object], text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        show(text)
    return f"{raised.value.what} {raised.value.why}"


@for_each("case", CASES)
def test_a_text_is_shown_whole_up_to_its_length_and_cut_beyond(case: str) -> None:
    length, show = CASES[case]
    text = "x" * length
    tail = text[8:]  # some texts begin in another way
    assert tail in told(show, text)
    assert f"{tail[:-1]}…" in told(show, text + "x")


def test_existing_profiles_are_listed_by_their_full_names(config_file: Path) -> None:
    longest, longer = "y" * 64, "z" * 65
    others = f'[profiles.{longest}]\nregion = "x"\n[profiles.{longer}]\nregion = "x"\n'
    config_file.parent.mkdir()
    config_file.write_text(PROFILE + others)
    assert f"acme, {longest}, {longer[:63]}…. File" in told(lambda _: find_profile(), "")
    with pytest.raises(ConfigurationError) as raised:
        find_profile(longest[:-1])
    assert f'"{longest}"' in raised.value.fix
    with pytest.raises(ConfigurationError) as raised:
        find_profile(longer[:-1])
    assert f'"{longer[:63]}…"' in raised.value.fix


def test_the_place_of_a_secret_is_shown_whole_up_to_its_length_and_cut_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X" * 100, "")
    monkeypatch.setenv("X" * 101, "")
    assert f"env:{'X' * 100}." in told(references.resolve, f"env:{'X' * 100}")
    assert f"env:{'X' * 99}…" in told(references.resolve, f"env:{'X' * 101}")
    missing = f"{tmp_path}/".ljust(200, "x")
    assert missing in told(references.resolve, f"file:{missing}")
    assert f"{missing[:-1]}…" in told(references.resolve, f"file:{missing}x")
