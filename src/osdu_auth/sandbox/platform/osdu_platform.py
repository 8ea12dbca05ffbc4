"""The whole platform: it checks a request (gateway, partition, route, groups) and answers it."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from osdu_auth.sandbox.http_messages import NotStrictJson, Response, json_response, strict_json
from osdu_auth.sandbox.platform.entitlements import entitlements_service
from osdu_auth.sandbox.platform.gateway import caller_of
from osdu_auth.sandbox.platform.groups import Groups
from osdu_auth.sandbox.platform.legal import LegalTags
from osdu_auth.sandbox.platform.records import Records
from osdu_auth.sandbox.platform.refusal_shapes import (
    PlatformRefusal,
    gateway_refusal,
    not_supported,
)
from osdu_auth.sandbox.platform.routes import Call
from osdu_auth.sandbox.platform.schemas import schema_service
from osdu_auth.sandbox.platform.search import search_service
from osdu_auth.sandbox.platform.storage import storage_service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.platform.routes import Route, Service
    from osdu_auth.sandbox.platform.service_refusals import Shape
    from osdu_auth.sandbox.pool.user_pool import UserPool

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
"""The groups of a workshop's users: they read and write data, and change no entitlements."""

# The services that OSDU has and the sandbox does not, by the first part of their paths.
_OTHER_SERVICES = frozenset(
    {
        "collaborations", "crs", "dataset", "eds", "file", "indexer", "notification",
        "os-wellbore-ddms", "partition", "policy", "rafs-ddms", "register", "reservoir-ddms",
        "secret", "seismic-store", "unit", "well-delivery", "workflow",
    }
)  # fmt: skip
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")


class OsduPlatform:
    """Five OSDU services with one data partition.

    Args:
        pool: the user pool whose tokens the gateway trusts.
        data_partition_id: the data partition.

    Attributes:
        groups: the groups and their members.
        records: the records of storage and search.
        legal_tags: the legal tags.
    """

    def __init__(self, pool: UserPool, data_partition_id: str) -> None:
        self._pool = pool
        self._data_partition_id = data_partition_id
        self._lock = threading.Lock()
        # The groups of a token as a service first saw them, and until when it keeps them.
        self._cached_groups: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}
        self.groups = Groups(data_partition_id, self._email_of, self._username_of)
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
            name: the user.
            groups: group names without their domain, such as `service.search.user`.

        Raises:
            KeyError: there is no such user.
        """
        self.groups.add(self._pool.user(name).username, groups)

    def remove_from_groups(self, name: str, groups: Iterable[str]) -> None:
        """Remove a user, by canonical name or e-mail address, from groups.

        Raises:
            KeyError: there is no such user.
        """
        self.groups.remove(self._pool.user(name).username, groups)

    def answer(self, request: Request) -> Response:
        """Return the platform's answer to a request below `/api`."""
        try:
            response = self._answer(request)
        except PlatformRefusal as refused:
            response = refused.response
        correlation = request.headers.get("correlation-id", "")
        if not _CORRELATION_ID.match(correlation):
            correlation = str(uuid4())
        return replace(response, headers=(*response.headers, ("correlation-id", correlation)))

    def _answer(self, request: Request) -> Response:
        service = self._service(request)
        path = request.path[len(service.prefix) :]
        if request.method == "GET" and path.rstrip("/") == "/info":
            return json_response(200, _info(service))
        username = caller_of(request, self._pool)
        service.check_supported(request)
        refusals = service.refusals
        if refusals.partition_first:
            self._check_partition(service, request)
        route, path_values = self._route(service, request)
        route.check_parameters(request)
        body = self._body(service, request)
        self._check_partition(service, request)
        names = self._group_names(service, request, username)
        if names.isdisjoint(route.roles) or not service.further_condition(names):
            raise self._refused(refusals.no_group, request)
        call = Call(
            request=request,
            username=username,
            email=self._email_of(username),
            groups=self.groups,
            group_names=names,
            now=self._pool.clock.now(),
            path_values=path_values,
            body=body,
        )
        return route.answer(call)

    def _service(self, request: Request) -> Service:
        for service in self._services:
            if request.path.startswith(f"{service.prefix}/"):
                return service
        # There is no such service. A caller without a token must not learn that, and gets a 401.
        caller_of(request, self._pool)
        if not _OTHER_SERVICES.isdisjoint(request.path.split("/")[2:3]):
            raise not_supported(f"{request.method} {request.path}")
        raise gateway_refusal(404, "")

    def _check_partition(self, service: Service, request: Request) -> None:
        named = request.headers.get("data-partition-id", "")
        if not named:
            raise self._refused(service.refusals.no_partition, request)
        if named != self._data_partition_id:
            raise self._refused(service.refusals.other_partition, request)

    def _route(self, service: Service, request: Request) -> tuple[Route, dict[str, str]]:
        path = request.path[len(service.prefix) :]
        allowed: set[str] = set()
        for route in service.routes:
            found = route.match(path)
            if found is None:
                continue
            if route.method == request.method:
                return route, {name: unquote(value) for name, value in found.items()}
            allowed.add(route.method)
        if not allowed:
            raise self._refused(service.refusals.no_route, request)
        refused = self._refused(service.refusals.wrong_method, request)
        allow = (("Allow", ", ".join(sorted(allowed))),)
        raise PlatformRefusal(replace(refused.response, headers=allow))

    def _body(self, service: Service, request: Request) -> Any:
        if request.method not in _METHODS_WITH_BODY:
            return None
        if request.media_type != "application/json":
            raise self._refused(service.refusals.wrong_media_type, request)
        try:
            return strict_json(request.body)
        except NotStrictJson as error:
            raise self._refused(service.refusals.unreadable, request) from error

    def _group_names(self, service: Service, request: Request, username: str) -> frozenset[str]:
        """Return a caller's groups as a service knows them.

        Some services ask the entitlements service once for each token and keep the answer. They
        notice a change of groups with another token, or when the kept answer expires.
        """
        now = self._pool.clock.now()
        names = self.groups.names_of(username)
        if not service.group_cache_seconds:
            return names
        key = (service.prefix, request.headers["authorization"])
        with self._lock:
            self._cached_groups = {
                key: cached for key, cached in self._cached_groups.items() if now < cached[0]
            }
            return self._cached_groups.setdefault(key, (now + service.group_cache_seconds, names))[
                1
            ]

    def _refused(self, shape: Shape, request: Request) -> PlatformRefusal:
        return PlatformRefusal(shape(request, self._pool.clock.now()))

    def _email_of(self, username: str) -> str:
        user = self._pool.find_user(username)
        return user.email if user else username

    def _username_of(self, email: str) -> str:
        user = self._pool.find_user(email)
        return user.username if user else email


def _info(service: Service) -> dict[str, Any]:
    """Return what a service says about itself, without a token."""
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
