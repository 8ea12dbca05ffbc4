"""An older and a newer version with the same files lose nothing.

The row F-10 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth import Session, unattended
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.saved_session import SavedSession
from stored import store_session, stored

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox

REPOSITORY = Path(__file__).parents[2]
# The last version that did not keep the members of later versions.
EARLIER = "433245fca9a0e7d3282ad6254661735953037a5d"
LATER = Secret('{"later": {"a": [1, null, "canary-later"]}}')
OPERATIONS = 1000

# A process of either version. Each operation reads with the lock and writes one more.
OPERATE = """
import os, sys, time
from contextlib import contextmanager
from functools import partial
from dataclasses import replace
import osdu_auth
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore

version, sources, state, operations, later = sys.argv[1:]
assert os.path.dirname(osdu_auth.__file__) == os.path.join(sources, "osdu_auth")
store = FileStore(state)


@contextmanager
def right_to_renew():
    if hasattr(store, "open"):
        from osdu_auth.stores.token_store import SessionKey

        with store.open(SessionKey("acme")) as held:
            yield held.load, held.save
    else:  # as earlier versions have it
        with store.lock("acme"):
            yield partial(store.load, "acme"), partial(store.save, "acme")


account = "account" if version == "this" else "username"  # as earlier versions have it
seen = 0
for _ in range(int(operations)):
    with right_to_renew() as (load, save):
        saved = load()
        assert saved.tokens.issued_at >= seen, "an operation was lost"
        seen = saved.tokens.issued_at + 1
        changes = {account: version, "tokens": replace(saved.tokens, issued_at=seen)}
        if version == "this":
            if saved.account == "this":  # and so the last to write was one that keeps them
                assert saved.unknown == Secret(later), "a later version's member was lost"
            else:  # the older version knows of no such member
                changes["unknown"] = Secret(later)
        save(replace(saved, **changes))
    time.sleep(0.001)  # let the others come in between
"""


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The sources of an earlier version."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("there is no history here to take an earlier version from")
    archive = tmp_path / "earlier.zip"
    done = subprocess.run(
        ["git", "-C", str(REPOSITORY), "archive", f"--output={archive}", EARLIER, "src"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("the history here does not go back to an earlier version")
    shutil.unpack_archive(archive, tmp_path / "earlier")
    return tmp_path / "earlier" / "src"


def operate(version: str, sources: Path, state: Path, operations: int) -> subprocess.Popen[str]:
    words = [version, str(sources), str(state), str(operations), LATER.reveal()]
    return subprocess.Popen(
        [sys.executable, "-c", OPERATE, *words],
        env={"PYTHONPATH": str(sources), "OSDU_AUTH_KEY_STORE": "off"},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_versions_in_four_processes_lose_no_session_and_no_unknown_member(
    earlier: Path, state: Path, session: SavedSession
) -> None:
    tokens = replace(session.tokens, issued_at=1.0)
    store_session(FileStore(str(state)), "acme", replace(session, account="older", tokens=tokens))
    ours = REPOSITORY / "src"
    together = [
        operate(version, sources, state, OPERATIONS // 4)
        for version, sources in [("this", ours), ("older", earlier)] * 2
    ]
    troubles = [process.communicate(timeout=100)[1] for process in together]
    assert troubles == [""] * 4
    loaded = stored(FileStore(str(state)), "acme")
    assert loaded is not None
    assert loaded.tokens.issued_at == 1.0 + OPERATIONS
    assert sorted(path.name for path in (state / "sessions").iterdir()) == [
        "acme.lock",
        "acme.session",
    ]


@pytest.mark.parametrize("version", ["this", "older"])
def test_neither_version_writes_over_the_format_of_a_later_one(
    version: str, earlier: Path, state: Path, session: SavedSession
) -> None:
    store_session(FileStore(str(state)), "acme", session)
    file = state / "sessions" / "acme.session"
    newer = file.read_bytes().replace(b"session 1\n", b"session 2\n")
    file.write_bytes(newer)
    sources = earlier if version == "older" else REPOSITORY / "src"
    with operate(version, sources, state, 1) as process:
        assert "OA-F811" in process.communicate(timeout=60)[1]
    assert file.read_bytes() == newer


def test_the_members_of_a_later_version_stay_until_the_next_sign_in(
    profile: Profile, sandbox: Sandbox, state: Path
) -> None:
    store = FileStore(str(state))
    session = Session(profile, store=store)

    def sign_in() -> SavedSession:
        return session.sign_in(sandbox.username, Secret(sandbox.password), unattended)

    store_session(store, "acme", replace(sign_in(), unknown=LATER))
    session.renew()
    session.renew()
    renewed = stored(store, "acme")
    assert renewed is not None
    assert renewed.unknown == LATER
    assert "canary" not in repr(renewed)
    sign_in()
    anew = stored(store, "acme")
    assert anew is not None
    assert anew.unknown is None


def test_a_known_member_is_read_as_this_version_defines_it(
    session: SavedSession,
) -> None:
    odd = replace(session, unknown=Secret('{"username": "mallory", "later": 1}'))
    kept = SavedSession.from_secret(odd.to_secret())
    assert kept == session
    assert kept.unknown == Secret('{"later": 1}')


@for_each(
    "text",
    ["", "[]", "7", "null", '"text"', "{}", "[" * 100_000, '{"access_token": 7}', "NaN", "\0"],
)
def test_a_text_that_is_not_a_session_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="not the text of a session") as raised:
        SavedSession.from_secret(Secret(text))
    assert raised.value.__cause__ is None


WRONG_KINDS: dict[str, list[object]] = {
    "issued_at": ["1", None, True, float("nan"), float("inf"), []],
    "expires_at": ["1", None, False, float("-inf")],
    "username": [None, 7, ["alice"]],
    "access_token": [None, 7, {}],
    "refresh_token": [7, []],
    "rotates": ["yes", 1, []],
    "clock_offset": ["1", True, float("nan")],
    "device": ["text", 7, [], {"key": 7}],
    "subject": ["", 7],
    "pool_address": ["", 7],
    "generation": [0, -1, True, 1.5],
    "signed_in_at": [10**400, None],
}


@for_each(
    ("name", "value"), [(name, value) for name, values in WRONG_KINDS.items() for value in values]
)
def test_a_member_of_a_wrong_type_is_refused(
    name: str, value: object, session: SavedSession
) -> None:
    kept = json.loads(session.to_secret().reveal())
    assert SavedSession.from_secret(Secret(json.dumps(kept))) == session
    with pytest.raises(ValueError, match="not the text of a session"):
        SavedSession.from_secret(Secret(json.dumps({**kept, name: value})))
