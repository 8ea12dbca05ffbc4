"""HTTP: connections, hosts, bodies, and requests that are refused before they are read."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING

from cases import for_each
from sandbox.raw_client import send

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

INFO = "/api/search/v2/info"


def _port(sandbox: Sandbox) -> int:
    return int(sandbox.endpoint_url.rpartition(":")[2])


def _raw(sandbox: Sandbox, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", _port(sandbox)), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def test_one_connection_carries_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", _port(sandbox), timeout=30)
    used = set()
    for _ in range(3):
        connection.request("GET", INFO)
        assert connection.getresponse().read()
        used.add(id(connection.sock))
    connection.close()
    assert len(used) == 1


@for_each("host", ["localhost", "127.0.0.1:80", "[::1]:8411", "LOCALHOST:1"])
def test_every_loopback_name_is_answered(sandbox: Sandbox, host: str) -> None:
    assert send(sandbox, "GET", INFO, headers={"Host": host}).status == 200


@for_each(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]"]
)
def test_another_host_name_is_refused_because_of_dns_rebinding(sandbox: Sandbox, host: str) -> None:
    assert send(sandbox, "GET", INFO, headers={"Host": host}).status == 421


def test_a_request_without_host_or_with_two_is_refused(sandbox: Sandbox) -> None:
    assert _raw(sandbox, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    two = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"
    assert _raw(sandbox, two).startswith(b"HTTP/1.1 400 ")


@for_each("method", ["GET", "POST", "OPTIONS"])
def test_no_answer_ever_carries_a_cors_header(sandbox: Sandbox, method: str) -> None:
    reply = send(sandbox, method, "/", headers={"Origin": "https://evil.example"})
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_body_over_one_mebibyte_is_refused_with_an_answer(sandbox: Sandbox) -> None:
    assert send(sandbox, "POST", "/", body=b"x" * (1024 * 1024 + 1)).status == 413
    assert send(sandbox, "POST", "/", body=b"x" * (4 * 1024 * 1024)).status == 413


def test_a_body_of_one_mebibyte_is_read(sandbox: Sandbox) -> None:
    assert send(sandbox, "POST", "/", body=b"x" * (1024 * 1024)).status == 400


@for_each("length", ["-1", "+1", "1e3", "1_0", "", "٣", "1, 1", "9" * 5000])
def test_a_content_length_that_is_no_size_is_refused(sandbox: Sandbox, length: str) -> None:
    request = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
    assert _raw(sandbox, request)[9:12] in {b"400", b"413"}


def test_a_body_without_a_length_is_refused(sandbox: Sandbox) -> None:
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert _raw(sandbox, request).startswith(b"HTTP/1.1 411 ")


def test_a_request_for_a_proxy_is_refused(sandbox: Sandbox) -> None:
    request = b"GET http://example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert _raw(sandbox, request).startswith(b"HTTP/1.1 400 ")


@for_each("line", [b"nonsense", b"GET / HTTP/9.9", b"BREW / HTTP/1.1"])
def test_a_line_that_is_no_request_gets_a_text_answer(sandbox: Sandbox, line: bytes) -> None:
    answer = _raw(sandbox, line + b"\r\nHost: localhost\r\n\r\n")
    assert answer[9:10] in {b"4", b"5"}
    assert b"text/plain" in answer


def test_a_client_that_ends_a_request_early_does_not_stop_the_sandbox(sandbox: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", _port(sandbox)), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
    assert send(sandbox, "GET", INFO).status == 200


def test_head_has_the_length_and_no_body(sandbox: Sandbox) -> None:
    path = f"/{sandbox.user_pool_id}/.well-known/jwks.json"
    reply = send(sandbox, "HEAD", path)
    assert reply.raw == b""
    assert int(reply.headers["content-length"]) == len(send(sandbox, "GET", path).raw)


@for_each(
    ("method", "path", "status"),
    [
        ("GET", "/", 405),
        ("GET", "/nothing", 404),
        ("GET", "/us-east-1_another00/.well-known/jwks.json", 404),
        ("GET", "/.well-known/jwks.json", 404),
    ],
)
def test_an_unknown_path_or_method_has_its_status(
    sandbox: Sandbox, method: str, path: str, status: int
) -> None:
    assert send(sandbox, method, path).status == status
