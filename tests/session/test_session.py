"""A session gives a fresh bearer token, renews it, and is not lost."""

from __future__ import annotations

import asyncio
import copy
import math
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import (
    ChallengeUnanswered,
    ConfigurationError,
    MemoryStore,
    Profile,
    Secret,
    Session,
    SessionEnded,
    SignInRefused,
    SignInRequired,
    Unreachable,
    UsageError,
)
from osdu_auth.cognito.challenges import answers_from, unattended
from osdu_auth.errors import StoreUnavailable
from session_test_parts import RENEWAL, Clock, renewals
from stored import Hooks, store_session, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from functools import partial

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession


def test_a_new_session_does_nothing_until_it_is_used() -> None:
    Session("no such profile")


def test_a_session_shows_its_profile_s_name_and_nothing_else(
    session: Session, saved: SavedSession
) -> None:
    assert repr(session) == "Session('acme')"
    assert repr(Session()) == "Session()"


def test_signing_in_keeps_the_session(saved: SavedSession, store: MemoryStore) -> None:
    assert stored(store, "acme") == saved


def test_a_fresh_token_is_returned_without_a_request(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    asked = len(sandbox.requests)
    assert session.token() == saved.tokens.access_token
    assert len(sandbox.requests) == asked


def test_another_session_of_the_same_profile_finds_the_token(
    profile: Profile, store: MemoryStore, saved: SavedSession
) -> None:
    assert Session(profile, store=store).token() == saved.tokens.access_token


def test_an_expired_token_is_renewed_and_the_new_one_kept(
    session: Session, saved: SavedSession, clock: Clock, store: MemoryStore
) -> None:
    clock.ahead = 3601
    token = session.token()
    kept = stored(store, "acme")
    assert kept is not None
    assert token == kept.tokens.access_token != saved.tokens.access_token
    assert kept == replace(saved, tokens=kept.tokens, generation=kept.generation)
    assert kept.generation > saved.generation


def test_a_token_in_its_last_tenth_is_renewed(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    clock.ahead = 3300
    with session:
        assert session.token() == saved.tokens.access_token, "it is used during the renewal"
    assert session.token() != saved.tokens.access_token


def test_a_token_with_less_than_min_ttl_left_is_renewed(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    clock.ahead = 600
    assert session.token(min_ttl=2900) == saved.tokens.access_token
    assert session.token(min_ttl=3300) != saved.tokens.access_token


def test_a_min_ttl_longer_than_a_token_s_life_is_refused_without_a_request(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, session.profile)
    with pytest.raises(UsageError, match="life of 3600 s") as error:
        session.token(min_ttl=7200)
    assert error.value.code == "OA-U201"
    assert renewals(sandbox, session.profile) == before


@pytest.mark.parametrize("fault", ["drop", "busy", "portal"])
def test_a_stale_token_is_used_while_the_pool_cannot_be_reached(
    session: Session, saved: SavedSession, clock: Clock, sandbox: Sandbox, fault: str
) -> None:
    clock.ahead = 3300
    if fault == "drop":
        sandbox.faults.drop(RENEWAL, times=None)
    elif fault == "busy":
        sandbox.faults.throttle(RENEWAL, times=None)
    else:
        sandbox.faults.reply(RENEWAL, body="<html>Welcome to our Wi-Fi</html>", times=None)
    assert session.token() == saved.tokens.access_token


@pytest.mark.parametrize("way", ["token", "atoken", "saved", "headers"])
def test_a_token_is_used_to_its_last_moment_while_the_pool_cannot_be_reached(
    profile: Profile, store: MemoryStore, saved: SavedSession, sandbox: Sandbox, way: str
) -> None:
    sandbox.faults.drop(RENEWAL, times=None)
    now = saved.tokens.expires_at - 0.5
    session = Session(profile, store=store, clock=lambda: now, monotonic=lambda: 0.0)
    ways: dict[str, Callable[[], Secret]] = {
        "token": session.token,
        "atoken": lambda: asyncio.run(session.atoken()),
        "saved": lambda: session.saved().tokens.access_token,
        "headers": lambda: Secret(session.headers()["Authorization"].removeprefix("Bearer ")),
    }
    assert ways[way]() == saved.tokens.access_token


def test_a_pool_that_did_not_answer_is_not_asked_again_for_a_while(
    session: Session, saved: SavedSession, clock: Clock, sandbox: Sandbox
) -> None:
    clock.ahead = 3300
    sandbox.faults.reply(RENEWAL, body="<html>Welcome to our Wi-Fi</html>", times=None)
    before = renewals(sandbox, session.profile)
    for _ in range(20):
        with session:
            assert session.token() == saved.tokens.access_token
    assert renewals(sandbox, session.profile) == before + 1
    sandbox.faults.clear()
    clock.ahead += 1
    with session:
        session.token()
    assert session.token() != saved.tokens.access_token


def test_a_network_fault_never_ends_a_session(
    session: Session, saved: SavedSession, clock: Clock, sandbox: Sandbox, store: MemoryStore
) -> None:
    clock.ahead = 3601
    sandbox.faults.drop(RENEWAL, times=None)
    with pytest.raises(Unreachable):
        session.token()
    assert stored(store, "acme") == saved
    sandbox.faults.clear()
    clock.ahead += 1
    assert session.token() != saved.tokens.access_token


def test_another_process_s_renewal_is_adopted_and_not_repeated(
    session: Session,
    saved: SavedSession,
    profile: Profile,
    store: MemoryStore,
    clock: Clock,
    sandbox: Sandbox,
) -> None:
    clock.ahead = 3601
    sibling = Session(profile, store=store, clock=clock)
    theirs = sibling.token()
    before = renewals(sandbox, session.profile)
    assert session.token() == theirs
    assert renewals(sandbox, session.profile) == before


def test_a_session_that_the_pool_ended_is_marked_and_each_later_process_gets_the_reason(
    session: Session,
    saved: SavedSession,
    profile: Profile,
    store: MemoryStore,
    clock: Clock,
    sandbox: Sandbox,
) -> None:
    Session(profile, store=store, clock=clock).sign_out()
    store_session(store, "acme", saved)
    clock.ahead = 3601
    with pytest.raises(SessionEnded, match=r"session\.sign_in\(") as ended:
        session.token()
    asked = renewals(sandbox, profile)
    for call in (Session.token, Session.saved, Session.renew, Session.load):
        with pytest.raises(SessionEnded) as later:
            call(Session(profile, store=store, clock=clock))
        assert str(later.value) == str(ended.value)
    assert renewals(sandbox, profile) == asked, "the pool is not asked again"
    assert Session(profile, store=store, clock=clock).sign_out().was_signed_in
    with pytest.raises(SignInRequired):
        Session(profile, store=store, clock=clock).token()


def test_the_error_of_a_user_who_is_not_signed_in_says_what_to_type(session: Session) -> None:
    with pytest.raises(SignInRequired) as error:
        session.token()
    assert (error.value.code, error.value.fix) == ("OA-S301", "session.sign_in(username, password)")


def test_a_session_of_another_pool_is_not_used(
    saved: SavedSession, profile: Profile, store: MemoryStore
) -> None:
    moved = replace(profile, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(SignInRequired) as error:
        Session(moved, store=store).token()
    assert error.value.code == "OA-S302"


def test_a_wrong_password_is_refused_and_the_former_session_stays(
    session: Session, saved: SavedSession, store: MemoryStore, sandbox: Sandbox
) -> None:
    with pytest.raises(SignInRefused):
        session.sign_in(sandbox.username, Secret("Wrong-password-1"), unattended)
    assert stored(store, "acme") == saved


def test_signing_out_revokes_and_wipes(
    session: Session, saved: SavedSession, store: MemoryStore, sandbox: Sandbox
) -> None:
    before = sandbox.requests.count("RevokeToken")
    outcome = session.sign_out()
    assert outcome.was_signed_in
    assert outcome.revocation_error is None
    assert sandbox.requests.count("RevokeToken") == before + 1
    assert stored(store, "acme") is None
    with pytest.raises(SignInRequired):
        session.token()


def test_signing_out_wipes_even_when_the_pool_does_not_answer_and_says_so(
    session: Session, saved: SavedSession, store: MemoryStore, sandbox: Sandbox
) -> None:
    sandbox.faults.drop("RevokeToken", times=None)
    outcome = session.sign_out()
    assert isinstance(outcome.revocation_error, Unreachable)
    assert stored(store, "acme") is None


def test_signing_out_twice_is_no_error(session: Session, saved: SavedSession) -> None:
    session.sign_out()
    assert not session.sign_out().was_signed_in


def test_headers_carry_the_token_and_the_partition(
    session: Session, saved: SavedSession, profile: Profile
) -> None:
    assert session.headers(f"{profile.platform_url}/api/storage/v2/info") == {
        "Authorization": "Bearer " + saved.tokens.access_token.reveal(),
        "data-partition-id": profile.data_partition_id,
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://attacker.example/api/search",
        "http://127.0.0.1:1/api",
        "{platform}@attacker.example/",
        "https{platform_without_scheme}/api",
        "{platform}.attacker.example/",
        "http://user@{host}/",
        "http://[::1]/",
        "//attacker.example",
        "file:///etc/passwd",
        "",
        "http://[",
        "{platform}\\@attacker.example/",
    ],
)
def test_a_token_goes_to_the_profile_s_platform_and_nowhere_else(
    session: Session, saved: SavedSession, profile: Profile, url: str
) -> None:
    platform = str(profile.platform_url)
    other_program = url.format(
        platform=platform,
        host=platform.removeprefix("http://"),
        platform_without_scheme=platform.removeprefix("http"),
    )
    with pytest.raises(ConfigurationError) as error:
        session.headers(other_program)
    assert error.value.code == "OA-C791"


def test_requests_takes_a_session_as_auth(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    requests = pytest.importorskip("requests")
    url = f"{sandbox.platform_url}/api/entitlements/v2/groups"
    assert requests.get(url, auth=session, timeout=10).status_code == 200
    assert requests.get(url, timeout=10).status_code == 401


def test_a_netrc_entry_does_not_replace_the_token(
    session: Session,
    saved: SavedSession,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = pytest.importorskip("requests")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    url = f"{sandbox.platform_url}/api/entitlements/v2/groups"
    assert requests.get(url, auth=session, timeout=10).status_code == 200


def test_httpx_takes_a_session_as_auth(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    httpx = pytest.importorskip("httpx")
    url = f"{sandbox.platform_url}/api/entitlements/v2/groups"
    assert httpx.get(url, auth=session).status_code == 200


def test_a_request_to_another_host_is_refused_before_it_is_sent(
    session: Session, saved: SavedSession
) -> None:
    requests = pytest.importorskip("requests")
    with pytest.raises(ConfigurationError):
        requests.get("http://127.0.0.1:1/", auth=session, timeout=10)


def test_a_partition_that_the_caller_named_is_left_alone(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    requests = pytest.importorskip("requests")
    url = f"{sandbox.platform_url}/api/entitlements/v2/groups"
    named = requests.get(url, auth=session, headers={"data-partition-id": "other"}, timeout=10)
    assert named.request.headers["data-partition-id"] == "other"


def test_a_token_that_could_not_be_saved_is_used_and_a_warning_is_logged(
    profile: Profile, saved: SavedSession, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class FullDisk(Hooks, MemoryStore):
        is_full = False

        def saving(self, save: partial[None]) -> None:
            if self.is_full:
                raise StoreUnavailable("The disk is full.", code="OA-F899")
            save()

    full = FullDisk()
    store_session(full, "acme", saved)
    full.is_full = True
    clock.ahead = 3601
    token = Session(profile, store=full, clock=clock).token()
    assert token != saved.tokens.access_token
    assert "could not be saved" in caplog.text


def test_boto3_can_send_all_requests_of_a_session(
    profile: Profile, store: MemoryStore, sandbox: Sandbox
) -> None:
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "cognito-idp", region_name=sandbox.region, endpoint_url=sandbox.endpoint_url
    )
    session = Session(profile, store=store, boto3=client)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    session.renew()
    assert session.sign_out().revocation_error is None


def test_a_sign_in_does_not_send_the_password_by_default(
    session: Session, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.requests.clear()
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert [request.operation for request in sandbox.requests] == [
        "InitiateAuth",
        "RespondToAuthChallenge",
    ]
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


@pytest.mark.parametrize("told", [False, True])
def test_the_user_is_warned_if_the_password_itself_was_sent(
    told: bool,
    profile: Profile,
    store: MemoryStore,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notes: list[str] = []
    session = Session(replace(profile, user_pool_id=None), store=store)
    session.sign_in(
        sandbox.username, Secret(sandbox.password), unattended, notes.append if told else None
    )
    expected = f'Profile("acme", …, user_pool_id="{sandbox.user_pool_id}")'
    assert [expected in note for note in notes] == ([True] if told else [])
    assert (expected in caplog.text) != told


def test_the_flow_that_the_profile_names_is_used(
    profile: Profile, store: MemoryStore, sandbox: Sandbox
) -> None:
    chosen = replace(profile, auth_flow="USER_PASSWORD_AUTH")
    sandbox.requests.clear()
    notes: list[str] = []
    session = Session(chosen, store=store)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended, notes.append)
    assert len(sandbox.requests) == 1
    assert notes == []


def test_the_error_for_a_profile_made_in_python_says_how_python_allows_the_password_itself(
    profile: Profile, store: MemoryStore, sandbox: Sandbox
) -> None:
    without_srp = sandbox.pool.add_app_client(
        "without SRP",
        generate_secret=False,
        explicit_auth_flows=frozenset({"ALLOW_USER_PASSWORD_AUTH"}),
    )
    made = replace(profile, client_id=without_srp.client_id, client_secret=None)
    session = Session(made, store=store)
    with pytest.raises(ChallengeUnanswered) as refused:
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    told = re.findall(r"answers_from\(.*?\)", refused.value.fix)
    answer = eval(told[0], {"answers_from": answers_from})
    assert session.sign_in(sandbox.username, Secret(sandbox.password), answer).tokens.access_token
    assert refused.value.fix.endswith('Profile("acme", …, auth_flow="USER_PASSWORD_AUTH")')


@pytest.fixture
def tracked(sandbox: Sandbox) -> Iterator[str]:
    """A user of a pool that remembers devices and wants a second factor on new ones."""
    from osdu_auth.sandbox import DeviceTracking, PoolSettings

    sandbox.pool.settings = PoolSettings(device_tracking=DeviceTracking.ALWAYS)
    email = f"tracked-{time.monotonic_ns()}@example.com"
    sandbox.pool.add_user(
        email=email,
        password=sandbox.password,
        mfa=["SOFTWARE_TOKEN_MFA"],
        preferred_mfa="SOFTWARE_TOKEN_MFA",
    )
    yield email
    sandbox.pool.settings = PoolSettings()


def test_a_remembered_device_renews_and_signs_in_without_a_second_factor(
    session: Session, tracked: str, sandbox: Sandbox, store: MemoryStore
) -> None:
    from osdu_auth.cognito.challenges import answers_from
    from osdu_auth.cognito.device import device_of

    password = Secret(sandbox.password)
    code = answers_from(code=lambda _: sandbox.pool.totp_code(tracked))
    first = session.sign_in(tracked, password, code)
    device = device_of(first.renewal_data)
    assert device is not None
    register(device.password.reveal())
    assert session.renew().renewal_data == first.renewal_data
    again = session.sign_in(tracked, password, unattended)
    assert again.renewal_data == first.renewal_data
    assert stored(store, "acme") == again


def test_a_remembered_device_is_used_for_its_user_only(
    session: Session, tracked: str, sandbox: Sandbox
) -> None:
    from osdu_auth.cognito.challenges import answers_from

    code = answers_from(code=lambda _: sandbox.pool.totp_code(tracked))
    first = session.sign_in(tracked, Secret(sandbox.password), code)
    other = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert other.renewal_data not in {None, first.renewal_data}


def test_a_command_of_the_profile_gives_the_code(
    profile: Profile, store: MemoryStore, sandbox: Sandbox, tracked: str, tmp_path: Path
) -> None:
    import sys

    code = tmp_path / "code"
    code.write_text(sandbox.pool.totp_code(tracked))
    command = f"'{sys.executable}' -c 'print(open(\"{code}\").read())'"
    session = Session(replace(profile, mfa_command=command), store=store)
    assert session.sign_in(tracked, Secret(sandbox.password), unattended).tokens.access_token


def test_a_password_may_be_a_text(session: Session, sandbox: Sandbox) -> None:
    session.sign_in(sandbox.username, sandbox.password, unattended)
    assert session.token()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_of_an_object_shares_its_session(
    session: Session, saved: SavedSession, duplicate: Callable[[Session], Session]
) -> None:
    assert duplicate(session) is session


@pytest.mark.parametrize("min_ttl", ["20m", 1200, 1200.0])
def test_min_ttl_may_be_a_text(
    session: Session, saved: SavedSession, clock: Clock, min_ttl: float | str
) -> None:
    clock.ahead += 3000
    assert session.token(min_ttl=min_ttl) != saved.tokens.access_token


@pytest.mark.parametrize(
    "min_ttl", ["soon", -60, -1, -0.5, math.nan, math.inf, pytest.param(10**400, id="huge")]
)
def test_a_min_ttl_that_is_not_a_duration_is_refused(
    session: Session, saved: SavedSession, min_ttl: float | str
) -> None:
    for ask in (
        session.token,
        session.saved,
        lambda **asked: asyncio.run(session.atoken(**asked)),
        session.for_workers("1m").token,
    ):
        with pytest.raises(ValueError, match="not a duration"):
            ask(min_ttl=min_ttl)


def test_a_user_can_sign_in_over_a_session_that_cannot_be_read(
    profile: Profile, sandbox: Sandbox
) -> None:
    class Unreadable(MemoryStore):
        def load(self, profile_name: str) -> SavedSession | None:
            del profile_name
            from osdu_auth.errors import StoreUnavailable

            raise StoreUnavailable("It is damaged.", code="OA-F899")

    session = Session(profile, store=Unreadable())
    assert session.sign_in(
        sandbox.username, Secret(sandbox.password), unattended
    ).tokens.access_token


@pytest.mark.parametrize("way", ["wipe", "sign_out"])
def test_a_session_that_cannot_be_read_can_be_wiped(
    profile: Profile, files: FileStore, state: str, sandbox: Sandbox, way: str
) -> None:
    session = Session(profile, store=files)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    (path,) = Path(state).rglob("acme.session")
    path.write_text("damaged")
    if way == "wipe":
        assert session.wipe()
    else:
        assert session.sign_out().was_signed_in
    assert not path.exists()
    assert not session.wipe()
