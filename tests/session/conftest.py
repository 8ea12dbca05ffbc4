"""Sessions at the sandbox, one of them signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import MemoryStore, Profile, Session
from osdu_auth.stores.file import FileStore
from session_fixtures import clock, monotonic, profile, store
from session_test_parts import Clock, Monotonic, sign_in_without_srp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock, Monotonic

__all__ = ["clock", "monotonic", "profile", "store"]  # of every test of this folder


@pytest.fixture
def session(
    profile: Profile, store: MemoryStore, clock: Clock, monotonic: Monotonic
) -> Iterator[Session]:
    with Session(profile, store=store, clock=clock, monotonic=monotonic) as made:
        yield made


@pytest.fixture
def saved(session: Session, sandbox: Sandbox) -> SavedSession:
    """Sign `session` in, and return the saved session."""
    made = sign_in_without_srp(session, sandbox)
    register(made.tokens.access_token.reveal())
    return made


@pytest.fixture
def other_program(profile: Profile, store: MemoryStore, clock: Clock) -> Session:
    """The same session as `session`, in another program."""
    return Session(profile, store=store, clock=clock)


@pytest.fixture
def rotating(profile: Profile, sandbox: Sandbox) -> Profile:
    """A profile whose app client rotates refresh tokens without a grace period."""
    client = sandbox.pool.add_app_client(
        "rotating", rotation=True, grace_period=0, generate_secret=False
    )
    return replace(profile, client_id=client.client_id, client_secret=None)


@pytest.fixture
def state(tmp_path: Path) -> str:
    """The folder of `files`."""
    return str(tmp_path / "state")


@pytest.fixture
def files(state: str) -> FileStore:
    return FileStore(state)


@pytest.fixture(autouse=True)
def no_fault_outlives_a_test(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


@pytest.fixture
def row(
    request: pytest.FixtureRequest, torture_row: Callable[[str, str], None]
) -> Callable[[str, str], None]:
    """Add a line to the table of the long tests; do nothing in the short form of a test."""
    is_long = request.node.get_closest_marker("torture") is not None
    return torture_row if is_long else lambda _what, _figures: None
