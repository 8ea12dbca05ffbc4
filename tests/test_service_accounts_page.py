"""The jobs of docs/service-accounts.md do what they say, as far as they can run on one computer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from canaries import leaks, register
from documents.blocks import text_of
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = (Path(__file__).parents[1] / "docs" / "service-accounts.md").read_text()
# What stands for the work: it reads the token of the file that `exec` gives it.
LOAD = "import os; print('loaded', open(os.environ['OSDU_ACCESS_TOKEN_FILE']).read().count('.'))\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        register(running.service_client_secret)
        yield running


def block(name: str) -> str:
    """What stands in the page under a name."""
    return text_of("docs/service-accounts.md", f"job: {name}")


def variables(sandbox: Sandbox) -> dict[str, str]:
    """What the project, the repository or the cluster gives a job, by the names of the page."""
    return {
        "OSDU_USER_POOL_ID": sandbox.user_pool_id,
        "OSDU_CLIENT_ID": sandbox.service_client_id,
        "OSDU_CLIENT_SECRET": sandbox.service_client_secret,
        "OSDU_URL": sandbox.platform_url,
        "OSDU_DATA_PARTITION_ID": sandbox.data_partition_id,
    }


def filled_in(env: Mapping[str, str], sandbox: Sandbox) -> dict[str, str]:
    """Fill in the variables as each of the three does: `${{ vars.X }}`, `$X`, `$(X)`."""
    form = r"\$\{\{ (?:vars|secrets)\.(\w+) \}\}|\$\((\w+)\)|\$(\w+)"
    known = variables(sandbox)
    return {
        name: re.sub(form, lambda found: known[next(filter(None, found.groups()))], str(text))
        for name, text in env.items()
    }


def run(lines: list[str], env: Mapping[str, str], sandbox: Sandbox, folder: Path) -> str:
    """Run the lines of a job in a new home, and return what they print."""
    (folder / "load.py").write_text(LOAD)
    given = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "OSDU_AUTH_STATE_DIR": str(folder / "state"),
        "OSDU_AUTH_ENDPOINT_URL": sandbox.endpoint_url,
        **env,
    }
    printed = ""
    for line in lines:
        done = subprocess.run(
            ["bash", "-e", "-c", line],
            env=given, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert not leaks(done.stdout + done.stderr)
        printed += done.stdout
    return printed


def ours(lines: list[str]) -> list[str]:
    assert lines[0] == "pip install osdu-auth"
    return lines[1:]


def test_the_profile_of_the_page_is_written_and_used(sandbox: Sandbox, tmp_path: Path) -> None:
    text = block("profile")
    for name, value in {
        "us-east-1_Ab12Cd34E": sandbox.user_pool_id,
        "1h57kf5cpq17m0eml12EXAMPLE": sandbox.service_client_id,
        "https://osdu.acme.com": sandbox.platform_url,
    }.items():
        assert name in text
        text = text.replace(name, value)
    env = {"ACME_SECRET": sandbox.service_client_secret}
    assert "users@opendes.example.com" in run([text], env, sandbox, tmp_path)


def test_the_job_at_github_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    job = yaml.safe_load(block("github"))["jobs"]["load"]
    lines = [step["run"] for step in job["steps"] if "run" in step]
    printed = run(ours(lines), filled_in(job["env"], sandbox), sandbox, tmp_path)
    assert "users@opendes.example.com" in printed
    assert "loaded 2" in printed


def test_the_job_at_gitlab_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    job = yaml.safe_load(block("gitlab"))["load"]
    before = sandbox.requests.count("/oauth2/token")
    env = filled_in(job["variables"], sandbox)
    assert "loaded 2" in run(ours(job["script"]), env, sandbox, tmp_path)
    assert sandbox.requests.count("/oauth2/token") == before + 1


def test_the_container_of_the_cron_job_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    job = yaml.safe_load(block("kubernetes"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    env: dict[str, str] = {}
    for each in container["env"]:
        reference = each.get("valueFrom", {}).get("secretKeyRef", {})
        env[each["name"]] = each.get("value") or f"$({reference['key']})"
    env = filled_in(env, sandbox)
    (mount,) = container["volumeMounts"]
    state = Path(env["OSDU_AUTH_STATE_DIR"])
    assert state.parent == Path(mount["mountPath"])
    env["OSDU_AUTH_STATE_DIR"] = str(tmp_path / state.name)
    line = " ".join(container["command"])
    assert "loaded 2" in run([line], env, sandbox, tmp_path)


def test_the_function_gets_one_token_while_it_is_warm(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = yaml.safe_load(block("gitlab"))["load"]
    env = filled_in(job["variables"], sandbox)
    env["OSDU_AUTH_ENDPOINT_URL"] = sandbox.endpoint_url
    for name, text in env.items():
        monkeypatch.setenv(name, text)
    function: dict[str, Any] = {}
    exec(block("lambda"), function)
    before = sandbox.requests.count("/oauth2/token")
    assert function["handler"]({}, None) == function["handler"]({}, None) == 10
    assert sandbox.requests.count("/oauth2/token") == before + 1


def test_each_code_of_the_page_has_a_page_of_its_own() -> None:
    from osdu_auth.catalogue import read_catalogue

    named = set(re.findall(r"OA-[A-Z][0-9]{3}", PAGE))
    assert named
    assert named <= set(read_catalogue())
