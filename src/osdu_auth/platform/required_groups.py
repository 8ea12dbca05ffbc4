"""Roles: which groups an OSDU service wants of its callers, as the services' sources have them.

A service asks for *any* of its groups; Search asks for a group of data besides, whatever it is.
"""

from __future__ import annotations

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

# By the service as its path names it: the groups that may read, and those that may also write.
_GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dataset": (
        ("service.dataset.viewers", "service.dataset.editors"),
        ("service.dataset.editors",),
    ),
    "entitlements": (
        ("service.entitlements.user", "service.entitlements.admin", "users.datalake.ops"),
        ("service.entitlements.admin", "users.datalake.ops"),
    ),
    "file": (
        ("service.file.viewers", "service.file.editors", "service.file.admin"),
        ("service.file.editors", "service.file.admin"),
    ),
    "legal": (
        ("service.legal.user", "service.legal.editor", "service.legal.admin"),
        ("service.legal.editor", "service.legal.admin"),
    ),
    "schema-service": (
        ("service.schema-service.viewers", "service.schema-service.editors"),
        ("service.schema-service.editors",),
    ),
    "search": (
        ("service.search.user", "service.search.admin"),
        ("service.search.user", "service.search.admin"),
    ),
    "storage": (
        ("service.storage.viewer", "service.storage.creator", "service.storage.admin"),
        ("service.storage.creator", "service.storage.admin"),
    ),
    "workflow": (
        ("service.workflow.viewer", "service.workflow.creator", "service.workflow.admin"),
        ("service.workflow.creator", "service.workflow.admin"),
    ),
}
# What asks by POST, as a question is too long for a URL.
_ASKED_BY_POST = ("/query", ":validate", ":batchRetrieve", "retrievalInstructions")

# The group whose members Entitlements answers at all, and the one that may read what all may.
EVERY_USER, EVERY_READER = "users", "users.datalake.viewers"
DATA_GROUPS = "data."
ALL_DATA = "users.data.root"

_TITLES = {
    "schema-service": "Schema",
    "seistore-svc": "Seismic DDMS",
    "os-wellbore-ddms": "Wellbore DDMS",
}


def required_groups(service: str, method: str, path: str) -> tuple[str, ...]:
    """Return the groups any of which a request needs; none where they are not known here.

    Args:
        service: as the path names it, such as `search`.
        method: the HTTP method.
        path: of the request.
    """
    reading, writing = _GROUPS.get(service, ((), ()))
    is_question = method == "POST" and any(words in path for words in _ASKED_BY_POST)
    return reading if method in _READING or is_question or not method else writing


def service_title(service: str) -> str:
    """Return a service's name as people write it, such as `Search`; `OSDU` where there is none."""
    return _TITLES.get(service) or (service.capitalize() if service else "OSDU")
