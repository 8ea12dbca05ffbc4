"""A 401 that a newer token cannot change causes no renewal; another 401 causes one renewal.

Services answer 401 where they mean a group or the data partition. A load of 313 searches that were
refused for a group once cost four renewals and four replays.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest

from adapters.clients import Call, Requests
from adapters.recording_server import Reply, Seen
from osdu_auth import Profile, Secret, Session, explain_refusal
from session_test_parts import renewals

if TYPE_CHECKING:
    from adapters.clients import Client
    from adapters.conftest import SignedIn
    from adapters.recording_server import RecordingServer

SEARCHES = 313
QUERY = "/api/search/v2/query"
JSON = {"Content-Type": "application/json"}


def of_app(reason: str, message: str) -> Reply:
    body = json.dumps({"code": 401, "reason": reason, "message": message}).encode()
    return Reply(401, JSON, body)


ACCESS_DENIED = of_app("Access denied", "The user is not authorized to perform this action")
OF_SERVICES = {
    "search": (QUERY, ACCESS_DENIED),
    "entitlements": (
        "/api/entitlements/v2/groups",
        of_app("Unauthorized", "The user is not authorized to perform this action"),
    ),
    "partition": (
        "/api/entitlements/v2/groups",
        of_app("Unauthorized", "Invalid data partition header provided"),
    ),
    "legal": (
        "/api/legal/v1/legaltags",
        of_app("Unauthorized", "User does nto have access to the API"),
    ),
    "schema": (
        "/api/schema-service/v1/schema",
        Reply(
            401, JSON, b'{"error": {"code": 401, "message": "User is unauthorized", "errors": []}}'
        ),
    ),
    "seismic": ("/seistore-svc/api/v3/svcstatus", Reply(401, {}, b"[seismic-store-service] no")),
    "wellbore": ("/api/os-wellbore-ddms/ddms/v2/about", Reply(401, JSON, b'{"detail": "no"}')),
    "partition-service": ("/api/partition/v1/partitions", Reply(401, JSON, b'"no"')),
}
# Such an answer may be about the token, whatever its words are.
OF_OTHERS = {
    "istio": Reply(401, {"WWW-Authenticate": "Bearer"}, b"Jwt verification fails"),
    "a challenge": Reply(401, {"WWW-Authenticate": "Bearer", **JSON}, ACCESS_DENIED.body),
    "an API gateway": Reply(401, JSON, b'{"message": "Unauthorized"}'),
    "a page": Reply(401, {"Content-Type": "text/html"}, b"<html><title>Blocked</title></html>"),
    "unknown JSON": Reply(401, JSON, b'{"fault": "x"}'),
    "unknown text": Reply(401, {"Content-Type": "text/plain"}, b"no"),
    "nothing": Reply(401),
}


class Later:
    """A session for which eleven seconds pass between two readings of its clocks.

    For ten seconds nothing that came instead of a refused token is renewed, which would hide what
    the reasons do.
    """

    def __init__(self, signed_in: SignedIn, platform: RecordingServer) -> None:
        self._passed = 0.0
        profile = replace(cast("Profile", signed_in.session.profile), platform_url=platform.url)
        self._session = Session(
            profile,
            store=signed_in.session.store,
            clock=lambda: time.time() + self._passed,
            monotonic=lambda: time.monotonic() + self._passed,
        )

    @property
    def session(self) -> Session:
        self._passed += 11.0 if self._passed < 2000.0 else 0.0  # a token is valid for an hour
        return self._session


REQUESTS = Requests()


def _always(answer: Reply, seen: Seen) -> Reply:
    del seen
    return answer


def counted(signed_in: SignedIn) -> int:
    return renewals(signed_in.sandbox, signed_in.session.profile)


@pytest.mark.parametrize("service", OF_SERVICES)
def test_a_401_of_a_service_renews_nothing_and_goes_to_the_caller(
    client: Client, signed_in: SignedIn, platform: RecordingServer, service: str
) -> None:
    path, answer = OF_SERVICES[service]
    before, platform.answer = counted(signed_in), lambda _: answer
    refused = client.send(signed_in.on(platform).session, Call(platform.url + path))
    assert (refused.status, refused.text) == (401, answer.body.decode())
    assert (counted(signed_in), len(platform.seen)) == (before, 1)


def test_many_calls_without_a_group_cost_no_renewal(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    before, platform.answer = counted(signed_in), lambda _: ACCESS_DENIED
    later = Later(signed_in, platform)
    for _ in range(SEARCHES):
        assert REQUESTS.send(later.session, Call(platform.url + QUERY)).status == 401
    assert (counted(signed_in), len(platform.seen)) == (before, SEARCHES)


@pytest.mark.parametrize("author", OF_OTHERS)
def test_many_calls_that_a_gateway_refuses_cost_one_renewal(
    signed_in: SignedIn, platform: RecordingServer, author: str
) -> None:
    before, platform.answer = counted(signed_in), lambda _: OF_OTHERS[author]
    later = Later(signed_in, platform)
    for _ in range(SEARCHES // 20):
        assert REQUESTS.send(later.session, Call(platform.url + QUERY)).status == 401
    assert counted(signed_in) == before + 1
    assert len(platform.seen) == SEARCHES // 20 + 1


def test_each_reason_costs_one_renewal(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    before, later = counted(signed_in), Later(signed_in, platform)
    for words in (b"Jwt verification fails", b"Jwt is expired", b"Jwt verification fails"):
        refused = Reply(401, {"WWW-Authenticate": "Bearer"}, words)
        platform.answer = partial(_always, refused)
        assert client.send(later.session, Call(platform.url + QUERY)).status == 401
    assert counted(signed_in) == before + 2


def test_a_token_that_another_session_got_after_a_refusal_is_not_renewed_again(
    signed_in: SignedIn, platform: RecordingServer
) -> None:
    first, second = Later(signed_in, platform), Later(signed_in, platform)
    refused, before = second.session.token(), counted(signed_in)
    newer = first.session.token_instead_of(refused, "a reason")
    assert second.session.token_instead_of(refused, "a reason") == newer
    assert second.session.token_instead_of(newer, "a reason") == newer
    assert counted(signed_in) == before + 1


def test_a_response_of_each_library_is_explained(
    client: Client, signed_in: SignedIn, platform: RecordingServer
) -> None:
    def answer(seen: object) -> Reply:
        return Reply(body=b'{"groups": []}') if "groups" in str(seen) else ACCESS_DENIED

    platform.answer = answer
    session = signed_in.on(platform).session
    response = client.send(session, Call(platform.url + QUERY)).response
    explanation = explain_refusal(response, session)
    assert (explanation.error.code, explanation.answer.path) == ("OA-O519", QUERY)
    assert explanation.confirmed[0].cause.name == "group-missing"
    assert Secret(signed_in.first).reveal() not in str(explanation)
