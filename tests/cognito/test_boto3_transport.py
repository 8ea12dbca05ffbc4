"""The SDK's transport: which objects a caller may give, and what the SDK must not do."""

from __future__ import annotations

import logging
import os
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from osdu_auth.cognito.api import UserPoolApi
from osdu_auth.cognito.boto3_transport import Boto3Transport
from osdu_auth.cognito.challenges import unattended
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.errors import ConfigurationError, Unreachable
from osdu_auth.secret import Secret
from osdu_auth.url import read_url
from osdu_auth.wire.proxies import cleaned_proxy_url
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.sandbox import Sandbox


def test_a_session_or_a_client_of_the_caller_is_used(
    sandbox: Sandbox, app_client: AppClient
) -> None:
    seen: list[str] = []
    session = boto3.Session()
    client = session.client(
        "cognito-idp", region_name=sandbox.region, endpoint_url=sandbox.endpoint_url,
        aws_access_key_id="x", aws_secret_access_key="y",
    )  # fmt: skip
    client.meta.events.register("before-call.*", lambda model, **_: seen.append(model.name))
    for given in (session, client):
        pool = UserPoolApi(Boto3Transport(sandbox.region, sandbox.endpoint_url, given))
        assert sign_in(
            pool, app_client, sandbox.username, Secret(sandbox.password), unattended
        ).tokens.access_token
    assert seen == ["InitiateAuth"]


@pytest.mark.parametrize("given", [object(), "session", 7])
def test_another_object_than_a_session_or_a_client_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="OA-C752"):
        Boto3Transport("us-east-1", None, given)


def test_the_sdk_looks_for_no_aws_credentials(
    sandbox: Sandbox, app_client: AppClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = touch {touched}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    pool = UserPoolApi(Boto3Transport(sandbox.region, sandbox.endpoint_url))
    assert sign_in(
        pool, app_client, sandbox.username, Secret(sandbox.password), unattended
    ).tokens.access_token
    assert not touched.exists()


def test_the_sdk_s_address_settings_count_and_plain_http_stays_on_this_machine(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Boto3Transport("cn-north-1").address == "https://cognito-idp.cn-north-1.amazonaws.com.cn"
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    assert Boto3Transport("us-east-1").address == sandbox.endpoint_url
    client = boto3.client(
        "cognito-idp", region_name="us-east-1", endpoint_url="http://pool.example",
        aws_access_key_id="x", aws_secret_access_key="y",
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match="OA-C706"):
        Boto3Transport("us-east-1", None, client)


def test_settings_that_the_sdk_refuses_are_configuration_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-no-such-profile")
    with pytest.raises(ConfigurationError, match="no profile of the name in AWS_PROFILE") as told:
        Boto3Transport("us-east-1")
    assert told.value.code == "OA-C755"
    assert "ProfileNotFound" not in str(told.value)


def test_a_proxy_password_that_the_sdk_cannot_send_is_an_error_with_a_working_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://j\u00f6rg:s3cret@127.0.0.1:9")
    pool = Boto3Transport("us-east-1")
    with pytest.raises(ConfigurationError, match="OA-C751") as raised:
        pool.call("GetUser", {"AccessToken": "x"})
    assert raised.value.fix.endswith("osdu-auth init --transport direct")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("around", ["{}\r", '"{}"', "\ufeff{}", "{} "], ids=ascii)
def test_a_proxy_variable_with_stray_characters_around_it_works_for_the_sdk_too(
    monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    refusing = sends(reply(b"", "403 Forbidden"))
    with ScriptedServer(refusing) as proxy:
        url = f"http://us%40er:p%20w@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", around.format(url))
        with pytest.raises(Unreachable):
            Boto3Transport("us-east-1").call("GetUser", {"AccessToken": "x"})
        (request,) = proxy.requests
        assert request.startswith(b"CONNECT cognito-idp.us-east-1.amazonaws.com:443 HTTP/1.")
        assert b"Basic " + b64encode(b"us@er:p w") in request
        monkeypatch.setenv("NO_PROXY", "amazonaws.com\r")
        mended = cleaned_proxy_url(
            read_url("https://cognito-idp.us-east-1.amazonaws.com"), os.environ
        )
        assert mended is None


def test_without_the_sdk_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigurationError) as raised:
        Boto3Transport("us-east-1")
    assert raised.value.code == "OA-C750"
    assert raised.value.fix == 'pip install "osdu-auth[aws]"'


def test_a_closed_port_is_a_refused_connection_through_the_sdk_too() -> None:
    pool = UserPoolApi(Boto3Transport("us-east-1", "http://127.0.0.1:9"))
    with pytest.raises(Unreachable) as raised:
        pool.revoke_token(AppClientOf("c"), Secret("r" * 30))
    assert raised.value.code in {"OA-N602", "OA-N603"}


def AppClientOf(client_id: str) -> AppClient:
    from osdu_auth.cognito.app_client import AppClient

    return AppClient(client_id)


def test_an_sdk_that_is_too_old_has_no_such_operation() -> None:
    class OldClient:
        """A client of an SDK without GetTokensFromRefreshToken."""

        class meta:  # noqa: N801
            endpoint_url = "https://cognito-idp.us-east-1.amazonaws.com"

        def initiate_auth(self) -> None: ...

    pool = UserPoolApi(Boto3Transport("us-east-1", None, OldClient()))
    with pytest.raises(ConfigurationError, match="OA-C735"):
        pool.get_tokens_from_refresh_token(AppClientOf("c"), Secret("r" * 30))


def test_no_level_of_the_sdk_s_log_shows_our_secrets_and_other_records_are_kept(
    sandbox: Sandbox, app_client: AppClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pool = UserPoolApi(Boto3Transport(sandbox.region, sandbox.endpoint_url))
    tokens = sign_in(
        pool, app_client, sandbox.username, Secret(sandbox.password), unattended
    ).tokens
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    secrets = (sandbox.password, sandbox.client_secret, tokens.access_token.reveal())
    leaked = [position for position, secret in enumerate(secrets) if secret in logged]
    logging.getLogger("botocore.endpoint").debug("somebody else's")
    kept = caplog.records[-1].getMessage()
    caplog.clear()
    assert leaked == []
    assert kept == "somebody else's"
