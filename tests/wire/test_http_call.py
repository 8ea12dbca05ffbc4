"""One HTTP call: the request, the reply, and what ends the call."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import for_each
from no_threads import run_without_threads
from osdu_auth.errors import ConfigurationError, OsduAuthError, Unreachable, UnusableReply
from osdu_auth.wire import Reply, send
from wire.scripted_server import ScriptedServer, read_request, reply, resets_after, sends

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = reply(b'{"a":1}', headers="Content-Type: application/json\r\nX-A: 1\r\nx-a: 2\r\n")


def code_of(url: str, **limits: Any) -> str:
    with pytest.raises(OsduAuthError) as raised:
        send("POST", url, {}, b"{}", **limits)
    return raised.value.code


def test_a_call_returns_status_lower_case_headers_and_body() -> None:
    with ScriptedServer(sends(GOOD)) as server:
        answered = send("POST", server.url(), {"X-Amz-Target": "T"}, b"{}")
    expected = {"content-length": "7", "content-type": "application/json", "x-a": "1, 2"}
    assert answered == Reply(200, expected, b'{"a":1}')


def test_the_request_is_one_well_formed_message_without_compression() -> None:
    with ScriptedServer(sends(GOOD)) as server:
        send("POST", server.url() + "p?q=1", {"X-Amz-Target": "T"}, b"{}")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /p?q=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert {"X-Amz-Target: T", "Content-Length: 2", "Accept-Encoding: identity"} <= set(lines)
    assert body == b"{}"


def test_errors_of_the_service_are_replies() -> None:
    with ScriptedServer(sends(reply(b"{}", "503 Busy"))) as server:
        assert send("GET", server.url(), {}).status == 503


def test_a_chunked_body_is_joined() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    )
    with ScriptedServer(sends(chunked)) as server:
        assert send("GET", server.url(), {}).body == b"abcde"


@for_each(
    "location, shown",
    [
        ("http://elsewhere.example/path?token=abc", "http://elsewhere.example"),
        ("https://user:pass@elsewhere.example:8443/p", "https://elsewhere.example:8443"),
        ("//elsewhere.example/p", "http://elsewhere.example"),
        ("/login", "itself"),
        ("", "itself"),
    ],
)
def test_a_redirect_is_not_followed_and_only_its_origin_is_named(location: str, shown: str) -> None:
    for status in [301, 302, 303, 307, 308, 300, 304]:
        answer = reply(b"", f"{status} Moved", f"Location: {location}\r\n")
        with ScriptedServer(sends(answer)) as server, pytest.raises(UnusableReply) as raised:
            send("POST", server.url(), {}, b"{}")
        assert raised.value.code == "OA-N631"
        assert f"a redirect to {shown}." in raised.value.what
        assert "abc" not in str(raised.value)
        assert "pass@" not in str(raised.value)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "http://127.0.0.1.example.com/", "http://0.0.0.0/", "http://127.1/",
     "http://localhost.example/", "http://[::2]/", "http://[::ffff:127.0.0.1]/"],
)  # fmt: skip
def test_plain_http_is_for_this_machine_only(url: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C720"):
        send("GET", url, {})


@for_each(
    "url",
    [
        "",
        "ftp://x/",
        "https://",
        "https://a b/",
        "https://user@x/",
        "https://user:pw@x/",
        "https://x/\r\nHost: y",
        "https://x\\@y/",
        "https://x/#f",
        "https://x:0/",
        "https://x:99999/",
        "https://x:80\n/",
        "https://ünïcode/",
        "https://x/\x00",
        "https://[zz]/",
        "file:///etc/passwd",
        "https://x\n",
        "//x/",
        "https:/x",
    ],
)
def test_an_invalid_url_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C721"):
        send("GET", url, {})


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "\x00", "ä", "\x7f"])
def test_a_header_that_could_split_the_request_is_refused(value: str) -> None:
    with ScriptedServer(sends(GOOD)) as server:
        for headers in ({"X": value}, {f"X{value}": "v"}):
            with pytest.raises(ConfigurationError, match="OA-C725"):
                send("GET", server.url(), headers)
        with pytest.raises(ConfigurationError, match="OA-C725"):
            send("GET / HTTP/1.1\r\nX: y\r\n", server.url(), {})
    assert server.requests == []


@for_each("count", range(len(GOOD)))
def test_a_reset_or_an_end_at_any_byte_is_a_network_error(count: int) -> None:
    for behave, codes in (
        (resets_after(GOOD[:count]), {"OA-N606", "OA-N607"}),
        (sends(GOOD[:count]), {"OA-N607"}),
    ):
        with ScriptedServer(behave) as server:
            assert code_of(server.url()) in codes


def test_a_closed_port_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert code_of(f"http://127.0.0.1:{port}/") == "OA-N602"
    assert code_of(f"http://localhost:{port}/") == "OA-N602"


@pytest.mark.parametrize("host", ["does-not-exist.invalid", "a" * 70 + ".invalid", "a..invalid"])
def test_an_unknown_host_name_is_a_network_error(host: str) -> None:
    assert code_of(f"https://{host}/") == "OA-N601"


def test_a_server_that_never_answers_ends_at_the_deadline() -> None:
    done = threading.Event()

    def silent(_connection: socket.socket, _request: bytes) -> None:
        done.wait(20)  # and hangs up, before the deadline that a call has without one of its own

    with ScriptedServer(silent) as server:
        assert code_of(server.url(), total_timeout=0.3) == "OA-N605"
        done.set()


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX: ", reply(b"x" * 9999)[:-9990]],
    ids=["status", "header", "body"],
)
def test_a_very_slow_reply_ends_at_the_deadline(start: bytes) -> None:
    done = threading.Event()

    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(start)
        for _ in range(1000):  # and hangs up, before the deadline of a call without one of its own
            if done.wait(0.02):
                return
            connection.sendall(b"x")

    with ScriptedServer(drip) as server:
        assert code_of(server.url(), total_timeout=0.4) == "OA-N605"
        done.set()


def test_a_server_that_does_not_read_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        begin = time.monotonic()
        with pytest.raises(Unreachable, match="OA-N605"):
            send("POST", url, {}, b"x" * 20_000_000, total_timeout=0.4)
        assert time.monotonic() - begin < 20, "without a deadline of its own it would be thirty"


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"[" * 10 * 1024 * 1024),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * (2 * 1024 * 1024),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n[\r\n" * 500_000,
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 60_000) for n in range(90)),
    ],
    ids=["length", "until close", "chunks", "headers"],
)
def test_a_reply_beyond_the_limit_is_refused_and_not_kept(answer: bytes) -> None:
    with ScriptedServer(sends(answer)) as server:
        assert code_of(server.url()) == "OA-N632"


def test_a_reply_of_exactly_the_limit_is_accepted() -> None:
    with ScriptedServer(sends(reply(b"x" * 1000))) as server:
        assert len(send("GET", server.url(), {}, limit=1000).body) == 1000
        assert code_of(server.url(), limit=999) == "OA-N632"


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"HTTP/0.9 hi\r\n\r\n",
     b"<html>", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 99 x\r\n\r\n", b"\r\n\r\n",
     b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"],
)  # fmt: skip
def test_bytes_that_are_not_http_are_an_unusable_reply(answer: bytes) -> None:
    with ScriptedServer(sends(answer)) as server:
        assert code_of(server.url()) == "OA-N630"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: GOOD[:20] + tail))
def test_any_bytes_give_a_reply_or_one_of_our_errors(answer: bytes) -> None:
    with ScriptedServer(sends(answer)) as server:
        try:
            ended: object = send("GET", server.url(), {}, total_timeout=2)
        except OsduAuthError as error:
            ended = error
    assert isinstance(ended, Reply) or "[OA-N6" in str(ended)


def test_no_error_shows_path_query_header_or_body() -> None:
    behaviours: list[Callable[[socket.socket, bytes], None]] = [
        sends(b""), sends(b"nonsense"), sends(reply(b"", "302 Found")), resets_after(b""),
    ]  # fmt: skip
    for behave in behaviours:
        with ScriptedServer(behave) as server, pytest.raises(OsduAuthError) as raised:
            send("POST", server.url() + "path?q=secret-1", {"A": "secret-2"}, b"secret-3")
        assert "secret" not in repr(raised.value) + str(raised.value)
        assert raised.value.fix


def test_a_host_name_is_looked_up_even_if_no_thread_can_start() -> None:
    program = """
from osdu_auth.errors import OsduAuthError
from osdu_auth.wire import send
try:
    send("GET", "https://does-not-exist.invalid/", {})
except OsduAuthError as error:
    print(error.code)
"""
    assert run_without_threads(program, {}) == "OA-N601\n"


@pytest.fixture
def ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")


class Mute:
    """A port that neither accepts nor refuses connections until `answer`."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # No further connection is accepted: the queue is full.
        self.listener = socket.create_server((host, port), family=family, backlog=0)
        self.waiting = []
        for _ in range(3):
            each = socket.socket(family)
            each.setblocking(False)
            each.connect_ex((host, port))
            self.waiting.append(each)

    def answer(self) -> None:
        for _ in range(2):
            self.listener.accept()[0].close()

    def close(self) -> None:
        for each in (*self.waiting, self.listener):
            each.close()


def test_an_address_that_does_not_answer_leaves_time_for_the_next_one(ipv6: None) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        mute = Mute("127.0.0.1", port)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                read_request(connection)
                connection.sendall(GOOD)

        threading.Thread(target=serve, daemon=True).start()
        begin = time.monotonic()
        try:
            assert send("GET", f"http://localhost:{port}/", {}, connect_timeout=3.2).status == 200
        finally:
            mute.close()
        assert time.monotonic() - begin > 1.5, "half of the time was the first one's"


def test_after_a_refused_address_the_next_one_gets_all_the_time(ipv6: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    mute = Mute("::1", port)  # and nothing at 127.0.0.1

    def wake() -> None:
        # After more than half of the time; a lost packet is sent again in the third second or
        # later (RFC 6298).
        time.sleep(2.7)
        with suppress(OSError):  # the client has closed it
            mute.answer()
            mute.answer()

    threading.Thread(target=wake, daemon=True).start()
    begin = time.monotonic()
    try:
        code = code_of(f"http://localhost:{port}/", connect_timeout=5, total_timeout=4.5)
    finally:
        took = time.monotonic() - begin
        mute.close()
    assert code in {"OA-N605", "OA-N606", "OA-N607"}, "the connection was made"
    assert took > 2.6


# Each is refused: because of the reply, or before a request is sent.
REFUSED = {
    "a redirect": reply(b"", "302 Found", "Location: /login\r\n"),
    "a body that is too large": reply(b"x" * 2_000_000),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n" * 10,
    "a body that ends early": reply(b"x" * 100)[:-50],
    "no TLS": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a proxy that wants a sign-in": b"HTTP/1.1 407 Who\r\n\r\n",
    "a proxy that refuses": b"HTTP/1.1 403 No\r\n\r\n",
    "a proxy that is none": b"SSH-2.0-OpenSSH_9.2\r\n" * 10,
}


@pytest.mark.parametrize("answer", REFUSED)
def test_the_connection_is_closed_after_a_refused_reply(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_given_back = threading.Event()

    def behave(connection: socket.socket, _request: bytes) -> None:
        try:
            connection.sendall(REFUSED[answer])
            if answer == "a body that ends early":
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(60)
            while connection.recv(65536):
                pass
        except (
            BrokenPipeError,
            ConnectionResetError,
        ):  # the client has closed it with unread bytes
            pass
        is_given_back.set()

    with ScriptedServer(behave, reads_a_request=answer != "no TLS") as server:
        url = server.url("https" if answer == "no TLS" else "http")
        if "proxy" in answer:
            monkeypatch.setenv("HTTPS_PROXY", server.url())
            url = "https://pool.example/"
        with pytest.raises(OsduAuthError) as raised:
            send("GET", url, {})
        # The error still exists, and so does everything in its traceback.
        assert is_given_back.wait(60), raised.value


def test_the_error_is_that_of_the_first_address(ipv6: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    mute = Mute("::1", port)  # and nothing at 127.0.0.1
    try:
        assert code_of(f"http://localhost:{port}/", connect_timeout=0.3) == "OA-N602"
    finally:
        mute.close()
