"""The entitlements service: the groups of the caller, and the members of a group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import Response, json_response
from osdu_auth.sandbox.platform.refusal_shapes import service_refusal
from osdu_auth.sandbox.platform.routes import Route, Service, role_groups
from osdu_auth.sandbox.platform.service_refusals import ENTITLEMENTS

if TYPE_CHECKING:
    from osdu_auth.sandbox.platform.refusal_shapes import PlatformRefusal
    from osdu_auth.sandbox.platform.routes import Call

_ROLES = (*role_groups("entitlements", "user", "admin"), "users.datalake.ops")
_ADMINISTRATORS = frozenset({"service.entitlements.admin", "users.datalake.ops"})
_EMAIL = re.compile(r"[A-Za-z0-9+_.-]{1,256}@[A-Za-z0-9+_.-]{1,256}")
_MEMBERS = "/groups/(?P<group>[^/]+)/members"
_MEMBER_ROLES = frozenset({"OWNER", "MEMBER"})

_UNSUPPORTED_ROUTES = (
    ("POST", "/groups"),
    ("GET", "/groups/all"),
    ("DELETE", "/groups/[^/]+"),
    ("PATCH", "/groups/[^/]+"),
    ("GET", "/groups/[^/]+/membersCount"),
    ("GET", "/members/[^/]+/groups"),
    ("DELETE", "/members/[^/]+"),
    ("POST", "/tenant-provisioning"),
)


def entitlements_service() -> Service:
    """Return the service at `/api/entitlements/v2`."""
    routes = (
        Route("GET", "/groups", _ROLES, _groups),
        Route("GET", _MEMBERS, _ROLES, _members),
        Route("POST", _MEMBERS, _ROLES, _add_member),
        Route("DELETE", f"{_MEMBERS}/(?P<member>[^/]+)", _ROLES, _remove_member),
    )
    return Service(
        "/api/entitlements/v2",
        "entitlements-v2-aws",
        routes,
        ENTITLEMENTS,
        unsupported_routes=_UNSUPPORTED_ROUTES,
        unsupported_headers=frozenset({"on-behalf-of"}),
        further_condition=lambda names: "users" in names,
    )


def _groups(call: Call) -> Response:
    return json_response(
        200,
        {
            "desId": call.email,
            "memberEmail": call.email,
            "groups": call.groups.described(
                call.username, with_role=_is_true(call, "roleRequired")
            ),
        },
    )


def _members(call: Call) -> Response:
    group = _group(call)
    wanted = call.request.query.get("role", "").upper()
    if wanted and wanted not in _MEMBER_ROLES:
        raise _bad_request("role must be OWNER or MEMBER")
    member_type = {"memberType": "USER"} if _is_true(call, "includeType") else {}
    members = [
        {"email": email, "role": role, **member_type}
        for email, role in call.groups.members_of(group)
        if wanted in {"", role}
    ]
    return json_response(200, {"members": members})


def _add_member(call: Call) -> Response:
    group = _group(call)
    body = call.body if isinstance(call.body, dict) else {}
    email, role = body.get("email"), body.get("role")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        raise _bad_request("Invalid email provided")
    if role not in _MEMBER_ROLES:
        raise _bad_request("role must not be null")
    _check_may_manage(call)
    if email in dict(call.groups.members_of(group)):
        raise service_refusal(
            409, "Conflict", f"{email} is already a member of group {call.groups.email(group)}"
        )
    call.groups.add_member(group, email, role)
    return json_response(200, {"email": email, "role": role})


def _remove_member(call: Call) -> Response:
    group, email = _group(call), call.path_values["member"]
    _check_may_manage(call)
    if email not in dict(call.groups.members_of(group)):
        raise service_refusal(404, "Not Found", f"Not found entity group with member {email}")
    call.groups.remove_member(group, email)
    return Response(204, content_type="")


def _is_true(call: Call, parameter: str) -> bool:
    return call.request.query.get(parameter, "").lower() == "true"


def _group(call: Call) -> str:
    """Return the name of the group in the path.

    Raises:
        PlatformRefusal: 400: it cannot be a group of this partition; 404: it does not exist.
    """
    email = call.path_values["group"].lower()
    if not _EMAIL.fullmatch(email):
        raise _bad_request("Invalid email provided")
    name, _, domain = email.partition("@")
    if domain != call.groups.domain:
        raise _bad_request("Data Partition Id does not match with the group")
    if not call.groups.has(name):
        raise service_refusal(404, "Not Found", f"Group {email} is not found")
    return name


def _check_may_manage(call: Call) -> None:
    if _ADMINISTRATORS.isdisjoint(call.group_names):
        raise service_refusal(401, "Unauthorized", "Not authorized to manage members")


def _bad_request(message: Any) -> PlatformRefusal:
    return service_refusal(400, "Bad Request", message)
