"""The profile in force is found by one rule, and the result says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth.errors import ConfigurationError
from osdu_auth.places import settings_fingerprint
from osdu_auth.profiles.environment import fingerprint_of_environment, settings_in_environment
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.profile import BrowserProfile, Profile, ServiceProfile
from osdu_auth.profiles.references import resolve
from osdu_auth.profiles.resolve import find_profile, places_of_profile
from osdu_auth.profiles.setting_places import variable_of

if TYPE_CHECKING:
    from pathlib import Path

TWO = """
[profiles.acme]
region = "us-east-1"
client_id = "abc"
[profiles.beta]
region = "eu-west-1"
client_id = "def"
"""


@pytest.fixture
def two_profiles(config_file: Path) -> Path:
    config_file.parent.mkdir()
    config_file.write_text(TWO)
    return config_file


def test_the_named_profile_wins_over_everything(
    two_profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_PROFILE", "acme")
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "xyz")
    found = find_profile("beta")
    assert (found.profile.name, found.reason) == ("beta", "it was named")
    assert found.settings_fingerprint == settings_fingerprint(str(two_profiles))
    assert not found.is_current


def test_the_variable_wins_over_the_environment_and_the_default(
    two_profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_PROFILE", "beta")
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "xyz")
    two_profiles.write_text('default_profile = "acme"\n' + TWO)
    found = find_profile()
    assert found.profile.name == "beta"
    assert "OSDU_AUTH_PROFILE" in found.reason


def test_the_environment_makes_a_profile_that_wins_over_the_default(
    two_profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_profiles.write_text('default_profile = "acme"\n' + TWO)
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "xyz")
    monkeypatch.setenv("OSDU_AUTH_USER_POOL_ID", "eu-west-1_Ab12")
    found = find_profile()
    assert (found.profile.name, found.profile.get("region")) == ("environment", "eu-west-1")
    assert not found.is_in_file
    assert find_profile("environment") == found._replace(reason="it was named")


def test_each_setting_of_a_binding_is_in_the_fingerprint_of_the_variables_and_no_secret_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in KINDS.settings:
        monkeypatch.setenv(variable_of(name), "canary" if KINDS.settings[name].is_private else "a")
    monkeypatch.setenv("OSDU_AUTH_BOARD_PASSWORD", "canary")
    before = fingerprint_of_environment()
    assert "canary" not in before
    assert b"canary".hex() not in before
    kinds = (Profile, BrowserProfile, ServiceProfile)
    bound = {name for kind in kinds for names in kind.bound_by for name in names}
    for name in bound:
        monkeypatch.setenv(variable_of(name), "b")
        assert fingerprint_of_environment() != before, name
        monkeypatch.setenv(variable_of(name), "a")
    assert fingerprint_of_environment() == before


def test_each_place_of_a_profile_says_whether_it_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    no_call = ("the call", False, "it names none")
    no_variable = ("OSDU_AUTH_PROFILE", False, "it is not set")
    no_client = ("OSDU_AUTH_CLIENT_ID", False, "it is not set")
    assert list(places_of_profile()) == [no_call, no_variable, no_client]
    assert list(places_of_profile("acme")) == [("the call", True, "it names a profile")]
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "xyz")
    made = ("OSDU_AUTH_CLIENT_ID", True, "it is set")
    assert list(places_of_profile()) == [no_call, no_variable, made]
    monkeypatch.setenv("OSDU_AUTH_PROFILE", "acme")
    assert list(places_of_profile()) == [no_call, ("OSDU_AUTH_PROFILE", True, "it is set")]


def test_the_default_profile_wins_over_the_others(two_profiles: Path) -> None:
    two_profiles.write_text('default_profile = "beta"\n' + TWO)
    found = find_profile()
    assert found.profile.name == "beta"
    assert found.is_current
    assert str(two_profiles) in found.reason


def test_the_only_profile_needs_no_name(config_file: Path) -> None:
    config_file.parent.mkdir()
    config_file.write_text('[profiles.solo]\nregion = "us-east-1"\nclient_id = "abc"\n')
    assert find_profile().profile.name == "solo"


def test_several_profiles_and_no_default_are_listed(two_profiles: Path) -> None:
    with pytest.raises(ConfigurationError, match="acme, beta") as raised:
        find_profile()
    assert raised.value.code == "OA-C788"
    assert raised.value.fix == (
        "Name one with -p acme, or have one used by default: osdu-auth init -p acme --default"
    )


def test_no_profile_at_all_leads_to_init() -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_profile()
    assert (raised.value.code, raised.value.fix) == ("OA-C785", "osdu-auth init")


@pytest.mark.parametrize("how", ["argument", "variable", "default"])
def test_the_error_of_an_unknown_profile_lists_the_existing_ones(
    how: str, two_profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "variable":
        monkeypatch.setenv("OSDU_AUTH_PROFILE", "gamma")
    if how == "default":
        two_profiles.write_text('default_profile = "gamma"\n' + TWO)
    with pytest.raises(ConfigurationError, match="acme, beta") as raised:
        find_profile("gamma" if how == "argument" else None)
    assert (raised.value.code, raised.value.fix) == ("OA-C784", "osdu-auth init -p gamma")


@pytest.mark.parametrize(
    ("variables", "code", "named"),
    [
        ({}, "OA-C714", "OSDU_AUTH_REGION"),
        ({"REGION": "nowhere"}, "OA-C701", "OSDU_AUTH_REGION"),
        ({"REGION": "us-east-1", "USER_POOL_ID": "eu-west-1_A"}, "OA-C713", "OSDU_AUTH_REGION"),
        ({"REGION": "us-east-1", "TRANSPORT": "carrier"}, "OA-C709", "OSDU_AUTH_TRANSPORT"),
        ({"REGION": "us-east-1", "PLATFORM_URL": "x"}, "OA-C705", "OSDU_AUTH_PLATFORM_URL"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    variables: dict[str, str], code: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "abc")
    for name, text in variables.items():
        monkeypatch.setenv(f"OSDU_AUTH_{name}", text)
    with pytest.raises(ConfigurationError) as raised:
        find_profile()
    assert raised.value.code == code
    assert raised.value.what.startswith(named)


def test_a_client_secret_in_the_environment_becomes_a_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "abc")
    monkeypatch.setenv("OSDU_AUTH_REGION", "us-east-1")
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", "canary-secret")
    profile = find_profile().profile
    reference = profile.get("client_secret")
    assert reference == "env:OSDU_AUTH_CLIENT_SECRET"
    assert resolve(reference).reveal() == "canary-secret"


def test_a_client_secret_in_the_environment_may_be_a_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", "env:OTHER")
    assert settings_in_environment() == {"client_secret": "env:OTHER"}
