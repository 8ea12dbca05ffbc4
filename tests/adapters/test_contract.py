"""A session works with every HTTP library: its headers, and one more try after a 401.

The row I-04 of the list of abuse and faults.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest

from adapters.clients import ALL, CONTENT, Asynchronous, AsyncHttpx, Call
from adapters.recording_server import Reply, Seen
from osdu_auth import ConfigurationError, SessionEnded, WorkerSession
from session_test_parts import RENEWAL, renewals

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.clients import Client
    from adapters.conftest import SignedIn
    from adapters.recording_server import RecordingServer
    from osdu_auth.sandbox import HeldAnswer


def refusing(*tokens: str) -> Callable[[Seen], Reply]:
    """Answer 401 to these tokens, and to whoever has none."""

    def answer(seen: Seen) -> Reply:
        refused = seen.authorization in {None, *(f"Bearer {token}" for token in tokens)}
        return Reply(401, {"Set-Cookie": "seen=once"}, b"refused") if refused else Reply()

    return answer


def test_a_call_has_the_token_and_the_partition(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    answer = client.send(signed_in.session, Call(groups))
    assert answer.status == 200
    assert "groups" in answer.text


def test_a_caller_s_partition_stays_and_its_authorization_is_replaced(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    given = {"data-partition-id": "another", "authorization": "Basic b3VyczpvbGQ="}
    client.send(signed_in.on(platform).session, Call(f"{platform.url}/api", headers=given))
    [seen] = platform.seen
    assert seen.headers["data-partition-id"] == "another"
    assert seen.authorization == f"Bearer {signed_in.first}"


def test_a_401_costs_one_renewal_and_one_more_try(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    sandbox = signed_in.sandbox
    before, asked = renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")
    sandbox.faults.reply("/api", status=401)
    assert client.send(signed_in.session, Call(groups)).status == 200
    assert renewals(sandbox, signed_in.session.profile) == before + 1
    assert sandbox.requests.count("/api") == asked + 2
    assert signed_in.session.token().reveal() != signed_in.first


def test_a_401_for_every_token_goes_to_the_caller_after_one_more_try(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    sandbox = signed_in.sandbox
    before, asked = renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")
    sandbox.faults.reply("/api", status=401, body="still no", times=None)
    answer = client.send(signed_in.session, Call(groups))
    assert (answer.status, answer.text) == (401, "still no")
    assert sandbox.requests.count("/api") == asked + 2
    client.send(signed_in.session, Call(groups))
    assert sandbox.requests.count("/api") == asked + 3, "the newest token was refused as well"
    assert renewals(sandbox, signed_in.session.profile) == before + 1


@pytest.mark.parametrize("status", [403, 407, 500])
def test_no_other_refusal_is_tried_again(
    client: Client, signed_in: SignedIn, groups: str, status: int
) -> None:
    sandbox = signed_in.sandbox
    before, asked = renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")
    sandbox.faults.reply("/api", status=status, body="no")
    assert client.send(signed_in.session, Call(groups)).status == status
    assert (renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")) == (
        before,
        asked + 1,
    )


def test_a_401_goes_to_the_caller_if_the_pool_cannot_be_reached(
    client: Client, signed_in: SignedIn, groups: str, caplog: pytest.LogCaptureFixture
) -> None:
    signed_in.sandbox.faults.reply("/api", status=401, body="refused", times=None)
    signed_in.sandbox.faults.reply(RENEWAL, body="<html>Wi-Fi</html>", times=None)
    with caplog.at_level(logging.WARNING, "osdu_auth"):
        answer = client.send(signed_in.session, Call(groups))
    assert (answer.status, answer.text) == (401, "refused")
    assert "A 401 goes to the caller" in caplog.text


def test_a_401_after_the_session_s_end_says_so(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    sandbox = signed_in.sandbox
    sandbox.faults.reply("/api", status=401, times=None)
    sandbox.faults.error(RENEWAL, "NotAuthorizedException", "Refresh Token has been revoked")
    with pytest.raises(SessionEnded):
        client.send(signed_in.session, Call(groups))


SENT_ONCE = ("generator", "answer")
REPLAYED = [
    (name, body)
    for name, library in ALL.items()
    for body in library.bodies
    if body not in SENT_ONCE
]
NOT_REPLAYED = [
    (name, body) for name, library in ALL.items() for body in library.bodies if body in SENT_ONCE
]


@pytest.mark.parametrize(("client", "body"), REPLAYED, indirect=["client"])
def test_a_complete_body_is_sent_again(
    client: Client, signed_in: SignedIn, platform: RecordingServer, body: str
) -> None:
    platform.answer = refusing(signed_in.first)
    skipped = 3 if client.sends_the_rest_of_a_file else 0
    call = Call(f"{platform.url}/api", body, skipped=skipped)
    assert client.send(signed_in.on(platform).session, call).status == 200
    first, second = platform.seen
    assert first.body == second.body
    assert (CONTENT in first.body) == (body != "none")
    assert first.method == second.method


@pytest.mark.parametrize(("client", "body"), NOT_REPLAYED, indirect=["client"])
def test_a_body_that_can_be_sent_only_once_is_not_sent_again(
    client: Client, signed_in: SignedIn, platform: RecordingServer, body: str
) -> None:
    before = renewals(signed_in.sandbox, signed_in.session.profile)
    platform.answer = refusing(signed_in.first)
    answer = client.send(signed_in.on(platform).session, Call(f"{platform.url}/api", body))
    assert (answer.status, answer.text) == (401, "refused")
    assert [seen.body for seen in platform.seen] == [CONTENT]
    assert renewals(signed_in.sandbox, signed_in.session.profile) == before


def test_two_hundred_refusals_at_once_cost_one_renewal(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    before = renewals(signed_in.sandbox, signed_in.session.profile)
    platform.answer = refusing(signed_in.first)
    together = signed_in.on(platform).session
    answers = client.send_many(together, Call(f"{platform.url}/api"), 200)
    assert {answer.status for answer in answers} == {200}
    assert renewals(signed_in.sandbox, signed_in.session.profile) == before + 1


def test_a_call_to_another_host_has_no_token(
    client: Client, signed_in: SignedIn, other_server: RecordingServer
) -> None:
    signed = Call(f"{other_server.url}/bucket/object?X-Amz-Signature=abc")
    if client.refuses_elsewhere:
        with pytest.raises(ConfigurationError) as error:
            client.send(signed_in.session, signed)
        assert error.value.code == "OA-C791"
        assert "X-Amz" not in str(error.value)
    else:
        assert client.send(signed_in.session, signed).status == 200
    assert not other_server.saw(signed_in.first)
    assert not any("data-partition-id" in seen.headers for seen in other_server.seen)


def test_a_worker_s_token_is_sent_and_never_renewed(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    sandbox = signed_in.sandbox
    worker = signed_in.session.for_workers("10m")
    assert client.send(worker, Call(groups)).status == 200
    before, asked = renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")
    sandbox.faults.reply("/api", status=401, times=None)
    assert client.send(worker, Call(groups)).status == 401
    assert (renewals(sandbox, signed_in.session.profile), sandbox.requests.count("/api")) == (
        before,
        asked + 1,
    )


def test_a_worker_s_expired_token_is_not_sent(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    session = signed_in.on(platform).session
    dead = WorkerSession(session.profile, session.token(), time.time() - 1)
    with pytest.raises(SessionEnded):
        client.send(dead, Call(f"{platform.url}/api"))
    assert platform.seen == []


@pytest.mark.parametrize("client", ["httpx-async", "httpx2-async", "aiohttp"], indirect=True)
def test_a_renewal_does_not_block_the_event_loop(
    client: Client, signed_in: SignedIn, groups: str
) -> None:
    assert isinstance(client, Asynchronous)
    signed_in.sandbox.faults.reply("/api", status=401)

    async def answered_from_the_event_loop(held: HeldAnswer) -> int:
        made = asyncio.ensure_future(client._all(signed_in.session, Call(groups), 1))
        while not held.has_request:  # noqa: ASYNC110 - a thread sees to it
            await asyncio.sleep(0.01)
        held.release()
        return (await made)[0].status

    with signed_in.sandbox.faults.hold(RENEWAL, times=None) as held:
        # If the event loop is blocked, the answer is not released, and the renewal fails.
        assert asyncio.run(answered_from_the_event_loop(held)) == 200


def test_several_event_loops_share_a_session(signed_in: SignedIn, groups: str) -> None:
    statuses: list[int] = []

    def loop() -> None:
        answers = AsyncHttpx().send_many(signed_in.session, Call(groups), 5)
        statuses.extend(answer.status for answer in answers)

    threads = [threading.Thread(target=loop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_an_asynchronous_file_is_sent_once(
    signed_in: SignedIn, platform: RecordingServer, library: str
) -> None:
    httpx = pytest.importorskip(library)

    class File:
        """A file whose methods are to be awaited, as anyio's and aiofiles' are."""

        def __init__(self) -> None:
            self._rest = CONTENT

        async def aread(self, _: int) -> bytes:
            read, self._rest = self._rest, b""
            return read

        async def tell(self) -> int:
            raise AssertionError

        seek = tell

        def __aiter__(self) -> None:
            raise AssertionError

    platform.answer = refusing(signed_in.first)

    async def status() -> int:
        async with httpx.AsyncClient(auth=signed_in.on(platform).session) as client:
            answer = await client.post(f"{platform.url}/api", content=File())
            return int(answer.status_code)

    assert asyncio.run(status()) == 401
    assert [seen.body for seen in platform.seen] == [CONTENT]
