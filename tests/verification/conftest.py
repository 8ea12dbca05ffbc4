"""An issuer that publishes keys, and the clock of the verifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verification.key_server import FakeClock, KeyServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with KeyServer() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
