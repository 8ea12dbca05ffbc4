"""The recipes of docs/workers.md for Ray and Spark, in local mode, and what its manifests name."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from canaries import leaks, register, register_tokens, shows_a_secret
from documents.blocks import text_of
from osdu_auth import Profile, Sandbox, Secret, Session
from osdu_auth.cognito.challenges import unattended
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.kinds import KINDS
from programs_of_others import java, python_with_engines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storm_table import Figure

PAGE = "docs/workers.md"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of this test alone, which counts what its program asks."""
    with Sandbox() as running:
        register(running.password, running.client_secret)
        yield running


@pytest.fixture
def signed_in(
    profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    register_tokens(Session("acme").sign_in(sandbox.username, Secret(sandbox.password), unattended))


def recipe(name: str) -> str:
    return text_of(PAGE, f"{name}, which make test-real installs and runs it with")


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["Ray", "Spark"])
def test_an_engine_s_recipe_asks_the_platform_and_its_logs_have_no_secret(
    engine: str, signed_in: None, sandbox: Sandbox, tmp_path: Path, storm_figure: Figure
) -> None:
    python = python_with_engines()
    if engine == "Spark":
        java()
    logs = Path("/tmp") / f"osdu-{os.getpid()}"  # Ray's sockets need a short path
    logs.mkdir(mode=0o700)
    program = recipe(engine).replace("dir:/shared/osdu-board", f"dir:{tmp_path / 'board'}")
    (tmp_path / "recipe.py").write_text(program)
    spark = f"--conf spark.eventLog.enabled=true --conf spark.eventLog.dir={logs} pyspark-shell"
    environment = {
        **os.environ,
        "RAY_TMPDIR": str(logs),
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYSPARK_SUBMIT_ARGS": spark,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": python,
    }
    try:
        done = subprocess.run(
            [python, "recipe.py"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert "('*:*:master-data--Well:*', 8)" in done.stdout
        assert sandbox.requests.count("/api/search") == 2
        key = (tmp_path / "state" / "board.key").read_text().strip()
        files = [path for path in logs.rglob("*") if path.is_file() and not path.is_symlink()]
        assert files, "the engine logged nothing where it was told to"
        for path in files:
            text = path.read_bytes().decode("latin-1")
            assert not leaks(text), path.name
            assert key not in text, path.name
        assert not shows_a_secret(done.stdout + done.stderr)
        what = "Ray's logs" if engine == "Ray" else "Spark's event log"
        storm_figure(f"tokens and the board key in {what}", "absent", "absent", True)
    finally:
        shutil.rmtree(logs, ignore_errors=True)


def helped(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "osdu_auth", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def require_command(words: list[str]) -> None:
    assert words[0].endswith("osdu-auth")
    own = words[1 : words.index("--") if "--" in words else None]
    known = helped(own[0])
    for word in own[1:]:
        if word.startswith("-"):
            assert word in known, word


def test_the_kubernetes_manifest_names_existing_commands_and_variables() -> None:
    manifest = text_of(PAGE, "kubernetes manifest")
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(manifest))
    kinds = ["Secret", "ConfigMap", "Deployment", "Job"]
    assert [each["kind"] for each in documents] == kinds
    settings = {f"OSDU_AUTH_{name.upper()}" for name in KINDS.settings}
    own = {"OSDU_AUTH_BOARD_KEY", "OSDU_AUTH_BOARD_PASSWORD", "OSDU_AUTH_STATE_DIR"}
    names = {(each["kind"], each["metadata"]["name"]) for each in documents}
    assert set(documents[1]["data"]) <= settings | own
    for each in documents[2:]:
        spec = each["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        for container in spec["containers"]:
            require_command(container["command"])
            [source] = container["envFrom"]
            assert ("ConfigMap", source["configMapRef"]["name"]) in names
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_the_systemd_unit_runs_an_existing_command() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text_of(PAGE, "systemd unit"))
    require_command(unit["Service"]["ExecStart"].split())
    assert unit["Service"]["Restart"] == "on-failure"
