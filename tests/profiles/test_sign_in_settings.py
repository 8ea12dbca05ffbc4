"""The settings of the sign-in, and the command that prints a code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles import commands
from osdu_auth.profiles.commands import code_from
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.environment import profile_of_environment
from osdu_auth.profiles.file import read_profiles
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.settings import AUTH_FLOWS, FACTORS

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = {"region": "us-east-1", "client_id": "1h57kf5cpq17m0eml12EXAMPLE"}
PYTHON = f"'{sys.executable}' -c"


@for_each("flow", AUTH_FLOWS)
@for_each("factor", FACTORS)
def test_a_profile_says_how_to_sign_in(flow: str, factor: str) -> None:
    given = {"auth_flow": flow, "preferred_factor": factor, "mfa_command": "pass otp 'my acme'"}
    profile = KINDS.make("acme", NEEDED | given)
    assert (profile.get("auth_flow"), profile.get("preferred_factor")) == (flow, factor)
    assert profile.get("mfa_command") == "pass otp 'my acme'"
    assert "pass otp" not in repr(profile)


def test_settings_that_are_not_set_are_left_to_the_pool() -> None:
    profile = KINDS.make("acme", NEEDED)
    assert (
        profile.get("auth_flow"),
        profile.get("preferred_factor"),
        profile.get("mfa_command"),
    ) == (None, None, None)


@for_each(
    ("setting", "text", "code"),
    [
        ("auth_flow", "SRP", "OA-C764"), ("auth_flow", "", "OA-C764"),
        ("auth_flow", "ADMIN_USER_PASSWORD_AUTH", "OA-C764"),
        ("preferred_factor", "TOTP", "OA-C765"), ("preferred_factor", "sms_mfa", "OA-C765"),
        ("mfa_command", "", "OA-C766"), ("mfa_command", "  ", "OA-C766"),
        ("mfa_command", "command:", "OA-C766"), ("mfa_command", "echo 'canary", "OA-C766"),
        ("mfa_command", "echo canary\nrm", "OA-C766"),
    ],
)  # fmt: skip
def test_the_error_of_a_mistake_has_a_right_value(setting: str, text: str, code: str) -> None:
    with pytest.raises(ConfigurationError, match=code) as raised:
        KINDS.make("acme", NEEDED | {setting: text})
    assert "canary" not in str(raised.value)
    assert "as in: " in raised.value.fix


def test_sign_in_settings_are_written_and_read_again(config_file: Path) -> None:
    given = {"auth_flow": "USER_AUTH", "preferred_factor": "EMAIL_OTP", "mfa_command": "otp acme"}
    profile = KINDS.make("acme", NEEDED | given)
    write_profile(profile)
    assert read_profiles().profile("acme") == profile
    write_profile(KINDS.make("acme", NEEDED))
    assert "auth_flow" not in config_file.read_text()


def test_sign_in_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "REGION": "us-east-1", "CLIENT_ID": NEEDED["client_id"], "AUTH_FLOW": "CUSTOM_AUTH",
        "PREFERRED_FACTOR": "SMS_MFA", "MFA_COMMAND": "otp acme",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"OSDU_AUTH_{name}", text)
    profile = profile_of_environment()
    assert profile.get("auth_flow") == "CUSTOM_AUTH"
    assert profile.get("preferred_factor") == "SMS_MFA"
    assert profile.get("mfa_command") == "otp acme"


@pytest.mark.parametrize("prefix", ["", "command:"])
def test_a_command_s_first_line_is_the_code(prefix: str) -> None:
    command = f'{prefix}{PYTHON} \'print("123 456"); print("more")\''
    assert code_from(command).reveal() == "123 456"


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    command = (
        f"{PYTHON} 'import sys; print(len(sys.argv) + 100000)' ; touch {tmp_path}/made $(id) | cat"
    )
    assert code_from(command).reveal() == "100007"
    assert not list(tmp_path.iterdir())


def test_a_command_is_not_given_the_client_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSDU_AUTH_CLIENT_SECRET", "canary")
    command = f"{PYTHON} 'import os; print(os.environ.get(\"OSDU_AUTH_CLIENT_SECRET\", 123456))'"
    assert code_from(command).reveal() == "123456"


@pytest.mark.parametrize("body", [
    'import sys; print("canary"); sys.exit(1)', "print()", "pass",
    "import sys; sys.stdout.buffer.write(bytes([255, 254]))", 'print("canary\\x1b[31m")',
    'print("canary" * 100)', "print(12345)", "import time; time.sleep(60)",
])  # fmt: skip
def test_the_error_of_a_command_without_a_code_does_not_show_its_output(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MFA_COMMAND_PATIENCE", 1.0)
    with pytest.raises(ConfigurationError, match="OA-C761") as raised:
        code_from(f"{PYTHON} '{body}'")
    assert "canary" not in str(raised.value)


def test_a_command_that_does_not_exist_is_reported() -> None:
    with pytest.raises(ConfigurationError, match="OA-C761"):
        code_from("/there/is/no/such/program")
