"""The legal service: the tags that say under which terms data may be used."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.messages import json_response

from .replies import service_refusal
from .routes import Route, Service, one_of

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Response

    from .replies import RefusedError
    from .routes import Call

_NAME = re.compile(r"[-A-Za-z0-9]{3,100}\Z")


class LegalTags:
    """The legal tags of one data partition, whose names all begin with its id.

    Args:
        data_partition_id: The data partition.
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
        read = one_of("legal", "user", "editor", "admin")
        write = one_of("legal", "editor", "admin")
        routes = (
            Route("GET", "/legaltags", read, self._list),
            Route("POST", "/legaltags", write, self._create),
            Route("GET", "/legaltags/(?P<name>[^/]+)", read, self._get),
        )
        return Service("/api/legal/v1", "legal-aws", routes)

    def _list(self, call: Call) -> Response:
        del call
        with self._lock:
            return json_response(200, {"legalTags": list(self._tags.values())})

    def _get(self, call: Call) -> Response:
        name = call.path_values["name"]
        with self._lock:
            tag = self._tags.get(name)
        if tag is None:
            raise service_refusal(404, "Not found", f"Cannot find a LegalTag with the name {name}")
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
        tag = _tag(name, str(body.get("description", "")), properties)
        with self._lock:
            if name in self._tags:
                raise service_refusal(
                    409, "Conflict", f"A LegalTag already exists for the given name {name}"
                )
            self._tags[name] = tag
        return json_response(201, tag)


def _invalid(message: str) -> RefusedError:
    return service_refusal(400, "Validation error", message)


def _tag(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    ordinary = {
        "countryOfOrigin": ["US"],
        "contractId": "No Contract Related",
        "expirationDate": "9999-12-31",
        "originator": "Sandbox",
        "dataType": "Public Domain Data",
        "securityClassification": "Public",
        "personalData": "No Personal Data",
        "exportClassification": "EAR99",
    }
    return {"name": name, "description": description, "properties": ordinary | properties}
