"""A profile has one kind of sign-in, and each kind has its own settings.

These tests add a kind: a class, and its settings. The row P-02 of the list of abuse and faults.
"""

from __future__ import annotations

import pickle
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from click.testing import CliRunner

from cases import for_each
from osdu_auth import AnyProfile, ConfigurationError, MemoryStore, Profile, Secret, Session
from osdu_auth.cli.init import command_of
from osdu_auth.cognito.challenges import unattended
from osdu_auth.profiles.addresses import check_origin
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.environment import profile_of_environment, settings_in_environment
from osdu_auth.profiles.file import keys_of, parse_profiles, read_profiles
from osdu_auth.profiles.kinds import KINDS, Kinds
from osdu_auth.profiles.profile import BrowserProfile, ServiceProfile
from osdu_auth.profiles.settings import SETTINGS, Setting, check_mfa_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from osdu_auth.profiles.profile import Sealing


@dataclass(frozen=True)
class Robot(AnyProfile):
    """A service account at an issuer."""

    sign_in: ClassVar[str] = "robot"
    bound_by: ClassVar[tuple[tuple[str, ...], ...]] = (("issuer",), ("client_id",), ("realm",))
    settings: ClassVar[Mapping[str, Setting]] = {
        **SETTINGS,
        "issuer": Setting(check_origin, "The issuer.", example="https://issuer.example.com"),
        "realm": Setting(str, "A part of the issuer."),
        "assertion": Setting(check_mfa_command, "A program that speaks for it.", is_private=True),
    }

    name: str
    client_id: str
    issuer: str
    realm: str | None = None
    assertion: str | None = field(default=None, repr=False)
    platform_url: str | None = None
    data_partition_id: str | None = None
    sealing: Sealing = "preferred"


TWO = Kinds(Profile, Robot)
ISSUER = "https://issuer.example.com"
ROBOT = Robot("r", "abc", ISSUER, realm="a b", sealing="required")
PERSON = Profile("p", "us-east-1", "abc", username="alice", session_lifetime="12h")
IN_FILE = f'[profiles.r]\nsign_in = "robot"\nclient_id = "abc"\nissuer = "{ISSUER}"\n'
OF_A_POOL = '[profiles.r]\nregion = "us-east-1"\nclient_id = "abc"\n'


def read(text: str, kinds: Kinds = TWO) -> AnyProfile:
    return parse_profiles(text, "config.toml", kinds=kinds).profile("r")


def refused(text: str, kinds: Kinds = TWO) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        read(text, kinds)
    return raised.value


def test_a_profile_without_a_kind_is_of_a_user_pool_with_a_password() -> None:
    assert read(OF_A_POOL) == Profile("r", "us-east-1", "abc")
    assert read(OF_A_POOL + 'sign_in = "password"') == read(OF_A_POOL)
    assert read(OF_A_POOL, KINDS).sign_in == "password"


def test_a_profile_has_the_settings_of_its_kind() -> None:
    assert read(IN_FILE + 'realm = "x"\nstore.sealed = "required"') == Robot(
        "r", "abc", ISSUER, realm="x", sealing="required"
    )


@for_each(
    ("text", "said"),
    [
        (IN_FILE + 'user_pool_id = "us-east-1_Ab"', ("user_pool_id", "robot", "password")),
        (OF_A_POOL + 'issuer = "https://a.example"', ("issuer", "password", "robot")),
        (OF_A_POOL + 'sign_in = "password"\nrealm = "x"', ("realm", "password", "robot")),
    ],
)
def test_a_setting_of_another_kind_is_refused_by_name(
    text: str, said: tuple[str, str, str]
) -> None:
    setting, kind, of = said
    error = refused(text)
    assert error.code == "OA-C716"
    assert error.what == (
        f'{setting} of profile r in config.toml: this is not a setting of sign_in = "{kind}".'
    )
    assert error.why == f'It is a setting of sign_in = "{of}".'
    # As it is printed: the kind is named (tests/advice), or the setting is left out.
    leave = f"leave out {setting} of profile r in config.toml"
    assert error.fix == f"osdu-auth init -p r --sign-in {of}, or {leave}"
    left = [line for line in text.splitlines() if not line.startswith(setting)]
    assert read("\n".join(left)).sign_in == kind


def test_the_error_of_an_unknown_kind_lists_the_existing_ones() -> None:
    error = refused(IN_FILE.replace("robot", "robbot"))
    assert (error.code, "password, robot" in error.why) == ("OA-C715", True)
    assert error.what.startswith("sign_in of profile r in config.toml: ")
    assert refused(IN_FILE, KINDS).code == "OA-C715"
    assert refused('[profiles.r]\nsign_in = "robot"', KINDS).code == "OA-C715"
    assert error.fix == "osdu-auth init -p r --sign-in robot"


def test_an_impossible_profile_name_is_shown_as_it_was_typed() -> None:
    with pytest.raises(ConfigurationError) as raised:
        KINDS.make("a b", {"region": "us-east-1", "client_id": "abc"})
    assert raised.value.what == '"a b" cannot name a profile.'
    assert raised.value.fix == "Give it as in: acme"


def test_the_error_of_a_mistyped_setting_names_the_most_similar_one() -> None:
    error = refused(IN_FILE.replace("issuer =", "isuer ="))
    assert (error.code, "Write issuer:" in error.fix) == ("OA-C783", True)


def test_the_error_of_a_missing_setting_names_its_flag() -> None:
    error = refused('[profiles.r]\nsign_in = "robot"\nclient_id = "abc"')
    assert (error.code, error.fix) == ("OA-C714", f"osdu-auth init -p r --issuer {ISSUER}")


@pytest.mark.parametrize("profile", [ROBOT, PERSON], ids=lambda each: each.sign_in)
def test_a_profile_of_each_kind_is_read_as_written_and_names_its_kind_only_if_needed(
    config_file: Path, profile: AnyProfile
) -> None:
    write_profile(profile, kinds=TWO)
    assert read_profiles(kinds=TWO).profile(profile.name) == profile
    assert ("sign_in" in config_file.read_text()) == (profile is ROBOT)


def test_a_profile_that_becomes_one_of_another_kind_leaves_nothing_behind(
    config_file: Path,
) -> None:
    for profile in (replace(PERSON, name="r"), ROBOT, replace(PERSON, name="r")):
        write_profile(profile, kinds=TWO)
        assert read_profiles(kinds=TWO).profile("r") == profile
    assert "issuer" not in config_file.read_text()


def test_the_variables_make_a_profile_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"SIGN_IN": "robot", "CLIENT_ID": "abc", "ISSUER": ISSUER}.items():
        monkeypatch.setenv(f"OSDU_AUTH_{name}", text)
    assert profile_of_environment(TWO) == Robot("environment", "abc", ISSUER)
    monkeypatch.setenv("OSDU_AUTH_USERNAME", "alice")
    with pytest.raises(
        ConfigurationError, match="OSDU_AUTH_USERNAME: this is not a setting"
    ) as error:
        profile_of_environment(TWO)
    assert error.value.code == "OA-C716"


def init(*arguments: str) -> str:
    """Run `init` as it is with both kinds; return what it printed, or the code of its error."""
    outcome = CliRunner().invoke(command_of(TWO), arguments)
    if isinstance(outcome.exception, ConfigurationError):
        return outcome.exception.code + outcome.exception.what
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_init_has_the_flags_of_each_kind() -> None:
    shown = init("--help")
    for setting in TWO.settings.values():
        assert bool(setting.key) != (setting.help.split(";")[0] in " ".join(shown.split()))
    init("-p", "r", "--sign-in", "robot", "--client-id", "abc", "--issuer", ISSUER)
    assert read_profiles(kinds=TWO).profile("r") == Robot("r", "abc", ISSUER)
    answer = init("-p", "r", "--user-pool-id", "us-east-1_Ab")
    assert answer == 'OA-C716--user-pool-id: this is not a setting of sign_in = "robot".'


def test_init_makes_a_profile_one_of_another_kind_and_keeps_what_both_have() -> None:
    write_profile(replace(PERSON, name="r", data_partition_id="osdu"), kinds=TWO)
    init("-p", "r", "--sign-in", "robot", "--issuer", ISSUER)
    assert read_profiles(kinds=TWO).profile("r") == Robot(
        "r", "abc", ISSUER, data_partition_id="osdu"
    )
    init("-p", "r", "--realm", "x")
    assert read_profiles(kinds=TWO).profile("r").get("realm") == "x"


def test_a_profile_of_each_kind_is_checked_in_python() -> None:
    with pytest.raises(ConfigurationError, match=r"Profile\(issuer=…\)"):
        Robot("r", "abc", "http://evil.test")
    with pytest.raises(ConfigurationError, match="OA-C705"):
        replace(ROBOT, platform_url="http://evil.test")
    assert pickle.loads(pickle.dumps(ROBOT)) == ROBOT


def test_a_setting_of_another_kind_reads_as_none() -> None:
    assert (ROBOT.get("username"), PERSON.get("username")) == (None, "alice")


def test_workers_get_no_private_setting_of_any_kind() -> None:
    robot = replace(ROBOT, assertion="speak acme")
    assert "speak" not in repr(robot)
    assert robot.without_private() == ROBOT
    assert PERSON.without_private() == replace(PERSON, username=None)


@pytest.mark.parametrize("profile", [ROBOT, PERSON], ids=lambda each: each.sign_in)
def test_the_binding_changes_with_each_setting_that_changes_the_token_and_with_no_other(
    profile: Any,
) -> None:
    others = {
        "name": "other", "client_id": "def", "issuer": "https://b.example", "realm": "a",
        "region": "eu-west-1", "endpoint_url": "http://127.0.0.1:9", "username": "bob",
        "platform_url": "https://b.example", "auth_flow": "USER_AUTH", "transport": "boto3",
        "user_pool_id": "us-east-1_Ab", "sealing": "required", "data_partition_id": "b",
    }  # fmt: skip
    bound = {name for names in profile.bound_by for name in names}
    for each in fields(profile):
        if each.name in others:
            changed = replace(profile, **{each.name: others[each.name]})
            assert (changed.binding != profile.binding) == (each.name in bound), each.name


def test_the_binding_of_a_user_pool_is_that_of_older_sessions() -> None:
    assert PERSON.binding == "us-east-1 abc"
    moved = replace(PERSON, endpoint_url="http://127.0.0.1:9000/pool")
    assert moved.binding == "http://127.0.0.1:9000/pool abc"


def test_different_settings_have_different_bindings() -> None:
    one, other = replace(ROBOT, realm="a b"), replace(ROBOT, realm="a%20b")
    assert len(one.binding.split(" ")) == 3
    assert one.binding != other.binding


def test_a_session_of_a_kind_without_a_credential_says_what_is_missing() -> None:
    session = Session(ROBOT, store=MemoryStore())
    with pytest.raises(ConfigurationError, match='sign_in = "robot"') as raised:
        session.sign_in("alice", Secret("canary"), unattended)
    assert raised.value.code == "OA-C717"


@pytest.mark.parametrize("kind", [Profile, Robot], ids=lambda each: each.sign_in)
def test_each_kind_of_profile_declares_all_its_settings(kind: type[AnyProfile]) -> None:
    of_kind: Any = kind
    defaults = kind.defaults()
    assert {each.name for each in fields(of_kind)} == {"name", *defaults}
    assert {"client_id", "platform_url", "data_partition_id", "sealing"} <= set(defaults)
    assert {name for names in kind.bound_by for name in names} <= set(defaults)
    shown = {each.name for each in fields(of_kind) if each.repr}
    for name, default in defaults.items():
        setting = kind.settings[name]
        assert not setting.is_private or default is None, f"workers get no {name}"
        if default is MISSING:
            assert setting.check(setting.example) == setting.example
        if setting.choices:
            assert [setting.check(word) for word in setting.choices] == list(setting.choices)
    assert not {"client_secret", "mfa_command", "assertion"} & shown


def test_no_variable_sets_a_setting_of_the_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    of_kinds = {*Profile.defaults(), *BrowserProfile.defaults(), *ServiceProfile.defaults()}
    assert set(SETTINGS) == of_kinds
    assert keys_of(KINDS)["store"] == {"sealed": "sealing"}
    monkeypatch.setenv("OSDU_AUTH_SEALING", "required")
    assert settings_in_environment() == {}


SERVICE = {"sign_in": "client-credentials", "client_id": "abc", "issuer": "https://a.example"}
WITH_SECRET = {**SERVICE, "client_secret": "env:S"}
OF_POOL = {"user_pool_id": "us-east-1_Ab12Cd34E"}
BY_API = {**WITH_SECRET, **OF_POOL, "token_api": "GetClientToken"}
del BY_API["issuer"]
BY_KEY = {**SERVICE, "client_auth": "private_key_jwt", "client_key": "env:K"}
# Settings, the one of them that has no effect, and its condition.
IDLE = [
    ({**WITH_SECRET, "endpoint_url": "https://b.example"}, "endpoint_url", "with user_pool_id"),
    (
        {
            "sign_in": "browser",
            "client_id": "abc",
            "issuer": "https://a.example",
            "endpoint_url": "https://b.example",
        },
        *("endpoint_url", "with user_pool_id"),
    ),
    ({**WITH_SECRET, "client_key": "env:K"}, "client_key", "with client_auth = "),
    ({**SERVICE, "client_key": "env:K"}, "client_key", "with client_auth = "),
    ({**BY_KEY, "client_secret": "env:S"}, "client_secret", "with client_auth = "),
    ({**BY_KEY, "client_certificate": "env:C"}, "client_certificate", 'with client_auth = "cert'),
    ({**BY_KEY, "client_assertion": "file:/a"}, "client_assertion", 'with client_auth = "fed'),
    ({**WITH_SECRET, "client_key_id": "k"}, "client_key_id", 'with client_auth = "private_key'),
    ({**WITH_SECRET, "assertion_audience": "issuer"}, "assertion_audience", "with client_auth = "),
    ({**BY_API, "audience": "a"}, "audience", 'with token_api = "token_endpoint"'),
    ({**BY_API, "resource": "a"}, "resource", 'with token_api = "token_endpoint"'),
    ({**BY_API, "token_use": "id"}, "token_use", 'with token_api = "token_endpoint"'),
    (
        {
            "sign_in": "client-credentials",
            "client_id": "abc",
            "client_secret": "env:S",
            "token_endpoint": "https://a.example/token",
            "endpoint_hosts": "b.example",
        },
        *("endpoint_hosts", "without token_endpoint"),
    ),
]


@for_each(("settings", "idle", "condition"), IDLE)
def test_a_setting_that_would_be_ignored_is_refused_and_leaving_it_out_is_the_fix(
    settings: dict[str, str], idle: str, condition: str
) -> None:
    text = "[profiles.r]\n" + "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    error = refused(text, KINDS)
    assert (error.code, error.exit_code) == ("OA-C718", 7)
    assert error.what.startswith(f"{idle} of profile r in config.toml: ")
    assert condition in (error.why or "")
    assert f"remove {idle} from [profiles.r]" in (error.fix or "")
    made = {name: text for name, text in settings.items() if name != "sign_in"}
    kind: Any = BrowserProfile if settings["sign_in"] == "browser" else ServiceProfile
    with pytest.raises(ConfigurationError) as in_python:
        kind("r", **made)
    assert in_python.value.code == "OA-C718"
    assert f"leave out {idle}" in (in_python.value.fix or "")
    kind("r", **{name: text for name, text in made.items() if name != idle})


def test_a_setting_that_says_the_default_is_not_refused() -> None:
    assert KINDS.make("r", {**BY_API, "token_use": "access"}).get("token_use") == "access"
