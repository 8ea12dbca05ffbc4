"""With a real Secret Service, sessions and client secrets are sealed by the OS key store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")

# What runs inside a message bus of its own: the key store is unlocked, used, and ended.
DESKTOP = """
import json, subprocess, sys, time
keyring = subprocess.Popen(
    ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
)
keyring.stdin.write(b"a login password")
keyring.stdin.close()
keyring.stdout.readline()
told = []
try:
    for arguments, text in json.load(sys.stdin):
        done = subprocess.run(
            [sys.executable, "-m", "osdu_auth", *arguments],
            input=text, capture_output=True, text=True, check=False,
        )
        told.append([done.returncode, done.stdout, done.stderr])
finally:
    keyring.terminate()
    keyring.wait()
print(json.dumps(told))
"""


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """The environment of a desktop session, its runtime folder a short path of its own."""
    lacking = [program for program in NEEDED if shutil.which(program) is None]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    return {
        **os.environ,
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "OSDU_AUTH_CONFIG_DIR": str(tmp_path / "config"),
        "OSDU_AUTH_STATE_DIR": str(tmp_path / "state"),
    }


def test_the_key_lies_in_the_secret_service_and_nowhere_else(
    desktop: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    secret = tmp_path / "client-secret"
    secret.touch(mode=0o600)
    secret.write_text(sandbox.client_secret)
    init = [
        *("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id),
        *("--client-secret", f"file:{secret}", "--username", sandbox.username),
        *("--endpoint-url", sandbox.endpoint_url),
    ]
    runs = [
        [init, ""],
        [["login", "--password-stdin"], sandbox.password],
        [["status", "--json"], ""],
        [["token", "--min-ttl", "3599s"], ""],
    ]
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", DESKTOP],
        input=json.dumps(runs),
        env=desktop,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    initialised, signed_in, status, token = json.loads(done.stdout)
    assert [initialised[0], signed_in[0], status[0], token[0]] == [0, 0, 0, 0], signed_in[2]
    assert "sealed file · key in the OS key store (SecretService)" in signed_in[2]
    assert json.loads(status[1])["profiles"][0]["sealed"] is True
    assert token[1].count(".") == 2
    state = Path(desktop["OSDU_AUTH_STATE_DIR"])
    assert not (state / "key").exists()
    assert list(state.rglob("acme.session"))
