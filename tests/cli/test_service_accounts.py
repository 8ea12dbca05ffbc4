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
def own_sandbox() -> Iterator[Sandbox]:
    """A sandbox for these tests alone, which count its requests."""
    with Sandbox() as running:
        register(running.service_client_secret)
        yield running


@pytest.fixture
def job(shell: Shell, own_sandbox: Sandbox) -> Shell:
    """A job's account, with its secret in a variable."""
    shell.environment |= {VARIABLE: own_sandbox.service_client_secret, "OSDU_AUTH_KEY_STORE": "off"}
    return shell


def set_up(job: Shell, own_sandbox: Sandbox, *more: str) -> None:
    outcome = job.run(
        *("init", "-p", "ci", "--sign-in", "client-credentials"),
        *("--user-pool-id", own_sandbox.user_pool_id, "--endpoint-url", own_sandbox.endpoint_url),
        *("--client-id", own_sandbox.service_client_id, "--client-secret", f"env:{VARIABLE}"),
        *(
            "--scopes",
            f"scope={own_sandbox.service_scope}",
            "--platform-url",
            own_sandbox.platform_url,
        ),
        *("--data-partition-id", own_sandbox.data_partition_id, *more),
    )
    assert outcome.code == 0, outcome.stderr
    assert "Next: osdu-auth token -p ci" in outcome.stderr


def asked(own_sandbox: Sandbox) -> int:
    return own_sandbox.requests.count("/oauth2/token")


def test_a_job_has_its_token_without_a_sign_in_and_asks_once(
    job: Shell, own_sandbox: Sandbox
) -> None:
    set_up(job, own_sandbox)
    assert "the next use gets a token" in job.run("status").stdout
    before = asked(own_sandbox)
    token = job.run("token").stdout
    assert job.run("token").stdout == token
    groups = job.run("groups")
    assert (groups.code, "users@" in groups.stdout) == (0, True)
    assert asked(own_sandbox) == before + 1
    told = job.run("status")
    assert "it needs no sign-in, and has no end" in told.stdout
    assert json.loads(job.run("status", "--json").stdout)["profiles"][0]["needs_person"] is False
    assert "login" not in told.stdout + job.run("status", "--why").stdout
    doctor = job.run("doctor")
    assert "A service account needs no sign-in." in doctor.stdout


def test_login_gets_a_first_token_and_logout_wipes_it(job: Shell, own_sandbox: Sandbox) -> None:
    set_up(job, own_sandbox)
    tried = job.run("login")
    assert tried.code == 0
    assert f"gives tokens to {own_sandbox.service_client_id} (ci)" in tried.stderr
    assert f"Scopes: {own_sandbox.service_scope}" in tried.stderr
    assert "1 h 0 min" in tried.stderr
    before = asked(own_sandbox)
    assert job.run("token").code == 0
    assert asked(own_sandbox) == before, "what the trial got is used"
    assert "Wiped the token of ci here; the next use gets another." in job.run("logout").stderr
    assert "No token of ci was kept" in job.run("logout").stderr
    assert job.run("token").code == 0
    assert asked(own_sandbox) == before + 1
    assert "Wiped the token of ci here" in job.run("logout", "--local").stderr
    job.environment[VARIABLE] = "another1secret2of3twenty4"
    refused = job.run("login")
    assert (refused.code, "[OA-A710]" in refused.stderr) == (7, True)


@pytest.mark.parametrize("words", [("login", "--browser"), ("logout", "--browser")])
def test_no_browser_is_opened_for_a_service_account(
    job: Shell, own_sandbox: Sandbox, words: tuple[str, ...]
) -> None:
    set_up(job, own_sandbox)
    token = job.run("token").stdout
    refused = job.run(*words)
    assert (refused.code, "[OA-U225]" in refused.stderr) == (2, True)
    assert job.run("token").stdout == token


def test_init_asks_for_a_service_account_s_values_and_no_user_name(
    job: Shell, own_sandbox: Sandbox
) -> None:
    terminal = job.terminal("init", "-p", "ci", "--sign-in", "client-credentials")
    for question, answer in {
        "User pool id, or the issuer's address": own_sandbox.issuer,
        "App client id": own_sandbox.service_client_id,
        "App client secret": f"env:{VARIABLE}",
        "OSDU platform URL": own_sandbox.platform_url,
        "Data partition id": own_sandbox.data_partition_id,
    }.items():
        terminal.expect_exact(question)
        terminal.expect(": ")
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    assert ended(terminal) == 0
    assert job.run("groups").code == 0


def test_four_variables_make_a_service_account(job: Shell, own_sandbox: Sandbox) -> None:
    del job.environment[VARIABLE]
    job.environment |= {
        "OSDU_AUTH_SIGN_IN": "client-credentials",
        "OSDU_AUTH_ISSUER": own_sandbox.issuer,
        "OSDU_AUTH_CLIENT_ID": own_sandbox.service_client_id,
        "OSDU_AUTH_CLIENT_SECRET": own_sandbox.service_client_secret,
    }
    token = job.run("token")
    assert (token.code, token.stderr) == (0, "")
    shown = job.run("exec", "--", "env")
    assert shown.code == 0
    assert own_sandbox.service_client_secret not in shown.stdout


def crowd(job: Shell, own_sandbox: Sandbox, members: int) -> None:
    """Let many processes without a token request one at the same time."""
    set_up(job, own_sandbox)
    before = asked(own_sandbox)
    started = [
        subprocess.Popen(
            [*PROGRAM, "token"], env=job.environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(members)
    ]
    tokens = {process.communicate(timeout=600)[0] for process in started}
    assert {process.returncode for process in started} == {0}
    assert len(tokens) == 1
    assert asked(own_sandbox) == before + 1


def test_many_processes_without_a_token_send_one_request(job: Shell, own_sandbox: Sandbox) -> None:
    crowd(job, own_sandbox, 12)


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_two_hundred_processes_without_a_token_send_one_request(
    job: Shell, own_sandbox: Sandbox, torture_row: Callable[[str, str], None]
) -> None:
    crowd(job, own_sandbox, 200)
    torture_row("200 processes of a service account without a token", "1 request, 1 token")


def test_a_secret_in_a_file_is_read_when_it_is_needed_and_not_before(
    job: Shell, own_sandbox: Sandbox, tmp_path: Path
) -> None:
    set_up(job, own_sandbox, "--client-secret", f"file:{tmp_path}/later")
    refused = job.run("token")
    assert (refused.code, "[OA-C794]" in refused.stderr) == (7, True)
    secret = tmp_path / "later"
    secret.touch(mode=0o600)
    secret.write_text(own_sandbox.service_client_secret + "\n")
    assert job.run("token").code == 0
    secret.unlink()
    assert job.run("token").code == 0, "what is kept needs no secret"


def test_init_refuses_a_setting_that_would_be_ignored_and_each_place_has_its_fix(
    job: Shell, own_sandbox: Sandbox
) -> None:
    """At a flag it is left out. A variable and a former setting are left out with a note."""
    start = ("init", "-p", "ci", "--sign-in", "client-credentials", "--client-id", "abc")
    by_issuer = (*start, "--issuer", own_sandbox.issuer, "--client-secret", f"env:{VARIABLE}")
    given = job.run(*by_issuer, "--endpoint-url", own_sandbox.endpoint_url)
    assert (given.code, "[OA-C718]" in given.stderr) == (7, True)
    assert "Set only one of the two: leave out --endpoint-url" in given.stderr
    job.environment["OSDU_AUTH_ENDPOINT_URL"] = own_sandbox.endpoint_url
    by_variable = job.run(*by_issuer)
    assert (by_variable.code, "endpoint_url: not in the profile" in by_variable.stderr) == (0, True)
    del job.environment["OSDU_AUTH_ENDPOINT_URL"]
    assert job.run(*by_issuer).code == 0
    turned = job.run(
        "init", "-p", "ci", "--client-auth", "private_key_jwt", "--client-key", "env:K"
    )
    assert turned.code == 0
    assert "client_secret: not in the profile" in turned.stderr
    assert "client_secret" not in job.run("profile", "show", "ci").stdout


@pytest.mark.parametrize("way", [(), ("--client-auth", "basic"), ("--client-auth", "post")])
@pytest.mark.parametrize("kind", ["client-credentials", "browser"])
def test_a_secret_that_init_misses_is_a_flag_of_the_same_command(
    job: Shell, own_sandbox: Sandbox, way: tuple[str, ...], kind: str
) -> None:
    """No profile is written before it is complete, so a further `init` could not know the rest."""
    words = ("init", "-p", "ci", "--sign-in", kind, "--client-id", "abc", *way)
    words = (*words, "--issuer", own_sandbox.issuer)
    missed = job.run(*words)
    if not way and kind == "browser":
        assert missed.code == 0, "a public app client"
        return
    assert missed.code == 7
    assert "Give it as in: --client-secret REF" in missed.stderr
    assert job.run(*words, "--client-secret", f"env:{VARIABLE}").code == 0


def test_doctor_reads_the_assertion_of_a_workload(
    job: Shell, own_sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "token of the pod"
    job.environment |= {
        "OSDU_AUTH_SIGN_IN": "client-credentials",
        "OSDU_AUTH_ISSUER": own_sandbox.issuer,
        "OSDU_AUTH_CLIENT_ID": own_sandbox.service_client_id,
        "OSDU_AUTH_CLIENT_AUTH": "federated",
        "OSDU_AUTH_CLIENT_ASSERTION": f"file:{file}",
    }
    assert "cannot be read from" in job.run("doctor").stdout
    file.touch(mode=0o600)
    file.write_text("e30.e30.e30")
    said = job.run("doctor").stdout
    assert "The workload's assertion can be read." in said
    assert "public app client" not in said
