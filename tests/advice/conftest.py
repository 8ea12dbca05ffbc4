"""The fixture: a user's account for each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advice.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def scene(sandbox: Sandbox, tmp_path: Path) -> Iterator[Scene]:
    """An account in a folder whose name needs quotes; the sandbox is restored after the test."""
    folder = tmp_path / "John Smith's; a-b"
    folder.mkdir()
    settings, openid = sandbox.pool.settings, sandbox.openid.settings
    made = Scene(sandbox, folder)
    with made.leaving:
        yield made
    sandbox.pool.settings, sandbox.openid.settings = settings, openid
    sandbox.faults.clear()
