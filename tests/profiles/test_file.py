"""The file of profiles is read strictly, and the error of every mistake has its place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.file import read_profiles
from osdu_auth.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
default_profile = "acme"
[profiles.acme]
region = "us-east-1"
client_id = "1h57kf5cpq17m0eml12EXAMPLE"
client_secret = "env:ACME_CLIENT_SECRET"
username = "alice@acme.com"
platform_url = "https://osdu.acme.com/"
data_partition_id = "acme-prod"
user_pool_id = "us-east-1_Ab12Cd34E"
endpoint_url = "http://127.0.0.1:9000"
transport = "boto3"
store.sealed = "required"
"""


def write(config_file: Path, content: str | bytes) -> None:
    config_file.parent.mkdir(exist_ok=True)
    config_file.write_bytes(content.encode() if isinstance(content, str) else content)


def mistake(config_file: Path, content: str | bytes, name: str = "a") -> ConfigurationError:
    """The error of reading a file."""
    write(config_file, content)
    with pytest.raises(ConfigurationError) as raised:
        read_profiles().profile(name)
    assert raised.value.fix
    return raised.value


def test_every_setting_is_read(config_file: Path) -> None:
    write(config_file, WHOLE)
    file = read_profiles()
    assert (file.default, file.names) == ("acme", ["acme"])
    assert file.profile("acme") == Profile(
        name="acme",
        region="us-east-1",
        client_id="1h57kf5cpq17m0eml12EXAMPLE",
        client_secret="env:ACME_CLIENT_SECRET",
        username="alice@acme.com",
        platform_url="https://osdu.acme.com",
        data_partition_id="acme-prod",
        user_pool_id="us-east-1_Ab12Cd34E",
        endpoint_url="http://127.0.0.1:9000",
        transport="boto3",
        sealing="required",
    )


def test_no_file_is_a_file_without_profiles(config_file: Path) -> None:
    assert read_profiles().names == []
    assert not config_file.exists()


def test_a_missing_region_is_that_of_the_user_pool(config_file: Path) -> None:
    write(config_file, '[profiles.a]\nclient_id = "b"\nuser_pool_id = "eu-west-1_Ab"')
    assert read_profiles().profile("a").get("region") == "eu-west-1"


def test_a_byte_order_mark_is_ignored(config_file: Path) -> None:
    write(config_file, "\ufeff" + WHOLE)
    assert read_profiles().names == ["acme"]


def test_a_mistake_in_one_profile_does_not_affect_the_others(config_file: Path) -> None:
    write(config_file, WHOLE + '[profiles.b]\nregion = 7\n[profiles.c]\nclient_idd = "x"\n')
    assert read_profiles().profile("acme").name == "acme"


START = '[profiles.a]\nregion = "us-east-1"\nclient_id = "abc"\n'


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (START + "x = \n", "OA-C780", "line 4"),
        (START + START, "OA-C780", "line 4"),
        (START + "x = " + "[" * 100_000, "OA-C780", ""),
        (START + "x = " + "9" * 10_000, "OA-C780", ""),
        (START.encode() + b'username = "\xff"', "OA-C781", "line 4"),
        (b"\xff", "OA-C781", "line 1."),
        (b"\n\xff", "OA-C781", "line 2."),
        ("profiles = 1", "OA-C782", "profiles is not a table"),
        ("[profiles]\na = 1", "OA-C782", "profiles.a is not a table"),
        ("default_profile = 1", "OA-C782", "default_profile"),
        (START + "username = 7", "OA-C782", "username of profile a"),
        (START + 'store = "required"', "OA-C782", "profiles.a.store"),
        (START + "store.sealed = true", "OA-C782", "store.sealed of profile a"),
        (START + 'client_idd = "x"', "OA-C783", "Write client_id:"),
        (START + 'store.seald = "required"', "OA-C783", "Write sealed:"),
        ('defaultprofile = "a"', "OA-C783", "Write default_profile:"),
        (START + 'zzz = "x"', "OA-C783", "The settings are: sign_in, region"),
        (START + '"a\\u001bb" = "x"', "OA-C783", "\N{REPLACEMENT CHARACTER}"),
        ('[profiles.b]\nregion = "us-east-1"', "OA-C784", "The profiles are: b"),
        ('[profiles.a]\nregion = "us-east-1"', "OA-C714", "client_id of profile a"),
        ('[profiles.a]\nclient_id = "b"', "OA-C714", "--region us-east-1"),
        (START + 'platform_url = "osdu_acme"', "OA-C705", "platform_url of profile a in /"),
        (START + 'user_pool_id = "eu-west-1_A"', "OA-C713", "--region eu-west-1"),
        (START + 'client_secret = "hunter22"', "OA-C710", "client_secret of profile a"),
        (START + 'transport = "pigeon"', "OA-C709", "direct, boto3"),
        (START + 'store.sealed = "maybe"', "OA-C712", "preferred, required"),
        (b"\0" * 17_000_000, "OA-C786", "larger than 16 MiB"),
    ],
)
def test_the_error_of_a_mistake_has_its_place(
    content: str | bytes, code: str, said: str, config_file: Path
) -> None:
    error = mistake(config_file, content)
    assert error.code == code
    assert said in str(error)
    assert "hunter22" not in str(error)
    assert "\x1b" not in str(error)


def test_a_list_of_ports_is_corrected_by_one_line(config_file: Path) -> None:
    browser = '[profiles.a]\nsign_in = "browser"\nclient_id = "c"\n'
    browser += 'issuer = "https://login.example.com"\n'
    refused = mistake(config_file, browser + "redirect_ports = [8400, 18400]")
    line = 'redirect_ports = "8400,18400"'
    assert f"Write {line}: " in str(refused.fix)
    write(config_file, browser + line)
    assert read_profiles().profile("a").get("redirect_ports") == "8400,18400"


@pytest.mark.parametrize("name", ["environment", "con", "a b"])
def test_an_impossible_profile_name_is_refused(name: str, config_file: Path) -> None:
    content = START.replace("profiles.a", f'profiles."{name}"')
    assert mistake(config_file, content, name).code in {"OA-C708", "OA-C782"}


def test_an_impossible_profile_name_is_shown_as_it_was_typed(config_file: Path) -> None:
    error = mistake(config_file, START.replace("profiles.a", 'profiles."a b"'), "a b")
    assert error.what == f'In {config_file}: "a b" cannot name a profile.'
    assert str(error.fix).startswith("Write [profiles.acme], or another such name, in its place: ")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there it is the parser")
def test_the_parser_is_python_s_own_where_python_has_one() -> None:
    program = (
        "import sys; from osdu_auth.profiles.file import parse_profiles\n"
        "parse_profiles('default_profile = \"a\"', 'config.toml')\n"
        "print('tomllib' in sys.modules, 'tomli' in sys.modules)"
    )
    words = [sys.executable, "-c", program]
    assert subprocess.check_output(words, text=True).split() == ["True", "False"]


def test_a_path_that_is_not_a_file_is_refused(config_file: Path) -> None:
    config_file.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="not a regular file") as raised:
        read_profiles()
    assert raised.value.code == "OA-C786"
    config_file.rmdir()
    os.mkfifo(config_file)
    with pytest.raises(ConfigurationError, match="not a regular file"):
        read_profiles()
    config_file.unlink()
    config_file.symlink_to(config_file)
    with pytest.raises(ConfigurationError) as raised:
        read_profiles()
    assert raised.value.code == "OA-C786"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_reading_returns_or_raises_our_error_for_every_content(
    config_file: Path, content: bytes
) -> None:
    write(config_file, content)
    code = ""
    try:
        read_profiles()
    except ConfigurationError as error:
        code = error.code
    assert code in {"", "OA-C780", "OA-C781", "OA-C782", "OA-C783"}


@for_each("start", ["", 'sign_in = "browser"\n', 'sign_in = "client-credentials"\n'])
def test_a_profile_of_no_kind_shows_a_secret_that_is_given_in_clear(
    start: str, config_file: Path
) -> None:
    pool = 'user_pool_id = "us-east-1_Ab12Cd34E"\n'
    of_kind = START.replace('region = "us-east-1"\n', pool) + start if start else START
    write(config_file, of_kind + 'client_secret = "clear:canary"')
    profile = read_profiles().profile("a")
    assert profile.get("client_secret") == "clear:canary"
    assert "canary" not in repr(profile)


def test_the_error_names_a_look_alike_at_the_beginning_of_a_line(config_file: Path) -> None:
    why = mistake(config_file, "\u201cregion = 1\n").why
    assert "line 1, column 1: there is a quote (U+201C" in (why or "")
