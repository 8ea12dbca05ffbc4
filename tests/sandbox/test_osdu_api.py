"""OSDU's own Python client against the sandbox's platform; it sends null members too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

pytest.importorskip("osdu_api")
WELL = "opendes:master-data--Well:8690"


@pytest.fixture
def known(sandbox: Sandbox) -> dict[str, Any]:
    from osdu_api.auth.authorization import TokenRefresher

    class Fixed(TokenRefresher):  # type: ignore[misc, unused-ignore]
        access_token = sandbox.issue_tokens()["AccessToken"]

        def refresh_token(self) -> str:
            raise AssertionError("a good token is not refused")

    return {"data_partition_id": sandbox.data_partition_id, "token_refresher": Fixed()}


def test_a_simple_search_and_a_search_by_cursor_find_everything(
    sandbox: Sandbox, known: dict[str, Any]
) -> None:
    from osdu_api.clients.search.search_client import SearchClient
    from osdu_api.model.search.query_request import QueryRequest

    client = SearchClient(search_url=f"{sandbox.platform_url}/api/search/v2", **known)
    plain = client.query_records(QueryRequest(kind="osdu:wks:*:*", query="*"))
    assert plain.status_code == 200, plain.text
    assert len(plain.json()["results"]) == 10
    seen: list[str] = []
    cursor = None
    while True:
        asked = QueryRequest(kind="osdu:wks:*:*", query="*", limit=7, cursor=cursor)
        page = client.query_with_cursor(asked).json()
        seen += [record["id"] for record in page["results"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == plain.json()["totalCount"]


def test_osdu_api_reads_records_and_their_versions(sandbox: Sandbox, known: dict[str, Any]) -> None:
    from osdu_api.clients.storage.record_client import RecordClient
    from osdu_api.model.storage.query_records_request import QueryRecordsRequest

    client = RecordClient(storage_url=f"{sandbox.platform_url}/api/storage/v2", **known)
    assert client.get_latest_record(WELL).json()["id"] == WELL
    versions = client.get_record_versions(WELL).json()["versions"]
    assert client.get_specific_record(WELL, versions[0]).json()["version"] == versions[0]
    both = QueryRecordsRequest(records=[WELL, "opendes:a:none"])
    fetched = client.query_records(both).json()
    assert fetched["invalidRecords"] == ["opendes:a:none"]


def test_osdu_api_validates_legal_tags(sandbox: Sandbox, known: dict[str, Any]) -> None:
    from osdu_api.clients.legal.legal_client import LegalClient
    from osdu_api.model.legal.legal_tag_names import LegalTagNames

    client = LegalClient(legal_url=f"{sandbox.platform_url}/api/legal/v1", **known)
    names = LegalTagNames(["opendes-public-usa-dataset", "opendes-none"])
    invalid = client.validate_legal_tags(names).json()["invalidLegalTags"]
    assert [tag["name"] for tag in invalid] == ["opendes-none"]
    found = client.get_legal_tags(names)
    assert (found.status_code, len(found.json()["legalTags"])) == (404, 1)
    assert client.get_legal_tags(LegalTagNames(names.names[:1])).status_code == 200
