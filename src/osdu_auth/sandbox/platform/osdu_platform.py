"""The platform as a whole: gateway, filter, routes, groups, services, in this order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from osdu_auth.sandbox.messages import NotStrictJsonError, Response, json_response, strict_json

from .entitlements import entitlements_service
from .gateway import caller_of
from .groups import Groups
from .legal import LegalTags
from .records import Records
from .replies import (
    RefusedError,
    access_denied,
    gateway_refusal,
    service_refusal,
    spring_refusal,
)
from .routes import Call
from .schemas import schema_service
from .search import search_service
from .storage import storage_service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.sandbox.messages import Request
    from osdu_auth.sandbox.pool.user_pool import UserPool

    from .routes import Route, Service

WORKSHOP_GROUPS = (
    "users",
    "data.default.viewers",
    "data.default.owners",
    "service.entitlements.user",
    "service.legal.user",
    "service.legal.editor",
    "service.schema-service.viewers",
    "service.search.user",
    "service.storage.viewer",
    "service.storage.creator",
)
"""The groups a workshop puts its people into: read and write data, change no entitlements."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")


class OsduPlatform:
    """Five OSDU services with one data partition.

    Args:
        pool: The user pool whose tokens the gateway trusts.
        data_partition_id: The data partition.

    Attributes:
        groups: Who is in which group.
        records: What storage holds and search finds.
        legal_tags: The legal tags.
    """

    def __init__(self, pool: UserPool, data_partition_id: str) -> None:
        self._pool = pool
        self._data_partition_id = data_partition_id
        self.groups = Groups(data_partition_id)
        self.legal_tags = LegalTags(data_partition_id)
        self.records = Records(data_partition_id, self.groups, self.legal_tags)
        self._services = (
            entitlements_service(),
            self.legal_tags.service(),
            storage_service(self.records),
            search_service(self.records),
            schema_service(),
        )

    def add_to_groups(self, name: str, groups: Iterable[str]) -> None:
        """Add a user, by canonical name or e-mail address, to groups.

        Args:
            name: The user.
            groups: Group names without their domain, such as `service.search.user`.

        Raises:
            KeyError: If there is no such user.
        """
        self.groups.add(self._pool.user(name).username, groups)

    def remove_from_groups(self, name: str, groups: Iterable[str]) -> None:
        """Take a user, by canonical name or e-mail address, out of groups.

        Raises:
            KeyError: If there is no such user.
        """
        self.groups.remove(self._pool.user(name).username, groups)

    def answer(self, request: Request) -> Response:
        """Return the platform's answer to a request below `/api`."""
        try:
            response = self._answer(request)
        except RefusedError as refused:
            response = refused.response
        correlation = request.headers.get("correlation-id", "")
        if not _CORRELATION_ID.match(correlation):
            correlation = str(uuid4())
        return replace(response, headers=(*response.headers, ("correlation-id", correlation)))

    def _answer(self, request: Request) -> Response:
        service = self._service(request)
        if request.method == "GET" and request.path.rstrip("/") == f"{service.prefix}/info":
            return json_response(200, _info(service))
        username = caller_of(request, self._pool)
        self._check_partition(request)
        route, path_values = self._route(service, request)
        body = self._body(service, request)
        if self.groups.names_of(username).isdisjoint(route.roles):
            raise access_denied()
        user = self._pool.find_user(username)
        call = Call(
            request=request,
            username=username,
            email=user.email if user else username,
            groups=self.groups,
            now=self._pool.clock.now(),
            path_values=path_values,
            body=body,
        )
        return route.answer(call)

    def _service(self, request: Request) -> Service:
        for service in self._services:
            if request.path.startswith(f"{service.prefix}/"):
                return service
        # Nothing behind the gateway: still, who has no token learns nothing.
        caller_of(request, self._pool)
        raise gateway_refusal(404, "")

    def _check_partition(self, request: Request) -> None:
        named = request.headers.get("data-partition-id", "")
        if not named:
            raise service_refusal(400, "Bad Request", "data-partition-id header is missing")
        if named != self._data_partition_id:
            raise service_refusal(
                403, "Access denied", "The user has no access to the data partition"
            )

    def _route(self, service: Service, request: Request) -> tuple[Route, dict[str, str]]:
        path = request.path[len(service.prefix) :]
        allowed: list[str] = []
        for route in service.routes:
            found = route.match(path)
            if found is None:
                continue
            if route.method == request.method:
                return route, {name: unquote(value) for name, value in found.items()}
            allowed.append(route.method)
        if allowed:
            headers = (("Allow", ", ".join(sorted(set(allowed)))),)
            raise spring_refusal(405, request, self._pool.clock.now(), headers)
        raise spring_refusal(404, request, self._pool.clock.now())

    def _body(self, service: Service, request: Request) -> Any:
        now = self._pool.clock.now()
        if service.wants_content_type and not request.media_type:
            message = "Content-Type 'null' is not supported"
            raise spring_refusal(415, request, now, message=message)
        if request.method not in _WITH_BODY:
            return None
        if request.media_type != "application/json":
            raise spring_refusal(415, request, now)
        try:
            return strict_json(request.body)
        except NotStrictJsonError as error:
            raise spring_refusal(400, request, now) from error


def _info(service: Service) -> dict[str, Any]:
    """Return what a service tells about itself to anybody."""
    return {
        "groupId": "org.opengroup.osdu",
        "artifactId": service.artifact,
        "version": "sandbox",
        "buildTime": "1970-01-01T00:00:00Z",
        "branch": "sandbox",
        "commitId": "",
        "commitMessage": "",
        "connectedOuterServices": [],
        "featureFlagStates": [],
    }
