"""The services: groups, records, search, legal tags, schemas, and how they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from sandbox.raw_client import Reply, send

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

WELL = "opendes:master-data--Well:8690"
WELL_KIND = "osdu:wks:master-data--Well:1.0.0"
DOMAIN = "opendes.example.com"


def _ask(
    sandbox: Sandbox,
    method: str,
    path: str,
    body: Any = None,
    *,
    user: str | None = None,
    raw: bytes | None = None,
    **headers: str | None,
) -> Reply:
    token = sandbox.issue_tokens(user)["AccessToken"]
    sent: dict[str, str | None] = {
        "Authorization": f"Bearer {token}",
        "data-partition-id": sandbox.data_partition_id,
        "content-type": "application/json",
    }
    if body is not None or raw is not None:
        raw = json.dumps(body).encode() if raw is None else raw
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in sent.items() if value is not None}
    return send(sandbox, method, path, body=raw, headers=kept)


def _assert_service_refusal(reply: Reply, code: int, message: str) -> None:
    assert reply.status == code
    assert set(reply.body) == {"code", "reason", "message"}
    assert reply.body["code"] == code
    assert message in reply.body["message"]


def _assert_problem(reply: Reply, status: int, title: str, path: str) -> None:
    """Problem details (RFC 9457), as Spring has them."""
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(reply.body) == {"type", "title", "status", "detail", "instance"}
    assert (reply.body["status"], reply.body["title"]) == (status, title)
    assert reply.body["instance"] == path


def _assert_search_refusal(reply: Reply, said: str) -> None:
    assert reply.status == 400
    assert (reply.body["code"], reply.body["reason"]) == (400, "Bad Request")
    assert said in json.dumps(reply.body)


def _record(**changes: Any) -> dict[str, Any]:
    record = {
        "kind": WELL_KIND,
        "acl": {
            "viewers": [f"data.default.viewers@{DOMAIN}"],
            "owners": [f"data.default.owners@{DOMAIN}"],
        },
        "legal": {
            "legaltags": ["opendes-public-usa-dataset"],
            "otherRelevantDataCountries": ["US"],
        },
        "data": {"FacilityName": "Invented 1"},
    }
    return {k: v for k, v in {**record, **changes}.items() if v is not None}


def _search(sandbox: Sandbox, **body: Any) -> Any:
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*", **body})
    assert reply.status == 200, reply.raw
    return reply.body


# Groups and correlation ids


@pytest.mark.parametrize("path", ["/api/entitlements/v2/groups", "/api/entitlements/v2/groups/"])
def test_the_workshops_user_sees_the_groups(sandbox: Sandbox, path: str) -> None:
    body = _ask(sandbox, "GET", path).body
    assert body["memberEmail"] == body["desId"] == sandbox.username
    by_name = {group["name"]: group for group in body["groups"]}
    assert by_name["service.search.user"]["email"] == f"service.search.user@{DOMAIN}"
    assert {"name", "email", "description"} == set(by_name["users"])
    with_role = _ask(sandbox, "GET", f"{path}?roleRequired=true").body["groups"]
    assert {group["role"] for group in with_role} == {"MEMBER"}


def test_a_role_is_given_and_taken_by_its_group(sandbox: Sandbox) -> None:
    user = sandbox.new_username
    sandbox.platform.add_to_groups(user, ["service.search.user", "data.default.viewers"])
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*"}, user=user)
    assert reply.body["totalCount"] > 12
    sandbox.platform.remove_from_groups(user, ["service.search.user"])
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*"}, user=user)
    assert reply.status == 401
    sandbox.platform.remove_from_groups(user, ["data.default.viewers"])


def test_an_answer_has_the_correlation_id_of_the_request_or_a_new_one(sandbox: Sandbox) -> None:
    path = "/api/entitlements/v2/groups"
    assert _ask(sandbox, "GET", path, correlation_id="my-1").headers["correlation-id"] == "my-1"
    made = {send(sandbox, "GET", path).headers["correlation-id"] for _ in range(2)}
    assert len(made) == 2
    assert _ask(sandbox, "GET", path, correlation_id="x" * 500).headers["correlation-id"] != "x"


# What the framework refuses


@for_each(
    "path",
    ["/api/search/v2/nothing", "/api/storage/v2/records/a/b/c/d", "/api/legal/v1/tags"],
)
def test_an_unknown_route_is_springs_error_page(sandbox: Sandbox, path: str) -> None:
    reply = _ask(sandbox, "GET", path)
    assert reply.status == 404
    assert set(reply.body) == {"timestamp", "status", "error", "path"}
    assert (reply.body["error"], reply.body["path"]) == ("Not Found", path)


def test_entitlements_and_schema_have_their_own_error_pages(sandbox: Sandbox) -> None:
    entitlements = _ask(sandbox, "GET", "/api/entitlements/v2/nothing")
    assert entitlements.status == 404
    with pytest.raises(ValueError, match="delimiter"):
        entitlements.body  # noqa: B018 - it looks like JSON and is not
    schema = _ask(sandbox, "GET", "/api/schema-service/v1/nothing")
    assert (schema.status, schema.body["error"]["message"]) == (404, "Resource not found")


@for_each(
    ("method", "path", "allowed", "content_type"),
    [
        ("GET", "/api/search/v2/query", "POST", "application/problem+json"),
        ("DELETE", "/api/legal/v1/legaltags", "GET, POST", "application/json"),
        ("POST", "/api/storage/v2/records", "PUT", "application/json"),
    ],
)
def test_a_wrong_method_is_405_with_the_allowed_ones(
    sandbox: Sandbox, method: str, path: str, allowed: str, content_type: str
) -> None:
    reply = _ask(sandbox, method, path)
    assert (reply.status, reply.headers["allow"]) == (405, allowed)
    assert reply.headers["content-type"] == content_type


@for_each("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@for_each(
    ("method", "path"), [("POST", "/api/search/v2/query"), ("PUT", "/api/storage/v2/records")]
)
def test_a_body_that_is_not_declared_as_json_is_415(
    sandbox: Sandbox, method: str, path: str, content_type: str | None
) -> None:
    reply = _ask(sandbox, method, path, {}, content_type=content_type)
    _assert_problem(reply, 415, "Unsupported Media Type", path)
    said = f"Content-Type '{content_type or 'null'}' is not supported."
    assert reply.body["detail"] == said


@for_each(
    "path",
    [
        "/api/entitlements/v2/groups",
        f"/api/storage/v2/records/{WELL}",
        "/api/legal/v1/legaltags",
        "/api/schema-service/v1/schema",
    ],
)
def test_a_get_needs_no_content_type(sandbox: Sandbox, path: str) -> None:
    assert _ask(sandbox, "GET", path, content_type=None).status == 200


@for_each("raw", [b"", b"{", b"NaN", b"\xff", b"[" * 50_000])
def test_a_body_that_is_not_json_is_400(sandbox: Sandbox, raw: bytes) -> None:
    reply = _ask(sandbox, "POST", "/api/search/v2/query", raw=raw)
    _assert_search_refusal(reply, "Invalid parameters were given on search request")
    path = "/api/storage/v2/records"
    _assert_problem(_ask(sandbox, "PUT", path, raw=raw), 400, "Bad Request", path)


# Storage


@pytest.mark.parametrize("record_id", [WELL, WELL.replace(":", "%3A")])
def test_a_record_is_read_by_its_id(sandbox: Sandbox, record_id: str) -> None:
    body = _ask(sandbox, "GET", f"/api/storage/v2/records/{record_id}").body
    assert (body["id"], body["kind"]) == (WELL, WELL_KIND)
    assert body["data"]["FacilityName"] == "Kestrel Moor 1"
    assert len(str(body["version"])) == 16


def test_an_unknown_record_is_404_in_the_services_shape(sandbox: Sandbox) -> None:
    reply = _ask(sandbox, "GET", "/api/storage/v2/records/opendes:master-data--Well:0")
    _assert_service_refusal(reply, 404, "opendes:master-data--Well:0")
    assert reply.body["reason"] == "Record not found"


def test_a_stored_record_is_read_back_and_found(sandbox: Sandbox) -> None:
    record = _record(id="opendes:master-data--Well:stored-1")
    reply = _ask(sandbox, "PUT", "/api/storage/v2/records", [record, _record()])
    assert reply.status == 201
    first, second = reply.body["recordIds"]
    assert first == "opendes:master-data--Well:stored-1"
    assert second.startswith("opendes:master-data--Well:")
    assert (reply.body["recordCount"], reply.body["skippedRecordIds"]) == (2, [])
    assert all(
        version.startswith(f"{record_id}:")
        for version, record_id in zip(
            reply.body["recordIdVersions"], reply.body["recordIds"], strict=True
        )
    )
    read = _ask(sandbox, "GET", f"/api/storage/v2/records/{first}").body
    assert read["data"] == record["data"]
    assert read["createUser"] == sandbox.username
    assert _search(sandbox, query=f'id:"{first}"')["totalCount"] == 1


def test_a_record_stored_again_is_a_new_version_unless_duplicates_are_skipped(
    sandbox: Sandbox,
) -> None:
    record = _record(id="opendes:master-data--Well:again")
    path = "/api/storage/v2/records"
    first = _ask(sandbox, "PUT", path, [record]).body["recordIdVersions"]
    second = _ask(sandbox, "PUT", path, [record]).body["recordIdVersions"]
    assert first != second
    third = _ask(sandbox, "PUT", f"{path}?skipdupes=true", [record]).body
    assert (third["recordCount"], third["skippedRecordIds"]) == (0, [record["id"]])
    changed = {**record, "data": {"FacilityName": "Changed"}}
    assert _ask(sandbox, "PUT", f"{path}?skipdupes=true", [changed]).body["recordCount"] == 1


@for_each(
    ("changes", "said"),
    [
        ({"kind": None}, "kind"),
        ({"kind": "wells"}, "Not a valid record kind format"),
        ({"kind": 7}, "kind"),
        ({"id": "elsewhere:master-data--Well:1"}, "naming convention"),
        ({"id": "opendes:master-data--Wellbore:1"}, "naming convention"),
        ({"id": 7}, "naming convention"),
        ({"acl": None}, "acl"),
        ({"acl": {"viewers": [], "owners": ["x"]}}, "viewers"),
        (
            {"acl": {"viewers": ["data.default.viewers@other.com"], "owners": ["x"]}},
            "Acl not match with tenant or domain",
        ),
        ({"legal": None}, "legal"),
        ({"legal": {"legaltags": [], "otherRelevantDataCountries": ["US"]}}, "legal tag"),
        ({"legal": {"legaltags": ["x"]}}, "otherRelevantDataCountries"),
        (
            {"legal": {"legaltags": ["x"], "otherRelevantDataCountries": ["US"]}},
            "Invalid legal tags: x",
        ),
        ({"data": None}, "data"),
        ({"data": []}, "data"),
    ],
)
def test_the_refusal_of_an_invalid_record_names_the_error_and_nothing_is_stored(
    sandbox: Sandbox, changes: dict[str, Any], said: str
) -> None:
    before = len(sandbox.platform.records.all())
    reply = _ask(sandbox, "PUT", "/api/storage/v2/records", [_record(), _record(**changes)])
    _assert_service_refusal(reply, 400, said)
    assert len(sandbox.platform.records.all()) == before


@for_each("body", [{}, [], ["x"], "x", 7])
def test_storage_accepts_only_an_array_of_records(sandbox: Sandbox, body: Any) -> None:
    reply = _ask(sandbox, "PUT", "/api/storage/v2/records", body)
    _assert_service_refusal(reply, 400, "")


def test_a_user_who_is_not_in_a_record_s_access_list_cannot_see_it(sandbox: Sandbox) -> None:
    acl = {"viewers": [f"data.secret@{DOMAIN}"], "owners": [f"data.secret@{DOMAIN}"]}
    record = _record(id="opendes:master-data--Well:hidden", acl=acl)
    assert _ask(sandbox, "PUT", "/api/storage/v2/records", [record]).status == 201
    path = "/api/storage/v2/records/opendes:master-data--Well:hidden"
    _assert_service_refusal(_ask(sandbox, "GET", path), 403, "not authorized")
    assert _search(sandbox, query='"hidden"')["totalCount"] == 0
    refused = _ask(sandbox, "PUT", "/api/storage/v2/records", [record])
    _assert_service_refusal(refused, 403, "User is not authorized to update records.")


# Search


def test_there_are_more_than_a_dozen_wells_and_wellbores(sandbox: Sandbox) -> None:
    wells = _search(sandbox, kind="osdu:wks:master-data--Well:1.0.0")["totalCount"]
    wellbores = _search(sandbox, kind="osdu:wks:master-data--Wellbore:*")["totalCount"]
    assert wells >= 8
    assert wellbores >= 8


def test_every_wellbores_well_exists(sandbox: Sandbox) -> None:
    for found in _search(sandbox, kind="*:*:master-data--Wellbore:*", limit=100)["results"]:
        well_id = found["data"]["WellID"].removesuffix(":")
        assert _ask(sandbox, "GET", f"/api/storage/v2/records/{well_id}").status == 200


@for_each(
    ("query", "names"),
    [
        ('data.FacilityName:"Osprey Deep 1"', {"Osprey Deep 1", "Osprey Deep 1 A",
                                               "Osprey Deep 1 B"}),
        ("data.FacilityID:8690", {"Kestrel Moor 1"}),
        ("tamarind", {"Tamarind East 1", "Tamarind East 1 A"}),
        ("data.FacilityName:Fjell*", {"Fjellrev 1", "Fjellrev 1 A"}),
        ("Fjellre?", {"Fjellrev 1", "Fjellrev 1 A"}),
        ("data.CurrentOperatorName:Havdyp", {"Fjellrev 1"}),
        ("fjellrev AND NOT data.WellID:*", {"Fjellrev 1"}),
        ("(fjellrev OR tamarind) AND data.WellID:*", {"Fjellrev 1 A", "Tamarind East 1 A"}),
        ("fjellrev marlin", {"Fjellrev 1", "Fjellrev 1 A", "Marlin Bank 7", "Marlin Bank 7 A"}),
        ('data.VerticalMeasurements.VerticalMeasurement:"3120.4"', {"Kestrel Moor 1 A"}),
        ("nosuchword", set()),
    ],
)  # fmt: skip
def test_a_query_finds_its_records(sandbox: Sandbox, query: str, names: set[str]) -> None:
    found = _search(sandbox, query=query, kind="osdu:*:*:*", limit=100)
    assert {record["data"]["FacilityName"] for record in found["results"]} == names
    assert found["totalCount"] == len(names)


@for_each("query", ["", "*", "   "])
def test_an_empty_query_finds_everything(sandbox: Sandbox, query: str) -> None:
    assert _search(sandbox, query=query)["totalCount"] == _search(sandbox)["totalCount"] > 12


def test_pages_do_not_overlap_and_the_total_counts_all_results(sandbox: Sandbox) -> None:
    pages = [_search(sandbox, limit=5, offset=offset) for offset in (0, 5)]
    ids = [record["id"] for page in pages for record in page["results"]]
    assert len(set(ids)) == 10
    assert {page["totalCount"] for page in pages} == {_search(sandbox)["totalCount"]}
    assert len(_search(sandbox)["results"]) == 10
    assert _search(sandbox, offset=9_990)["results"] == []
    assert len(_search(sandbox, limit=100_000)["results"]) == _search(sandbox)["totalCount"]


def test_only_the_returned_fields_come_back(sandbox: Sandbox) -> None:
    fields = ["id", "data.FacilityName", "data.CurrentOperatorName", "data", "acl.owners", "no.way"]
    found = _search(sandbox, query="data.FacilityID:8690", returnedFields=fields[:3])["results"]
    assert found == [
        {
            "id": WELL,
            "data": {"FacilityName": "Kestrel Moor 1", "CurrentOperatorName": "Northlight"},
        }
    ]
    for order in (fields, fields[::-1]):
        _search(sandbox, query="data.FacilityID:8690", returnedFields=order)
    read = _ask(sandbox, "GET", f"/api/storage/v2/records/{WELL}").body
    assert "SpatialLocation" in read["data"]


@pytest.mark.parametrize("kind", [[WELL_KIND], f"{WELL_KIND},a:b:c:1.0.0"])
def test_several_kinds_may_be_asked_at_once(sandbox: Sandbox, kind: Any) -> None:
    assert _search(sandbox, kind=kind)["totalCount"] >= 8


@for_each(
    "body",
    [
        {}, {"kind": ""}, {"kind": []}, {"kind": "well"}, {"kind": 7}, {"kind": [7]}, [], "x",
        {"kind": "*:*:*:*", "limit": -1}, {"kind": "*:*:*:*", "limit": "5"},
        {"kind": "*:*:*:*", "limit": True}, {"kind": "*:*:*:*", "offset": 9_991},
        {"kind": "*:*:*:*", "offset": 9_001, "limit": 1_001},
        {"kind": "*:*:*:*", "offset": -1}, {"kind": "*:*:*:*", "query": 7},
        {"kind": "*:*:*:*", "query": "("}, {"kind": "*:*:*:*", "query": "a)"},
        {"kind": "*:*:*:*", "query": "AND"}, {"kind": "*:*:*:*", "query": 'a:"open'},
        {"kind": "*:*:*:*", "query": "(" * 999}, {"kind": "*:*:*:*", "query": "a:b:c"},
        {"kind": "*:*:*:*", "query": "NOT " * 999}, {"kind": "*:*:*:*", "query": "x" * 5000},
        {"kind": "*:*:*:*", "returnedFields": "id"},
    ],
)  # fmt: skip
def test_a_search_that_is_not_valid_is_400(sandbox: Sandbox, body: Any) -> None:
    _assert_search_refusal(_ask(sandbox, "POST", "/api/search/v2/query", body), "")


# Legal tags and schemas


def test_legal_tags_are_listed_shown_and_made(sandbox: Sandbox) -> None:
    path = "/api/legal/v1/legaltags"
    names = {tag["name"] for tag in _ask(sandbox, "GET", path).body["legalTags"]}
    assert "opendes-public-usa-dataset" in names
    tag = {"name": "mine", "properties": {"countryOfOrigin": ["NO"]}, "description": "Mine"}
    made = _ask(sandbox, "POST", path, tag)
    assert made.status == 201
    assert made.body["name"] == "opendes-mine"
    shown = _ask(sandbox, "GET", f"{path}/opendes-mine").body
    assert shown["properties"]["countryOfOrigin"] == ["NO"]
    _assert_service_refusal(_ask(sandbox, "POST", path, tag), 409, "already exists")
    none = _ask(sandbox, "GET", f"{path}/opendes-none")
    assert (none.status, none.raw) == (404, b"")
    assert _ask(sandbox, "GET", f"{path}?valid=false").body == {"legalTags": []}
    asked = {"names": ["opendes-mine", "opendes-none"]}
    invalid = _ask(sandbox, "POST", f"{path}:validate", asked).body["invalidLegalTags"]
    assert invalid == [{"name": "opendes-none", "reason": "LegalTag not found"}]
    unreadable: tuple[Any, ...] = ({}, {"names": []}, {"names": [7]}, {"names": ["x"] * 26}, [])
    for refused in unreadable:
        reply = _ask(sandbox, "POST", f"{path}:validate", refused)
        _assert_service_refusal(reply, 400, "Validation failed.")


@for_each(
    "body",
    [
        {}, [], {"name": 7}, {"name": "x y", "properties": {"countryOfOrigin": ["US"]}},
        {"name": "fine"}, {"name": "fine", "properties": {}},
    ],
)  # fmt: skip
def test_an_invalid_legal_tag_is_400(sandbox: Sandbox, body: Any) -> None:
    _assert_service_refusal(_ask(sandbox, "POST", "/api/legal/v1/legaltags", body), 400, "")


def test_schemas_are_listed_and_shown(sandbox: Sandbox) -> None:
    listed = _ask(sandbox, "GET", "/api/schema-service/v1/schema/").body
    ids = [info["schemaIdentity"]["id"] for info in listed["schemaInfos"]]
    assert listed["totalCount"] == len(ids) == 2
    for schema_id in ids:
        shown = _ask(sandbox, "GET", f"/api/schema-service/v1/schema/{schema_id}").body
        assert shown["x-osdu-schema-source"] == schema_id
    reply = _ask(sandbox, "GET", "/api/schema-service/v1/schema/a:b:c:1.0.0")
    said = "Schema is not present: a:b:c:1.0.0"
    detail = {"domain": "global", "reason": "notFound", "message": said}
    assert reply.body == {"error": {"code": 404, "message": said, "errors": [detail]}}
    path = "/api/schema-service/v1/schema"
    assert _ask(sandbox, "GET", f"{path}?source=wks&limit=1&offset=1").body["count"] == 1
    assert _ask(sandbox, "GET", f"{path}?source=elsewhere").body["totalCount"] == 0
    assert _ask(sandbox, "GET", f"{path}?limit=x").status == 400


# By cursor, by version, in batches


def test_a_cursor_reads_everything_once_and_only_for_its_user(sandbox: Sandbox) -> None:
    path = "/api/search/v2/query_with_cursor"
    body = {"kind": "osdu:wks:*:*", "limit": 4}
    page = _ask(sandbox, "POST", path, body).body
    cursor, total, seen = page["cursor"], page["totalCount"], []
    other = sandbox.new_username
    sandbox.platform.add_to_groups(other, ["service.search.user", "data.default.viewers"])
    shared = _ask(sandbox, "POST", path, {**body, "cursor": cursor}, user=other)
    _assert_service_refusal(shared, 403, "cursor sharing is forbidden")
    sandbox.platform.remove_from_groups(other, ["service.search.user", "data.default.viewers"])
    while page["results"]:
        seen += [record["id"] for record in page["results"]]
        page = _ask(sandbox, "POST", path, {**body, "cursor": page["cursor"]}).body
    assert page["cursor"] is None
    assert len(seen) == len(set(seen)) == total
    sandbox.clock.advance(90)
    for gone in (cursor, "0123"):
        expired = _ask(sandbox, "POST", path, {**body, "cursor": gone})
        _assert_service_refusal(expired, 400, "The given cursor is invalid or expired")


def test_every_version_of_a_record_can_be_read(sandbox: Sandbox) -> None:
    record_id = "opendes:master-data--Well:versions"
    for name in ("first", "second"):
        record = _record(id=record_id, data={"FacilityName": name})
        assert _ask(sandbox, "PUT", "/api/storage/v2/records", [record]).status == 201
    path = "/api/storage/v2/records"
    listed = _ask(sandbox, "GET", f"{path}/versions/{record_id}").body
    assert listed["recordId"] == record_id
    names = [
        _ask(sandbox, "GET", f"{path}/{record_id}/{version}").body["data"]["FacilityName"]
        for version in listed["versions"]
    ]
    assert names == ["first", "second"]
    for absent in (f"{path}/{record_id}/7", f"{path}/versions/opendes:a:none"):
        _assert_service_refusal(_ask(sandbox, "GET", absent), 404, "not found")


def test_several_records_are_fetched_and_the_missing_ones_named(sandbox: Sandbox) -> None:
    path, none = "/api/storage/v2/query/records", "opendes:master-data--Well:none"
    body = {"records": [WELL, none], "attributes": None}
    fetched = _ask(sandbox, "POST", path, body).body
    assert [record["id"] for record in fetched["records"]] == [WELL]
    assert (fetched["invalidRecords"], fetched["retryRecords"]) == ([none], [])
    batch = _ask(sandbox, "POST", f"{path}:batch", body, frame_of_reference="none").body
    assert [record["id"] for record in batch["records"]] == [WELL]
    assert (batch["notFound"], batch["conversionStatuses"]) == ([none], [])
    _assert_service_refusal(_ask(sandbox, "POST", f"{path}:batch", body), 400, "frame-of-reference")
    unreadable: tuple[Any, ...] = (
        {},
        [],
        {"records": None},
        {"records": [1]},
        {"records": [WELL] * 101},
    )
    for wrong in unreadable:
        assert _ask(sandbox, "POST", path, wrong).status == 400
    many = {"records": [WELL] * 21}
    assert _ask(sandbox, "POST", f"{path}:batch", many, frame_of_reference="none").status == 400


def test_only_an_administrator_lists_the_ids_of_a_kind(sandbox: Sandbox) -> None:
    path = f"/api/storage/v2/query/records?kind={WELL_KIND}&limit=3"
    _assert_service_refusal(_ask(sandbox, "GET", path), 403, "not authorized")
    sandbox.platform.add_to_groups(sandbox.username, ["service.storage.admin"])
    first = _ask(sandbox, "GET", path).body
    rest = _ask(sandbox, "GET", f"{path}&cursor={first['cursor']}").body
    assert WELL in first["results"]
    assert set(first["results"]).isdisjoint(rest["results"])
    for wrong in ("", f"?kind={WELL_KIND}&limit=0", f"?kind={WELL_KIND}&cursor=99999"):
        assert _ask(sandbox, "GET", f"/api/storage/v2/query/records{wrong}").status == 400
    sandbox.platform.remove_from_groups(sandbox.username, ["service.storage.admin"])


def test_members_of_a_group_are_listed_added_and_removed(sandbox: Sandbox) -> None:
    path = f"/api/entitlements/v2/groups/users@{DOMAIN}/members"
    listed = _ask(sandbox, "GET", f"{path}?includeType=true&role=MEMBER").body["members"]
    assert {"email": sandbox.username, "role": "MEMBER", "memberType": "USER"} in listed
    colleague = {"email": sandbox.new_username, "role": "MEMBER"}
    refused = _ask(sandbox, "POST", path, colleague)
    _assert_service_refusal(refused, 401, "Not authorized to manage members")
    sandbox.platform.add_to_groups(sandbox.username, ["service.entitlements.admin"])
    assert _ask(sandbox, "POST", path, colleague).body == colleague
    assert "users" in sandbox.platform.groups.names_of(
        sandbox.pool.user(sandbox.new_username).username
    )
    _assert_service_refusal(_ask(sandbox, "POST", path, colleague), 409, "already a member")
    assert _ask(sandbox, "DELETE", f"{path}/{sandbox.new_username}").status == 204
    assert _ask(sandbox, "DELETE", f"{path}/{sandbox.new_username}").status == 404
    unreadable: tuple[Any, ...] = ({}, {"email": "x"}, {"email": "a@b.c", "role": "KING"}, [])
    for body in unreadable:
        assert _ask(sandbox, "POST", path, body).status == 400
    for other, status in ((f"nothing@{DOMAIN}", 404), ("users@elsewhere.com", 400), ("u", 400)):
        path = f"/api/entitlements/v2/groups/{other}/members"
        assert _ask(sandbox, "GET", path).status == status
    sandbox.platform.remove_from_groups(sandbox.username, ["service.entitlements.admin"])


# Requests that the sandbox does not support


@for_each(
    ("method", "path"),
    [
        ("POST", "/api/search/v2/ccs/query"),
        ("PATCH", "/api/storage/v2/records"),
        ("POST", f"/api/storage/v2/records/{WELL}:delete"),
        ("DELETE", "/api/legal/v1/legaltags/opendes-mine"),
        ("GET", "/api/legal/v1/legaltags:properties"),
        ("POST", "/api/schema-service/v1/schema"),
        ("POST", "/api/entitlements/v2/groups"),
        ("GET", "/api/partition/v1/partitions/opendes"),
        ("GET", "/api/search/v2/readiness_check"),
        ("GET", "/api/entitlements/v2/_ah/liveness_check"),
        ("POST", "/api/workflow/v1/workflow/x/workflowRun"),
        ("GET", f"/api/storage/v2/records/{WELL}?attribute=data.FacilityName"),
        ("GET", "/api/schema-service/v1/schema?status=PUBLISHED"),
    ],
)
def test_a_route_that_the_sandbox_does_not_support_is_refused_by_name(
    sandbox: Sandbox, method: str, path: str
) -> None:
    reply = _ask(sandbox, method, path, {} if method != "GET" else None)
    assert (reply.status, reply.body["reason"]) == (501, "Not implemented")
    plain, _, parameter = path.partition("?")
    assert plain in reply.body["message"]
    assert parameter.partition("=")[0] in reply.body["message"]


def test_a_header_that_would_change_the_answer_is_refused_by_name(sandbox: Sandbox) -> None:
    path = f"/api/storage/v2/records/{WELL}"
    reply = _ask(sandbox, "GET", path, x_collaboration="id=1,application=x")
    assert reply.status == 501
    assert "x-collaboration" in reply.body["message"]


@for_each(
    ("query", "named"),
    [
        ("depth:[1 TO 2]", "ranges"),
        ("data.depth:{1 TO *}", "ranges"),
        ("data.depth:>=10", "comparisons"),
        ("data.FacilityName:/Kes.*/", "regular expressions"),
        ("Kestral~1", "fuzzy"),
        ('"Moor Kestrel"~2', "near phrases"),
        ("kestrel^2 moor", "boosts"),
        ("+kestrel -moor", "signs + - !"),
        ("kestrel && moor", "&&"),
        ("data.FacilityName:(Kestrel OR Osprey)", "groups under a field"),
        ("nested(data.Facilities, (Name:x))", "nested"),
        (r"data.FacilityName:Kestrel\ Moor", "escaped"),
    ],
)
def test_a_form_of_query_that_the_sandbox_does_not_support_is_refused_by_name(
    sandbox: Sandbox, query: str, named: str
) -> None:
    body = {"kind": "*:*:*:*", "query": query}
    for path in ("/api/search/v2/query", "/api/search/v2/query_with_cursor"):
        reply = _ask(sandbox, "POST", path, body)
        assert reply.status == 501
        assert named in reply.body["message"]


@for_each("member", ["sort", "spatialFilter", "aggregateBy", "highlightedFields"])
def test_a_member_of_a_search_that_the_sandbox_does_not_support_is_refused_by_name(
    sandbox: Sandbox, member: str
) -> None:
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*", member: {"a": 1}})
    assert reply.status == 501
    assert member in reply.body["message"]


def test_signs_inside_a_phrase_have_no_meaning(sandbox: Sandbox) -> None:
    assert _search(sandbox, query='data.FacilityName:"[Kestrel] ~ Moor ^ 1"')["totalCount"] == 2


def test_a_query_finds_the_records_that_have_a_field(sandbox: Sandbox) -> None:
    found = _search(sandbox, query="_exists_:data.WellID", kind="osdu:*:*:*", limit=100)
    assert found["totalCount"] == len(found["results"]) > 8
    assert all("Wellbore" in record["kind"] for record in found["results"])


def test_members_that_are_null_or_unknown_count_as_absent(sandbox: Sandbox) -> None:
    nulls = dict.fromkeys(
        ["query", "limit", "offset", "returnedFields", "queryAsOwner", "trackTotalCount", "sort",
         "spatialFilter", "aggregateBy", "suggestPhrase", "highlightedFields"]
    )  # fmt: skip
    plain = _search(sandbox)
    assert _search(sandbox, **nulls) == plain
    assert _search(sandbox, surprise={"x": 1}, aggregateBy="", highlightedFields=[]) == plain
    # `_record` leaves out what is null.
    record = {**_record(), "id": None, "meta": None, "tags": None, "surprise": 1}
    stored = _ask(sandbox, "PUT", "/api/storage/v2/records", [record]).body["recordIds"][0]
    read = _ask(sandbox, "GET", f"/api/storage/v2/records/{stored}").body
    assert {"meta", "tags", "surprise"}.isdisjoint(read)
    path = "/api/entitlements/v2/groups?surprise=1"
    assert _ask(sandbox, "GET", path).status == 200
