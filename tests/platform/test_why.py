"""Why OSDU refused: each cause of the table is shown or ruled out, by two GETs at most."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from adapters.recording_server import RecordingServer, Reply, Seen, recording_server
from osdu_auth import Profile, RefusalExplanation, Secret, WorkerSession, explain_refusal
from osdu_auth.platform.answers import Author, PlatformAnswer, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS, QUERY = "/api/entitlements/v2/groups", "/api/search/v2/query"
RECORDS, TAGS = "/api/storage/v2/records", "/api/legal/v1/legaltags"
POOL = "us-east-1_Abcdefghi"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
ENTRA = "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0"
ALL = ("users", "data.default.viewers", "service.search.user", "service.storage.creator")


def jwt(**claims: Any) -> Secret:
    """A token of these claims; no signature is looked at here."""
    usual = {
        "iss": ISSUER,
        "exp": int(time.time()) + 600,
        "client_id": "client1",
        "token_use": "access",
        "username": "ada",
        "sub": "5d5f",
    }
    payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    parts = ({"alg": "none"}, payload)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return Secret(b".".join([*texts, b"c2ln"]).decode())


class Osdu:
    """A platform that has services that are up, and groups, as a test says."""

    def __init__(self, server: RecordingServer) -> None:
        self.server = server
        self.groups: tuple[str, ...] | Reply = ALL
        self.info = Reply(body=b"{}")
        server.answer = self._answer

    def _answer(self, seen: Seen) -> Reply:
        if seen.path.endswith("/info"):
            return self.info
        assert (seen.method, seen.path) == ("GET", GROUPS)
        if isinstance(self.groups, Reply):
            return self.groups
        groups = [
            {"name": name, "email": f"{name}@opendes.example.com", "description": ""}
            for name in self.groups
        ]
        body = {"groups": groups, "desId": "ada@example.com", "memberEmail": "ada@example.com"}
        return Reply(body=json.dumps(body).encode())


@pytest.fixture
def osdu() -> Iterator[Osdu]:
    with recording_server() as server:
        yield Osdu(server)


def explained(
    osdu: Osdu, answer: PlatformAnswer, partition: str | None = "opendes", **claims: Any
) -> RefusalExplanation:
    profile = Profile(
        name="acme",
        region="us-east-1",
        client_id="client1",
        user_pool_id=POOL,
        platform_url=osdu.server.url,
        data_partition_id=partition,
    )
    source = WorkerSession(profile, jwt(**claims), time.time() + 600)
    explanation = explain_refusal(answer, source)
    assert len(osdu.server.seen) <= 2
    assert {seen.method for seen in osdu.server.seen} == {"GET"}
    return explanation


def json_reply(status: int, reason: str, message: str) -> Reply:
    body = json.dumps({"code": status, "reason": reason, "message": message}).encode()
    return Reply(status, {"Content-Type": "application/json"}, body)


def of_service(
    method: str, path: str, status: int, reason: str, message: str = "no"
) -> PlatformAnswer:
    return read_answer(status, {}, json_reply(status, reason, message).body, method, path)


def of_gateway(text: str, status: int = 401, path: str = GROUPS) -> PlatformAnswer:
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return read_answer(status, headers, text.encode(), "GET", path)


NOT_AUTHORIZED = "The user is not authorized to perform this action"
NEW_USER = json_reply(401, "Unauthorized", NOT_AUTHORIZED)
NO_PARTITION = json_reply(401, "Unauthorized", "Invalid data partition header provided")
SEARCH = of_service("POST", QUERY, 401, "Access denied", NOT_AUTHORIZED)
GATEWAY_NO = Reply(401, {"WWW-Authenticate": "Bearer"}, b"Jwt is expired")


def without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in ALL if name not in names)


@pytest.mark.parametrize(
    ("answer", "groups", "claims", "cause"),
    [
        # Rows 1 to 3: the token.
        (of_gateway("Jwt is expired"), GATEWAY_NO, {"exp": 1}, "token-expired"),
        (
            of_gateway("Jwt issuer is not configured"),
            *(GATEWAY_NO, {"iss": f"{ISSUER}x"}, "other-issuer"),
        ),
        (of_gateway("RBAC: access denied", 403), Reply(403), {"token_use": "id"}, "id-token"),
        (
            of_gateway("RBAC: access denied", 403),
            *(Reply(403), {"client_id": "another"}, "other-app-client"),
        ),
        # Rows 4, 10, 15: the data partition.
        (
            of_service(
                "GET", GROUPS, 401, "Unauthorized", "Invalid data partition header provided"
            ),
            *(NO_PARTITION, {}, "partition-unknown"),
        ),
        (
            of_service(
                "GET",
                TAGS,
                403,
                "Forbidden",
                "You do not have access to the data-partition-id value given",
            ),
            *(NO_PARTITION, {}, "partition-unknown"),
        ),
        (
            of_service("GET", RECORDS, 403, "Forbidden", "Error getting partition info"),
            *(NO_PARTITION, {}, "partition-unknown"),
        ),
        # Rows 5 and 6: Entitlements.
        (
            of_service("GET", GROUPS, 401, "Unauthorized", NOT_AUTHORIZED),
            *(NEW_USER, {}, "not-in-entitlements"),
        ),
        (
            of_service("GET", GROUPS, 401, "Unauthorized", "No User Id header provided"),
            *(NEW_USER, {"username": None}, "no-user-claim"),
        ),
        # Row 7: Search answers with the same words for each cause.
        (SEARCH, without("service.search.user"), {}, "group-missing"),
        (SEARCH, without("data.default.viewers"), {}, "data-group-missing"),
        (SEARCH, NEW_USER, {}, "not-in-entitlements"),
        (SEARCH, NO_PARTITION, {}, "partition-unknown"),
        (SEARCH, Reply(503, {}, b"no healthy upstream"), {}, "entitlements-failed"),
        (SEARCH, ALL, {}, "groups-cached"),  # row 16
        # Rows 9, 11 and 12: Legal and Storage.
        (
            of_service("GET", TAGS, 401, "Unauthorized", "User does nto have access to the API"),
            *(ALL, {}, "group-missing"),
        ),
        (
            of_service("PUT", RECORDS, 403, "Access denied", NOT_AUTHORIZED),
            *(without("service.storage.creator"), {}, "group-missing"),
        ),
        (
            of_service("GET", "/api/schema-service/v1/schema", 401, "unauthorized"),
            *(ALL, {}, "group-missing"),
        ),
    ],
)
def test_the_cause_is_confirmed(
    osdu: Osdu,
    answer: PlatformAnswer,
    groups: tuple[str, ...] | Reply,
    claims: dict[str, Any],
    cause: str,
) -> None:
    osdu.groups = groups
    explanation = explained(osdu, answer, **claims)
    assert explanation.confirmed[0].cause.name == cause, explanation.findings


@pytest.mark.parametrize(
    ("answer", "claims", "cause"),
    [
        (of_gateway("Jwt is missing"), {}, "header-lost"),
        (
            of_service("PUT", RECORDS, 403, "No", "not authorized to update records"),
            {},
            "not-an-owner",
        ),
        (
            of_service("PUT", RECORDS, 400, "Invalid ACL", "Acl not match with tenant or domain"),
            {},
            "acl-domain",
        ),
        (
            of_service("PUT", RECORDS, 400, "Invalid legal tags", "Invalid legal tags: a"),
            {},
            "legal-tag",
        ),
        (
            of_service("GET", GROUPS, 401, "Unauthorized", NOT_AUTHORIZED),
            {"iss": ENTRA, "oid": "1", "appid": "2"},
            "first-administrator",
        ),
        (
            of_gateway("Audiences in Jwt are not allowed", 403),
            {"iss": ENTRA, "aud": "client1"},
            "other-audience",
        ),
        (
            read_answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>", "GET", "/f"),
            {},
            "token-to-signed-url",
        ),
        (read_answer(403, {}, b"<html><title>Blocked</title>", "GET", GROUPS), {}, "firewall"),
    ],
)
def test_a_cause_that_cannot_be_checked_stays_possible(
    osdu: Osdu, answer: PlatformAnswer, claims: dict[str, Any], cause: str
) -> None:
    osdu.groups = Reply(401, {"WWW-Authenticate": "Bearer"}, b"no")
    explanation = explained(osdu, answer, **claims)
    assert cause in [each.cause.name for each in explanation.possible]


def test_the_sentence_to_send_names_the_user_and_the_whole_group(osdu: Osdu) -> None:
    osdu.groups = without("service.search.user")
    text = str(explained(osdu, SEARCH))
    assert (
        "Send this to an administrator of the data partition: "
        "Please add ada@example.com to service.search.user@opendes.example.com." in text
    )


def test_without_groups_the_sentence_has_the_token_s_name_for_the_user(osdu: Osdu) -> None:
    osdu.groups = NEW_USER
    explanation = explained(osdu, of_service("GET", GROUPS, 401, "Unauthorized", NOT_AUTHORIZED))
    assert "Please add ada to the groups users and users.datalake.viewers" in str(explanation)


def test_a_missing_data_partition_is_confirmed_as_the_cause(osdu: Osdu) -> None:
    osdu.groups = NO_PARTITION
    refused = of_service(
        "GET", GROUPS, 401, "Unauthorized", "Invalid data partition header provided"
    )
    explanation = explained(osdu, refused, partition=None)
    assert explanation.confirmed[0].cause.name == "partition-missing"
    assert "--data-partition-id" in explanation.fix(explanation.confirmed[0].cause)


def test_a_request_that_was_not_made_is_explained_by_its_groups(osdu: Osdu) -> None:
    missing = PlatformAnswer(0, Author.SERVICE, "", "search", "POST", QUERY)
    assert explained(osdu, missing).confirmed == ()
    osdu.server.seen.clear()
    osdu.groups = without("service.search.user")
    assert [each.cause.name for each in explained(osdu, missing).confirmed] == ["group-missing"]


def test_a_platform_that_does_not_answer_proves_nothing_about_the_user(osdu: Osdu) -> None:
    osdu.groups = Reply(502, {}, b"")
    osdu.info = Reply(502, {}, b"")
    explanation = explained(osdu, SEARCH)
    assert [each.cause.name for each in explanation.confirmed] == ["entitlements-failed"]


def test_an_explanation_as_data_holds_no_token(osdu: Osdu) -> None:
    explanation = explained(osdu, SEARCH)
    text = json.dumps(explanation.as_dict())
    assert "eyJ" not in f"{text}{explanation}{explanation!r}"
    assert explanation.as_dict()["causes"][0]["name"] == "group-missing"


def test_an_object_that_is_not_a_refusal_is_a_type_error(osdu: Osdu) -> None:
    with pytest.raises(TypeError, match="a response of an HTTP library"):
        explained(osdu, object())  # type: ignore[arg-type]
