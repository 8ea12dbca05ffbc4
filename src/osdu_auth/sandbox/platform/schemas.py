"""The schema service: short schemas of the two kinds of records that the sandbox has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.platform.refusal_shapes import PlatformRefusal, schema_error
from osdu_auth.sandbox.platform.routes import Route, Service, role_groups
from osdu_auth.sandbox.platform.service_refusals import SCHEMA

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Response
    from osdu_auth.sandbox.platform.routes import Call

WELL_KIND = "osdu:wks:master-data--Well:1.0.0"
WELLBORE_KIND = "osdu:wks:master-data--Wellbore:1.0.0"
_KINDS = (WELL_KIND, WELLBORE_KIND)
_FILTERS = ("authority", "source", "entityType")
_UNSUPPORTED_PARAMETERS = frozenset(
    {
        "schemaVersionMajor", "schemaVersionMinor", "schemaVersionPatch", "status", "scope",
        "latestVersion",
    }
)  # fmt: skip
_DEFAULT_LIMIT = 100


def schema_service() -> Service:
    """Return the service at `/api/schema-service/v1`."""
    roles = role_groups("schema-service", "viewers", "editors", "admin")
    return Service(
        "/api/schema-service/v1",
        "schema-aws",
        (
            Route("GET", "/schema", roles, _list, unsupported_parameters=_UNSUPPORTED_PARAMETERS),
            Route("GET", "/schema/(?P<kind>[^/]+)", roles, _get),
        ),
        SCHEMA,
        unsupported_routes=(("POST", "/schema"), ("PUT", "/schema"), ("PUT", "/schemas/system")),
    )


def _list(call: Call) -> Response:
    query = call.request.query
    found = [
        info
        for info in map(_schema_info, _KINDS)
        if all(
            query.get(name, info["schemaIdentity"][name]) == info["schemaIdentity"][name]
            for name in _FILTERS
        )
    ]
    offset, limit = _number(call, "offset", 0), _number(call, "limit", _DEFAULT_LIMIT)
    infos = found[offset : offset + limit]
    return json_response(
        200,
        {
            "schemaInfos": infos,
            "offset": offset,
            "count": len(infos),
            "totalCount": len(found),
        },
    )


def _number(call: Call, name: str, default: int) -> int:
    value = call.request.query.get(name)
    if value is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", value):
        raise PlatformRefusal(schema_error(400, f"{name} should be of type int"))
    return int(value)


def _get(call: Call) -> Response:
    kind = call.path_values["kind"]
    if kind not in _KINDS:
        raise PlatformRefusal(schema_error(404, f"Schema is not present: {kind[:200]}"))
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
