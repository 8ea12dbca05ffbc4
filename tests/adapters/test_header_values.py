"""`session.headers()`: texts that every HTTP library takes, and whose `repr` shows no token."""

from __future__ import annotations

import asyncio
import copy
import http.client
import json
import logging
import pickle
import pprint
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from osdu_auth import MemoryStore, Secret, Session
from osdu_auth.token_source import HeaderValue

if TYPE_CHECKING:
    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

GROUPS = "/api/entitlements/v2/groups"


@pytest.fixture
def session(profile: Profile, sandbox: Sandbox) -> Session:
    made = Session(profile, store=MemoryStore())
    made.sign_in(sandbox.username, Secret(sandbox.password))
    return made


@pytest.fixture
def headers(session: Session) -> dict[str, str]:
    return {**session.headers(), "Content-Type": "application/json"}


def test_no_repr_of_the_headers_shows_the_token(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    headers, token = session.headers(), session.token().reveal()
    value = headers["Authorization"]
    logging.getLogger("wells").warning("sent %s and %r", headers, value)
    shown = [repr(headers), repr(value), f"{headers}", f"{value!r}", pprint.pformat(headers)]
    shown += [ascii(value), repr(copy.deepcopy(headers)), repr(copy.copy(value)), caplog.text]
    shown += [repr({**headers}), repr(list(headers.values())), str(headers)]
    for each in shown:
        assert "'Bearer ****'" in each
        assert token[10:40] not in each


def test_str_json_and_bytes_of_the_headers_have_the_whole_token(session: Session) -> None:
    value, whole = session.headers()["Authorization"], "Bearer " + session.token().reveal()
    assert isinstance(value, str)
    assert value == whole
    assert hash(value) == hash(whole)
    for made in (str(value), f"{value}", "%s" % value, value + "", value[:]):  # noqa: UP031
        assert made == whole
        assert type(made) is str
    assert value.encode() == whole.encode()
    assert json.loads(json.dumps({"Authorization": value}))["Authorization"] == whole
    assert value.startswith("Bearer ")


def test_pickled_headers_are_plain_texts_without_this_package(session: Session) -> None:
    headers = session.headers()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(headers, protocol)
        assert b"osdu_auth" not in pickled
        again = pickle.loads(pickled)
        assert again == headers
        assert type(again["Authorization"]) is str


def test_each_call_with_the_same_token_returns_the_same_object(session: Session) -> None:
    first = session.headers()["Authorization"]
    assert session.headers()["Authorization"] is first
    assert asyncio.run(session.aheaders())["Authorization"] is first
    session.renew()
    assert session.headers()["Authorization"] == "Bearer " + session.token().reveal() != first


# Each library sends the value unchanged.


def test_requests_sends_the_headers(sandbox: Sandbox, headers: dict[str, str]) -> None:
    requests = pytest.importorskip("requests")
    url = sandbox.platform_url + GROUPS
    answer = requests.get(url, headers=headers)
    assert answer.status_code == 200
    with requests.Session() as kept:
        kept.headers.update(headers)
        assert kept.get(url).status_code == 200


def test_a_request_of_requests_shows_no_token_either(sandbox: Sandbox, session: Session) -> None:
    requests = pytest.importorskip("requests")
    answer = requests.get(sandbox.platform_url + GROUPS, auth=session)
    assert answer.status_code == 200
    assert "Bearer ****" in repr(answer.request.headers)
    assert session.token().reveal()[10:40] not in repr(answer.request.headers)


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_httpx_sends_the_headers(sandbox: Sandbox, headers: dict[str, str], name: str) -> None:
    library = pytest.importorskip(name)
    url = sandbox.platform_url + GROUPS
    assert library.get(url, headers=headers).status_code == 200
    with library.Client(headers=headers) as client:
        assert client.get(url).status_code == 200


def test_aiohttp_sends_the_headers(sandbox: Sandbox, headers: dict[str, str]) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def statuses() -> list[int]:
        url, found = sandbox.platform_url + GROUPS, []
        async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as answer:
            found.append(answer.status)
        async with aiohttp.ClientSession(headers=headers) as client, client.get(url) as answer:
            found.append(answer.status)
        return found

    assert asyncio.run(statuses()) == [200, 200]


def test_urllib3_sends_the_headers(sandbox: Sandbox, headers: dict[str, str]) -> None:
    urllib3 = pytest.importorskip("urllib3")
    with urllib3.PoolManager() as pool:
        assert pool.request("GET", sandbox.platform_url + GROUPS, headers=headers).status == 200


def test_the_standard_library_sends_the_headers(sandbox: Sandbox, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection(sandbox.platform_url.removeprefix("http://"))
    connection.request("GET", GROUPS, headers=headers)
    assert connection.getresponse().status == 200
    connection.close()
    request = urllib.request.Request(sandbox.platform_url + GROUPS, headers=headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_another_program_gets_the_headers(sandbox: Sandbox, headers: dict[str, str]) -> None:
    program = "import sys; print(len(sys.stdin.read()))"
    value = headers["Authorization"]
    done = subprocess.run(
        [sys.executable, "-c", program], input=value, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == len(value)
    assert isinstance(value, HeaderValue)
