"""Proxies: which calls use one, what it is sent, and the errors when it refuses."""

from __future__ import annotations

import os
import socket
import threading
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
import trustme

from cases import for_each
from osdu_auth.errors import ConfigurationError, Unreachable
from osdu_auth.wire import send
from osdu_auth.wire.http_call import read_target
from osdu_auth.wire.proxies import Proxy, is_exempt, proxy_for, schemes_of
from wire.scripted_server import ScriptedServer, reply, sends
from wire.test_tls import server_context

if TYPE_CHECKING:
    from pathlib import Path

POOL = "https://pool.example/"


def through(url: str, **environment: str) -> Proxy | None:
    return proxy_for(read_target(url), environment)


@for_each("url", ["http://proxy.example:3128", "proxy.example:3128", "HTTP://proxy.example:3128/"])
def test_a_proxy_is_taken_from_the_environment(url: str) -> None:
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]:
        assert through(POOL, **{name: url}) == Proxy("proxy.example", 3128), name


def test_https_proxy_has_priority_over_all_proxy_and_http_proxy_is_ignored() -> None:
    assert through(POOL, HTTPS_PROXY="one:1", ALL_PROXY="two:2") == Proxy("one", 1)
    assert through(POOL, HTTP_PROXY="one:1", http_proxy="one:1") is None
    assert through(POOL, HTTPS_PROXY="", ALL_PROXY="two") == Proxy("two", 80)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_never_called_through_a_proxy(host: str) -> None:
    assert (
        through(f"http://{host}:1/", HTTPS_PROXY="p:1", HTTP_PROXY="p:1", ALL_PROXY="p:1") is None
    )
    assert through(f"https://{host}:1/", HTTPS_PROXY="p:1", ALL_PROXY="p:1") is None


@for_each(
    "exemptions, host, is_direct",
    [
        ("*", "pool.example", True),
        ("pool.example", "pool.example", True),
        ("POOL.example", "pool.example", True),
        ("example", "pool.example", True),
        (".example", "pool.example", True),
        ("*.example", "pool.example", True),
        ("pool.example:443", "pool.example", True),
        ("pool.example:8443", "pool.example", False),
        ("pool.example:8443", "pool.example:8443", True),
        ("ool.example", "pool.example", False),
        ("pool.example.org", "pool.example", False),
        ("a, b  pool.example ,c", "pool.example", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "pool.example", False),
        ("10.0.0.0/99", "10.1.2.3", False),
        ("fd00::/8", "[fd12::1]", True),
        ("[fd12::1]", "[fd12::1]", True),
        ("fd12::1", "[fd12::1]", True),
        ("", "pool.example", False),
        (",., ,:,*.", "pool.example", False),
    ],
)
def test_no_proxy_exempts_names_suffixes_ports_and_networks(
    exemptions: str, host: str, is_direct: bool
) -> None:
    assert is_exempt(read_target(f"https://{host}/"), exemptions) is is_direct
    found = through(f"https://{host}/", HTTPS_PROXY="p:1", NO_PROXY=exemptions)
    assert (found is None) is is_direct


@pytest.mark.parametrize(
    "url",
    [
        "socks5://p:1",
        "https://p:1",
        "http://",
        "http://p:99999",
        "http://p:x",
        "p q",
        "http://a:s3cret@",
    ],
)
def test_an_invalid_proxy_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        through(POOL, HTTPS_PROXY=url)
    assert raised.value.code == "OA-C722"
    assert "s3cret" not in str(raised.value)


def test_the_password_in_a_proxys_url_becomes_basic_credentials_and_is_never_shown() -> None:
    proxy = through(POOL, HTTPS_PROXY="http://us%40er:p%3Aw%2F@proxy.example:1")
    assert proxy is not None
    assert proxy.authorization is not None
    assert proxy.authorization.reveal() == "Basic " + b64encode(b"us@er:p:w/").decode()
    assert "p:w/" not in repr(proxy) + proxy.shown


@pytest.mark.parametrize(
    ("userinfo", "pair"),
    [
        ("j\u00f6rg:pw", "j\u00f6rg:pw".encode()),
        ("j%C3%B6rg:pw", "j\u00f6rg:pw".encode()),
        (
            "j\udcf6rg:pw",
            b"j\xf6rg:pw",
        ),  # a variable in Latin-1, as the proxy may use
        ("user:p@ss:w", b"user:p@ss:w"),
        ("user:p#s?s/w", b"user:p#s?s/w"),
        ("user:p ss", b"user:p ss"),
        ("dom\\user:p%ss", b"dom\\user:p%ss"),
        ("user:\u20ac%20", "user:\u20ac ".encode()),
        ("user", b"user:"),
    ],
    ids=ascii,
)
def test_any_character_may_stand_in_a_proxy_s_user_and_password_as_in_curl(
    userinfo: str, pair: bytes
) -> None:
    for around in ("{}", "{}\r", '"{}"', "\ufeff{} ", "\u201c{}\u201d\r\n"):
        url = around.format(f"http://{userinfo}@proxy.example:3128")
        proxy = through(POOL, HTTPS_PROXY=url)
        assert proxy is not None
        assert (proxy.host, proxy.port) == ("proxy.example", 3128)
        assert proxy.authorization is not None
        assert proxy.authorization.reveal() == "Basic " + b64encode(pair).decode()


def test_an_invisible_character_in_a_proxy_s_host_is_named() -> None:
    with pytest.raises(ConfigurationError, match="It contains a zero-width space") as raised:
        through(POOL, HTTPS_PROXY="http://user:s3cret@proxy\u200b.example:1")
    assert raised.value.code == "OA-C722"
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "exemptions",
    [
        "pool.example\r",
        "\ufeffpool.example",
        '"pool.example"',
        "a,\u200bpool.example\xa0",
        '"a,pool.example"',
    ],
    ids=ascii,
)
def test_exemptions_work_with_stray_characters_around_them(exemptions: str) -> None:
    assert through(POOL, HTTPS_PROXY="http://p:1", NO_PROXY=exemptions) is None


def test_a_variable_of_spaces_names_no_proxy() -> None:
    assert through(POOL, HTTPS_PROXY="\r") is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (
            reply(b"", "407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n"),
            "OA-N646",
        ),
        (reply(b"", "407 Proxy Authentication Required"), "OA-N646"),
        (
            reply(b"", "407 No", "Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n"),
            "OA-N647",
        ),
        (reply(b"<html>", "403 Forbidden"), "OA-N622"),
        (reply(b"", "502 Bad Gateway"), "OA-N622"),
        (reply(b"", "302 Found", "Location: http://portal/\r\n"), "OA-N622"),
        (b"SSH-2.0\r\n", "OA-N623"),
        (b"", "OA-N620"),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(
    answer: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(sends(answer)) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{server.port}")
        with pytest.raises(Unreachable) as raised:
            send("POST", POOL, {"Authorization": "Bearer token-1"}, b"password-1")
    assert raised.value.code == code
    assert f"127.0.0.1:{server.port}" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert server.requests[0].startswith(b"CONNECT pool.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " in server.requests[0]
    assert b"-1" not in server.requests[0].replace(b"HTTP/1.1", b"")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_wants_a_user_name_has_a_fix_for_the_variable_that_counts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants = reply(b"", "407 No", 'Proxy-Authenticate: Negotiate, Basic realm="a, NTLM"\r\n')
    with ScriptedServer(sends(wants)) as server:
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
        with pytest.raises(Unreachable) as raised:
            send("GET", POOL, {})
        assert raised.value.code == "OA-N621"
        set_, _, url = raised.value.fix.partition("=")
        assert set_ == f"export {name}"
        monkeypatch.setenv(name, url)  # as it is printed, with the blanks filled in
        with pytest.raises(Unreachable) as raised:
            send("GET", POOL, {})
    assert (raised.value.code, raised.value.fix) == ("OA-N646", f"{set_}={url}")


def test_a_local_proxy_that_signs_in_replaces_one_that_osdu_auth_cannot_sign_in_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ntlm = reply(b"", "407 No", "Proxy-Authenticate: NTLM\r\n")
    with (
        ScriptedServer(sends(ntlm)) as server,
        ScriptedServer(sends(reply(b"", "502 No"))) as in_between,
    ):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
        with pytest.raises(Unreachable) as raised:
            send("GET", POOL, {})
        assert (raised.value.code, "offers NTLM" in raised.value.why) == ("OA-N647", True)
        set_, _, url = raised.value.fix.rpartition("export ")[2].partition("=")
        monkeypatch.setenv(set_, url.replace("PORT", str(in_between.port)))
        with pytest.raises(Unreachable, match="OA-N622"):  # this proxy is used, and not the other
            send("GET", POOL, {})
    assert len(in_between.requests) == 1


@pytest.mark.parametrize(
    ("challenge", "schemes"),
    [
        ("", []),
        ("NTLM", ["NTLM"]),
        ("Negotiate, NTLM", ["Negotiate", "NTLM"]),
        ('Basic realm="a, NTLM b", charset="UTF-8", Negotiate', ["Basic", "Negotiate"]),
        ('Digest realm="x\\", NTLM", nonce=abc', ["Digest"]),
        ("Negotiate YWJj==, Kerberos", ["Negotiate", "Kerberos"]),
    ],
)
def test_the_kinds_of_sign_in_of_a_proxy_are_read_from_its_challenge(
    challenge: str, schemes: list[str]
) -> None:
    assert schemes_of(challenge) == schemes


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"", "OA-N620"), (reply(b"", "403 Forbidden"), "OA-N622"), (b"SSH-2.0\r\n", "OA-N623")],
)
def test_a_host_is_exempted_in_the_variable_that_counts_and_the_others_stay(
    answer: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "a.example")
    with ScriptedServer(sends(answer)) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        with pytest.raises(Unreachable) as raised:
            send("GET", POOL, {})
    assert raised.value.code == code
    command = raised.value.fix.rpartition(": ")[2]
    assert command == "export no_proxy=a.example,pool.example"
    monkeypatch.setenv("no_proxy", command.partition("=")[2])
    assert through(POOL, **os.environ) is None


def test_a_proxy_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable, match="OA-N620"):
        send("GET", POOL, {})


def test_a_call_goes_through_the_tunnel_with_tls_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    pool = ScriptedServer(sends(reply(b"{}")), server_context(authority.issue_cert("pool.example")))

    def tunnel(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", pool.port)) as onward:
            back = threading.Thread(target=pump, args=(onward, connection), daemon=True)
            back.start()
            pump(connection, onward)
            back.join(5)

    with pool, ScriptedServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert send("POST", POOL, {"Authorization": "Bearer t"}, b"x").status == 200
    assert b"Bearer" not in proxy.requests[0]
    assert b"Host: pool.example\r\n" in pool.requests[0]


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
