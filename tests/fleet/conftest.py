"""Signed-in sessions to share, and boards to share them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import programs_of_others
from canaries import register_tokens
from fleet.boards import RedisCluster, in_folder, in_redis, memory
from osdu_auth import MemoryStore, Profile, Secret, Session
from osdu_auth.cognito.challenges import unattended
from redis_server import RedisServer
from session_fixtures import clock, monotonic, profile, store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fleet.boards import OpenBoard
    from osdu_auth.sandbox import Sandbox
    from session_test_parts import Clock, Monotonic

__all__ = ["clock", "monotonic", "profile", "store"]  # of every test of this folder


@pytest.fixture
def session(
    profile: Profile, store: MemoryStore, sandbox: Sandbox, clock: Clock, monotonic: Monotonic
) -> Iterator[Session]:
    """A session that is signed in, and whose clocks stand still."""
    with Session(profile, store=store, clock=clock, monotonic=monotonic) as made:
        register_tokens(made.sign_in(sandbox.username, Secret(sandbox.password), unattended))
        yield made


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real server, for tests under the mark `real`."""
    with RedisServer(tmp_path_factory.mktemp("redis"), "--save", "") as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The same of Valkey, where it is installed."""
    program = programs_of_others.valkey_server()
    folder = tmp_path_factory.mktemp("valkey")
    with RedisServer(folder, "--save", "", program=program) as server:
        yield server


@pytest.fixture(scope="session")
def cluster_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A Redis Cluster of three nodes."""
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


BOARDS = [
    "memory",
    "folder",
    *(pytest.param(name, marks=pytest.mark.real) for name in ("redis", "valkey", "cluster")),
]


@pytest.fixture(params=BOARDS)
def open_board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenBoard]:
    """An empty board of each kind; each call gives another object of the same board."""
    if request.param in {"redis", "valkey", "cluster"}:
        with in_redis(request.getfixturevalue(f"{request.param}_server")) as opened:
            yield opened
        return
    with (memory if request.param == "memory" else in_folder)(tmp_path) as opened:
        yield opened
