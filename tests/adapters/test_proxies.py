"""No proxy reads a token: a platform on this machine is called directly, or the call is refused.

The row N-04 of the list of abuse and faults.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from adapters.clients import ALL, Call, Client
from adapters.recording_proxy import RecordingProxy, recording_proxy
from adapters.recording_server import RecordingServer, Reply, recording_server
from adapters.test_where_tokens_go import assert_only_the_token, redirecting
from osdu_auth import ConfigurationError, WorkerSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.conftest import Secure, SignedIn

    Way = Callable[[Any, str, str], int]

VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
HTTPX = ("httpx", "httpx2")


@pytest.fixture
def proxy() -> Iterator[RecordingProxy]:
    with recording_proxy() as running:
        yield running


def requests_call(session: Any, url: str, proxy: str) -> int:
    import requests

    return requests.get(url, auth=session, proxies={"http": proxy}, timeout=20).status_code


def requests_all(session: Any, url: str, proxy: str) -> int:
    import requests

    return requests.get(url, auth=session, proxies={"all": proxy}, timeout=20).status_code


def requests_host(session: Any, url: str, proxy: str) -> int:
    import requests

    proxies = {"http://127.0.0.1": proxy, "http://localhost": proxy}
    return requests.get(url, auth=session, proxies=proxies, timeout=20).status_code


def requests_session(session: Any, url: str, proxy: str) -> int:
    import requests

    with requests.Session() as http:
        http.trust_env = False
        http.auth, http.proxies = session, {"http": proxy, "https": proxy}
        return http.post(url, data=iter([b"a", b"b"]), timeout=20).status_code


def requests_prepared(session: Any, url: str, proxy: str) -> int:
    import requests

    with requests.Session() as http:
        prepared = http.prepare_request(requests.Request("GET", url, auth=session))
        return http.send(prepared, proxies={"http": proxy}, timeout=20).status_code


def requests_own_adapter(session: Any, url: str, proxy: str) -> int:
    """An adapter of the caller's that chooses a proxy itself."""
    import requests
    from requests.adapters import HTTPAdapter

    class Proxied(HTTPAdapter):
        def send(self, request: Any, *given: Any, **settings: Any) -> Any:
            return super().send(request, *given, **{**settings, "proxies": {"http": proxy}})

    with requests.Session() as http:
        http.mount("http://", Proxied())
        return http.get(url, auth=session, timeout=20).status_code


def requests_own_request(session: Any, url: str, proxy: str) -> int:
    """A request of a class of the caller's."""
    import requests

    class Own(requests.PreparedRequest):
        pass

    prepared = Own()
    prepared.prepare("GET", url, auth=session)
    with requests.Session() as http:
        return http.send(prepared, proxies={"http": proxy}, timeout=20).status_code


def after_a_mock(session: Any, url: str, proxy: str) -> int:
    """A library for tests had put a function in the place of `send`, and took it away again."""
    import requests

    answer = requests.Response()
    answer.status_code = 204
    with mock.patch.object(requests.adapters.HTTPAdapter, "send", return_value=answer):
        assert requests.get(url, auth=session, timeout=20).status_code == 204
    return requests_call(session, url, proxy)


def httpx_proxy(name: str) -> Way:
    def call(session: Any, url: str, proxy: str) -> int:
        with import_module(name).Client(proxy=proxy, auth=session) as http:
            return int(http.get(url).status_code)

    return call


def httpx_mounts(name: str) -> Way:
    def call(session: Any, url: str, proxy: str) -> int:
        httpx = import_module(name)
        with httpx.Client(mounts={"http://": httpx.HTTPTransport(proxy=proxy)}) as http:
            return int(http.get(url, auth=session).status_code)

    return call


def httpx_transport(name: str) -> Way:
    def call(session: Any, url: str, proxy: str) -> int:
        httpx = import_module(name)
        with httpx.Client(transport=httpx.HTTPTransport(proxy=proxy)) as http:
            return int(http.post(url, content=iter([b"a"]), auth=session).status_code)

    return call


def httpx_warm(name: str) -> Way:
    """The connection to the proxy is there already, made by a call that had no token."""

    def call(session: Any, url: str, proxy: str) -> int:
        with import_module(name).Client(proxy=proxy) as http:
            assert http.get(url).status_code == 200
            return int(http.get(url, auth=session).status_code)

    return call


def httpx_traced(name: str) -> Way:
    """The caller follows what happens to its requests."""

    def call(session: Any, url: str, proxy: str) -> int:
        followed: list[str] = []
        trace = {"trace": lambda event, _: followed.append(event)}
        with import_module(name).Client(proxy=proxy) as http:
            answered = http.get(url, auth=session, extensions=trace)
        assert "http11.send_request_headers.started" in followed
        return int(answered.status_code)

    return call


def httpx_async(name: str) -> Way:
    def call(session: Any, url: str, proxy: str) -> int:
        async def get() -> int:
            async with import_module(name).AsyncClient(proxy=proxy, auth=session) as http:
                return int((await http.get(url)).status_code)

        return asyncio.run(get())

    return call


def aiohttp_way(*, of_the_client: bool) -> Way:
    def call(session: Any, url: str, proxy: str) -> int:
        import aiohttp

        from osdu_auth.adapters.aiohttp import session_middleware

        mine: dict[str, Any] = {"proxy": proxy}
        middlewares = [session_middleware(session)]

        async def get() -> int:
            none: dict[str, Any] = {}
            settings, of_call = (mine, none) if of_the_client else (none, mine)
            async with (
                aiohttp.ClientSession(middlewares=middlewares, **settings) as http,
                http.get(url, **of_call) as response,
            ):
                return response.status

        return asyncio.run(get())

    return call


def urllib3_manager(session: Any, url: str, proxy: str) -> int:
    from osdu_auth.adapters.urllib3 import SessionProxyManager

    with SessionProxyManager(session, proxy, headers={"X-Own": "1"}, retries=2) as pool:
        return pool.request("GET", url).status


EXPLICIT: dict[str, Way] = {
    "requests, a call's proxies": requests_call,
    "requests, a call's proxies for all": requests_all,
    "requests, a proxy for the host": requests_host,
    "requests, a session's proxies": requests_session,
    "requests, a prepared request": requests_prepared,
    "requests, an adapter's own proxy": requests_own_adapter,
    "requests, a request of another class": requests_own_request,
    "requests, after a mock": after_a_mock,
    "aiohttp, a call's proxy": aiohttp_way(of_the_client=False),
    "aiohttp, a client's proxy": aiohttp_way(of_the_client=True),
    "urllib3, ProxyManager": urllib3_manager,
    **{f"{name}, proxy=": httpx_proxy(name) for name in HTTPX},
    **{f"{name}, mounts=": httpx_mounts(name) for name in HTTPX},
    **{f"{name}, transport=": httpx_transport(name) for name in HTTPX},
    **{f"{name}, a connection made before": httpx_warm(name) for name in HTTPX},
    **{f"{name}, traced": httpx_traced(name) for name in HTTPX},
    **{f"{name}, asynchronous": httpx_async(name) for name in HTTPX},
}


def outcome(call: Callable[[], int]) -> str:
    """What became of a call: direct, as it was answered by the platform, or refused."""
    try:
        return {200: "direct"}[call()]
    except ConfigurationError as error:
        return {"OA-C729": "refused"}[error.code]


def assert_kept(platform: RecordingServer, proxy: RecordingProxy, token: str, became: str) -> None:
    assert not proxy.saw(token)
    assert not proxy.saw("Bearer")
    if became == "direct":
        assert proxy.received == []
        assert_only_the_token(platform, token)
        assert all(seen.path.startswith("/") for seen in platform.seen)
    else:
        assert platform.seen == []


@pytest.mark.parametrize("way", EXPLICIT)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_that_the_caller_names_does_not_read_the_token(
    way: str, host: str, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    name = way.partition(",")[0]
    pytest.importorskip(name)
    platform.url = platform.url.replace("127.0.0.1", host)
    session = signed_in.on(platform).session
    became = outcome(lambda: EXPLICIT[way](session, f"{platform.url}/api", proxy.url))
    assert became == ("refused" if name in HTTPX else "direct")
    assert_kept(platform, proxy, signed_in.first, became)


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_proxy_of_the_environment_does_not_read_the_token(
    client: Client,
    variable: str,
    signed_in: SignedIn,
    platform: RecordingServer,
    proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = signed_in.on(platform).session
    monkeypatch.setenv(variable, proxy.url)
    became = outcome(lambda: client.send(session, Call(f"{platform.url}/api")).status)
    assert became == ("refused" if getattr(client, "name", "") in HTTPX else "direct")
    assert_kept(platform, proxy, signed_in.first, became)


@pytest.mark.parametrize("of", ["environment", "caller"])
def test_a_worker_s_token_is_not_sent_to_a_proxy_either(
    client: Client, of: str, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    worker: WorkerSession = signed_in.on(platform).session.for_workers("1m")
    monkeypatch.setenv("all_proxy", proxy.url if of == "environment" else "")
    call = Call(f"{platform.url}/api", proxy=proxy.url if of == "caller" else None)
    became = outcome(lambda: client.send(worker, call).status)
    assert_kept(platform, proxy, signed_in.first, became)


@pytest.mark.parametrize("library", [*HTTPX, "requests"])
@pytest.mark.parametrize("how", ["", ", asynchronous"])
def test_a_socks_proxy_does_not_read_the_token_either(
    library: str, how: str, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    pytest.importorskip(library)
    pytest.importorskip({"requests": "socks"}.get(library, "socksio"))
    way = requests_call if library == "requests" else EXPLICIT[f"{library}{how or ', proxy='}"]
    session = signed_in.on(platform).session
    socks = proxy.url.replace("http:", "socks5:")
    became = outcome(lambda: way(session, f"{platform.url}/api", socks))
    assert became == ("direct" if library == "requests" else "refused")
    assert_kept(platform, proxy, signed_in.first, became)


# The advice, typed as it is printed.


def refusal_of(call: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError, match="OA-C729") as refused:
        call()
    return refused.value.fix


@pytest.mark.parametrize("of", ["environment", "caller"])
@pytest.mark.parametrize("library", HTTPX)
def test_the_mounts_that_a_refusal_advises_lead_past_the_proxy(
    library: str, of: str, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    httpx = pytest.importorskip(library)
    session = signed_in.on(platform).session
    settings: dict[str, Any] = {"auth": session}
    if of == "environment":
        monkeypatch.setenv("http_proxy", proxy.url)
    else:
        settings["proxy"] = proxy.url
    url = f"{platform.url}/api"
    with httpx.Client(**settings) as http:
        fix = refusal_of(lambda: http.get(url))
    advised = fix.removeprefix("Make the client with ").partition(";")[0]
    settings |= eval(f"dict({advised})", {})
    with httpx.Client(**settings) as http:
        assert http.get(url).status_code == 200
    assert_kept(platform, proxy, signed_in.first, "direct")


@pytest.mark.parametrize("exempt", [{}, {"NO_PROXY": "a.test"}, {"no_proxy": "a.test, b.test"}])
@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("library", HTTPX)
def test_the_command_that_a_refusal_advises_leads_past_the_proxy(
    library: str, variable: str, exempt: dict[str, str], signed_in: SignedIn,
    platform: RecordingServer, proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    httpx = pytest.importorskip(library)
    session = signed_in.on(platform).session
    for name, value in {variable: proxy.url, **exempt}.items():
        monkeypatch.setenv(name, value)
    url = f"{platform.url}/api"
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # to read the usual authorities takes long
    fix = refusal_of(lambda: httpx.get(url, auth=session, verify=trust))
    command = fix.rpartition("also type: ")[2]
    typed = subprocess.run(
        ["/bin/sh", "-c", f'{command}; printf %s "$no_proxy"'], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert set(exempt.values()) <= {typed.stdout.rpartition(",")[0]}
    monkeypatch.setenv("no_proxy", typed.stdout)
    assert httpx.get(url, auth=session, verify=trust).status_code == 200
    assert_kept(platform, proxy, signed_in.first, "direct")


@pytest.fixture
def platform6() -> Iterator[RecordingServer]:
    """A platform at the other loopback address."""
    with recording_server(address="::1") as end:
        yield end


def test_the_other_loopback_address_avoids_the_proxy_too(
    client: Client, signed_in: SignedIn, platform6: RecordingServer, proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    session = signed_in.on(platform6).session
    given = proxy.url if client.ignores_environment else None
    call = Call(f"{platform6.url}/api", proxy=given)
    monkeypatch.setenv("all_proxy", proxy.url)
    if getattr(client, "name", "") in HTTPX:
        fix = refusal_of(lambda: client.send(session, call))
        assert f'mounts={{"{platform6.url}": None}}' in fix
        assert fix.endswith("export no_proxy=::1")
        monkeypatch.setenv("no_proxy", "::1")
    assert client.send(session, call).status == 200
    assert_kept(platform6, proxy, signed_in.first, "direct")


# Other requests still use the proxy.


def test_a_platform_behind_tls_is_called_through_the_tunnel_of_a_proxy_with_a_password(
    client: Client, signed_in: SignedIn, secure: Secure, proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    session = signed_in.on(secure.end).session
    with_password = proxy.url.replace("//", "//proxy-user:proxy-password@")
    monkeypatch.setenv("https_proxy", with_password)
    monkeypatch.setenv("HTTPS_PROXY", with_password)
    given = proxy.url if client.ignores_environment else None
    call = Call(f"{secure.end.url}/api", ca=secure.ca, proxy=given)
    assert client.send(session, call).status == 200
    assert proxy.received[0].startswith(b"CONNECT 127.0.0.1:")
    assert not proxy.saw(signed_in.first)
    assert_only_the_token(secure.end, signed_in.first)


def test_a_proxy_of_one_call_is_not_used_for_later_calls(
    client: Client, signed_in: SignedIn, secure: Secure, proxy: RecordingProxy
) -> None:
    session = signed_in.on(secure.end).session
    secure.end.answer = lambda _: Reply(401 if len(secure.end.seen) == 1 else 200)
    url = f"{secure.end.url}/api"
    assert client.send(session, Call(url, ca=secure.ca, proxy=proxy.url)).status == 200
    assert len(secure.end.seen) == 2
    tunnels = sum(each.startswith(b"CONNECT") for each in proxy.received)
    assert tunnels >= 1
    received = len(proxy.received)
    assert client.send(session, Call(url, ca=secure.ca)).status == 200
    assert (len(proxy.received), len(secure.end.seen)) == (received, 3)


def test_a_401_of_a_platform_on_this_machine_is_answered_directly_too(
    client: Client, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    session = signed_in.on(platform).session
    platform.answer = lambda _: Reply(401 if len(platform.seen) == 1 else 200)
    became = outcome(
        lambda: client.send(session, Call(f"{platform.url}/api", proxy=proxy.url)).status
    )
    assert not proxy.saw("Bearer")
    assert len(platform.seen) == (2 if became == "direct" else 0)


def test_a_redirect_to_the_platform_avoids_the_proxy_and_one_to_another_host_uses_it(
    client: Client, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    session = signed_in.on(platform).session
    call = Call(f"{platform.url}/from", proxy=proxy.url)
    platform.answer = redirecting("/to", 307)
    if outcome(lambda: client.send(session, call).status) == "refused":
        return
    assert [seen.path for seen in platform.seen] == ["/from", "/to"]
    assert proxy.received == []
    platform.answer = redirecting("http://elsewhere.invalid/to", 307)
    assert client.send(session, call).text == "from the proxy"
    assert proxy.received[0].startswith(b"GET http://elsewhere.invalid/to HTTP/1.1\r\n")
    assert not proxy.saw("Bearer")
    assert not proxy.saw(signed_in.first)


@pytest.mark.parametrize("library", HTTPX)
def test_a_redirect_from_a_direct_platform_may_lead_to_a_proxy(
    library: str, signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    httpx = pytest.importorskip(library)
    session = signed_in.on(platform).session
    platform.answer = redirecting("http://elsewhere.invalid/to", 302)
    mounts = {platform.url: None}
    with httpx.Client(proxy=proxy.url, mounts=mounts, follow_redirects=True) as http:
        assert http.get(f"{platform.url}/from", auth=session).text == "from the proxy"
    assert len(platform.seen) == 1
    assert not proxy.saw("Bearer")


def test_the_http_url_of_an_https_platform_gets_no_token(
    client: Client, signed_in: SignedIn, secure: Secure, proxy: RecordingProxy
) -> None:
    session = signed_in.on(secure.end).session
    url = secure.end.url.replace("https:", "http:")
    call = Call(f"{url}/api", proxy=proxy.url)
    if client.refuses_elsewhere:
        with pytest.raises(ConfigurationError, match="OA-C791"):
            client.send(session, call)
    else:
        assert client.send(session, call).text == "from the proxy"
    assert not proxy.saw("Bearer")


def test_a_manager_that_forwards_https_through_a_proxy_cannot_be_made(
    signed_in: SignedIn, secure: Secure
) -> None:
    pytest.importorskip("urllib3")
    from osdu_auth.adapters.urllib3 import SessionProxyManager

    session = signed_in.on(secure.end).session
    proxy = "https://proxy.invalid"
    fix = refusal_of(lambda: SessionProxyManager(session, proxy, use_forwarding_for_https=True))
    assert fix == "Leave out use_forwarding_for_https=True."
    SessionProxyManager(session, proxy)


def test_requests_without_a_session_use_their_proxy_as_before(
    signed_in: SignedIn, platform: RecordingServer, proxy: RecordingProxy
) -> None:
    requests = pytest.importorskip("requests")
    session = signed_in.on(platform).session
    assert requests_call(session, f"{platform.url}/api", proxy.url) == 200
    own = {"Authorization": "Bearer of-their-own"}
    proxies = {"http": proxy.url}
    answer = requests.get(f"{platform.url}/api", headers=own, proxies=proxies, timeout=20)
    assert answer.text == "from the proxy"
    assert proxy.saw("of-their-own")


def test_every_library_is_in_the_table() -> None:
    libraries = {name.partition("-")[0] for name in ALL}
    assert {way.partition(",")[0] for way in EXPLICIT} == libraries
