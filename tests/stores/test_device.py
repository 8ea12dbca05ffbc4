"""A device is saved in the sealed part of its session; sessions without a device do not change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth.cognito.device import Device, device_of
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.memory import MemoryStore
from osdu_auth.stores.saved_session import SavedSession
from stored import store_session, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEVICE = Device(Secret("us-east-1_canary-key"), Secret("-canary-group"), Secret("canary-password"))


def with_device(session: SavedSession) -> SavedSession:
    return replace(session, renewal_data=DEVICE.as_renewal_data())


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_remembered_device_is_loaded_with_its_session(
    kind: str, session: SavedSession, state: Path, key_store: Callable[[str], None]
) -> None:
    store = FileStore(str(state)) if kind == "file" else MemoryStore()
    store_session(store, "acme", with_device(session))
    assert stored(store, "acme") == with_device(session)
    store_session(store, "acme", session)
    assert stored(store, "acme") == session


def test_nothing_of_a_device_is_readable_in_the_file(
    session: SavedSession, state: Path, key_store: Callable[[str], None]
) -> None:
    store_session(FileStore(str(state)), "acme", with_device(session))
    content = (state / "sessions" / "acme.session").read_bytes()
    assert b"canary" not in content


def test_a_session_of_an_earlier_version_still_loads(session: SavedSession) -> None:
    """An earlier version wrote no member "device"; a session without a device has none either."""
    kept = json.loads(session.to_secret().reveal())
    assert set(kept) == {
        *("access_token", "expires_at", "id_token", "refresh_token", "issued_at"),
        *("username", "signed_in_at", "pool_and_client"),
    }
    assert SavedSession.from_secret(Secret(json.dumps(kept))) == session


def test_what_version_0_1_0_wrote_of_a_device_is_read_and_written_as_it_was(
    session: SavedSession,
) -> None:
    kept = json.loads(with_device(session).to_secret().reveal())
    assert kept["device"] == {
        "key": "us-east-1_canary-key",
        "group_key": "-canary-group",
        "password": "canary-password",
    }
    again = SavedSession.from_secret(Secret(json.dumps(kept)))
    assert device_of(again.renewal_data) == DEVICE


@for_each("part", ["{}", '{"key": "k"}', '{"group_key": "g", "password": "p"}'])
def test_an_incomplete_device_is_ignored(part: str) -> None:
    assert device_of(Secret(part)) is None


@pytest.mark.parametrize("damage", [{"key": 7}, {"key": {}}, "text", [], 5])
def test_renewal_data_that_is_not_an_object_of_texts_makes_the_session_unreadable(
    damage: object, session: SavedSession
) -> None:
    kept = json.loads(with_device(session).to_secret().reveal())
    with pytest.raises(ValueError):
        SavedSession.from_secret(Secret(json.dumps({**kept, "device": damage})))
