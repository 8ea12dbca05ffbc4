"""A sandbox starts, has its values, and stops."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from osdu_auth.sandbox import Sandbox
from sandbox.raw_client import send

KEYS = [
    "region", "user_pool_id", "client_id", "client_secret", "public_client_id",
    "browser_client_id", "service_client_id", "service_client_secret", "service_scope",
    "username", "password", "new_username", "temporary_password",
    "endpoint_url", "issuer", "authorization_endpoint", "token_endpoint", "platform_url",
    "data_partition_id",
]  # fmt: skip


def _port(sandbox: Sandbox) -> int:
    return int(sandbox.endpoint_url.rpartition(":")[2])


def _sandbox_threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("osdu-auth-sandbox")}


def _are_ended(threads: set[threading.Thread]) -> bool:
    """Say whether threads end; on a busy machine that may take a while."""
    for thread in threads:
        thread.join(30)
    return not any(thread.is_alive() for thread in threads)


def test_values_holds_exactly_what_a_client_needs(sandbox: Sandbox) -> None:
    values = sandbox.values()
    assert list(values) == KEYS
    assert all(values[key] == getattr(sandbox, key) for key in KEYS)


def test_identities_have_the_shapes_of_aws(sandbox: Sandbox) -> None:
    assert re.fullmatch(r"us-east-1_[A-Za-z0-9]{9}", sandbox.user_pool_id)
    assert re.fullmatch(r"[a-z0-9]{26}", sandbox.client_id)
    assert re.fullmatch(r"[a-z0-9]{26}", sandbox.public_client_id)
    assert re.fullmatch(r"[a-z0-9]{51}", sandbox.client_secret)


def test_the_issuer_is_a_loopback_address(sandbox: Sandbox) -> None:
    assert sandbox.issuer == f"{sandbox.endpoint_url}/{sandbox.user_pool_id}"
    assert sandbox.endpoint_url.startswith("http://127.0.0.1:")


def test_every_run_has_its_own_identities_and_passwords(sandbox: Sandbox) -> None:
    other = Sandbox()
    for key in ("user_pool_id", "client_id", "client_secret", "password", "temporary_password"):
        assert getattr(other, key) != getattr(sandbox, key)


def test_the_canonical_user_name_is_the_sub_and_not_the_alias(sandbox: Sandbox) -> None:
    user = sandbox.pool.user(sandbox.username)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", user.username)
    assert user.username != sandbox.username


def test_the_sandbox_has_no_address_before_it_is_started() -> None:
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = Sandbox().endpoint_url


def test_starting_twice_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="already started"):
        sandbox.start()


def test_a_port_that_is_in_use_is_an_oserror(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match=r"(?i)in use"):
        Sandbox(port=_port(sandbox)).start()


def test_stopping_a_sandbox_that_never_started_does_nothing() -> None:
    Sandbox().stop()


def test_the_sandbox_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    listener = sandbox._listener
    assert listener is not None
    assert listener._socket.getsockname()[0] == "127.0.0.1"


def test_stop_ends_every_thread_and_connection() -> None:
    before = _sandbox_threads()
    with Sandbox() as running:
        kept = http.client.HTTPConnection("127.0.0.1", _port(running), timeout=30)
        kept.request("GET", "/api/search/v2/info")
        kept.getresponse().read()
        silent = socket.create_connection(("127.0.0.1", _port(running)), timeout=30)
        began = time.monotonic()
    assert time.monotonic() - began < 30, "a connection that is silent is left after a minute"
    assert _are_ended(_sandbox_threads() - before)
    assert silent.recv(1) == b""
    silent.close()
    kept.close()


def test_stop_does_not_wait_for_a_delayed_or_a_held_answer() -> None:
    before = _sandbox_threads()
    running = Sandbox().start()
    running.faults.latency("*", 300)
    with running.faults.hold("*") as held:
        waiting = []
        for _ in range(2):
            asked = socket.create_connection(("127.0.0.1", _port(running)), timeout=30)
            asked.sendall(b"GET /api/search/v2/info HTTP/1.1\r\nHost: localhost\r\n\r\n")
            waiting.append(asked)
        held.wait_for_request()
        while running.faults.waiting:
            time.sleep(0.01)
        running.stop()
        assert _are_ended(_sandbox_threads() - before)
    for asked in waiting:
        asked.close()


def test_a_stopped_sandbox_starts_again_as_the_same_pool_on_the_same_port() -> None:
    with Sandbox() as running:
        before = running.values()
    with running:
        assert running.values() == before
        assert send(running, "GET", "/api/search/v2/info").status == 200


def test_repr_shows_no_secret(sandbox: Sandbox) -> None:
    shown = repr(
        [sandbox, sandbox.pool.user(sandbox.username), sandbox.pool.app_client(sandbox.client_id)]
    )
    assert sandbox.client_secret not in shown
    assert sandbox.password not in shown


def test_the_import_loads_neither_cryptography_nor_an_http_server() -> None:
    program = (
        "import sys, osdu_auth.sandbox;"
        "print([n for n in ('cryptography', 'http.server', 'ssl', 'asyncio') if n in sys.modules])"
    )
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": source, "PATH": ""},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_the_sandbox_imports_nothing_else_of_the_product() -> None:
    program = (
        "import sys\n"
        "import osdu_auth\n"
        "before = {n for n in sys.modules if n.startswith('osdu_auth')}\n"
        "from osdu_auth.sandbox import Sandbox\n"
        "with Sandbox() as s: s.issue_tokens()\n"
        "print(sorted(n for n in set(sys.modules) - before if n.startswith('osdu_auth.')\n"
        "             and not n.startswith('osdu_auth.sandbox')))"
    )
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": source, "PATH": ""},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
