"""SB-02. A web page on this computer may call the sandbox, and a page of another site may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.raw_client import TARGET, Reply, send

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

PAGE = "http://localhost:5173"
SDK_HEADERS = (
    "amz-sdk-invocation-id,amz-sdk-request,authorization,cache-control,content-type,"
    "x-amz-content-sha256,x-amz-target,x-amz-user-agent"
)


def _preflight(sandbox: Sandbox, origin: str, path: str = "/", **headers: str) -> Reply:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": SDK_HEADERS,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return send(sandbox, "OPTIONS", path, headers=asked)


@pytest.mark.parametrize(
    "origin", [PAGE, "https://localhost", "http://127.0.0.1:8000", "http://[::1]:3000"]
)
@pytest.mark.parametrize("path", ["/", "/api/search/v2/query"])
def test_a_page_on_this_computer_may_call_the_sandbox(
    sandbox: Sandbox, origin: str, path: str
) -> None:
    reply = _preflight(sandbox, origin, path)
    assert (reply.status, reply.raw) == (200, b"")
    assert reply.headers["access-control-allow-origin"] == origin
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = set(reply.headers["access-control-allow-headers"].split(", "))
    assert allowed.issuperset(SDK_HEADERS.split(","))
    assert allowed.issuperset({"data-partition-id", "correlation-id"})


def test_the_private_network_is_allowed_where_a_browser_asks(sandbox: Sandbox) -> None:
    reply = _preflight(sandbox, PAGE, Access_Control_Request_Private_Network="true")
    assert reply.headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.nip.io", "null",
     "http://localhost:1:2", "file://", "http://user@localhost"],
)  # fmt: skip
def test_a_page_of_another_site_must_not_call_the_sandbox(sandbox: Sandbox, origin: str) -> None:
    reply = _preflight(sandbox, origin)
    assert reply.status == 403
    answer = send(sandbox, "POST", "/", body="{}", headers={"Origin": origin})
    for refused in (reply, answer):
        assert not [name for name in refused.headers if name.startswith("access-control")]


def test_a_page_reads_answers_and_refusals_of_pool_and_platform(sandbox: Sandbox) -> None:
    headers = {
        "Origin": PAGE,
        "X-Amz-Target": f"{TARGET}GetUser",
        "Content-Type": "application/x-amz-json-1.1",
    }
    sandbox.faults.throttle("GetUser")
    throttled, refused = (
        send(sandbox, "POST", "/", body='{"AccessToken":"a.b.c"}', headers=headers)
        for _ in range(2)
    )
    platform = send(sandbox, "GET", "/api/storage/v2/info", headers={"Origin": PAGE})
    keys = send(
        sandbox, "GET", f"/{sandbox.user_pool_id}/.well-known/jwks.json", headers={"Origin": PAGE}
    )
    for reply in (throttled, refused, platform, keys):
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert reply.headers["vary"] == "Origin"
        assert "x-amzn-errortype" in reply.headers["access-control-expose-headers"]


def test_no_fault_applies_to_a_preflight(sandbox: Sandbox) -> None:
    sandbox.faults.drop("*")
    assert _preflight(sandbox, PAGE).status == 200
    assert len(sandbox.faults.waiting) == 1
    sandbox.faults.clear()


def test_a_request_without_an_origin_is_no_preflight_and_gets_no_cors_header(
    sandbox: Sandbox,
) -> None:
    reply = send(sandbox, "OPTIONS", "/")
    assert reply.status == 405
    assert "access-control-allow-origin" not in reply.headers


def test_a_preflight_under_another_host_name_is_refused(sandbox: Sandbox) -> None:
    reply = _preflight(sandbox, PAGE, Host="rebound.example")
    assert reply.status == 421
