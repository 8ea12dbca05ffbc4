"""The groups that each OSDU service requires of its callers, from the services' sources.

A caller needs *one* of the service's groups. Search requires a data group, too, whichever it is.
"""

from __future__ import annotations

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

# By the service's name in a path: the groups that may read, and the groups that may also write.
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
# Paths that read by POST, as the question is too long for a URL.
_READ_BY_POST = ("/query", ":validate", ":batchRetrieve", "retrievalInstructions")

DATA_GROUPS = "data."  # how the names of data groups begin
ALL_DATA = "users.data.root"  # its members can read and change all data

_TITLES = {
    "schema-service": "Schema",
    "seistore-svc": "Seismic DDMS",
    "os-wellbore-ddms": "Wellbore DDMS",
}


def required_groups(service: str, method: str, path: str) -> tuple[str, ...]:
    """Return the groups of which a request needs one; () where they are not known here.

    Args:
        service: its name in the path, such as `search`.
        method: the HTTP method.
        path: the path of the request.
    """
    reading, writing = _GROUPS.get(service, ((), ()))
    reads_by_post = method == "POST" and any(words in path for words in _READ_BY_POST)
    return reading if method in _READING or reads_by_post or not method else writing


def service_title(service: str) -> str:
    """Return a service's name as documentation writes it, such as `Search`; `OSDU` for ""."""
    return _TITLES.get(service) or (service.capitalize() if service else "OSDU")
