"""Sessions at the sandbox, one of them signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import MemoryStore, Profile, Secret, Session
from osdu_auth.cognito.challenges import nobody
from osdu_auth.stores.file import FileStore
from session_far_end import Clock, Monotonic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.token_store import SavedSession


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def session(
    profile: Profile, store: MemoryStore, clock: Clock, monotonic: Monotonic
) -> Iterator[Session]:
    with Session(profile, store=store, clock=clock, monotonic=monotonic) as made:
        yield made


@pytest.fixture
def saved(session: Session, sandbox: Sandbox) -> SavedSession:
    """What `session` is saved as: it is signed in."""
    made = session.sign_in(sandbox.username, Secret(sandbox.password), nobody)
    register(made.tokens.access_token.reveal())
    return made


@pytest.fixture
def rotating(profile: Profile, sandbox: Sandbox) -> Profile:
    """A profile whose app client gives each refresh token for one use, with no grace."""
    client = sandbox.pool.add_app_client("rotating", rotation=True, grace=0, generate_secret=False)
    return replace(profile, client_id=client.client_id, client_secret=None)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def no_fault_outlives_a_test(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()
