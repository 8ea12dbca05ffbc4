"""The services: groups, records, search, legal tags, schemas, and their two shapes of refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.far_end import Reply, send

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


def _assert_spring_refusal(reply: Reply, status: int, error: str, path: str) -> None:
    assert reply.status == status
    assert set(reply.body) - {"message"} == {"timestamp", "status", "error", "path"}
    assert (reply.body["status"], reply.body["error"]) == (status, error)
    assert reply.body["path"] == path


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


# The way in


@pytest.mark.parametrize("path", ["/api/entitlements/v2/groups", "/api/entitlements/v2/groups/"])
def test_the_workshops_user_sees_the_groups(sandbox: Sandbox, path: str) -> None:
    body = _ask(sandbox, "GET", path).body
    assert body["memberEmail"] == body["desId"] == sandbox.username
    by_name = {group["name"]: group for group in body["groups"]}
    assert by_name["service.search.user"]["email"] == f"service.search.user@{DOMAIN}"
    assert {"name", "email", "description"} == set(by_name["users"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/entitlements/v2/groups", None),
        ("GET", f"/api/storage/v2/records/{WELL}", None),
        ("PUT", "/api/storage/v2/records", []),
        ("POST", "/api/search/v2/query", {"kind": "*:*:*:*"}),
        ("GET", "/api/legal/v1/legaltags", None),
        ("POST", "/api/legal/v1/legaltags", {}),
        ("GET", "/api/schema-service/v1/schema", None),
    ],
)
def test_a_user_without_groups_signs_in_and_may_do_nothing(
    sandbox: Sandbox, method: str, path: str, body: Any
) -> None:
    reply = _ask(sandbox, method, path, body, user=sandbox.new_username)
    _assert_service_refusal(reply, 403, "not authorized to perform this action")


def test_a_role_is_given_and_taken_by_its_group(sandbox: Sandbox) -> None:
    user = sandbox.new_username
    sandbox.platform.add_to_groups(user, ["service.search.user", "data.default.viewers"])
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*"}, user=user)
    assert reply.body["totalCount"] > 12
    sandbox.platform.remove_from_groups(user, ["service.search.user"])
    reply = _ask(sandbox, "POST", "/api/search/v2/query", {"kind": "*:*:*:*"}, user=user)
    assert reply.status == 403
    sandbox.platform.remove_from_groups(user, ["data.default.viewers"])


def test_a_missing_data_partition_is_400(sandbox: Sandbox) -> None:
    reply = _ask(sandbox, "GET", "/api/entitlements/v2/groups", data_partition_id=None)
    _assert_service_refusal(reply, 400, "data-partition-id")


def test_a_foreign_data_partition_is_403(sandbox: Sandbox) -> None:
    reply = _ask(sandbox, "GET", "/api/entitlements/v2/groups", data_partition_id="elsewhere")
    _assert_service_refusal(reply, 403, "data partition")


def test_a_correlation_id_comes_back_or_is_made(sandbox: Sandbox) -> None:
    path = "/api/entitlements/v2/groups"
    assert _ask(sandbox, "GET", path, correlation_id="my-1").headers["correlation-id"] == "my-1"
    made = {send(sandbox, "GET", path).headers["correlation-id"] for _ in range(2)}
    assert len(made) == 2
    assert _ask(sandbox, "GET", path, correlation_id="x" * 500).headers["correlation-id"] != "x"


# Spring's shape


@pytest.mark.parametrize("path", ["/api/search/v2/nothing", "/api/storage/v2/records/a/b/c/d"])
def test_an_unknown_route_is_springs_404(sandbox: Sandbox, path: str) -> None:
    _assert_spring_refusal(_ask(sandbox, "GET", path), 404, "Not Found", path)


def test_a_wrong_method_is_springs_405(sandbox: Sandbox) -> None:
    reply = _ask(sandbox, "GET", "/api/search/v2/query")
    _assert_spring_refusal(reply, 405, "Method Not Allowed", "/api/search/v2/query")
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/search/v2/query"), ("PUT", "/api/storage/v2/records")]
)
def test_a_body_that_is_not_declared_as_json_is_springs_415(
    sandbox: Sandbox, method: str, path: str, content_type: str | None
) -> None:
    reply = _ask(sandbox, method, path, {}, content_type=content_type)
    _assert_spring_refusal(reply, 415, "Unsupported Media Type", path)


def test_storage_wants_a_content_type_even_where_there_is_no_body(sandbox: Sandbox) -> None:
    path = f"/api/storage/v2/records/{WELL}"
    reply = _ask(sandbox, "GET", path, content_type=None)
    _assert_spring_refusal(reply, 415, "Unsupported Media Type", path)
    assert reply.body["message"] == "Content-Type 'null' is not supported"
    assert _ask(sandbox, "GET", path).status == 200
    assert send(sandbox, "GET", "/api/storage/v2/info").status == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b"\xff", b"[" * 50_000])
def test_a_body_that_is_not_json_is_springs_400(sandbox: Sandbox, raw: bytes) -> None:
    reply = _ask(sandbox, "POST", "/api/search/v2/query", raw=raw)
    _assert_spring_refusal(reply, 400, "Bad Request", "/api/search/v2/query")


# Storage


@pytest.mark.parametrize("record_id", [WELL, WELL.replace(":", "%3A")])
def test_a_record_is_got_by_its_id(sandbox: Sandbox, record_id: str) -> None:
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


@pytest.mark.parametrize(
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
            "is not a group of opendes.example.com",
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
def test_an_invalid_record_is_told_its_fault_and_nothing_is_stored(
    sandbox: Sandbox, changes: dict[str, Any], said: str
) -> None:
    before = len(sandbox.platform.records.all())
    reply = _ask(sandbox, "PUT", "/api/storage/v2/records", [_record(), _record(**changes)])
    _assert_service_refusal(reply, 400, said)
    assert len(sandbox.platform.records.all()) == before


@pytest.mark.parametrize("body", [{}, [], ["x"], "x", 7])
def test_storage_takes_an_array_of_records(sandbox: Sandbox, body: Any) -> None:
    reply = _ask(sandbox, "PUT", "/api/storage/v2/records", body)
    _assert_service_refusal(reply, 400, "")


def test_a_record_is_hidden_from_who_is_not_in_its_access_list(sandbox: Sandbox) -> None:
    acl = {"viewers": [f"data.secret@{DOMAIN}"], "owners": [f"data.secret@{DOMAIN}"]}
    record = _record(id="opendes:master-data--Well:hidden", acl=acl)
    assert _ask(sandbox, "PUT", "/api/storage/v2/records", [record]).status == 201
    path = "/api/storage/v2/records/opendes:master-data--Well:hidden"
    _assert_service_refusal(_ask(sandbox, "GET", path), 403, "not authorized")
    assert _search(sandbox, query='"hidden"')["totalCount"] == 0
    assert _ask(sandbox, "PUT", "/api/storage/v2/records", [record]).status == 403


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


@pytest.mark.parametrize(
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
def test_a_query_finds_what_it_says(sandbox: Sandbox, query: str, names: set[str]) -> None:
    found = _search(sandbox, query=query, kind="osdu:*:*:*", limit=100)
    assert {record["data"]["FacilityName"] for record in found["results"]} == names
    assert found["totalCount"] == len(names)


@pytest.mark.parametrize("query", ["", "*", "   "])
def test_an_empty_query_finds_everything(sandbox: Sandbox, query: str) -> None:
    assert _search(sandbox, query=query)["totalCount"] == _search(sandbox)["totalCount"] > 12


def test_pages_do_not_overlap_and_the_total_is_the_whole(sandbox: Sandbox) -> None:
    pages = [_search(sandbox, limit=5, offset=offset) for offset in (0, 5)]
    ids = [record["id"] for page in pages for record in page["results"]]
    assert len(set(ids)) == 10
    assert {page["totalCount"] for page in pages} == {_search(sandbox)["totalCount"]}
    assert len(_search(sandbox)["results"]) == 10
    assert _search(sandbox, offset=10_000)["results"] == []


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


@pytest.mark.parametrize(
    "body",
    [
        {}, {"kind": ""}, {"kind": []}, {"kind": "well"}, {"kind": 7}, {"kind": [7]}, [], "x",
        {"kind": "*:*:*:*", "limit": -1}, {"kind": "*:*:*:*", "limit": "5"},
        {"kind": "*:*:*:*", "limit": 1001}, {"kind": "*:*:*:*", "limit": True},
        {"kind": "*:*:*:*", "offset": -1}, {"kind": "*:*:*:*", "query": 7},
        {"kind": "*:*:*:*", "query": "("}, {"kind": "*:*:*:*", "query": "a)"},
        {"kind": "*:*:*:*", "query": "AND"}, {"kind": "*:*:*:*", "query": 'a:"open'},
        {"kind": "*:*:*:*", "query": "depth:[1 TO 2]"}, {"kind": "*:*:*:*", "query": "(" * 999},
        {"kind": "*:*:*:*", "query": "NOT " * 999}, {"kind": "*:*:*:*", "query": "x" * 5000},
        {"kind": "*:*:*:*", "returnedFields": "id"}, {"kind": "*:*:*:*", "surprise": 1},
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_understood_is_400(sandbox: Sandbox, body: Any) -> None:
    _assert_service_refusal(_ask(sandbox, "POST", "/api/search/v2/query", body), 400, "")


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
    _assert_service_refusal(_ask(sandbox, "GET", f"{path}/opendes-none"), 404, "opendes-none")


@pytest.mark.parametrize(
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
    _assert_service_refusal(reply, 404, "a:b:c:1.0.0")
