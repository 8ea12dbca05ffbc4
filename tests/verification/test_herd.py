"""K-06: many processes that start cold at one moment, with and without a shared copy of keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from verification import herd
from verification.key_server import KeyServer
from verification.minting import CLIENT, POOL, mint

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 12, 200


def start(processes: int, server: KeyServer, shared_folder: Path | None) -> int:
    """Start that many processes, and return in how many of them every verify succeeded."""
    now = int(time.time())
    told = {
        "processes": processes,
        "user_pool_id": POOL,
        "client_id": CLIENT,
        "endpoint_url": server.url,
        "shared_folder": str(shared_folder) if shared_folder else None,
        "token": mint(payload=server.claims(iat=now - 60, exp=now + 3600)),
    }
    done = subprocess.run(
        [sys.executable, herd.__file__],
        check=True,
        input=json.dumps(told).encode(),
        stdout=subprocess.PIPE,
        timeout=100,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    return int(done.stdout)


SIZES = [FEW, pytest.param(MANY, marks=pytest.mark.torture)]


@pytest.mark.parametrize("processes", SIZES)
def test_k_06_each_of_many_processes_makes_one_fetch_at_most(processes: int) -> None:
    with KeyServer() as server:
        assert start(processes, server, None) == processes
        assert server.fetches == processes


@pytest.mark.parametrize("processes", SIZES)
@pytest.mark.parametrize("seconds", [0, 1], ids=["a quick issuer", "a slow issuer"])
def test_k_06_many_processes_with_a_shared_copy_make_five_fetches_at_most(
    processes: int, seconds: float, tmp_path: Path
) -> None:
    with KeyServer() as server:
        server.before = lambda: time.sleep(seconds)
        assert start(processes, server, tmp_path / "keys") == processes
        assert 1 <= server.fetches <= 5
