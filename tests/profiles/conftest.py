"""A user without settings, in a folder of one test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the file of profiles, which does not exist yet."""
    for name in list(os.environ):
        if name.startswith("OSDU_AUTH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "config" / "config.toml"
