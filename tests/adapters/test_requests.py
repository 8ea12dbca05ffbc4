"""With a session as `auth`, `requests` works as before: history, cookies, hooks, copies."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import requests

from adapters.recording_server import Reply, Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.conftest import SignedIn
    from adapters.recording_server import RecordingServer


def refusing(signed_in: SignedIn) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        if seen.authorization == f"Bearer {signed_in.first}":
            return Reply(401, {"Set-Cookie": "route=b; Path=/"}, b"refused")
        return Reply(200, {"Set-Cookie": "done=yes; Path=/"})

    return answer


def test_the_refused_answer_is_in_the_history_with_what_was_sent(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    platform.answer = refusing(signed_in)
    answer = requests.get(f"{platform.url}/api", auth=signed_in.on(platform).session, timeout=30)
    [refused] = answer.history
    assert (refused.status_code, refused.text) == (401, "refused")
    assert refused.request.headers["Authorization"] == f"Bearer {signed_in.first}"
    assert answer.request.headers["Authorization"] != refused.request.headers["Authorization"]


def test_cookies_of_both_answers_are_kept_and_the_first_ones_sent(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    platform.answer = refusing(signed_in)
    with requests.Session() as http:
        http.cookies.set("route", "a")
        http.cookies.set("own", "1")
        http.get(f"{platform.url}/api", auth=signed_in.on(platform).session)
        assert http.cookies.get("done") == "yes"
    assert [sorted(seen.headers["cookie"].split("; ")) for seen in platform.seen] == [
        ["own=1", "route=a"],
        ["own=1", "route=a", "route=b"],
    ]


def test_a_caller_s_hook_sees_the_last_answer(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    platform.answer = refusing(signed_in)
    statuses: list[int] = []

    def note(response: requests.Response, **_: object) -> None:
        statuses.append(response.status_code)

    session = signed_in.on(platform).session
    requests.get(f"{platform.url}/api", auth=session, hooks={"response": note}, timeout=30)
    assert statuses == [200]


def test_the_refused_answer_s_connection_is_used_again(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    platform.answer = refusing(signed_in)
    with requests.Session() as http:
        http.get(f"{platform.url}/api", auth=signed_in.on(platform).session, stream=True).close()
    first, second = platform.seen
    assert first.port == second.port


def test_a_401_that_goes_to_the_caller_can_be_streamed(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    platform.answer = lambda _: Reply(401, {}, b"refused" * 1000)
    worker = signed_in.on(platform).session.for_workers(60)
    with requests.get(f"{platform.url}/api", auth=worker, stream=True, timeout=30) as answer:
        assert b"".join(answer.iter_content(100)) == b"refused" * 1000


def test_a_prepared_request_can_be_sent_twice_and_copied(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    session = signed_in.on(platform).session
    prepared = requests.Request("POST", f"{platform.url}/api", data=b"x", auth=session).prepare()
    assert isinstance(copy.copy(prepared), requests.PreparedRequest)
    with requests.Session() as http:
        http.send(prepared)
        newest = session.renew().tokens.access_token
        platform.answer = refusing(signed_in)
        assert http.send(prepared.copy()).status_code == 200
    last = platform.seen[-1]
    assert (last.body, last.authorization) == (b"x", f"Bearer {newest.reveal()}")


def test_a_request_for_another_user_keeps_that_user_s_name_and_password(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    request = requests.Request("GET", f"{platform.url}/api").prepare()
    request.prepare_auth(("ada", "secret"))
    assert request.headers["Authorization"].startswith("Basic ")
    assert pickle.loads(pickle.dumps(request)).headers == request.headers
