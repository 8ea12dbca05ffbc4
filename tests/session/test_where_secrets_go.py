"""No setting outside the profile sends a session to another server than its issuer.

The row E-02 of the list of abuse and faults.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from aws_stand_in import aws_at
from osdu_auth import (
    Account,
    ConfigurationError,
    MemoryStore,
    Profile,
    SavedSession,
    Secret,
    Session,
    unattended,
)
from session_test_parts import Clock
from stored import store_session, stored
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox

PASSWORD, NEW_PASSWORD = Secret("Old-password-1"), Secret("New-password-1")
VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
REFUSAL = json.dumps({"__type": "NotAuthorizedException", "message": "Refresh Token has expired"})


@pytest.fixture
def stranger() -> Iterator[ScriptedServer]:
    """A server that refuses everything, as a LocalStack refuses a token of AWS."""
    refusal = reply(REFUSAL.encode(), "400 No", "Content-Type: application/x-amz-json-1.1\r\n")
    with ScriptedServer(sends(refusal)) as server:
        yield server


@pytest.fixture
def aws(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sandbox answers in the place of AWS."""
    with aws_at(sandbox, tmp_path) as variables:
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        yield


@pytest.fixture(params=["direct", "boto3"])
def at_aws(
    request: pytest.FixtureRequest, profile: Profile, store: MemoryStore, clock: Clock,
    sandbox: Sandbox, aws: None,
) -> Session:  # fmt: skip
    """A session that is signed in at AWS, and whose token has to be renewed."""
    session = Session(
        replace(profile, endpoint_url=None, transport=request.param), store=store, clock=clock
    )
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    return session


def kept(session: Session) -> SavedSession:
    saved = stored(session.store, session.profile.name)
    assert saved is not None
    return saved


def test_the_address_of_the_issuer_is_saved_with_a_session(
    at_aws: Session, session: Session, sandbox: Sandbox
) -> None:
    assert kept(at_aws).issuer_address == f"https://cognito-idp.{sandbox.region}.amazonaws.com"
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert saved.issuer_address == sandbox.endpoint_url


OPERATIONS: dict[str, Callable[[Session], Any]] = {
    "token": lambda session: session.token(),
    "saved": lambda session: session.saved(),
    "renew": lambda session: session.renew(),
    "sign out": lambda session: session.sign_out(),
}
OF_THE_ACCOUNT: dict[str, Callable[[Account], Any]] = {
    "everywhere": lambda account: account.sign_out_everywhere(),
    "change password": lambda account: account.change_password(PASSWORD, NEW_PASSWORD),
    "set up totp": lambda account: account.set_up_totp(unattended),
    "remove totp": lambda account: account.remove_totp(),
    "devices": lambda account: account.devices(),
    "forget device": lambda account: account.forget_device("k"),
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_does_not_send_a_session_to_another_server_and_ends_none(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    before = kept(at_aws)
    monkeypatch.setenv(variable, stranger.url())
    for operate in OPERATIONS.values():
        with pytest.raises(ConfigurationError) as refused:
            operate(at_aws)
        assert (refused.value.code, refused.value.fix) == ("OA-C728", f"unset {variable}")
        assert f"127.0.0.1:{stranger.port}" in refused.value.what
    assert stranger.requests == []
    assert kept(at_aws) == before
    monkeypatch.delenv(variable)
    assert at_aws.token() != before.tokens.access_token


def test_a_fresh_token_is_not_sent_to_another_server_either(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_aws.renew()
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    for operate in OF_THE_ACCOUNT.values():
        with pytest.raises(ConfigurationError, match="OA-C728"):
            operate(Account(at_aws))
    assert stranger.requests == []
    assert at_aws.token(), "it is used as before"


def test_the_fix_names_both_of_two_variables(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, stranger.url())
    with pytest.raises(ConfigurationError) as refused:
        at_aws.renew()
    assert refused.value.fix == f"unset {VARIABLES[1]} {VARIABLES[0]}"


def test_an_ignored_variable_or_one_with_the_same_address_changes_nothing(
    at_aws: Session, sandbox: Sandbox, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = f"HTTPS://Cognito-IDP.{sandbox.region}.amazonaws.com:443/"
    monkeypatch.setenv("AWS_ENDPOINT_URL", same)
    assert at_aws.renew().tokens.access_token
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert at_aws.renew().tokens.access_token
    assert stranger.requests == []


def test_all_aws_hosts_of_a_region_are_one_issuer(
    at_aws: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    renewed = at_aws.renew()
    assert "fips" not in str(renewed.issuer_address)
    assert at_aws.sign_out().revocation_error is None


@pytest.mark.parametrize(
    "address",
    [
        "https://cognito-idp.eu-west-1.amazonaws.com",
        "https://cognito-idp.us-east-1.amazonaws.com.cn",
        "https://cognito-idp.us-east-1.amazonaws.com:8443",
        "https://cognito-idp.us-east-1.amazonaws.com/path",
        "https://cognito-idp.us-east-1.amazonaws.com.example.net",
        "https://cognito-idp-fips.us-east-1.amazonaws.com.evil.example",
        "https://vpce-1.cognito-idp.us-east-1.vpce.amazonaws.com",
        "http://localhost:1",
    ],
)
def test_any_other_address_is_another_issuer(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    session = Session(replace(profile, endpoint_url=None), store=MemoryStore(), clock=Clock())
    tokens = replace(_tokens(), expires_at=1.0)
    store_session(session.store, "acme", SavedSession(tokens, "u", 0.0, session.profile.binding))
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(ConfigurationError, match="OA-C728"):
        session.token()


def test_http_and_https_are_two_issuers_and_so_are_localhost_and_127_0_0_1(
    session: Session, sandbox: Sandbox, saved: SavedSession, profile: Profile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    moved = replace(profile, endpoint_url=None)
    port = sandbox.endpoint_url.rpartition(":")[2]
    for address, is_same in (
        (f"HTTP://127.0.0.1:{port}/", True),
        (f"https://127.0.0.1:{port}", False),
        (f"http://localhost:{port}", False),
    ):
        store = MemoryStore()
        store_session(store, "acme", replace(saved, binding=moved.binding))
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        other = Session(moved, store=store)
        if is_same:
            assert other.renew().tokens.access_token
        else:
            with pytest.raises(ConfigurationError, match="OA-C728"):
                other.renew()


def test_an_older_session_without_an_address_belongs_to_the_profile_s_address(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = {
        name: value
        for name, value in json.loads(kept(at_aws).to_secret().reveal()).items()
        if name not in {"subject", "pool_address"}
    }
    store_session(at_aws.store, "acme", SavedSession.from_secret(Secret(json.dumps(earlier))))
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    for operate in OPERATIONS.values():
        with pytest.raises(ConfigurationError, match="OA-C728"):
            operate(at_aws)
    assert stranger.requests == []
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for operate in OPERATIONS.values():
        operate(at_aws)
    assert stored(at_aws.store, "acme") is None, "it was signed out where it was issued"


def test_a_session_stays_at_the_address_where_it_was_issued(
    profile: Profile, sandbox: Sandbox, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the workshop: no address in the profile, but one in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    session = Session(replace(profile, endpoint_url=None), store=MemoryStore())
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert session.renew().tokens.access_token
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    back = f"export {VARIABLES[1]}={sandbox.endpoint_url}"
    for setting, fix in (
        ({}, back),
        ({"AWS_ENDPOINT_URL": stranger.url()}, back),
        (
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            f"unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS && {back}",
        ),
    ):
        with monkeypatch.context() as patch:
            for name, text in setting.items():
                patch.setenv(name, text)
            with pytest.raises(ConfigurationError) as refused:
                session.renew()
            assert (refused.value.code, refused.value.fix) == ("OA-C728", fix)
    monkeypatch.setenv(VARIABLES[1], sandbox.endpoint_url)
    assert session.renew().tokens.access_token
    assert stranger.requests == []


def test_the_sdk_s_configuration_file_does_not_send_a_session_to_another_server(
    at_aws: Session, stranger: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(f"[default]\nendpoint_url = {stranger.url()}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    if at_aws.profile.get("transport") == "direct":
        assert at_aws.renew().tokens.access_token, "it does not read that file"
        return
    with pytest.raises(ConfigurationError) as refused:
        at_aws.renew()
    name, _, text = refused.value.fix.removeprefix("export ").partition("=")
    assert (refused.value.code, name) == ("OA-C728", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    monkeypatch.setenv(name, text)
    assert at_aws.renew().tokens.access_token
    assert stranger.requests == []


def test_a_given_client_of_boto3_does_not_send_a_session_to_another_server(
    session: Session,
    saved: SavedSession,
    store: MemoryStore,
    sandbox: Sandbox,
    stranger: ScriptedServer,
) -> None:
    def client(address: str) -> Any:
        return boto3.client(
            "cognito-idp", region_name=sandbox.region, endpoint_url=address,
            aws_access_key_id="x", aws_secret_access_key="y",
        )  # fmt: skip

    strange = Session(session.profile, store=store, boto3=client(stranger.url()))
    for name in ("renew", "sign out"):
        with pytest.raises(ConfigurationError) as refused:
            OPERATIONS[name](strange)
        assert refused.value.code == "OA-C728"
        assert f'endpoint_url="{sandbox.endpoint_url}"' in refused.value.fix
    assert stranger.requests == []
    assert (
        Session(session.profile, store=store, boto3=client(sandbox.endpoint_url))
        .renew()
        .tokens.access_token
    )


def test_a_variable_that_is_not_an_address_ends_no_session(
    at_aws: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(at_aws)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:4566")
    for operate in OPERATIONS.values():
        with pytest.raises(ConfigurationError, match="OA-C726"):
            operate(at_aws)
    assert kept(at_aws) == before


def test_a_session_can_be_wiped_here_with_any_variables(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    assert at_aws.wipe()
    assert stored(at_aws.store, "acme") is None
    assert stranger.requests == []


def test_a_session_s_device_is_not_sent_to_another_server(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    from osdu_auth.cognito.device import Device

    device = Device(Secret("canary-device-key"), Secret("g"), Secret("canary-device-password"))
    saved = kept(at_aws)
    store_session(at_aws.store, "acme", replace(saved, renewal_data=device.as_renewal_data()))
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    with pytest.raises(Exception, match="OA-"):
        at_aws.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert stranger.requests
    assert not [sent for sent in stranger.requests if b"canary-device" in sent]


def test_an_explanation_has_the_pool_s_address_and_why_the_session_cannot_be_renewed(
    at_aws: Session, stranger: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"user pool", "renewal"}.isdisjoint(tried.what for tried in at_aws.explain())
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url())
    told = {tried.what: tried for tried in at_aws.explain()}
    reason = f"asked at 127.0.0.1:{stranger.port}, as AWS_ENDPOINT_URL says"
    assert (told["user pool"].outcome, told["user pool"].reason) == ("used", reason)
    assert (told["renewal"].outcome, told["renewal"].code) == ("failed", "OA-C728")
    assert stranger.requests == []


def _tokens() -> Any:
    from osdu_auth import TokenSet

    return TokenSet(Secret("opaque"), 0.0, 3600.0, None, Secret("canary-refresh-token"))
