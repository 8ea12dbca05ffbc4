"""A session in other processes: as a reference to the session here, or as a token with its end."""

from __future__ import annotations

import asyncio
import pickle
import pickletools
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import (
    ConfigurationError,
    Secret,
    Session,
    SessionEnded,
    SignInRequired,
    UsageError,
    WorkerSession,
)
from osdu_auth.cognito.challenges import unattended
from osdu_auth.profiles.edits import write_profile
from osdu_auth.session.workers import worker_session

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock


@pytest.fixture
def on_disk(profile: Profile, files: FileStore, sandbox: Sandbox) -> Session:
    session = Session(profile, store=files)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return session


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_session_is_the_same_session_and_carries_no_secret(
    on_disk: Session, protocol: int
) -> None:
    tokens = on_disk.load().tokens
    pickled = pickle.dumps(on_disk, protocol)
    for secret in (tokens.access_token, tokens.refresh_token, tokens.id_token):
        assert secret is not None
        assert secret.reveal().encode() not in pickled
    restored = pickle.loads(pickled)
    assert type(restored) is Session
    assert restored.token() == on_disk.token()


def test_a_session_of_the_default_profile_stays_with_it_when_another_becomes_the_default(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    write_profile(profile)
    session = Session()
    unused = pickle.dumps(session)
    assert session.profile.name == "acme"
    pickled = pickle.dumps(session)
    write_profile(replace(profile, name="other"), make_default=True)
    assert pickle.loads(pickled).profile.name == "acme"
    assert pickle.loads(unused).profile.name == "other"


def test_a_session_by_name_is_pickled_as_that_name() -> None:
    pickled = pickle.dumps(Session("acme"))
    strings = [found for _, found, _ in pickletools.genops(pickled) if isinstance(found, str)]
    assert "acme" in strings
    assert repr(pickle.loads(pickled)) == "Session('acme')"


def test_a_session_in_memory_cannot_be_pickled_and_the_error_says_what_can(
    session: Session, saved: SavedSession
) -> None:
    with pytest.raises(TypeError, match="for_workers"):
        pickle.dumps(session)


def test_a_session_with_boto3_cannot_be_pickled(profile: Profile, files: FileStore) -> None:
    with pytest.raises(TypeError, match="for_workers"):
        pickle.dumps(Session(profile, store=files, boto3=object()))


def test_a_session_with_a_secret_in_its_profile_cannot_be_pickled(
    profile: Profile, files: FileStore
) -> None:
    insisted = replace(profile, client_secret="clear:canary-client-secret")
    with pytest.raises(TypeError, match="for_workers"):
        pickle.dumps(Session(insisted, store=files))


def test_a_worker_has_a_token_and_no_means_to_get_another(
    session: Session, saved: SavedSession, sandbox: Sandbox, profile: Profile
) -> None:
    refresh_token = saved.tokens.refresh_token
    assert refresh_token is not None
    pickled = pickle.dumps(session.for_workers("45m"))
    for secret in (refresh_token.reveal(), sandbox.client_secret, str(profile.client_secret)):
        assert secret.encode() not in pickled
    worker = pickle.loads(pickled)
    assert isinstance(worker, WorkerSession)
    assert worker.token() == saved.tokens.access_token
    assert worker.headers(f"{profile.platform_url}/api") == session.headers()
    assert "Secret" not in repr(worker)


def test_a_worker_s_token_lasts_for_the_work(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    clock.ahead += 1800
    assert session.for_workers("20m").token() == saved.tokens.access_token
    assert session.for_workers("45m").token() != saved.tokens.access_token


def test_work_that_takes_longer_than_a_token_is_refused_before_it_begins(
    session: Session, saved: SavedSession
) -> None:
    with pytest.raises(UsageError) as error:
        session.for_workers("2h")
    assert error.value.code == "OA-U201"


def test_an_expired_worker_s_token_is_an_error(session: Session, saved: SavedSession) -> None:
    old = replace(saved.tokens, expires_at=saved.tokens.issued_at - 60)
    worker = worker_session(session.profile, replace(saved, tokens=old))
    for ask in (worker.token, lambda: asyncio.run(worker.atoken()), worker.headers):
        with pytest.raises(SessionEnded) as error:
            ask()
        assert error.value.code == "OA-S431"
        assert "expired 1 min ago" in error.value.what
        assert "for_workers" in error.value.fix
    good = worker_session(session.profile, saved)
    with pytest.raises(SessionEnded, match="ends too soon"):
        good.token(min_ttl=4000)


def test_a_worker_s_token_can_be_used_until_its_end(
    session: Session, saved: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        clocks = MachineClocks(patched)
        clocks.wall = saved.tokens.expires_at - 0.5
        worker = worker_session(session.profile, saved)
        token = saved.tokens.access_token
        assert worker.token() == asyncio.run(worker.atoken()) == token
        assert worker.token_instead_of(token) == token
        assert worker.headers()["Authorization"].endswith(token.reveal())
        clocks.wall += 0.5
        with pytest.raises(SessionEnded):
            worker.token()


def test_a_worker_s_token_goes_to_the_platform_and_nowhere_else(
    session: Session, saved: SavedSession
) -> None:
    with pytest.raises(ConfigurationError):
        session.for_workers(60).headers("https://attacker.example/")


def test_a_worker_that_is_refused_has_no_other_token(session: Session, saved: SavedSession) -> None:
    worker = session.for_workers(60)
    assert worker.token_instead_of(worker.token()) == worker.token()
    assert asyncio.run(worker.atoken_instead_of(worker.token())) == worker.token()


def test_workers_get_no_token_if_the_user_is_not_signed_in(session: Session) -> None:
    with pytest.raises(SignInRequired):
        session.for_workers("45m")


def test_a_token_of_a_pickled_worker_is_a_secret_again(
    session: Session, saved: SavedSession
) -> None:
    worker = pickle.loads(pickle.dumps(session.for_workers(60)))
    register(worker.token().reveal())
    assert str(worker.token()) == "****"
    assert worker.token().reveal() not in f"{worker!r} {vars(worker)}"


def test_a_worker_has_no_command_and_no_name_to_sign_in_with(
    session: Session, saved: SavedSession, profile: Profile, store: MemoryStore
) -> None:
    commanded = replace(
        profile, mfa_command="/opt/codes --of alice", client_secret="env:ACME_SECRET"
    )
    worker = Session(commanded, store=store).for_workers("45m")
    pickled = pickle.dumps(worker)
    for word in ("/opt/codes", "ACME_SECRET", str(profile.username)):
        assert word.encode() not in pickled
    for each in (worker, pickle.loads(pickled)):
        theirs = each.profile
        assert {theirs.get(each) for each in ("mfa_command", "client_secret", "username")} == {None}
        assert theirs.platform_url == profile.platform_url


class MachineClocks:
    """The clocks of a worker's machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.monotonic = time.time(), time.monotonic()
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: self.monotonic)


@pytest.mark.parametrize("hours_back", [0, 2, 24 * 365])
def test_a_worker_s_token_ends_although_its_machine_s_clock_was_set_back(
    session: Session, saved: SavedSession, hours_back: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = session.for_workers(60)
    with monkeypatch.context() as patched:
        clocks = MachineClocks(patched)
        worker = pickle.loads(pickle.dumps(worker))
        clocks.wall -= hours_back * 3600
        clocks.monotonic += 3500
        assert worker.token() == saved.tokens.access_token
        with pytest.raises(SessionEnded):
            worker.token(min_ttl=110)
        clocks.monotonic += 110
        with pytest.raises(SessionEnded) as ended:
            worker.token()
    assert ended.value.code == "OA-S431"


def test_a_worker_s_token_ends_although_its_machine_was_asleep(
    session: Session, saved: SavedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = session.for_workers(60)
    with monkeypatch.context() as patched:
        clocks = MachineClocks(patched)
        clocks.wall += 3601  # the monotonic clock stood still
        with pytest.raises(SessionEnded) as ended:
            worker.token()
    assert ended.value.code == "OA-S431"
