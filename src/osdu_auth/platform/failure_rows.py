"""The rows for failures that do not depend on the user: wrong path, too many requests, and so on.

They are the end of the table of refusals (`osdu_auth.platform.refusal_rows`), where the order and
the placeholders in the sentences are explained.
"""

from __future__ import annotations

from osdu_auth.fixes import Run
from osdu_auth.platform.refusal_table import Cause, FixedBy, Proof, Row

FAILURE_ROWS = (
    Row(
        "OA-O906",
        "The platform has no such path ({status}).",
        (404, 405),
        (
            Cause(
                "no-such-path",
                "the path is wrong",
                "No service of this platform has this path, or the path has another method.",
                FixedBy.YOU,
                "Check the path and the method.",
            ),
        ),
        "no (static resource|handler|endpoint|route)|^not found$|^$|method.*not (supported|allowed)"
        "|method not found",
    ),
    Row(
        "OA-O908",
        "The request is too large for the platform ({status}).",
        (413, 414, 431),
        (
            Cause(
                "too-large",
                "the request is too large",
                "The request, its URL or its headers are larger than the platform accepts. The "
                "token of a user in very many groups is large, too.",
                FixedBy.YOU,
                "Send less in one request: Storage accepts 500 records.",
            ),
        ),
    ),
    Row(
        "OA-O910",
        "The platform asks you to send fewer requests ({status}).",
        (429,),
        (
            Cause(
                "too-many-requests",
                "too many requests were sent",
                "Too many requests were sent in a short time.",
                FixedBy.YOU,
                "Wait{wait}, and then send fewer requests.",
            ),
        ),
    ),
    Row(
        "OA-O911",
        "The platform's gateway got no answer from the service ({status}).",
        (502, 503, 504),
        (
            Cause(
                "service-down",
                "the service is down",
                "The service is down, is starting, or took too long.",
                FixedBy.OPERATOR,
                "Try again in a few minutes. If it happens again, tell the operators of the "
                "platform.",
                request="{service} does not answer: see correlation id {correlation_id}.",
            ),
        ),
    ),
    Row(
        "OA-O912",
        "A proxy requires a user name ({status}).",
        (407,),
        (
            Cause(
                "proxy",
                "the proxy requires a user name",
                "A proxy refused the request; it did not reach the platform.",
                FixedBy.YOU,
                "Put the proxy's user name and password into HTTPS_PROXY.",
            ),
        ),
    ),
    Row(
        "OA-O913",
        "The request conflicts with the present state of the platform ({status}).",
        (409, 412, 423),
        (
            Cause(
                "conflict",
                "a conflict with the present state",
                "The object exists already, was changed by another user, or is locked.",
                FixedBy.YOU,
                "Read the object's present state, and try again.",
            ),
        ),
    ),
)

SERVER_FAILED = Row(
    "OA-O902",
    "OSDU failed ({status}).",
    (),
    (
        Cause(
            "service-failed",
            "the service failed",
            "The service had an internal error.",
            FixedBy.OPERATOR,
            "Try again in a few minutes. Tell the platform's operators the correlation id{id}.",
            request="{service} failed: see correlation id {correlation_id}.",
        ),
    ),
)
REQUEST_FAILED = Row(
    "OA-O901",
    "OSDU did not accept the request ({status}).",
    (),
    (
        Cause(
            "request-wrong",
            "the request is wrong",
            "The requested object does not exist, or the service does not accept the data.",
            FixedBy.YOU,
            "Check the path, the data partition and the data that you sent.",
        ),
    ),
)
NOTHING_FOUND = Row(
    "OA-O020",
    "Search found no record.",
    (200,),
    (
        Cause(
            "no-such-record",
            "no record matches",
            "No record matches the query, or a new record is not indexed yet, which takes a "
            "minute.",
            FixedBy.YOU,
            "Try a wider query, such as the kind *:*:*:*",
        ),
        Cause(
            "not-in-acl",
            "the record's own acl does not name a group of yours",
            "Records match, but you are not in a data group that their acl names.",
            FixedBy.DATA_OWNER,
            "Compare your data groups with those of people who see the records: " + Run("groups"),
            Proof.NO_DATA_GROUP,
            request="Please add {member} to the viewers of this data.",
        ),
    ),
    services=("search",),
)
