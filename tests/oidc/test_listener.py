"""The listener settles on the one navigation it waits for, and on nothing else."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth import ConfigurationError
from osdu_auth.oidc.listener import Listener, _read_head
from osdu_auth.oidc.pages import DONE, Page

if TYPE_CHECKING:
    from collections.abc import Iterator


class Decider:
    """Takes the first code, once."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []
        self._lock = threading.Lock()

    def decide(self, parameters: list[tuple[str, str]]) -> Page | None:
        with self._lock:
            self.asked.append(parameters)
        return DONE if ("state", "right") in parameters else None


@pytest.fixture
def decider() -> Decider:
    return Decider()


@pytest.fixture
def listener(decider: Decider) -> Iterator[Listener]:
    with Listener((0,)) as listening:
        listening.start(decider.decide)
        yield listening


def ask(
    listener: Listener, target: str, method: str = "GET", host: str = "127.0.0.1", **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(host, listener.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, headers=named)
    response = connection.getresponse()
    answer = response.status, response.read().decode(), dict(response.getheaders())
    connection.close()
    return answer


RIGHT = "/callback?code=secret-code&state=right"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_navigation_is_answered_on_both_addresses(listener: Listener, host: str) -> None:
    status, body, headers = ask(listener, RIGHT, host=host, Sec_Fetch_Mode="navigate")
    assert (status, "Your sign-in is done" in body) == (200, True)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_no_part_of_a_request_is_in_a_page(listener: Listener) -> None:
    for target in (RIGHT, "/callback?code=secret-code&state=<b>x", "/<b>x"):
        body = ask(listener, target)[1]
        assert "secret-code" not in body
        assert "<b>x" not in body
        assert "<script" not in body


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/favicon.ico", {}, 404),
        ("GET", "/", {}, 404),
        ("GET", "/callback/", {}, 404),
        ("GET", "/Callback?code=a&state=right", {}, 404),
        ("HEAD", RIGHT, {}, 405),
        ("POST", RIGHT, {}, 405),
        ("OPTIONS", RIGHT, {"Origin": "https://attacker.example"}, 405),
        ("GET", RIGHT, {"Sec_Fetch_Mode": "cors"}, 204),
        ("GET", RIGHT, {"Sec_Fetch_Mode": "no-cors"}, 204),
        ("GET", RIGHT, {"Sec_Purpose": "prefetch;prerender"}, 204),
        ("GET", RIGHT, {"Purpose": "prefetch"}, 204),
        ("GET", RIGHT, {"X_Moz": "prefetch"}, 204),
        ("GET", RIGHT, {"Host": "rebound.attacker.example"}, 421),
        ("GET", RIGHT, {"Host": "localhost.attacker.example:8400"}, 421),
        ("GET", RIGHT, {"Host": "localhost:1"}, 421),
        ("GET", RIGHT, {"Host": ""}, 421),
    ],
)
def test_a_request_that_is_not_a_navigation_to_the_exact_path_decides_nothing(
    listener: Listener,
    decider: Decider,
    method: str,
    target: str,
    headers: dict[str, str],
    status: int,
) -> None:
    assert ask(listener, target, method, **headers)[0] == status
    assert decider.asked == []


def test_a_header_with_two_values_is_not_a_navigation(listener: Listener, decider: Decider) -> None:
    own = f"Host: localhost:{listener.port}\r\n"
    for headers in (f"{own}Host: attacker.example\r\n", f"Host: attacker.example\r\n{own}"):
        assert raw(listener, f"GET {RIGHT} HTTP/1.1\r\n{headers}\r\n").startswith("HTTP/1.1 421 ")
    modes = "Sec-Fetch-Mode: cors\r\nSec-Fetch-Mode: navigate\r\n"
    assert raw(listener, f"GET {RIGHT} HTTP/1.1\r\n{modes}\r\n").startswith("HTTP/1.1 204 ")
    assert decider.asked == []


def raw(listener: Listener, request: str) -> str:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as connection:
        connection.sendall(request.encode("ascii"))
        return connection.makefile("rb").read().decode()


def test_another_attempt_is_answered_and_ignored(listener: Listener) -> None:
    status, body, _ = ask(listener, "/callback?code=a&state=wrong")
    assert (status, "another sign-in" in body) == (400, True)
    assert ask(listener, RIGHT)[0] == 200


def test_idle_connections_and_broken_requests_delay_no_browser(listener: Listener) -> None:
    idle = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(20)]
    with socket.create_connection(("127.0.0.1", listener.port)) as broken:
        broken.sendall(b"\x00\xff nonsense\r\n\r\n")
    assert ask(listener, RIGHT)[0] == 200
    for each in idle:
        each.close()


_WITH_FEW_FILES = """
import resource, sys
from osdu_auth.oidc.listener import Listener, _read_head
from osdu_auth.oidc.pages import DONE
with Listener((0,)) as listening:
    listening.start(lambda _: DONE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    print(listening.port, flush=True)
    sys.stdin.read()
"""


def test_a_process_without_free_files_still_answers_the_next_browser() -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", _WITH_FEW_FILES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        ExitStack() as silent,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        for _ in range(30):
            silent.enter_context(socket.create_connection(("127.0.0.1", port)))
        with socket.create_connection(("127.0.0.1", port), timeout=20) as browser:
            browser.sendall(f"GET {RIGHT} HTTP/1.1\r\n\r\n".encode())
            assert browser.recv(12) == b"HTTP/1.1 200"
        process.stdin.close()
        assert process.wait(30) == 0


def test_silent_connections_are_closed_if_there_are_too_many(
    listener: Listener,
) -> None:
    address = ("127.0.0.1", listener.port)
    with ExitStack() as opened:
        first = opened.enter_context(socket.create_connection(address, timeout=3))
        for _ in range(70):
            opened.enter_context(socket.create_connection(address))
        assert first.recv(1) == b""
        assert ask(listener, RIGHT)[0] == 200


def test_a_connection_without_a_request_is_closed_when_the_listener_ends(
    monkeypatch: pytest.MonkeyPatch, decider: Decider
) -> None:
    monkeypatch.setattr("osdu_auth.oidc.listener._READ_TIMEOUT", 60.0)
    with Listener((0,)) as listening:
        listening.start(decider.decide)
        silent = [socket.create_connection(("127.0.0.1", listening.port)) for _ in range(2)]
        assert ask(listening, RIGHT)[0] == 200
    for each in silent:
        each.settimeout(2)
        assert each.recv(1) == b""
        each.close()


def test_a_request_that_comes_too_slowly_is_closed() -> None:
    browser, ours = socket.socketpair()
    with browser, ours:
        browser.sendall(b"GET /")
        assert _read_head(ours, time.monotonic() - 1) is None


def test_many_browsers_at_once_are_all_answered(listener: Listener) -> None:
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: ask(listener, RIGHT)[0], range(20)))
    assert statuses == [200] * 20


def test_the_listener_uses_only_the_two_addresses_of_this_machine(listener: Listener) -> None:
    assert {address for address, _ in listener.addresses} <= {"127.0.0.1", "::1"}
    assert {port for _, port in listener.addresses} == {listener.port}


def test_the_next_port_is_taken_where_one_is_in_use() -> None:
    with Listener((0,)) as first, Listener((first.port, 0)) as second:
        assert second.port != first.port


def test_all_ports_taken_is_one_clear_error() -> None:
    with Listener((0,)) as first, pytest.raises(ConfigurationError) as refused:
        Listener((first.port,))
    assert refused.value.code == "OA-B720"
    assert str(first.port) in refused.value.what


def test_a_port_in_use_on_one_of_the_two_addresses_is_not_used() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as other,
        pytest.raises(ConfigurationError),
    ):
        Listener((other.getsockname()[1],))


def test_the_port_is_free_again_afterwards(decider: Decider) -> None:
    for _ in range(20):
        with Listener((0,)) as first:
            first.start(decider.decide)
            port = first.port
        with Listener((port,)) as again:
            assert again.port == port


def test_the_port_is_free_again_after_a_page_was_sent(decider: Decider) -> None:
    with Listener((0,)) as first:
        first.start(decider.decide)
        port = first.port
        with socket.create_connection(("127.0.0.1", port)) as browser:
            browser.sendall(b"GET /callback HTTP/1.1\r\n\r\n")
            while browser.recv(4096):
                pass  # the listener ends the connection, so its end of it waits a minute
    with Listener((port,)) as again:
        assert again.port == port


@for_each("option", [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
@for_each("host", ["127.0.0.1", ""])
def test_a_port_is_never_shared_with_a_program_that_allows_sharing(option: int, host: str) -> None:
    """L-03: a program that listens there already, and lets others do so too."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind((host, 0))
        other.listen()
        with pytest.raises(ConfigurationError) as refused:
            Listener((other.getsockname()[1],))
    assert refused.value.code == "OA-B720"
