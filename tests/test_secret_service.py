"""With a real Secret Service, sessions and client secrets are sealed by the OS key store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from desktop import environment, run_at_desktop, run_each

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox


def test_the_key_is_in_the_secret_service_and_nowhere_else(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    desktop = environment(tmp_path) | {
        "OSDU_AUTH_CONFIG_DIR": str(tmp_path / "config"),
        "OSDU_AUTH_STATE_DIR": str(state),
    }
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
    initialised, signed_in, status, token = run_at_desktop(run_each, runs, environment=desktop)
    assert [initialised[0], signed_in[0], status[0], token[0]] == [0, 0, 0, 0], signed_in[2]
    assert "sealed file · key in the OS key store (SecretService)" in signed_in[2]
    assert json.loads(status[1])["profiles"][0]["sealed"] is True
    assert token[1].count(".") == 2
    assert not (state / "key").exists()
    assert list(state.rglob("acme.session"))
