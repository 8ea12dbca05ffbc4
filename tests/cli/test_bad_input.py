"""Each fault of the pool, the network or the settings ends in one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.sandbox.fault_injection import InjectedFaults

PORTAL = "<html><title>Welcome to Hotel Wi-Fi</title></html>"
JSON = "application/x-amz-json-1.1"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", body=PORTAL), "OA-N633", id="captive portal"
        ),
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", content_type=JSON), "OA-N634", id="empty"
        ),
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", body="NaN", content_type=JSON),
            "OA-N633",
            id="NaN",
        ),
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", body="[" * 10 * 2**20, content_type=JSON),
            "OA-N632",
            id="10 MiB of brackets",
        ),
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", body="[" * 2**19, content_type=JSON),
            "OA-N633",
            id="brackets within the limit",
        ),
        pytest.param(
            lambda faults: faults.redirect("InitiateAuth", "https://attacker.example/"),
            "OA-N631",
            id="redirect",
        ),
        pytest.param(
            lambda faults: faults.drop("InitiateAuth", times=None), "OA-N607", id="dropped"
        ),
        pytest.param(
            lambda faults: faults.drop("InitiateAuth", reset=True, times=None),
            "OA-N606",
            id="reset",
        ),
        pytest.param(
            lambda faults: faults.truncate("InitiateAuth", times=None), "OA-N607", id="truncated"
        ),
        pytest.param(
            lambda faults: faults.reply("InitiateAuth", status=503, body=PORTAL, times=None),
            "OA-N641",
            id="503",
        ),
        pytest.param(
            lambda faults: faults.throttle("InitiateAuth", times=None), "OA-N640", id="throttled"
        ),
    ],
)
def test_an_unusable_answer_is_exit_6_and_shows_no_secret(
    configured: Shell, sandbox: Sandbox, fault: Callable[[InjectedFaults], None], code: str
) -> None:
    fault(sandbox.faults)
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 6, outcome.stderr
    assert f"[{code}]" in outcome.stderr
    assert "Next: " in outcome.stderr
    assert configured.run("token").code == 3


def test_a_sign_in_is_repeated_after_a_temporary_fault(configured: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.throttle("InitiateAuth", times=1)
    assert configured.run("login", "--password-stdin", stdin=sandbox.password).code == 0


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("--client-id", "doesnotexist"), 7, "osdu-auth init -p acme --region"),
        (("--endpoint-url", "http://127.0.0.1:9"), 6, "127.0.0.1:9"),
        (("--endpoint-url", "http://localhost:9"), 6, "localhost:9"),
        (("--client-secret", "env:NOT_SET_ANYWHERE"), 7, "NOT_SET_ANYWHERE"),
        (("--client-secret", "file:/no/such/file"), 7, "/no/such/file"),
        (("--client-secret", "command:false"), 7, "exit code 1"),
        (("--client-secret", "keyring:acme"), 8, "key store"),
        (("--client-secret", "clear:wrong-secret-of-somebody"), 7, "secret"),
    ],
)
def test_each_wrong_value_of_the_profile_has_its_own_error(
    configured: Shell, sandbox: Sandbox, flags: tuple[str, ...], code: int, words: str
) -> None:
    assert configured.run("init", "-p", "acme", *flags).code == 0
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == code, outcome.stderr
    assert words in outcome.stderr
    assert "wrong-secret-of-somebody" not in outcome.stderr
    assert "Next: " in outcome.stderr


def test_a_wrong_secret_and_a_wrong_password_have_different_errors(
    configured: Shell, sandbox: Sandbox, secret_file: Path
) -> None:
    wrong_password = configured.run("login", "--password-stdin", stdin="Wrong-password-2")
    secret_file.write_text("wrong-secret")
    wrong_secret = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (wrong_password.code, wrong_secret.code) == (3, 7)


def test_an_unknown_user_and_a_wrong_password_look_the_same(configured: Shell) -> None:
    known = configured.run("login", "--password-stdin", stdin="Wrong-password-3")
    unknown = configured.run(
        *("login", "--password-stdin", "--username", "nobody@example.com"), stdin="Wrong-password-3"
    )
    assert (known.code, known.stderr) == (unknown.code, unknown.stderr)


def test_an_unreachable_proxy_is_named_without_its_password(
    configured: Shell, sandbox: Sandbox
) -> None:
    configured.run("init", "-p", "acme", "--endpoint-url", "https://pool.example.com")
    outcome = configured.run(
        *("login", "--password-stdin"),
        stdin=sandbox.password,
        env={"HTTPS_PROXY": "http://user:hunter2@127.0.0.1:9"},
    )
    assert outcome.code == 6
    assert "127.0.0.1:9" in outcome.stderr
    assert "hunter2" not in outcome.stderr


def test_an_unwritable_store_is_an_error_and_nothing_is_lost(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    before = signed_in.run("token").stdout
    sessions = signed_in.state / "sessions"
    kept = signed_in.state / "kept"
    sessions.rename(kept)
    sessions.write_text("a file in the folder's place")
    outcome = signed_in.run("login", "--password-stdin", stdin=sandbox.password)
    assert (outcome.code, "[OA-F806]" in outcome.stderr) == (8, True)
    sessions.unlink()
    kept.rename(sessions)
    assert signed_in.run("token").stdout == before


def test_an_unknown_command_is_a_usage_error(shell: Shell) -> None:
    outcome = shell.run("lgoin")
    assert (outcome.code, "OA-U200" in outcome.stderr) == (2, True)


@pytest.mark.parametrize("name", ["../acme", "/etc/passwd", "a/b", ".", "..", "acme/../acme"])
def test_a_profile_name_cannot_leave_its_folder(signed_in: Shell, name: str) -> None:
    outcome = signed_in.run("token", "-p", name)
    assert (outcome.code, outcome.stdout) == (7, "")
    assert "[OA-C784]" in outcome.stderr


def test_an_empty_profile_name_means_the_default_profile(signed_in: Shell) -> None:
    named, unnamed = signed_in.run("token", "-p", ""), signed_in.run("token")
    assert (named.code, named.stdout) == (0, unnamed.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("decode", "-"),
        ("login", "--password-stdin"),
        ("request", "POST", "/api/search/v2/query", "--data", "@-"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_unreadable_standard_input_has_its_own_error(
    configured: Shell, arguments: tuple[str, ...]
) -> None:
    configured.prefix = ["sh", "-c", 'exec "$@" 0> /dev/null', "sh"]
    outcome = configured.run(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "Standard input cannot be read.  [OA-U206]" in outcome.stderr
    assert "Bad file descriptor" in outcome.stderr
