"""A service account in a pipeline: the program, run as a job runs it.

The row O-07 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from canaries import register
from cli.conftest import PROGRAM
from cli.test_browser_sign_in import ended
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Shell

VARIABLE = "ACME_PIPELINE_SECRET"
# Of ours, for a first token: each one takes a tenth of a millisecond or more.
MODULES = 90


@pytest.fixture(scope="module")
def far_end() -> Iterator[Sandbox]:
    """A sandbox for these tests alone, which count its requests."""
    with Sandbox() as running:
        register(running.service_client_secret)
        yield running


@pytest.fixture
def job(shell: Shell, far_end: Sandbox) -> Shell:
    """A job's account, with its secret in a variable."""
    shell.environment |= {VARIABLE: far_end.service_client_secret, "OSDU_AUTH_KEY_STORE": "off"}
    return shell


def set_up(job: Shell, far_end: Sandbox, *more: str) -> None:
    outcome = job.run(
        *("init", "-p", "ci", "--sign-in", "client-credentials"),
        *("--user-pool-id", far_end.user_pool_id, "--endpoint-url", far_end.endpoint_url),
        *("--client-id", far_end.service_client_id, "--client-secret", f"env:{VARIABLE}"),
        *("--scopes", f"scope={far_end.service_scope}", "--platform-url", far_end.platform_url),
        *("--data-partition-id", far_end.data_partition_id, *more),
    )
    assert outcome.code == 0, outcome.stderr
    assert "Next: osdu-auth token -p ci" in outcome.stderr


def asked(far_end: Sandbox) -> int:
    return far_end.requests.count("/oauth2/token")


def test_a_job_has_its_token_without_a_sign_in_and_asks_once(job: Shell, far_end: Sandbox) -> None:
    set_up(job, far_end)
    assert "the next use gets a token" in job.run("status").stdout
    before = asked(far_end)
    token = job.run("token").stdout
    assert job.run("token").stdout == token
    groups = job.run("groups")
    assert (groups.code, "users@" in groups.stdout) == (0, True)
    assert asked(far_end) == before + 1
    told = job.run("status")
    assert "it needs no sign-in, and has no end" in told.stdout
    assert json.loads(job.run("status", "--json").stdout)["profiles"][0]["needs_person"] is False
    assert "login" not in told.stdout + job.run("status", "--why").stdout
    doctor = job.run("doctor")
    assert "A service account needs no sign-in." in doctor.stdout


def test_login_gets_a_first_token_and_logout_wipes_it(job: Shell, far_end: Sandbox) -> None:
    set_up(job, far_end)
    tried = job.run("login")
    assert tried.code == 0
    assert f"gives tokens to {far_end.service_client_id} (ci)" in tried.stderr
    assert f"Scopes: {far_end.service_scope}" in tried.stderr
    assert "1 h 0 min" in tried.stderr
    before = asked(far_end)
    assert job.run("token").code == 0
    assert asked(far_end) == before, "what the trial got is used"
    assert "Wiped the token of ci here; the next use gets another." in job.run("logout").stderr
    assert "No token of ci was kept" in job.run("logout").stderr
    assert job.run("token").code == 0
    assert asked(far_end) == before + 1
    assert "Wiped the token of ci here" in job.run("logout", "--local").stderr
    job.environment[VARIABLE] = "another1secret2of3twenty4"
    refused = job.run("login")
    assert (refused.code, "[OA-A710]" in refused.stderr) == (7, True)


@pytest.mark.parametrize("words", [("login", "--browser"), ("logout", "--browser")])
def test_no_browser_is_opened_for_a_service_account(
    job: Shell, far_end: Sandbox, words: tuple[str, ...]
) -> None:
    set_up(job, far_end)
    token = job.run("token").stdout
    refused = job.run(*words)
    assert (refused.code, "[OA-U225]" in refused.stderr) == (2, True)
    assert job.run("token").stdout == token


def test_init_asks_for_a_service_account_s_values_and_no_user_name(
    job: Shell, far_end: Sandbox
) -> None:
    terminal = job.terminal("init", "-p", "ci", "--sign-in", "client-credentials")
    for question, answer in {
        "User pool id, or the issuer's address": far_end.issuer,
        "App client id": far_end.service_client_id,
        "App client secret": f"env:{VARIABLE}",
        "OSDU platform URL": far_end.platform_url,
        "Data partition id": far_end.data_partition_id,
    }.items():
        terminal.expect_exact(question)
        terminal.expect(": ")
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    assert ended(terminal) == 0
    assert job.run("groups").code == 0


def test_four_variables_make_a_service_account(job: Shell, far_end: Sandbox) -> None:
    del job.environment[VARIABLE]
    job.environment |= {
        "OSDU_AUTH_SIGN_IN": "client-credentials",
        "OSDU_AUTH_ISSUER": far_end.issuer,
        "OSDU_AUTH_CLIENT_ID": far_end.service_client_id,
        "OSDU_AUTH_CLIENT_SECRET": far_end.service_client_secret,
    }
    token = job.run("token")
    assert (token.code, token.stderr) == (0, "")
    shown = job.run("exec", "--", "env")
    assert shown.code == 0
    assert far_end.service_client_secret not in shown.stdout


def crowd(job: Shell, far_end: Sandbox, members: int) -> None:
    """Let many processes without a token request one at the same time."""
    set_up(job, far_end)
    before = asked(far_end)
    started = [
        subprocess.Popen(
            [*PROGRAM, "token"], env=job.environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(members)
    ]
    tokens = {process.communicate(timeout=600)[0] for process in started}
    assert {process.returncode for process in started} == {0}
    assert len(tokens) == 1
    assert asked(far_end) == before + 1


def test_many_processes_without_a_token_send_one_request(job: Shell, far_end: Sandbox) -> None:
    crowd(job, far_end, 12)


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_two_hundred_processes_without_a_token_send_one_request(
    job: Shell, far_end: Sandbox, torture_row: Callable[[str, str], None]
) -> None:
    crowd(job, far_end, 200)
    torture_row("200 processes of a service account without a token", "1 request, 1 token")


def test_a_secret_in_a_file_is_read_when_it_is_needed_and_not_before(
    job: Shell, far_end: Sandbox, tmp_path: Path
) -> None:
    set_up(job, far_end, "--client-secret", f"file:{tmp_path}/later")
    refused = job.run("token")
    assert (refused.code, "[OA-C794]" in refused.stderr) == (7, True)
    secret = tmp_path / "later"
    secret.touch(mode=0o600)
    secret.write_text(far_end.service_client_secret + "\n")
    assert job.run("token").code == 0
    secret.unlink()
    assert job.run("token").code == 0, "what is kept needs no secret"
