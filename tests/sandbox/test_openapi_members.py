"""Each operation of the platform replies with the members that are published for it.

They are those of the OpenAPI documents in the repositories of the storage, search and entitlements
services; for legal and schema, of the classes that their controllers return.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cases import for_each
from sandbox.raw_client import send

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

WELL = "opendes:master-data--Well:8690"
TEXT, NUMBER, LIST, OBJECT = str, int, list, dict
NAMES = {"names": ["opendes-public-usa-dataset"]}
STORED = [
    {
        "kind": "osdu:wks:master-data--Well:1.0.0",
        "acl": {
            "viewers": ["data.default.viewers@opendes.example.com"],
            "owners": ["data.default.owners@opendes.example.com"],
        },
        "legal": {
            "legaltags": ["opendes-public-usa-dataset"],
            "otherRelevantDataCountries": ["US"],
        },
        "data": {},
    }
]

OPERATIONS: list[tuple[str, str, Any, dict[str, type]]] = [
    (
        "POST", "/api/search/v2/query", {"kind": "*:*:*:*"},
        {"results": LIST, "totalCount": NUMBER, "aggregations": LIST},
    ),
    (
        "POST", "/api/search/v2/query_with_cursor", {"kind": "*:*:*:*"},
        {"cursor": TEXT, "results": LIST, "totalCount": NUMBER},
    ),
    (
        "PUT", "/api/storage/v2/records", STORED,
        {
            "recordCount": NUMBER, "recordIds": LIST, "skippedRecordIds": LIST,
            "recordIdVersions": LIST,
        },
    ),
    (
        "GET", f"/api/storage/v2/records/versions/{WELL}", None,
        {"recordId": TEXT, "versions": LIST},
    ),
    (
        "POST", "/api/storage/v2/query/records", {"records": []},
        {"records": LIST, "invalidRecords": LIST, "retryRecords": LIST},
    ),
    (
        "POST", "/api/storage/v2/query/records:batch", {"records": [WELL]},
        {"records": LIST, "notFound": LIST, "conversionStatuses": LIST},
    ),
    (
        "GET", "/api/storage/v2/query/records?kind=osdu:wks:master-data--Well:1.0.0&limit=1", None,
        {"cursor": TEXT, "results": LIST},
    ),
    (
        "GET", f"/api/storage/v2/records/{WELL}", None,
        {
            "id": TEXT, "version": NUMBER, "kind": TEXT, "acl": OBJECT, "legal": OBJECT,
            "data": OBJECT, "createUser": TEXT, "createTime": TEXT,
        },
    ),
    ("GET", "/api/legal/v1/legaltags", None, {"legalTags": LIST}),
    ("POST", "/api/legal/v1/legaltags:validate", NAMES, {"invalidLegalTags": LIST}),
    ("POST", "/api/legal/v1/legaltags:batchRetrieve", NAMES, {"legalTags": LIST}),
    (
        "GET", "/api/legal/v1/legaltags/opendes-public-usa-dataset", None,
        {"name": TEXT, "description": TEXT, "properties": OBJECT},
    ),
    (
        "GET", "/api/entitlements/v2/groups", None,
        {"desId": TEXT, "memberEmail": TEXT, "groups": LIST},
    ),
    (
        "GET", "/api/entitlements/v2/groups/users@opendes.example.com/members", None,
        {"members": LIST},
    ),
    (
        "GET", "/api/schema-service/v1/schema", None,
        {"schemaInfos": LIST, "offset": NUMBER, "count": NUMBER, "totalCount": NUMBER},
    ),
]  # fmt: skip


@for_each(("method", "path", "body", "members"), OPERATIONS)
def test_a_reply_has_the_members_of_the_document(
    sandbox: Sandbox, method: str, path: str, body: Any, members: dict[str, type]
) -> None:
    sandbox.platform.add_to_groups(sandbox.username, ["service.storage.admin"])
    headers = {
        "Authorization": f"Bearer {sandbox.issue_tokens()['AccessToken']}",
        "data-partition-id": sandbox.data_partition_id,
        "frame-of-reference": "none",
    }
    if body is not None:
        headers["Content-Type"] = "application/json"
    raw = None if body is None else json.dumps(body)
    reply = send(sandbox, method, path, body=raw, headers=headers)
    assert reply.status == (201 if method == "PUT" else 200), reply.raw
    assert {name: type(value) for name, value in reply.body.items()} == members
