"""A `Profile` that is made in Python is checked like a profile of the file.

The row P-01 of the list of abuse and faults.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import (
    ConfigurationError,
    IssuerKeys,
    MemoryStore,
    Profile,
    Sandbox,
    Secret,
    Session,
    UserPoolVerifier,
    Verifier,
    WorkerSession,
)
from osdu_auth.profiles.environment import profile_of_environment
from osdu_auth.profiles.file import parse_profiles
from osdu_auth.profiles.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import AnyProfile

NEEDED: dict[str, Any] = {"name": "acme", "region": "us-east-1", "client_id": "abc"}
SETTINGS = ("name", *Profile.defaults())

BAD = [
    ("platform_url", "http://osdu.evil.test", "OA-C705"),
    ("platform_url", "ftp://h", "OA-C705"),
    ("platform_url", "https://*", "OA-C705"),
    ("platform_url", "https://h#", "OA-C705"),
    ("platform_url", "https://h/path", "OA-C705"),
    ("platform_url", "https://a@b", "OA-C705"),
    ("platform_url", "https://a\\b", "OA-C705"),
    ("platform_url", "https://", "OA-C705"),
    ("platform_url", "https://[x", "OA-C705"),
    ("platform_url", "http://127.0.0.1.evil.test", "OA-C705"),
    ("platform_url", "http://2130706433", "OA-C705"),
    ("endpoint_url", "https://user:password-canary@h", "OA-C706"),
    ("endpoint_url", "http://10.0.0.1", "OA-C706"),
    ("data_partition_id", "osdu\r\nX-Injected: 1", "OA-C707"),
    ("data_partition_id", "", "OA-C707"),
    ("region", "us-east-1.evil.test", "OA-C701"),
    ("region", "x@evil.test/#", "OA-C701"),
    ("user_pool_id", "us-east-1_Ab/../x", "OA-C702"),
    ("user_pool_id", "eu-west-1_Ab", "OA-C713"),
    ("client_id", "a b", "OA-C703"),
    ("username", "alice\x1b[2J", "OA-C704"),
    ("name", "../acme", "OA-C708"),
    ("name", "acme\x00", "OA-C708"),
    ("name", "con", "OA-C708"),
    ("client_secret", "the-secret-canary-itself", "OA-C710"),
    ("client_secret", "env:A B", "OA-C710"),
    ("transport", "carrier", "OA-C709"),
    ("sealing", "none", "OA-C712"),
    ("auth_flow", "ADMIN_USER_PASSWORD_AUTH", "OA-C764"),
    ("preferred_factor", "TOTP", "OA-C765"),
    ("mfa_command", "echo 'canary", "OA-C766"),
    ("session_lifetime", "nan", "OA-C767"),
    ("session_lifetime", "99999d", "OA-C767"),
]
NO_TEXTS = [0, 3.5, float("nan"), True, b"https://osdu.acme.com", ["a"], {}, Secret("canary")]


def refused(make: Callable[[], object]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        make()
    assert "canary" not in str(raised.value)
    return raised.value


def typed(fix: str) -> dict[str, Any]:
    """The arguments that a fix says to give, as Python reads them."""
    argument = fix.partition("Give it as in: ")[2].partition(" (or ")[0]
    read: dict[str, Any] = eval(f"dict({argument})", {})
    assert len(read) == 1
    return read


@for_each(("setting", "text", "code"), BAD)
def test_a_setting_that_the_file_refuses_is_refused_in_python_and_its_fix_works(
    setting: str, text: str, code: str
) -> None:
    error = refused(lambda: Profile(**{**NEEDED, setting: text}))
    assert error.code == code
    named = "region" if code == "OA-C713" else setting
    assert error.what.startswith(f"Profile({named}=…): ")
    # As it is printed, instead of the given value.
    mended = typed(error.fix)
    assert list(mended) == [named]
    Profile(**{**NEEDED, setting: text, **mended})


@for_each("setting", SETTINGS)
@for_each("value", NO_TEXTS, ids=lambda value: type(value).__name__)
def test_a_value_that_is_not_a_text_is_refused_as_a_setting(setting: str, value: Any) -> None:
    error = refused(lambda: Profile(**{**NEEDED, setting: value}))
    assert error.code == "OA-C782"
    assert f"{setting}=" in error.what
    Profile(**{**NEEDED, **typed(error.fix)})


@for_each("setting", SETTINGS)
def test_none_leaves_an_optional_setting_unset(setting: str) -> None:
    always = {*NEEDED, "transport", "sealing"}
    if setting in always:
        assert refused(lambda: Profile(**{**NEEDED, setting: None})).code == "OA-C782"
    else:
        assert Profile(**{**NEEDED, setting: None}) == Profile(**NEEDED)


@for_each("setting", SETTINGS)
def test_an_empty_text_is_refused_as_a_setting(setting: str) -> None:
    refused(lambda: Profile(**{**NEEDED, setting: ""}))


class Disguised(str):
    """A subclass of str that shows another text."""

    __slots__ = ()

    def __str__(self) -> str:
        return "https://evil.test"

    def __format__(self, _: str) -> str:
        return "https://evil.test"

    def startswith(self, *_: Any) -> bool:
        return True


def test_a_subclass_of_str_is_kept_as_the_checked_text() -> None:
    profile = Profile(**NEEDED, platform_url=Disguised("https://osdu.acme.com"))
    assert type(profile.platform_url) is str
    assert f"{profile.platform_url}" == "https://osdu.acme.com"
    refused(lambda: Profile(**NEEDED, platform_url=Disguised("http://evil.test")))


def test_every_way_to_make_a_profile_checks_it() -> None:
    good = Profile(**NEEDED, platform_url="https://osdu.acme.com")
    for again in (copy.copy(good), copy.deepcopy(good), pickle.loads(pickle.dumps(good))):
        assert again == good
        assert hash(again) == hash(good)
    error = refused(lambda: replace(good, platform_url="http://osdu.evil.test"))
    assert error.code == "OA-C705"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(good, protocol)
        assert pickle.loads(pickled) == good
        of_another = pickled.replace(b"https://osdu.acme.com", b"http://osdu.evil.test")
        assert refused(partial(pickle.loads, of_another)).code == "OA-C705"


def test_a_copy_of_a_profile_that_was_changed_by_force_is_refused() -> None:
    forced = Profile(**NEEDED)
    vars(forced)["platform_url"] = "http://osdu.evil.test"
    assert refused(lambda: copy.copy(forced)).code == "OA-C705"
    assert refused(lambda: replace(forced, username="alice")).code == "OA-C705"


@for_each("given_", [42, b"acme", object(), {"name": "acme"}])
def test_an_object_that_only_looks_like_a_profile_is_refused(given_: Any) -> None:
    session = Session(given_, store=MemoryStore())
    assert refused(lambda: session.profile).code == "OA-C799"


def test_the_name_of_the_variables_profile_can_be_made_in_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_REGION", "us-east-1")
    monkeypatch.setenv("OSDU_AUTH_CLIENT_ID", "abc")
    assert profile_of_environment() == Profile("environment", "us-east-1", "abc")


HOSTILE = [text for _, text, _ in BAD] + [
    "https://osdu.acme.com",
    "HTTPS://Osdu.Acme.com:443/",
    "http://LOCALHOST:8080/",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]",
    "https://xn--bcher-kva.example",
    "https://b\u00fccher.example",
    "http://\u212a.test",
    "12h",
    "acme.",
    "COM1.txt",
    "us-gov-west-1",
    "us-east-1_Ab12Cd34E",
    "env:SECRET",
    "command:pass show acme",
    "clear:\u200b",
    "USER_SRP_AUTH",
    "EMAIL_OTP",
    "boto3",
    "required",
]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("htps:/[]@.:#?*%\\ \t\r\nabz019_-", max_size=30),
    st.sampled_from(HOSTILE),
    st.tuples(st.sampled_from(HOSTILE), st.text("\x00\r\n\t /#?@:.\u2028\u202e", max_size=3)).map(
        "".join
    ),
)


def made(make: Callable[[], AnyProfile]) -> AnyProfile | str:
    """A profile, or the code of the error in its place."""
    try:
        return make()
    except ConfigurationError as error:
        return error.code


def in_toml(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


def from_file(setting: str, text: str) -> AnyProfile:
    values = {**NEEDED, setting: text}
    name = values.pop("name")
    keys = {"sealing": "store.sealed"}
    lines = [f"{keys.get(each, each)} = {in_toml(value)}" for each, value in values.items()]
    table = "\n".join([f"[profiles.{in_toml(name)}]", *lines])
    return parse_profiles(table, "config.toml").profile(name)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(st.sampled_from(SETTINGS), TEXTS)
@example("platform_url", "HTTPS://Osdu.Acme.com:443/")
@example("data_partition_id", "osdu\n")
@example("sealing", "required")
def test_python_accepts_exactly_the_profiles_that_the_file_accepts(setting: str, text: str) -> None:
    in_code = made(lambda: Profile(**{**NEEDED, setting: text}))
    assert in_code == made(lambda: from_file(setting, text))
    if setting != "name":
        texts = {**NEEDED, setting: text}
        assert in_code == made(lambda: KINDS.make(texts.pop("name"), texts))


# Other functions that take an address, a profile or a port.


def test_a_worker_is_given_a_profile_that_was_checked() -> None:
    unchecked: Any = SimpleNamespace(
        name="acme", platform_url="http://evil.test", data_partition_id="a\r\nX-Injected: 1"
    )
    assert refused(lambda: WorkerSession(unchecked, Secret("t"), 1e12)).code == "OA-C799"


@for_each(
    "issuer",
    ["http://evil.test", "ftp://h", "https://*", "https://h#", "https://h?next=",
     "https://h\r\nX: 1", "https://u:canary@h", "https://a\\b"],
)  # fmt: skip
def test_an_issuer_is_an_address_that_keys_can_be_fetched_from(issuer: str) -> None:
    assert refused(lambda: Verifier(issuer=issuer, audience="osdu")).code == "OA-C777"


@for_each("address", ["http://evil.test", "ftp://h", "https://*", "https://u:canary@h"])
def test_an_address_of_keys_or_of_a_pool_is_checked_in_python_too(address: str) -> None:
    keys = partial(IssuerKeys, "https://login.example.com", jwks_uri=address)
    assert refused(keys).code == "OA-C777"
    verifier = partial(
        UserPoolVerifier, user_pool_id="us-east-1_Ab", client_id="c", token_use="access"
    )
    assert refused(lambda: verifier(endpoint_url=address)).code == "OA-C706"


@for_each("port", [-1, 65_536, True, 1.5, float("nan"), "80", None])
def test_a_sandbox_s_port_is_a_port(port: Any) -> None:
    with pytest.raises(ValueError, match="from 0 to 65535"):
        Sandbox(port)
