"""The legal service: legal tags, which name the terms under which data may be used."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import Response, json_response
from osdu_auth.sandbox.platform.refusal_shapes import service_refusal
from osdu_auth.sandbox.platform.routes import Route, Service, is_absent, role_groups
from osdu_auth.sandbox.platform.service_refusals import LEGAL

if TYPE_CHECKING:
    from osdu_auth.sandbox.platform.refusal_shapes import PlatformRefusal
    from osdu_auth.sandbox.platform.routes import Call

_MOST_NAMES = 25
_UNSUPPORTED_ROUTES = (
    ("PUT", "/legaltags"),
    ("DELETE", "/legaltags/[^/]+"),
    ("POST", "/legaltags:query"),
    ("GET", "/legaltags:properties"),
    ("GET", "/jobs/updateLegalTagStatus"),
)
_NAME = re.compile(r"[-A-Za-z0-9]{3,100}\Z")


class LegalTags:
    """The legal tags of one data partition, whose names all begin with its id.

    Args:
        data_partition_id: the data partition.
    """

    def __init__(self, data_partition_id: str) -> None:
        self._prefix = f"{data_partition_id}-"
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, Any]] = {}
        self.default = f"{self._prefix}public-usa-dataset"
        self._tags[self.default] = _tag(self.default, "A tag for everything in the sandbox", {})

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._tags

    def service(self) -> Service:
        """Return the service at `/api/legal/v1`."""
        read = role_groups("legal", "user", "editor", "admin")
        write = role_groups("legal", "editor", "admin")
        routes = (
            Route("GET", "/legaltags", read, self._list),
            Route("POST", "/legaltags", write, self._create),
            Route("GET", "/legaltags/(?P<name>[^/]+)", read, self._get),
            Route("POST", "/legaltags:batchRetrieve", read, self._batch_retrieve),
            Route("POST", "/legaltags:validate", read, self._validate),
        )
        return Service(
            "/api/legal/v1", "legal-aws", routes, LEGAL, unsupported_routes=_UNSUPPORTED_ROUTES
        )

    def _list(self, call: Call) -> Response:
        # Every tag here is valid, so there are no others to list.
        if call.request.query.get("valid", "true").lower() == "false":
            return json_response(200, {"legalTags": []})
        with self._lock:
            return json_response(200, {"legalTags": list(self._tags.values())})

    def _batch_retrieve(self, call: Call) -> Response:
        names = _names(call.body)
        with self._lock:
            found = [self._tags[name] for name in names if name in self._tags]
        # The service returns the tags that exist, with 404 if one is missing.
        return json_response(200 if len(found) == len(names) else 404, {"legalTags": found})

    def _validate(self, call: Call) -> Response:
        absent = [name for name in _names(call.body) if name not in self]
        invalid = [{"name": name, "reason": "LegalTag not found"} for name in absent]
        return json_response(200, {"invalidLegalTags": invalid})

    def _get(self, call: Call) -> Response:
        name = call.path_values["name"]
        with self._lock:
            tag = self._tags.get(name)
        if tag is None:
            return Response(404, content_type="")  # the service sends no body
        return json_response(200, tag)

    def _create(self, call: Call) -> Response:
        body = call.body
        if not isinstance(body, dict) or not isinstance(body.get("name"), str):
            raise _invalid("A legal tag needs a name")
        if not _NAME.match(body["name"]):
            raise _invalid(f"Invalid name given: {body['name'][:100]}")
        properties = body.get("properties")
        if not isinstance(properties, dict) or not properties.get("countryOfOrigin"):
            raise _invalid("A legal tag needs properties with a countryOfOrigin")
        name = body["name"]
        name = name if name.startswith(self._prefix) else self._prefix + name
        given = {key: value for key, value in properties.items() if not is_absent(value)}
        tag = _tag(name, str(body.get("description") or ""), given)
        with self._lock:
            if name in self._tags:
                raise service_refusal(
                    409, "Conflict", f"A LegalTag already exists for the given name {name}"
                )
            self._tags[name] = tag
        return json_response(201, tag)


def _names(body: Any) -> list[str]:
    names = body.get("names") if isinstance(body, dict) else None
    if (
        not isinstance(names, list)
        or not 0 < len(names) <= _MOST_NAMES
        or not all(isinstance(name, str) for name in names)
    ):
        raise service_refusal(400, "Validation failed.", "Validation failed.")
    return names


def _invalid(message: str) -> PlatformRefusal:
    return service_refusal(400, "Validation error", message)


def _tag(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        "countryOfOrigin": ["US"],
        "contractId": "No Contract Related",
        "expirationDate": "9999-12-31",
        "originator": "Sandbox",
        "dataType": "Public Domain Data",
        "securityClassification": "Public",
        "personalData": "No Personal Data",
        "exportClassification": "EAR99",
    }
    return {"name": name, "description": description, "properties": defaults | properties}
