"""What `login --browser` takes of its own, from Enter to the finished page.

What the person does at the issuer's pages is left out, and so is what the sandbox takes for the
program's own requests, by its log. The browser is a few lines: none has to start.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener, urlopen

import pexpect

from bench.commands import OSDU_AUTH
from bench.processes import Command, processor_time_of_children, run
from bench.table import Row
from osdu_auth import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_ROUNDS = 21
_ENOUGH = 60.0  # seconds


class _Taken(NamedTuple):
    """What one sign-in took, in seconds.

    Args:
        whole: from Enter to the finished page, without the time at the issuer's pages.
        sandbox: of that, what the sandbox took.
        processor: what the program used of a processor, until it had kept the session.
    """

    whole: float
    sandbox: float
    processor: float


def browser_rows() -> Iterator[Row]:
    """Measure everything; one round warms up first."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        addresses, program = folder / "addresses", folder / "browser"
        os.mkfifo(addresses)
        program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{addresses}"\n')
        program.chmod(0o755)
        variables = {
            "OSDU_AUTH_CONFIG_DIR": str(folder / "config"),
            "OSDU_AUTH_STATE_DIR": str(folder / "state"),
            "BROWSER": str(program),
        }
        init = (
            *("init", "-p", "bench", "--client-id", sandbox.browser_client_id),
            *("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url),
        )
        run(Command([OSDU_AUTH, *init], variables))
        rounds = [_sign_in(sandbox, variables, addresses) for _ in range(_ROUNDS + 1)][1:]
    whole, others, processor = (statistics.median(each) * 1e3 for each in zip(*rounds, strict=True))
    own = statistics.median(taken.whole - taken.sandbox for taken in rounds) * 1e3
    yield Row(
        "`login --browser`, from Enter to the finished page",
        f"{whole:.1f} ms, the sandbox's {others:.1f} ms in it; processor time {processor:.1f} ms",
        own,
        300,
        "ms",
    )


def _sign_in(sandbox: Sandbox, variables: Mapping[str, str], addresses: Path) -> _Taken:
    """Sign in once, in a terminal.

    Raises:
        RuntimeError: it failed, so that its time says nothing.
    """
    sandbox.requests.clear()
    used = processor_time_of_children()
    began = time.perf_counter()
    terminal: pexpect.spawn[str] = pexpect.spawn(
        OSDU_AUTH,
        ["login", "-p", "bench", "--browser"],
        env={**os.environ, **variables},
        encoding="utf-8",
        timeout=_ENOUGH,
    )
    address = addresses.read_text()  # waits until it is there
    opened = time.perf_counter()
    before_pages = len(sandbox.requests)
    callback = _callback_after_pages(sandbox, address)
    after_pages = len(sandbox.requests)
    left = time.perf_counter()
    with urlopen(callback, timeout=_ENOUGH) as reply:
        page = reply.read().decode()
    finished = time.perf_counter()
    said = terminal.read()
    terminal.wait()
    if terminal.exitstatus or "<h1>Your sign-in is done</h1>" not in page:
        raise RuntimeError(f"the sign-in failed: {said[-500:]}")
    requests = list(sandbox.requests)
    others = [*requests[:before_pages], *requests[after_pages:]]
    whole = (opened - began) + (finished - left)
    return _Taken(
        whole,
        sum(request.seconds for request in others),
        processor_time_of_children() - used,
    )


class _AtTheSandbox(HTTPRedirectHandler):
    """Follows redirects to the sandbox alone."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not newurl.startswith(self._origin):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _callback_after_pages(sandbox: Sandbox, address: str) -> str:
    """Sign in at the sandbox's pages, and return where they send the browser."""
    opener = build_opener(HTTPCookieProcessor(), _AtTheSandbox(sandbox.endpoint_url))
    with opener.open(address, timeout=_ENOUGH) as reply:
        page = reply.read().decode()
    found = re.search(r'action="([^"]+)".*name="sign_in" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError(f"The sandbox asks for nothing: {page}")
    form = {"sign_in": found[2], "username": sandbox.username, "password": sandbox.password}
    try:
        opener.open(urljoin(address, found[1]), urlencode(form).encode(), timeout=_ENOUGH).close()
    except HTTPError as redirect:
        with redirect:
            return redirect.headers["Location"] or ""
    raise RuntimeError("The sandbox does not send the browser back.")
