"""A token goes only to the platform, in spite of redirects, ~/.netrc and proxies.

The rows N-01, N-02, N-03 of the list of abuse and faults.
"""

from __future__ import annotations

import os
from itertools import product
from typing import TYPE_CHECKING

import pytest

from adapters.clients import Call
from adapters.recording_server import RecordingServer, Reply, Seen
from session_test_parts import renewals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from adapters.clients import Client
    from adapters.conftest import Secure, SignedIn

REDIRECTS = (301, 302, 303, 307, 308)


def redirecting(location: str, status: int) -> Callable[[Seen], Reply]:
    """Answer the path /from with a redirect, and any other with 200."""

    def answer(seen: Seen) -> Reply:
        return Reply(status, {"Location": location}, b"") if seen.path == "/from" else Reply()

    return answer


def many_hops(location: str, status: int) -> Callable[[Seen], Reply]:
    """Lead over 19 more places on the platform before it is left."""

    def answer(seen: Seen) -> Reply:
        hop = 0 if seen.path == "/from" else int(seen.path.removeprefix("/hop/"))
        to = location if hop == 19 else f"/hop/{hop + 1}"
        return Reply(status, {"Location": to}, b"")

    return answer


def assert_only_the_token(platform: RecordingServer, token: str) -> None:
    assert platform.seen
    assert {seen.authorization for seen in platform.seen} == {f"Bearer {token}"}


def test_a_redirect_on_the_platform_keeps_the_token(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    with_user = platform.url.replace("//", "//user:password@")
    session = signed_in.on(platform).session
    for status, place in product(REDIRECTS, ("", platform.url, with_user)):
        platform.answer = redirecting(f"{place}/to", status)
        platform.seen.clear()
        assert client.send(session, Call(f"{platform.url}/from", "bytes")).status == 200
        assert [seen.path for seen in platform.seen] == ["/from", "/to"]
        assert_only_the_token(platform, signed_in.first)


@pytest.mark.parametrize("how", ["port", "host", "userinfo", "scheme-relative", "20 hops"])
def test_a_redirect_to_another_host_removes_the_token(
    client: Client,
    signed_in: SignedIn,
    platform: RecordingServer,
    other_server: RecordingServer,
    how: str,
) -> None:
    session = signed_in.on(platform).session
    port = other_server.url.rpartition(":")[2]
    others = {
        "host": f"http://localhost:{port}/to",
        "userinfo": f"http://user:password@127.0.0.1:{port}/to",
        "scheme-relative": f"//127.0.0.1:{port}/to",
    }
    way = many_hops if how == "20 hops" else redirecting
    for status in REDIRECTS:
        platform.answer = way(others.get(how, f"{other_server.url}/to"), status)
        assert client.send(session, Call(f"{platform.url}/from")).status == 200
        assert_only_the_token(platform, signed_in.first)
    assert [seen.path for seen in other_server.seen] == ["/to"] * len(REDIRECTS)
    assert not other_server.saw(signed_in.first)


@pytest.mark.parametrize("how", ["port", "host", "scheme-relative", "20 hops"])
def test_urllib3_that_keeps_all_headers_still_removes_the_token_for_another_host(
    signed_in: SignedIn, platform: RecordingServer, other_server: RecordingServer, how: str
) -> None:
    urllib3 = pytest.importorskip("urllib3")
    from osdu_auth.adapters.urllib3 import SessionPoolManager

    session = signed_in.on(platform).session
    port = other_server.url.rpartition(":")[2]
    others = {"host": f"http://localhost:{port}/to", "scheme-relative": f"//127.0.0.1:{port}/to"}
    location = others.get(how, f"{other_server.url}/to")
    way = many_hops if how == "20 hops" else redirecting
    keeping_all = urllib3.Retry(30, remove_headers_on_redirect=[])
    with SessionPoolManager(session) as pool:
        for status in REDIRECTS:
            platform.answer = way(location, status)
            url, own = f"{platform.url}/from", {"X-Own": "1"}
            assert pool.request("GET", url, headers=own, retries=keeping_all).status == 200
    assert_only_the_token(platform, signed_in.first)
    assert [seen.headers["x-own"] for seen in other_server.seen] == ["1"] * len(REDIRECTS)
    assert not other_server.saw(signed_in.first)


def test_urllib3_keeps_a_caller_s_own_authorization_for_another_host(
    signed_in: SignedIn, platform: RecordingServer, other_server: RecordingServer
) -> None:
    urllib3 = pytest.importorskip("urllib3")
    from osdu_auth.adapters.urllib3 import SessionPoolManager

    other_server.answer = redirecting("/to", 302)
    headers = {"Authorization": "Basic b3VyczpvbGQ="}
    keeping_all = urllib3.Retry(5, remove_headers_on_redirect=[])
    with SessionPoolManager(signed_in.on(platform).session) as pool:
        pool.request("GET", f"{other_server.url}/from", headers=headers, retries=keeping_all)
    assert [seen.authorization for seen in other_server.seen] == list(headers.values()) * 2


def test_another_name_of_the_same_machine_is_another_host(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    port = platform.url.rpartition(":")[2]
    platform.answer = redirecting(f"http://localhost:{port}/to", 302)
    assert client.send(signed_in.on(platform).session, Call(f"{platform.url}/from")).status == 200
    there, other_server = platform.seen
    assert there.authorization == f"Bearer {signed_in.first}"
    assert other_server.authorization is None


def test_a_redirect_to_plain_http_removes_the_token(
    client: Client, signed_in: SignedIn, secure: Secure, other_server: RecordingServer
) -> None:
    session = signed_in.on(secure.end).session
    for status in REDIRECTS:
        secure.end.answer = redirecting(f"{other_server.url}/to", status)
        assert client.send(session, Call(f"{secure.end.url}/from", ca=secure.ca)).status == 200
    assert_only_the_token(secure.end, signed_in.first)
    assert len(other_server.seen) == len(REDIRECTS)
    assert not other_server.saw(signed_in.first)


def test_a_401_of_another_host_renews_nothing(
    client: Client, signed_in: SignedIn, platform: RecordingServer, other_server: RecordingServer
) -> None:
    before = renewals(signed_in.sandbox, signed_in.session.profile)
    platform.answer = redirecting(f"{other_server.url}/to", 302)
    other_server.answer = lambda _: Reply(401, {"WWW-Authenticate": "Basic"})
    assert client.send(signed_in.on(platform).session, Call(f"{platform.url}/from")).status == 401
    assert renewals(signed_in.sandbox, signed_in.session.profile) == before
    assert len(other_server.seen) == 1


def test_a_401_before_a_redirect_to_another_host_sends_no_token_there(
    client: Client, signed_in: SignedIn, platform: RecordingServer, other_server: RecordingServer
) -> None:
    signed = signed_in.on(platform)

    def answer(seen: Seen) -> Reply:
        if seen.authorization == f"Bearer {signed.first}":
            return Reply(401)
        return Reply(302, {"Location": f"{other_server.url}/to"})

    platform.answer = answer
    assert client.send(signed.session, Call(f"{platform.url}/from")).status == 200
    assert len(platform.seen) == 2
    assert not other_server.saw(signed.first)
    assert not other_server.saw(signed.session.token().reveal())


def test_a_redirect_after_a_401_has_the_newer_token_at_once(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    redirect = redirecting("/to", 307)
    platform.answer = lambda seen: (
        Reply(401) if seen.authorization == f"Bearer {signed_in.first}" else redirect(seen)
    )
    session = signed_in.on(platform).session
    assert client.send(session, Call(f"{platform.url}/from", "bytes")).status == 200
    assert [seen.path for seen in platform.seen] == ["/from", "/from", "/to"]


def test_a_401_after_a_redirect_costs_one_renewal(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    before = renewals(signed_in.sandbox, signed_in.session.profile)
    redirect = redirecting("/to", 307)
    platform.answer = lambda seen: Reply(401) if seen.path == "/to" else redirect(seen)
    session = signed_in.on(platform).session
    assert client.send(session, Call(f"{platform.url}/from", "bytes")).status == 401
    assert renewals(signed_in.sandbox, signed_in.session.profile) == before + 1
    assert [seen.path for seen in platform.seen].count("/to") == 2


@pytest.mark.parametrize("variable", [None, "NETRC"])
def test_netrc_does_not_replace_the_token(
    client: Client,
    signed_in: SignedIn,
    platform: RecordingServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
) -> None:
    netrc = tmp_path / "netrc" if variable else f"{os.environ['HOME']}/.netrc"
    with open(netrc, "w", encoding="utf-8", opener=_private) as file:
        file.write("machine 127.0.0.1 login netrc-user password netrc-password\n")
        file.write("default login netrc-user password netrc-password\n")
    if variable:
        monkeypatch.setenv(variable, str(netrc))
    session = signed_in.on(platform).session
    for status in REDIRECTS:
        platform.answer = redirecting("/to", status)
        assert client.send(session, Call(f"{platform.url}/from", "bytes")).status == 200
    assert len(platform.seen) == 2 * len(REDIRECTS)
    assert_only_the_token(platform, signed_in.first)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def test_an_authority_of_one_call_is_not_trusted_for_later_calls(
    client: Client, signed_in: SignedIn, secure: Secure
) -> None:
    session = signed_in.on(secure.end).session
    secure.end.answer = lambda _: Reply(401 if len(secure.end.seen) == 1 else 200)
    url = f"{secure.end.url}/api"
    assert client.send(session, Call(url, ca=secure.ca)).status == 200
    assert len(secure.end.seen) == 2, "the second try trusted the authority of the first"
    with pytest.raises(Exception, match=r"(?i)certificate"):
        client.send(session, Call(url))
    assert len(secure.end.seen) == 2
