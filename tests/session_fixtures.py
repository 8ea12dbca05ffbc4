"""Fixtures of a session whose clocks stand still; conftest files that need them import them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth import MemoryStore, Profile
from session_test_parts import Clock, Monotonic, with_own_client

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox

__all__ = ["clock", "monotonic", "profile", "store"]


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
def store() -> MemoryStore:
    return MemoryStore()
