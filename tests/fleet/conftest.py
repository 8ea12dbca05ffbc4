"""Signed-in sessions to share, and boards to share them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import register_tokens
from fleet.boards import in_folder, in_redis, memory
from osdu_auth import MemoryStore, Profile, Secret, Session
from osdu_auth.cognito.challenges import nobody
from redis_server import RedisServer
from session_far_end import Clock, Monotonic, with_own_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fleet.boards import OpenBoard
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def profile(profile: Profile, sandbox: Sandbox, tmp_path: Path) -> Profile:
    """A profile with an app client of this test alone."""
    return with_own_client(profile, sandbox, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def session(
    profile: Profile, sandbox: Sandbox, clock: Clock, monotonic: Monotonic
) -> Iterator[Session]:
    """A session that is signed in, and whose clocks stand still."""
    with Session(profile, store=MemoryStore(), clock=clock, monotonic=monotonic) as made:
        register_tokens(made.sign_in(sandbox.username, Secret(sandbox.password), nobody))
        yield made


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real server, for tests under the mark `real`."""
    with RedisServer(tmp_path_factory.mktemp("redis"), "--save", "") as server:
        yield server


BOARDS = ["memory", "folder", pytest.param("redis", marks=pytest.mark.real)]


@pytest.fixture(params=BOARDS)
def open_board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenBoard]:
    """An empty board of each kind; each call gives another object of the same board."""
    if request.param == "redis":
        with in_redis(request.getfixturevalue("redis_server")) as opened:
            yield opened
        return
    with (memory if request.param == "memory" else in_folder)(tmp_path) as opened:
        yield opened
