"""A service account gets its tokens: the client and the sandbox, two readings of the same rules.

The row O-04 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth import (
    ConfigurationError,
    FileStore,
    MemoryStore,
    OsduAuthError,
    SavedSession,
    Secret,
    ServiceBusy,
    Session,
)
from osdu_auth.credentials.client_credentials import ClientCredentials
from osdu_auth.errors import UnusableReply
from osdu_auth.oidc.client import OidcClient
from osdu_auth.profiles.profile import ServiceProfile
from osdu_auth.sandbox import Sandbox
from osdu_auth.tokens import unverified_claims
from session_test_parts import Clock, Monotonic
from stored import wait_until_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import AppClient

TOKEN = "/oauth2/token"
SCOPES = ("osdu/read", "osdu/write")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One of these tests' own, whose requests they count."""
    with Sandbox() as running:
        register(running.service_client_secret)
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def openid(sandbox: Sandbox) -> Any:
    """Changes settings of the sign-in domain for one test."""
    before = sandbox.openid.settings
    yield sandbox.openid.change_settings
    sandbox.openid.settings = before
    sandbox.faults.clear()


def service_client(sandbox: Sandbox, **settings: Any) -> AppClient:
    """An app client of a test's own, which gets tokens for itself."""
    told = {
        "explicit_auth_flows": ("ALLOW_CLIENT_TOKEN_AUTH",),
        "allowed_oauth_flows": ("client_credentials",),
        "allowed_oauth_scopes": SCOPES,
        **settings,
    }
    client = sandbox.pool.add_app_client("a service of a test's own", **told)
    register(client.client_secret or "")
    return client


@pytest.fixture
def client(sandbox: Sandbox) -> AppClient:
    return service_client(sandbox)


class Kept:
    """Where a test keeps a secret: a private file that it can replace."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.path = folder / "secret"
        self.path.touch(mode=0o600)
        self.replace(secret)

    def replace(self, secret: str) -> None:
        self.path.write_text(secret)

    @property
    def reference(self) -> str:
        return f"file:{self.path}"


@pytest.fixture
def kept(client: AppClient, tmp_path: Path) -> Kept:
    return Kept(tmp_path, client.client_secret or "")


def credential(
    sandbox: Sandbox, client: AppClient, secret: str | None, **settings: Any
) -> ClientCredentials:
    named: dict[str, Any] = {"user_pool_id": sandbox.user_pool_id}
    if {"issuer", "token_endpoint"} & settings.keys():
        named = {}
    else:
        named["endpoint_url"] = sandbox.endpoint_url
    told: dict[str, Any] = {"client_secret": secret, **named, **settings}
    return ClientCredentials(ServiceProfile("ci", client.client_id, **told))


def asked(sandbox: Sandbox) -> int:
    """How often a token was asked for."""
    return sandbox.requests.count(f"POST {TOKEN}")


def refused(given: ClientCredentials, code: str) -> OsduAuthError:
    with pytest.raises(OsduAuthError) as raised:
        given.obtain(None, None)
    assert raised.value.code == code
    assert raised.value.exit_code != 4, "no session of a service account is lost"
    return raised.value


@pytest.mark.parametrize("where", ["user_pool_id", "issuer", "token_endpoint"])
def test_a_service_account_gets_a_token_by_each_way_to_name_its_issuer(
    where: str, sandbox: Sandbox, client: AppClient, kept: Kept
) -> None:
    named = {} if where == "user_pool_id" else {where: getattr(sandbox, where)}
    issued = credential(sandbox, client, kept.reference, **named).obtain(None, None)
    claims = issued.tokens.unverified_claims
    assert (claims["client_id"], claims["scope"]) == (client.client_id, " ".join(SCOPES))
    assert (issued.account, issued.subject) == (client.client_id, client.client_id)
    assert issued.tokens.refresh_token is None
    assert issued.notes == ()


def test_scopes_audience_and_resource_are_requested(
    sandbox: Sandbox, client: AppClient, kept: Kept
) -> None:
    one = credential(sandbox, client, kept.reference, scopes="scope=osdu/read", audience="osdu-api")
    claims = one.obtain(None, None).tokens.unverified_claims
    assert (claims["scope"], claims["aud"]) == ("osdu/read", "osdu-api")
    other = credential(sandbox, client, kept.reference, resource="https://osdu.example.com")
    assert other.obtain(None, None).tokens.unverified_claims["aud"] == "https://osdu.example.com"
    assert len({one.binding, other.binding}) == 2


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_a_secret_with_special_characters_is_sent_by_each_method(
    sandbox: Sandbox, client: AppClient, tmp_path: Path, auth: str
) -> None:
    awkward = "a+b/c:%d&e=é~"
    client = sandbox.pool.change_app_client(client.client_id, client_secret=awkward)
    given = credential(sandbox, client, Kept(tmp_path, awkward).reference, client_auth=auth)
    assert given.obtain(None, None).account == client.client_id


def test_basic_encodes_as_the_published_example_does() -> None:
    """openid/AppAuth-Android#337: an id and a secret with each awkward character."""
    client = OidcClient(
        "1PpG/Q 1", Secret("z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw="), "basic"
    )
    assert client.headers() == {
        "Authorization": "Basic MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQl"
        "M0FYMiUyRjhiTCUyQndmRlR0MXJGdyUzRA=="
    }


def test_a_secret_that_was_rotated_is_read_again_once(
    sandbox: Sandbox, client: AppClient, tmp_path: Path
) -> None:
    """The command prints the former secret first, as it was when the request was begun."""
    count = tmp_path / "count"
    program = tmp_path / "secret.sh"
    new = sandbox.pool.rotate_client_secret(client.client_id, keep_former=False)
    register(new)
    program.write_text(
        f"#!/bin/sh\necho x >> '{count}'\n"
        f"[ $(wc -l < '{count}') = 1 ] && echo {client.client_secret} || echo {new}\n"
    )
    program.chmod(0o700)
    given = credential(sandbox, client, f"command:{program}")
    assert given.obtain(None, None).account == client.client_id
    assert count.read_text().count("x") == 2


def test_each_of_two_valid_secrets_is_accepted(
    sandbox: Sandbox, client: AppClient, kept: Kept
) -> None:
    given = credential(sandbox, client, kept.reference)
    new = sandbox.pool.rotate_client_secret(client.client_id)
    given.obtain(None, None)
    kept.replace(new)
    given.obtain(None, None)
    register(sandbox.pool.rotate_client_secret(client.client_id))
    register(sandbox.pool.rotate_client_secret(client.client_id))
    error = refused(given, "OA-A710")
    assert "invalid_client" in error.why


def test_a_wrong_secret_is_sent_once(sandbox: Sandbox, client: AppClient, kept: Kept) -> None:
    kept.replace("another1secret2of3twenty4")
    given = credential(sandbox, client, kept.reference, client_auth="post")
    before = asked(sandbox)
    error = refused(given, "OA-A710")
    assert isinstance(error, ConfigurationError)
    assert asked(sandbox) == before + 1
    assert "osdu-auth init" in error.fix


def test_a_plus_in_a_pool_s_secret_is_sent_in_the_form_if_basic_is_refused(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any
) -> None:
    """Whether Amazon Cognito decodes it is not known: here is a pool that does not take Basic."""
    secret = "abc+defghijklmnopqrstuvwxyz"
    sandbox.pool.change_app_client(client.client_id, client_secret=secret)
    kept.replace(secret)
    openid(auth_methods=("client_secret_post",))
    sandbox.faults.reply(
        f"/{sandbox.user_pool_id}/.well-known",
        body=json.dumps(
            {
                "issuer": sandbox.issuer,
                "token_endpoint": sandbox.token_endpoint,
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        ),
        content_type="application/json",
    )
    given = credential(sandbox, client, kept.reference)
    assert given.obtain(None, None).account == client.client_id


REFUSALS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a scope that is not allowed": ("OA-A714", {"scopes": "osdu/read osdu/admin"}, {}),
    "no grant": ("OA-A713", {}, {"allowed_oauth_flows": ("code",)}),
    "no token endpoint there": ("OA-B604", {"token_endpoint": "none"}, {}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_is_one_clear_error(
    case: str, sandbox: Sandbox, client: AppClient, kept: Kept
) -> None:
    code, profile, changes = REFUSALS[case]
    if changes:
        client = sandbox.pool.change_app_client(client.client_id, **changes)
    if "token_endpoint" in profile:
        profile = {"token_endpoint": f"{sandbox.endpoint_url}/none"}
    error = refused(credential(sandbox, client, kept.reference, **profile), code)
    assert ("Check the profile's issuer or token_endpoint" in str(error)) == (code == "OA-B604")


def test_fewer_granted_scopes_are_noted(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any
) -> None:
    openid(granted_scopes=("osdu/read",))
    issued = credential(sandbox, client, kept.reference, scopes=" ".join(SCOPES)).obtain(None, None)
    assert [str(note) for note in issued.notes] == [
        "The issuer did not give these scopes: osdu/write."
    ]


def test_a_busy_issuer_is_asked_again_and_then_no_more(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any
) -> None:
    given = credential(sandbox, client, kept.reference)
    sandbox.faults.reply(TOKEN, status=429, times=1)
    assert given.obtain(None, None).account == client.client_id
    sandbox.faults.reply(
        TOKEN, status=429, headers=(("Retry-After", "30"),), body="busy", times=None
    )
    error = refused(given, "OA-B610")
    assert isinstance(error, ServiceBusy)
    assert error.retry_after == 30
    assert error.fix == "Try again in 30 s."


@pytest.mark.parametrize("told", ["text", "zero", "absent"])
def test_a_lifetime_is_read_in_every_form(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any, told: str
) -> None:
    openid(expires_in=told)
    tokens = credential(sandbox, client, kept.reference).obtain(None, None).tokens
    assert tokens.expires_at - tokens.issued_at == 3600


def test_the_id_token_is_sent_to_the_platform_if_the_profile_says_so(
    sandbox: Sandbox, kept: Kept
) -> None:
    client = service_client(sandbox, allowed_oauth_scopes=("openid", *SCOPES))
    kept.replace(client.client_secret or "")
    given = credential(sandbox, client, kept.reference, token_use="id", scopes="openid")
    assert given.obtain(None, None).tokens.unverified_claims["token_use"] == "id"
    without = credential(sandbox, client, kept.reference, token_use="id", scopes="osdu/read")
    error = refused(without, "OA-B606")
    assert isinstance(error, UnusableReply)
    assert "--scopes 'openid osdu/read', or send the access token: " in error.fix
    assert error.fix.endswith("osdu-auth init --token-use access")


def test_two_ways_of_authentication_at_once_are_refused_by_the_issuer(
    sandbox: Sandbox, client: AppClient
) -> None:
    import urllib.error
    import urllib.request

    pair = OidcClient(client.client_id, Secret(client.client_secret or ""), "basic").headers()
    body = f"grant_type=client_credentials&client_secret={client.client_secret}".encode()
    both = urllib.request.Request(sandbox.token_endpoint, body, pair, method="POST")
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.urlopen(both, timeout=10)
    with answered.value as reply:
        assert reply.status == 400
        assert json.loads(reply.read())["error"] == "invalid_request"


# A session of a service account.


@pytest.fixture
def session(
    sandbox: Sandbox, client: AppClient, kept: Kept, clock: Clock, monotonic: Monotonic
) -> Callable[[], Session]:
    """Makes sessions of one profile and one store, each as another process would."""
    given = credential(sandbox, client, kept.reference)._replace(clock=clock)
    store = MemoryStore()
    return lambda: Session(
        given.profile, credential=given, store=store, clock=clock, monotonic=monotonic
    )


def test_many_processes_without_a_token_make_one_request(
    sandbox: Sandbox, client: AppClient, session: Callable[[], Session]
) -> None:
    before = asked(sandbox)
    with ThreadPoolExecutor(16) as pool:
        tokens = list(pool.map(lambda _: session().token(), range(32)))
    assert len(set(tokens)) == 1
    assert asked(sandbox) == before + 1


@pytest.mark.parametrize("has_token", [False, True])
@pytest.mark.parametrize("in_file", [False, True])
def test_many_callers_with_a_wrong_secret_cause_one_request_and_a_later_caller_another(
    sandbox: Sandbox,
    client: AppClient,
    kept: Kept,
    clock: Clock,
    monotonic: Monotonic,
    tmp_path: Path,
    in_file: bool,
    has_token: bool,
) -> None:
    given = credential(sandbox, client, kept.reference)._replace(clock=clock)
    store = FileStore(str(tmp_path / "state")) if in_file else MemoryStore()
    told: list[OsduAuthError] = []

    def session() -> Session:
        return Session(
            given.profile, credential=given, store=store, clock=clock, monotonic=monotonic
        )

    def ask() -> None:
        try:
            session().token()
        except OsduAuthError as error:
            told.append(error)

    if has_token:
        session().token()
        clock.ahead = 4000
    kept.replace("another1secret2of3twenty4")
    before = asked(sandbox)
    with sandbox.faults.hold(TOKEN) as held:
        first, *others = (threading.Thread(target=ask) for _ in range(6))
        first.start()
        held.wait_for_request()
        for other in others:
            other.start()
        wait_until_waiting(*others)
    for thread in (first, *others):
        thread.join()
    assert asked(sandbox) == before + 1
    assert {(type(error), str(error), error.service_error) for error in told} == {
        (ConfigurationError, str(told[0]), "invalid_client")
    }
    assert len(told) == 6
    with pytest.raises(ConfigurationError):
        session().token()
    assert asked(sandbox) == before + 2, "it may have been put right"
    kept.replace(client.client_secret or "")
    assert session().token()


def test_a_token_is_renewed_in_the_last_quarter_of_its_lifetime(
    sandbox: Sandbox,
    client: AppClient,
    session: Callable[[], Session],
    clock: Clock,
    monotonic: Monotonic,
) -> None:
    first = session().saved()
    assert first.tokens.fresh_until == first.tokens.issued_at + 2700
    for seconds, is_new in ((2300, False), (2701, True)):
        clock.ahead = monotonic.ahead = float(seconds)
        sandbox.clock.advance(1)
        assert (session().saved().tokens != first.tokens) is is_new


def test_the_time_of_renewal_is_saved_with_the_token(session: Callable[[], Session]) -> None:
    saved = session().saved()
    kept = json.loads(saved.to_secret().reveal())
    assert kept["renewal_share"] == 0.25
    again = SavedSession.from_secret(Secret(json.dumps(kept)))
    assert again.tokens.fresh_until == saved.tokens.fresh_until
    for wrong in (2, -0.1, "0.25", True):
        with pytest.raises(ValueError):
            SavedSession.from_secret(Secret(json.dumps({**kept, "renewal_share": wrong})))


def test_a_token_that_the_platform_refuses_is_replaced_once(
    sandbox: Sandbox, client: AppClient, session: Callable[[], Session]
) -> None:
    one, other = session(), session()
    refused_token = one.token()
    before = asked(sandbox)
    sandbox.clock.advance(1)
    newer = one.token_instead_of(refused_token, "401")
    assert newer != refused_token
    assert other.token_instead_of(refused_token, "401") == newer
    assert asked(sandbox) == before + 1
    assert one.token_instead_of(newer, "401") == newer, "the next one would be refused as well"


def test_a_service_account_s_session_has_no_end_and_a_failed_renewal_loses_no_token(
    sandbox: Sandbox, client: AppClient, session: Callable[[], Session], kept: Kept
) -> None:
    one = session()
    assert one.deadline() is None
    token = one.token()
    assert one.deadline() is None
    one.ensure("999h")
    kept.replace("another1secret2of3twenty4")
    with pytest.raises(ConfigurationError):
        one.renew()
    assert one.token() == session().token() == token
    assert one.load().end_mark is None


def test_signing_out_deletes_the_saved_token_and_the_next_use_gets_another(
    sandbox: Sandbox, session: Callable[[], Session]
) -> None:
    token = session().token()
    assert session().sign_out().was_signed_in
    sandbox.clock.advance(1)
    assert session().token() != token


def test_a_token_that_is_not_a_jwt_has_the_app_client_as_its_subject(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any
) -> None:
    body = json.dumps({"access_token": "opaque", "token_type": "bearer", "expires_in": 60})
    sandbox.faults.reply(TOKEN, body=body, content_type="application/json")
    issued = credential(sandbox, client, kept.reference).obtain(None, None)
    assert unverified_claims(issued.tokens.access_token) == {}
    assert issued.subject == f"client:{client.client_id}"


# `GetClientToken`, for a user pool without a sign-in domain.

BY_API = {"token_api": "GetClientToken"}


def test_a_pool_without_a_domain_gives_a_token_by_its_api(
    sandbox: Sandbox, client: AppClient, kept: Kept, openid: Any
) -> None:
    openid(has_domain=False)
    refused(credential(sandbox, client, kept.reference), "OA-A715")
    given = credential(sandbox, client, kept.reference, **BY_API)
    before = len(sandbox.requests)
    issued = given.obtain(None, None)
    assert len(sandbox.requests) == before + 1
    claims = issued.tokens.unverified_claims
    assert (claims["scope"], issued.account) == (" ".join(SCOPES), client.client_id)
    one = given._replace(profile=replace(given.profile, scopes="osdu/read"))
    assert one.obtain(None, None).tokens.unverified_claims["scope"] == "osdu/read"


def test_each_refusal_of_the_api_is_one_clear_error(
    sandbox: Sandbox, client: AppClient, kept: Kept
) -> None:
    given = credential(sandbox, client, kept.reference, **BY_API)
    refused(given._replace(profile=replace(given.profile, scopes="osdu/admin")), "OA-A714")
    refused(given._replace(profile=replace(given.profile, client_id="unknown")), "OA-A718")
    sandbox.faults.throttle("GetClientToken", times=None)
    try:
        refused(given, "OA-N640")
    finally:
        sandbox.faults.clear()
    sandbox.pool.change_app_client(
        client.client_id, explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH"})
    )
    refused(given, "OA-A716")
    sandbox.pool.change_app_client(
        client.client_id, explicit_auth_flows=frozenset({"ALLOW_CLIENT_TOKEN_AUTH"})
    )
    register(sandbox.pool.rotate_client_secret(client.client_id, keep_former=False))
    refused(given, "OA-A710")
