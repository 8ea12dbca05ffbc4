"""Answers of services and gateways, each with its row in the table of refusals."""

from __future__ import annotations

import json

from osdu_auth.wire import Reply

GROUPS, QUERY = "/api/entitlements/v2/groups", "/api/search/v2/query"
RECORDS, TAGS = "/api/storage/v2/records", "/api/legal/v1/legaltags"
SCHEMA, FILES = "/api/schema-service/v1/schema", "/api/file/v2/files/metadata"


def reply(status: int, body: object, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers, raw)


def of_app(status: int, reason: str, message: str) -> Reply:
    """An AppError of core-lib-common."""
    return reply(status, {"code": status, "reason": reason, "message": message})


def of_schema(status: int, message: str, reason: str = "unauthorized") -> Reply:
    """The error of the schema service and the file service."""
    errors = [{"domain": "global", "reason": reason, "message": message}]
    return reply(status, {"error": {"code": status, "message": message, "errors": errors}})


def of_gateway(text: str, status: int = 401) -> Reply:
    """An error of the gateway (Istio): plain text, and a challenge."""
    challenge = 'Bearer realm="https://osdu.example.com/api", error="invalid_token"'
    return reply(
        status, text.encode(), **({"www-authenticate": challenge} if status == 401 else {})
    )


NOT_AUTHORIZED = "The user is not authorized to perform this action"
S3 = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message>"

# For each row of the table: an answer of a service or a gateway, and its most likely cause.
ANSWERS = [
    ("GET", GROUPS, of_gateway("Jwt is expired"), "OA-O510", "token-expired"),
    ("GET", GROUPS, reply(401, {"message": "The incoming token has expired"}), "OA-O510", None),
    ("GET", GROUPS, of_gateway("Jwt issuer is not configured"), "OA-O511", "other-issuer"),
    ("GET", GROUPS, of_gateway("Jwt verification fails"), "OA-O512", "other-issuer"),
    (
        "GET",
        GROUPS,
        of_gateway("Jwks doesn't have key to match kid or alg from Jwt"),
        "OA-O512",
        None,
    ),
    (
        "GET",
        GROUPS,
        of_gateway("Audiences in Jwt are not allowed", 403),
        "OA-O513",
        "other-audience",
    ),
    ("GET", GROUPS, of_gateway("Jwt is missing"), "OA-O514", "header-lost"),
    (
        "GET",
        RECORDS,
        of_app(401, "Unauthorized", "Authorization header is missing"),
        "OA-O514",
        None,
    ),
    ("GET", SCHEMA, of_schema(401, "Authorization header is mandatory"), "OA-O514", None),
    ("GET", GROUPS, reply(403, b"RBAC: access denied"), "OA-O515", "id-token"),
    (
        *("GET", GROUPS),
        of_app(401, "Unauthorized", "Invalid data partition header provided"),
        *("OA-O516", "partition-missing"),
    ),
    ("GET", GROUPS, of_app(403, "Forbidden", "Invalid data partition id"), "OA-O516", None),
    ("GET", GROUPS, of_app(401, "Unauthorized", NOT_AUTHORIZED), "OA-O517", "not-in-entitlements"),
    (
        *("GET", GROUPS),
        of_app(401, "Unauthorized", "No User Id header provided"),
        *("OA-O518", "no-user-claim"),
    ),
    ("POST", QUERY, of_app(401, "Access denied", NOT_AUTHORIZED), "OA-O519", "group-missing"),
    (
        *("GET", TAGS),
        of_app(401, "Unauthorized", "User does nto have access to the API"),
        *("OA-O521", "group-missing"),
    ),
    (
        *("GET", TAGS),
        of_app(403, "Forbidden", "You do not have access to the data-partition-id value given"),
        *("OA-O522", "partition-unknown"),
    ),
    ("PUT", RECORDS, of_app(403, "Access denied", NOT_AUTHORIZED), "OA-O523", "group-missing"),
    (
        *("PUT", RECORDS),
        of_app(403, "User Unauthorized", "User is not authorized to update records."),
        *("OA-O524", "not-an-owner"),
    ),
    ("GET", RECORDS, of_app(403, "Forbidden", "Error getting partition info"), "OA-O525", None),
    ("GET", SCHEMA, of_schema(401, "data-partition-id header is mandatory"), "OA-O526", None),
    ("GET", "/files/a", reply(403, S3), "OA-O528", "token-to-signed-url"),
    (
        *("GET", SCHEMA),
        of_schema(401, "User is unauthorized to perform this action"),
        *("OA-O530", "group-missing"),
    ),
    ("GET", FILES, of_schema(401, NOT_AUTHORIZED), "OA-O530", "group-missing"),
    ("GET", "/api/os-wellbore-ddms/v2/wells/a", reply(403, {"detail": "no"}), "OA-O530", None),
    (
        *("GET", GROUPS),
        reply(403, b"<html><head><title>403 Forbidden</title></head></html>"),
        *("OA-O531", "firewall"),
    ),
    (
        *("GET", "/no/such"),
        reply(403, {"message": "Missing Authentication Token"}, **{"x-amzn-requestid": "a"}),
        *("OA-O532", "no-such-route"),
    ),
    ("GET", GROUPS, of_gateway("Jwt is not in the form of Header.Payload"), "OA-O501", None),
    ("GET", GROUPS, reply(401, {"message": "Unauthorized"}), "OA-O501", None),
    ("GET", GROUPS, reply(401, b""), "OA-O501", None),
    ("GET", GROUPS, reply(403, {"fault": "x"}), "OA-O502", None),
    (
        *("PUT", RECORDS),
        of_app(400, "Invalid ACL", "Acl not match with tenant or domain"),
        *("OA-O903", "acl-domain"),
    ),
    (
        *("PUT", RECORDS),
        of_app(400, "Invalid legal tags", "Invalid legal tags: opendes-old"),
        *("OA-O904", "legal-tag"),
    ),
    (
        *("GET", RECORDS),
        of_app(400, "Bad Request", "data-partition-id header is missing"),
        *("OA-O905", "partition-missing"),
    ),
    ("GET", "/api/no/such", reply(404, b""), "OA-O906", "no-such-path"),
    ("GET", RECORDS, reply(413, b""), "OA-O908", "too-large"),
    ("GET", RECORDS, reply(429, b"", **{"retry-after": "7"}), "OA-O910", "too-many-requests"),
    ("GET", RECORDS, reply(503, b"no healthy upstream"), "OA-O911", "service-down"),
    ("GET", RECORDS, reply(407, b""), "OA-O912", "proxy"),
    ("GET", RECORDS, of_app(409, "Conflict", "exists"), "OA-O913", "conflict"),
    ("GET", RECORDS, of_app(500, "Server error.", "An unknown error"), "OA-O902", "service-failed"),
    ("GET", RECORDS, of_app(404, "Record not found", "no such"), "OA-O901", "request-wrong"),
]
