"""Sessions to save, and a key store that works or fails as a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth.secret import Secret
from osdu_auth.stores.saved_session import SavedSession
from osdu_auth.tokens import TokenSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_790_000_000.25

# A backend of keyring. The environment names the file of its entries and how it behaves, as it runs
# in the store's child process.
BACKEND = """
import json, os, sys, time
import keyring.backend, keyring.errors

STATE = os.environ["FAKE_KEY_STORE"]
MODE = os.environ.get("FAKE_KEY_STORE_MODE", "")

def entries():
    try:
        with open(STATE) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}

class Keyring(keyring.backend.KeyringBackend):
    name = "Fake Keyring"
    priority = 1

    def trouble(self):
        print("noise on standard output")
        if MODE == "hang":
            time.sleep(100)
        if MODE == "locked":
            raise keyring.errors.KeyringLocked("canary of a key store")
        if MODE == "odd":
            raise BaseException("canary of a key store")
        if MODE == "dies":
            os._exit(1)

    def get_password(self, service, username):
        self.trouble()
        if MODE.startswith("answers "):
            return eval(MODE.removeprefix("answers "))
        return entries().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        self.trouble()
        with open(os.environ["FAKE_KEY_STORE"] + ".seen", "a") as seen:
            seen.write(" ".join(sys.argv) + str(sorted(os.environ)))
        if MODE != "forgets":
            kept = entries() | {f"{service}/{username}": password}
            with open(STATE, "w") as file:
                json.dump(kept, file)

    def delete_password(self, service, username):
        rest = entries()
        del rest[f"{service}/{username}"]
        with open(STATE, "w") as file:
            json.dump(rest, file)

class PlaintextKeyring(Keyring):
    pass
"""


def make_session(mark: str = "", *, now: float = NOW) -> SavedSession:
    """Return a session; each of its texts contains `mark`."""
    tokens = TokenSet(
        access_token=Secret(f"header.access{mark}.signature"),
        issued_at=now,
        expires_at=now + 3600.5,
        id_token=Secret(f"header.id{mark}.signature"),
        refresh_token=Secret(f"canary-refresh{mark}"),
    )
    return SavedSession(tokens, f"alice{mark}", now - 60, "us-east-1 abc")


@pytest.fixture
def session() -> SavedSession:
    """A session as a sign-in leaves it."""
    return make_session()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state folder, which does not exist yet."""
    return tmp_path / "state"


@pytest.fixture
def key_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a usable key store, and return a function that sets its mode, such as a fault."""
    folder = tmp_path / "backends"
    folder.mkdir()
    (folder / "fake_key_store.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_key_store.Keyring")
    monkeypatch.setenv("FAKE_KEY_STORE", str(tmp_path / "entries.json"))

    def set_mode(mode: str) -> None:
        monkeypatch.setenv("FAKE_KEY_STORE_MODE", mode)

    return set_mode
