"""No file or setting of the machine changes what is sent, and no setting outlasts its call.

The rows N-02, N-03, N-04 of the list of abuse and faults.
"""

from __future__ import annotations

import os
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from osdu_auth.errors import ConfigurationError, OsduAuthError, Unreachable
from osdu_auth.platform.call import call
from osdu_auth.verification.keys.key_fetching import KeySetAddress
from test_redirects import ACCESS_TOKEN, session_at, sign_in, sign_out
from wire.scripted_server import ScriptedServer, reply, sends
from wire.test_tls import server_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.session import Session

BEARER = f"Authorization: Bearer {ACCESS_TOKEN}".encode()
ANSWER = reply(b'{"groups": []}', headers="Content-Type: application/json\r\n")
NOISE = """
import http.client, os, socket, sys, urllib.request
socket.setdefaulttimeout(50)
known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
known.add_password(None, "http://127.0.0.1", "netrc-user", "netrc-password")
urllib.request.install_opener(
    urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(known)))
put = http.client.HTTPConnection.putheader
def putheader(self, header, *values):
    put(self, header, *(["Basic bm9pc2U="] if header.lower() == "authorization" else values))
http.client.HTTPConnection.putheader = putheader
os.environ["ALL_PROXY"] = "http://proxy-user:proxy-password@127.0.0.1:9"
sys.stderr.write("noise of sitecustomize\\n")
"""


@pytest.fixture
def littered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A machine with credentials of other programs, and a proxy that must not be used."""
    netrc = "machine 127.0.0.1 login netrc-user password netrc-password\n"
    netrc += netrc.replace("127.0.0.1", "localhost") + "default login d password netrc-password\n"
    for path in (os.path.join(os.environ["HOME"], ".netrc"), tmp_path / "netrc"):
        with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(netrc)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "AKIA-of-somebody"),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-somebody"),
        ("AWS_SESSION_TOKEN", "session-of-somebody"),
    ):
        monkeypatch.setenv(name, value)
    with ScriptedServer(sends(ANSWER)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://proxy-user:proxy-password@127.0.0.1:{proxy.port}")
        yield proxy
    assert proxy.requests == []


def credentials_in(request: bytes) -> list[bytes]:
    """Return the lines of a request that contain credentials, and those with another program's."""
    strangers = [b"netrc", b"somebody", b"proxy-", b64encode(b"netrc-user:netrc-password")[:20]]
    return [
        line
        for line in request.split(b"\r\n")
        if line.lower().startswith((b"authorization", b"proxy-", b"cookie", b"x-amz-security"))
        or any(stranger in line for stranger in strangers)
    ]


def test_an_osdu_call_carries_our_token_and_no_other_credentials(littered: ScriptedServer) -> None:
    with ScriptedServer(sends(ANSWER)) as platform:
        call(session_at(platform.url().rstrip("/")), "GET", "/api/x")
        (request,) = platform.requests
    assert credentials_in(request) == [BEARER]


def ending_of(session: Session) -> str:
    """Sign out, with one request, and return the code of the error; "" without an error."""
    error = session.sign_out().revocation_error
    return error.code if error else ""


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_a_call_to_the_pool_carries_only_its_own_credentials_and_uses_no_proxy(
    transport: Any, littered: ScriptedServer
) -> None:
    """The SDK sent requests for this machine, with a password, to the proxy in clear."""
    with ScriptedServer(sends(ANSWER)) as pool:
        address = pool.url().rstrip("/")
        with pytest.raises(OsduAuthError):  # its answer is not a pool's
            sign_in(session_at(address, transport))
        assert ending_of(session_at(address, transport)) == ""
    assert [credentials_in(request) for request in pool.requests] == [[], []]


def test_an_address_of_the_sdk_s_configuration_uses_no_proxy_either(
    littered: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from osdu_auth.cognito.boto3_transport import Boto3Transport

    with ScriptedServer(sends(ANSWER)) as pool:
        config = tmp_path / "config"
        config.write_text(f"[default]\nendpoint_url = {pool.url()}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        Boto3Transport("us-east-1").call("GlobalSignOut", {"AccessToken": "a.b.c"})
        assert len(pool.requests) == 1


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_certificates_that_are_trusted_for_one_call_are_not_for_the_next(
    transport: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    with ScriptedServer(
        sends(reply(b"")), server_context(authority.issue_cert("localhost"))
    ) as pool:
        address = pool.url("https", "localhost").rstrip("/")
        endings = []
        for trusted in (None, "ca.pem", None, "other.pem", "ca.pem", "other.pem", None):
            if trusted:
                monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / trusted))
            else:
                monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
            endings.append(ending_of(session_at(address, transport)))
    untrusted = "OA-N610"
    assert endings == [untrusted, "", untrusted, untrusted, "", untrusted, untrusted]
    assert len(pool.requests) == 2


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_a_proxy_of_one_call_is_not_used_for_the_next(
    transport: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses = sends(reply(b"", "403 Forbidden"))
    counts = []
    with ScriptedServer(refuses) as one, ScriptedServer(refuses) as other:
        for proxy, exempt in ((one, ""), (other, ""), (None, ""), (one, "pool.invalid"), (one, "")):
            monkeypatch.delenv("HTTPS_PROXY", raising=False)
            monkeypatch.setenv("NO_PROXY", exempt)
            if proxy:
                monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            with pytest.raises(Unreachable):
                sign_out(session_at("https://pool.invalid", transport))
            counts.append((len(one.requests), len(other.requests)))
    assert counts == [(1, 0), (1, 1), (1, 1), (1, 1), (2, 1)]


@pytest.mark.parametrize("of", ["environment", "client"])
def test_a_client_of_the_caller_that_uses_a_proxy_is_refused_and_the_fix_works(
    of: str, littered: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3
    import botocore.config

    from osdu_auth.cognito.boto3_transport import Boto3Transport

    proxies = {"http": f"http://127.0.0.1:{littered.port}"}
    theirs: dict[str, Any] = {}
    if of == "client":
        theirs["config"] = botocore.config.Config(proxies=proxies)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name)
    with ScriptedServer(sends(ANSWER)) as pool:
        make = partial(
            boto3.client, "cognito-idp", region_name="us-east-1", endpoint_url=pool.url()
        )
        with pytest.raises(ConfigurationError, match="OA-C729") as refused:
            Boto3Transport("us-east-1", boto3=make(**theirs))
        advised = refused.value.fix.removeprefix("Make the client with ")
        mended = make(**eval(f"dict({advised})", {"botocore": botocore}))
        Boto3Transport("us-east-1", boto3=mended).call("GlobalSignOut", {"AccessToken": "a.b.c"})
        assert len(pool.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_keys_of_an_issuer_on_this_machine_are_fetched_past_the_proxy(
    host: str, littered: ScriptedServer
) -> None:
    with ScriptedServer(sends(reply(b'{"keys": []}'))) as issuer:
        address = issuer.url(host=host).rstrip("/")
        assert KeySetAddress(address, address + "/jwks.json").fetch() == {"keys": []}
        assert len(issuer.requests) == 1
