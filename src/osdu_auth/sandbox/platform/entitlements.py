"""The entitlements service: the groups of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.messages import json_response

from .routes import Route, Service, one_of

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Response

    from .routes import Call


def entitlements_service() -> Service:
    """Return the service at `/api/entitlements/v2`."""
    roles = one_of("entitlements", "user", "admin")
    return Service(
        "/api/entitlements/v2", "entitlements-v2-aws", (Route("GET", "/groups", roles, _groups),)
    )


def _groups(call: Call) -> Response:
    return json_response(
        200,
        {
            "desId": call.email,
            "memberEmail": call.email,
            "groups": call.groups.described(call.username),
        },
    )
