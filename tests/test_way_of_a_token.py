"""The page docs/way-of-a-token.md names what `token()` really calls, in that order."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import osdu_auth
from documents.blocks import text_of
from osdu_auth import FileStore, Secret, Session
from session_test_parts import Clock

if TYPE_CHECKING:
    from types import FrameType

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

PACKAGE = Path(osdu_auth.__file__).parent
# The page names the ports; these stand behind them here.
BEHIND = {"TokenStore": "FileStore", "HeldSession": "HeldFile", "Credential": "UserPoolCredential"}


def named_calls() -> list[str]:
    """The calls that the page's picture names, from top to bottom."""
    picture = text_of("docs/way-of-a-token.md", "the way")
    lines = (re.search(r"([\w.]+)\(|(\w+\.\w+) {2,}", line) for line in picture.splitlines())
    names = [found[1] or found[2] for found in lines if found]
    return [
        re.sub(r"^\w+", lambda first: BEHIND.get(first[0], first[0]), name)
        for name in names
        if name != "Demand"  # a value, whose class has no function of its own
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="code has no qualified name before")
def test_the_page_follows_a_real_call(profile: Profile, sandbox: Sandbox, tmp_path: Path) -> None:
    clock = Clock()
    session = Session(profile, store=FileStore(str(tmp_path / "state")), clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password))
    clock.ahead = 3601
    called: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(PACKAGE)):
            called.append(getattr(frame.f_code, "co_qualname", ""))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        session.token()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    names = named_calls()
    assert len(names) > 12
    there = 0
    for name in names:
        assert name in called[there:], f"{name} is not called there"
        there = called.index(name, there)


def test_each_file_that_the_page_names_is_there() -> None:
    picture = text_of("docs/way-of-a-token.md", "the way")
    files = re.findall(r"[\w/]+\.py", picture)
    assert len(files) > 8
    folders = [PACKAGE, PACKAGE / "cognito"]
    assert [file for file in files if not any((folder / file).exists() for folder in folders)] == []


def test_contributing_names_only_functions_and_modules_of_the_code() -> None:
    root = PACKAGE.parents[1]
    files = [*PACKAGE.rglob("*.py"), *(root / "tests").rglob("*.py"), root / "pyproject.toml"]
    words = {path.stem for path in files}
    for path in files:
        if path != Path(__file__):
            words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`([a-z]+(?:_[a-z0-9]+)+|[A-Z_]{4,}|[A-Z][a-z]+[A-Z]\w+)\b[^`]*`", page)
    )
    assert len(named) > 10
    assert not sorted(named - words)
