"""SB-03. Every refusal of a platform that users meet, with the cause that it has there.

The rows are those of the table of what a 401 and a 403 mean. A state of the sandbox causes the
refusal where it can, else an injected fault with the refusal's name. Each row has a status and the
words; a challenge and the kind of body follow from them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import Sandbox
from osdu_auth.sandbox.platform.service_refusals import NAMED_REFUSALS
from sandbox.raw_client import Reply, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUPS = "/api/entitlements/v2/groups"
QUERY = "/api/search/v2/query"
TAGS = "/api/legal/v1/legaltags"
SCHEMAS = "/api/schema-service/v1/schema"
RECORDS = "/api/storage/v2/records"
WELL = f"{RECORDS}/opendes:master-data--Well:8690"
ANY = {"kind": "*:*:*:*"}
NOT_AUTHORIZED = "The user is not authorized to perform this action"
NEW = "new.colleague@example.com"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def _ask(
    sandbox: Sandbox,
    path: str,
    body: Any = None,
    *,
    method: str = "",
    user: str | None = None,
    token: str | None = None,
    partition: str | None = "opendes",
) -> Reply:
    if token is None:
        token = sandbox.issue_tokens(user)["AccessToken"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if partition is not None:
        headers["data-partition-id"] = partition
    if body is not None:
        headers["Content-Type"] = "application/json"
    raw = None if body is None else json.dumps(body)
    method = method or ("GET" if body is None else "POST")
    return send(sandbox, method, path, body=raw, headers=headers)


def _member_without(sandbox: Sandbox, *missing: str) -> str:
    """A user with all groups of the workshop except these."""
    from osdu_auth.sandbox.platform.osdu_platform import WORKSHOP_GROUPS

    sandbox.platform.add_to_groups(NEW, set(WORKSHOP_GROUPS) - set(missing))
    return NEW


def _expired(sandbox: Sandbox) -> Reply:
    token = sandbox.issue_tokens()["AccessToken"]
    sandbox.clock.advance(3600)
    return _ask(sandbox, GROUPS, token=token)


def _of_another_pool(sandbox: Sandbox) -> Reply:
    with Sandbox() as other:
        token = other.issue_tokens()["AccessToken"]
    return _ask(sandbox, GROUPS, token=token)


def _changed(sandbox: Sandbox) -> Reply:
    head, payload, signature = sandbox.issue_tokens()["AccessToken"].split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    return _ask(sandbox, GROUPS, token=f"{head}.{payload}.{flipped}")


def _id_token(sandbox: Sandbox) -> Reply:
    return _ask(sandbox, GROUPS, token=sandbox.issue_tokens()["IdToken"])


def _without_a_data_group(sandbox: Sandbox) -> Reply:
    user = _member_without(sandbox, "data.default.viewers", "data.default.owners")
    return _ask(sandbox, QUERY, ANY, user=user)


def _record(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    email = sandbox.platform.groups.email
    return {
        "id": "opendes:master-data--Well:mine",
        "kind": "osdu:wks:master-data--Well:1.0.0",
        "acl": {"viewers": [email("data.x.viewers")], "owners": [email("data.x.owners")]},
        "legal": {
            "legaltags": ["opendes-public-usa-dataset"],
            "otherRelevantDataCountries": ["US"],
        },
        "data": {},
        **changes,
    }


def _put(sandbox: Sandbox, user: str | None = None, **changes: Any) -> Reply:
    return _ask(sandbox, RECORDS, [_record(sandbox, **changes)], method="PUT", user=user)


def _hidden(sandbox: Sandbox) -> Reply:
    assert _put(sandbox).status == 201
    return _ask(sandbox, f"{RECORDS}/opendes:master-data--Well:mine")


def _not_owned(sandbox: Sandbox) -> Reply:
    assert _put(sandbox).status == 201
    return _put(sandbox)


def _domain_of_the_url(sandbox: Sandbox) -> Reply:
    acl = {"viewers": ["data.default.viewers@osdu.aws"], "owners": ["data.default.owners@osdu.aws"]}
    return _put(sandbox, acl=acl)


def _legal_tag(sandbox: Sandbox) -> Reply:
    legal = {"legaltags": ["opendes-gone"], "otherRelevantDataCountries": ["US"]}
    return _put(sandbox, legal=legal)


def _added_since(sandbox: Sandbox) -> Reply:
    user = _member_without(sandbox, "service.storage.viewer", "service.storage.creator")
    token = sandbox.issue_tokens(user)["AccessToken"]
    assert _ask(sandbox, WELL, token=token).status == 403
    sandbox.platform.add_to_groups(user, ["service.storage.viewer"])
    return _ask(sandbox, WELL, token=token)


def _named(path: str, refusal: str) -> Callable[[Sandbox], Reply]:
    def met(sandbox: Sandbox) -> Reply:
        sandbox.faults.refuse(path, refusal)
        return _ask(sandbox, path)

    return met


ROWS: dict[str, tuple[Callable[[Sandbox], Reply], int, str]] = {
    "1 expired": (_expired, 401, "Jwt is expired"),
    "1 another pool's": (_of_another_pool, 401, "Jwt issuer is not configured"),
    "1 changed": (_changed, 401, "Jwt verification fails"),
    "2 no token": (lambda s: _ask(s, GROUPS, token=""), 401, "Jwt is missing"),
    "2 no token behind the gateway": (
        _named(RECORDS, "storage: no authorization"), 401, "Authorization header is missing",
    ),
    "3 id token": (_id_token, 403, "RBAC: access denied"),
    "4 no partition": (
        lambda s: _ask(s, GROUPS, partition=None), 401, "Invalid data partition header provided",
    ),
    "4 two partitions": (
        lambda s: _ask(s, GROUPS, partition="opendes,other"),
        401, "Invalid data partition header provided",
    ),
    "4 another partition": (
        lambda s: _ask(s, GROUPS, partition="other"), 401, "Invalid data partition header provided",
    ),
    "4 another partition, otherwise": (
        _named(GROUPS, "entitlements: other partition"), 403, "Invalid data partition id",
    ),
    "5 no groups": (lambda s: _ask(s, GROUPS, user=NEW), 401, NOT_AUTHORIZED),
    "5 not in users": (
        lambda s: _ask(s, GROUPS, user=_member_without(s, "users")), 401, NOT_AUTHORIZED,
    ),
    "5 no role": (
        lambda s: _ask(s, GROUPS, user=_member_without(s, "service.entitlements.user")),
        401, NOT_AUTHORIZED,
    ),
    "6 no user in the token": (
        _named(GROUPS, "entitlements: no user"), 401, "No User Id header provided",
    ),
    "7 search role": (
        lambda s: _ask(s, QUERY, ANY, user=_member_without(s, "service.search.user")),
        401, NOT_AUTHORIZED,
    ),
    "7 no data group": (_without_a_data_group, 401, NOT_AUTHORIZED),
    "7 partition": (lambda s: _ask(s, QUERY, ANY, partition="other"), 401, NOT_AUTHORIZED),
    "9 legal role": (
        lambda s: _ask(
            s, TAGS, user=_member_without(s, "service.legal.user", "service.legal.editor")
        ),
        401, "User does nto have access to the API",
    ),
    "10 legal's partition": (
        lambda s: _ask(s, TAGS, partition="other"),
        403, "You do not have access to the data-partition-id value given",
    ),
    "11 storage role": (lambda s: _ask(s, WELL, user=NEW), 403, NOT_AUTHORIZED),
    "11 storage role to write": (
        lambda s: _put(s, _member_without(s, "service.storage.creator")), 403, NOT_AUTHORIZED,
    ),
    "11 the record's access list": (_hidden, 403, NOT_AUTHORIZED),
    "12 not the owner": (_not_owned, 403, "User is not authorized to update records."),
    "13 domain of the URL": (_domain_of_the_url, 400, "Acl not match with tenant or domain"),
    "14 legal tag": (_legal_tag, 400, "Invalid legal tags: opendes-gone"),
    "15 storage without partition": (
        lambda s: _ask(s, WELL, partition=None), 400, "data-partition-id header is missing",
    ),
    "15 storage's partition": (
        lambda s: _ask(s, WELL, partition="other"),
        403, "Error getting partition info for data-partition: other",
    ),
    "16 added since": (_added_since, 403, NOT_AUTHORIZED),
    "19 audience": (_named(GROUPS, "gateway: audience"), 403, "Audiences in Jwt are not allowed"),
    "20 signed URL": (_named("/store", "store: expired"), 403, "Request has expired"),
    "schema role": (
        lambda s: _ask(s, SCHEMAS, user=_member_without(s, "service.schema-service.viewers")),
        401, "User is not unauthorized to perform this action",
    ),
    "schema's partition": (
        lambda s: _ask(s, SCHEMAS, partition=None), 401, "data-partition-id header is mandatory",
    ),
    "firewall": (_named(GROUPS, "firewall"), 403, "<title>403 Forbidden</title>"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_each_refusal_has_the_status_and_the_words_of_its_row(sandbox: Sandbox, row: str) -> None:
    cause, status, words = ROWS[row]
    reply = cause(sandbox)
    assert (reply.status, words in reply.raw.decode()) == (status, True), reply.raw
    # Only the gateway sends a challenge; the 401 of a service has none, and is JSON.
    is_gateway = words.startswith("Jwt")
    assert ("www-authenticate" in reply.headers) == is_gateway
    if status == 401 and not is_gateway:
        assert isinstance(reply.body, dict)


def test_the_shapes_are_those_of_the_services(sandbox: Sandbox) -> None:
    def body(path: str, sent: Any = None) -> Any:
        return _ask(sandbox, path, sent, user=NEW).body

    assert body(GROUPS) == {"code": 401, "reason": "Unauthorized", "message": NOT_AUTHORIZED}
    assert body(QUERY, ANY) == {"code": 401, "reason": "Access denied", "message": NOT_AUTHORIZED}
    assert body(WELL) == {"code": 403, "reason": "Access denied", "message": NOT_AUTHORIZED}
    words = "User does nto have access to the API"
    assert body(TAGS) == {"code": 401, "reason": "Unauthorized", "message": words}
    words = "User is not unauthorized to perform this action"
    detail = {"domain": "global", "reason": "unauthorized", "message": words}
    assert body(SCHEMAS) == {"error": {"code": 401, "message": words, "errors": [detail]}}


def test_a_search_that_finds_nothing_because_a_group_is_missing_is_200(sandbox: Sandbox) -> None:
    sandbox.platform.add_to_groups(NEW, ["service.search.user", "data.other.viewers"])
    reply = _ask(sandbox, QUERY, ANY, user=NEW)
    assert (reply.status, reply.body["totalCount"]) == (200, 0)


@pytest.mark.parametrize("path", [WELL, QUERY])
def test_a_service_knows_a_new_group_at_once_with_a_new_token_and_later_with_the_old_one(
    sandbox: Sandbox, path: str
) -> None:
    body = ANY if path == QUERY else None
    role = "service.search.user" if path == QUERY else "service.storage.viewer"
    user = _member_without(sandbox, role, "service.storage.creator")
    old = sandbox.issue_tokens(user)["AccessToken"]
    assert _ask(sandbox, path, body, token=old).status in {401, 403}
    sandbox.platform.add_to_groups(user, [role])
    assert _ask(sandbox, path, body, token=old).status in {401, 403}
    assert _ask(sandbox, path, body, user=user).status == 200
    sandbox.clock.advance(300)
    assert _ask(sandbox, path, body, token=old).status == 200
    # The entitlements service itself always knows the present groups.
    assert role in {group["name"] for group in _ask(sandbox, GROUPS, token=old).body["groups"]}


@pytest.mark.parametrize("name", NAMED_REFUSALS)
def test_a_named_refusal_answers_one_request_for_its_path(sandbox: Sandbox, name: str) -> None:
    sandbox.faults.refuse("/api/search", name)
    assert _ask(sandbox, GROUPS).status == 200
    reply = _ask(sandbox, QUERY, ANY)
    assert reply.status == NAMED_REFUSALS[name].status >= 400
    assert sandbox.requests.last.faults == (name,)
    assert _ask(sandbox, QUERY, ANY).status == 200


def test_an_unknown_name_of_a_refusal_is_a_key_error(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError):
        sandbox.faults.refuse("*", "no such refusal")
