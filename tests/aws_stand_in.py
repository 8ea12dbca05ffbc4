"""AWS on loopback: a proxy that forwards requests for AWS's hosts to the sandbox's user pool."""

from __future__ import annotations

import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trustme

from wire.scripted_server import ScriptedServer, read_request, reply
from wire.test_tls import server_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox


@contextmanager
def aws_at(sandbox: Sandbox, folder: Path) -> Iterator[dict[str, str]]:
    """Have a sandbox answer for AWS's hosts of its region.

    Args:
        sandbox: the sandbox.
        folder: the folder for the certificate that programs have to trust.

    Yields:
        The environment variables with which a program calls it as AWS.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "aws.pem")
    hosts = [
        f"{name}.{sandbox.region}.amazonaws.com" for name in ("cognito-idp", "cognito-idp-fips")
    ]
    context = server_context(authority.issue_cert(*hosts))

    def tunnel(connection: socket.socket, request: bytes) -> None:
        host = request.split()[1].decode().rpartition(":")[0]
        assert host in hosts
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.sendall(_forward(read_request(inside), sandbox.endpoint_url))

    with ScriptedServer(tunnel) as proxy:
        yield {
            "HTTPS_PROXY": proxy.url().rstrip("/"),
            "SSL_CERT_FILE": str(folder / "aws.pem"),
            "AWS_CA_BUNDLE": str(folder / "aws.pem"),
        }


def _forward(request: bytes, address: str) -> bytes:
    """Forward a request to the sandbox, and return its answer."""
    head, _, body = request.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    wanted = {
        name: text
        for name, text in headers.items()
        if name.lower().startswith(("x-amz-t", "content-t"))
    }
    asked = urllib.request.Request(address + "/", body, wanted, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer = opener.open(asked, timeout=10)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        kind = f"Content-Type: {answer.headers['Content-Type']}\r\nConnection: close\r\n"
        return reply(answer.read(), f"{answer.status} Answer", kind)
