"""A renewal on a disk that cannot be written: the token is used, and the session is not lost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from osdu_auth import MemoryStore, Secret, Session, SessionEnded
from osdu_auth.cognito.challenges import unattended
from osdu_auth.errors import StoreNotWritable
from session_test_parts import RENEWAL, renewals
from stored import Hooks, store_session, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from functools import partial

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.token_store import HeldSession, SessionKey
    from session_test_parts import Clock


class Disk(Hooks, MemoryStore):
    """A store on a disk that a test fills up, or makes read-only."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = self.is_read_only = False

    def saving(self, save: partial[None]) -> None:
        if self.is_full or self.is_read_only:
            raise StoreNotWritable("The session could not be saved.", code="OA-F801")
        save()

    def wiping(self, wipe: Callable[[], bool]) -> bool:
        if self.is_read_only:
            raise StoreNotWritable("The session could not be wiped.", code="OA-F803")
        return wipe()

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        if self.is_read_only:
            raise StoreNotWritable("The session cannot be locked.", code="OA-F803")
        with super().open(key, patience) as held:
            yield held


@pytest.fixture
def disk() -> Disk:
    return Disk()


def signed_in(profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox) -> Session:
    session = Session(profile, store=disk, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return session


@pytest.mark.parametrize("trouble", ["is_full", "is_read_only"])
def test_on_a_full_disk_the_token_is_renewed_and_used_and_one_warning_is_logged(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox, trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    session = signed_in(profile, disk, clock, sandbox)
    old, kept = session.token(), stored(disk, "acme")
    setattr(disk, trouble, True)
    clock.ahead += 3601
    new = session.token()
    assert new != old
    assert [session.token() for _ in range(5)] == [new] * 5
    assert caplog.text.count("The renewed session could not be saved") == 1
    assert stored(disk, "acme") == kept


def test_signing_out_on_a_disk_that_cannot_be_written_to_ends_the_session_at_the_pool(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(profile, disk, clock, sandbox)
    disk.is_read_only = True
    with pytest.raises(StoreNotWritable, match="The issuer has ended the session"):
        session.sign_out()
    with pytest.raises(SessionEnded, match="revoked"):
        session.renew()


def test_the_pool_is_asked_once_about_an_ended_session_that_cannot_be_wiped(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    session = signed_in(profile, disk, clock, sandbox)
    ends: list[object] = []
    session.on("ended", ends.append)
    disk.is_read_only = True
    clock.ahead += 3601
    before = renewals(sandbox, profile)
    refusal = ("NotAuthorizedException", "Refresh Token has been revoked")
    sandbox.faults.error(RENEWAL, *refusal, times=None)
    for _ in range(5):
        with session, pytest.raises(SessionEnded, match="revoked"):
            session.token()
    sandbox.faults.clear()
    assert renewals(sandbox, profile) == before + 1
    assert len(ends) == 1
    disk.is_read_only = False
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.token()


@pytest.mark.parametrize("trouble", ["is_full", "is_read_only"])
def test_a_rotating_refresh_token_is_not_requested_if_it_cannot_be_saved(
    rotating: Profile, disk: Disk, clock: Clock, sandbox: Sandbox, trouble: str
) -> None:
    session = signed_in(rotating, disk, clock, sandbox)
    session.renew()  # now it is known that they rotate
    before = renewals(sandbox, rotating)
    setattr(disk, trouble, True)
    clock.ahead += 3601
    with pytest.raises(StoreNotWritable):
        session.token()
    assert renewals(sandbox, rotating) == before
    setattr(disk, trouble, False)
    assert session.token()


def test_an_unsaved_session_is_renewed_from_memory_and_saved_when_that_is_possible(
    rotating: Profile, disk: Disk, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(rotating, disk, clock, sandbox)
    disk.is_full = True
    clock.ahead += 3601
    in_memory = session.token()  # it was not known that they rotate
    disk.is_full = False
    clock.ahead += 3601
    newest = session.token()
    kept = stored(disk, "acme")
    assert kept is not None
    assert in_memory != newest == kept.tokens.access_token


def test_a_newer_sign_in_replaces_an_unsaved_session(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(profile, disk, clock, sandbox)
    disk.is_full = True
    clock.ahead += 3601
    session.token()
    disk.is_full = False
    newer = signed_in(profile, disk, clock, sandbox)
    clock.ahead += 3601
    renewed = newer.token()
    assert session.token() == renewed


def test_a_good_token_is_used_on_a_read_only_disk(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox
) -> None:
    old = signed_in(profile, disk, clock, sandbox).token()
    disk.is_read_only = True
    clock.ahead += 3500
    with Session(profile, store=disk, clock=clock) as other:
        assert other.token() == old


def test_a_session_that_could_not_be_read_does_not_count_as_signed_out(
    profile: Profile, disk: Disk, clock: Clock, sandbox: Sandbox
) -> None:
    session = signed_in(profile, disk, clock, sandbox)
    kept = stored(disk, "acme")
    assert kept is not None
    store_session(disk, "acme", replace(kept, tokens=replace(kept.tokens, rotates=True)))
    disk.is_read_only = True
    clock.ahead += 3601
    for _ in range(3):
        with pytest.raises(StoreNotWritable):
            session.token()
    assert stored(disk, "acme") is not None
