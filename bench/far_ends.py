"""The servers of all measured sessions, on loopback; a renewal takes as long as elsewhere."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from bench.other_sessions import everybody
from bench.token_endpoint import LATENCY, token_endpoint
from osdu_auth import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.other_sessions import Kind
    from bench.token_endpoint import TokenEndpoint

# What would lead requests and botocore elsewhere, or to other certificate authorities.
UNSET = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY",
         "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")  # fmt: skip


@contextmanager
def far_ends() -> Iterator[tuple[TokenEndpoint, list[Callable[[], Kind]]]]:
    """Run the far ends, and yield what prepares each library for them, ours first."""
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = "*"
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
        token_endpoint(server_side) as endpoint,
    ):
        authority.cert_pem.write_to_path(str(Path(folder) / "ca.pem"))
        for renewal in ("GetTokensFromRefreshToken", "InitiateAuth"):
            sandbox.faults.latency(renewal, LATENCY, times=None)
        yield endpoint, everybody(endpoint, sandbox, Path(folder))
