"""The schema service: the two kinds the sandbox holds, listed and shown at their smallest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.messages import json_response

from .replies import service_refusal
from .routes import Route, Service, one_of

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Response

    from .routes import Call

WELL_KIND = "osdu:wks:master-data--Well:1.0.0"
WELLBORE_KIND = "osdu:wks:master-data--Wellbore:1.0.0"
_KINDS = (WELL_KIND, WELLBORE_KIND)


def schema_service() -> Service:
    """Return the service at `/api/schema-service/v1`."""
    roles = one_of("schema-service", "viewers", "editors", "admin")
    return Service(
        "/api/schema-service/v1",
        "schema-aws",
        (
            Route("GET", "/schema", roles, _list),
            Route("GET", "/schema/(?P<kind>[^/]+)", roles, _get),
        ),
    )


def _list(call: Call) -> Response:
    del call
    infos = [_schema_info(kind) for kind in _KINDS]
    return json_response(
        200, {"schemaInfos": infos, "offset": 0, "count": len(infos), "totalCount": len(infos)}
    )


def _get(call: Call) -> Response:
    kind = call.path_values["kind"]
    if kind not in _KINDS:
        raise service_refusal(404, "Not found", f"Schema is not present: {kind}")
    text = {"type": "string"}
    properties = {"FacilityName": text, "FacilityID": text, "SpatialLocation": {"type": "object"}}
    return json_response(
        200,
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "x-osdu-schema-source": kind,
            "title": _parts(kind)[2].partition("--")[2],
            "type": "object",
            "required": ["kind", "acl", "legal"],
            "properties": {"data": {"type": "object", "properties": properties}},
        },
    )


def _schema_info(kind: str) -> dict[str, Any]:
    authority, source, entity, version = _parts(kind)
    major, minor, patch = (int(number) for number in version.split("."))
    return {
        "schemaIdentity": {
            "authority": authority,
            "source": source,
            "entityType": entity,
            "schemaVersionMajor": major,
            "schemaVersionMinor": minor,
            "schemaVersionPatch": patch,
            "id": kind,
        },
        "createdBy": "sandbox",
        "dateCreated": "2024-01-15T08:00:00.000+00:00",
        "status": "PUBLISHED",
        "scope": "SHARED",
    }


def _parts(kind: str) -> list[str]:
    return kind.split(":")
