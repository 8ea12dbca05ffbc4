"""The rows of what OSDU refuses whoever asks: no such path, too much, too often, out of order.

They are the end of the table of refusals (`osdu_auth.platform.refusal_rows`), where the order of
looking up and the places in the sentences are explained.
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
                "the path is another",
                "No service of this platform has this path, or not by this method.",
                FixedBy.YOU,
                "Check the path and the method.",
            ),
        ),
        "no (static resource|handler|endpoint|route)|^not found$|^$|method.*not (supported|allowed)"
        "|method not found",
    ),
    Row(
        "OA-O908",
        "The platform does not take that much at once ({status}).",
        (413, 414, 431),
        (
            Cause(
                "too-large",
                "too much was sent",
                "The request, its URL or its headers are larger than the platform takes; a token "
                "of a user in very many groups is large as well.",
                FixedBy.YOU,
                "Send less at once: Storage takes 500 records in a request.",
            ),
        ),
    ),
    Row(
        "OA-O910",
        "The platform asks to be left alone for a while ({status}).",
        (429,),
        (
            Cause(
                "too-many-requests",
                "too many requests came",
                "Too many requests came in a short time.",
                FixedBy.YOU,
                "Wait{wait}, and then ask less often.",
            ),
        ),
    ),
    Row(
        "OA-O911",
        "No service answered behind the platform's gateway ({status}).",
        (502, 503, 504),
        (
            Cause(
                "service-down",
                "the service is down",
                "The service is down, starts, or took too long.",
                FixedBy.OPERATOR,
                "Try again in a few minutes; if it goes on, tell the operators of the platform.",
                request="{service} does not answer: see correlation id {correlation_id}.",
            ),
        ),
    ),
    Row(
        "OA-O912",
        "A proxy on the way wants to know who you are ({status}).",
        (407,),
        (
            Cause(
                "proxy",
                "the proxy wants a user name",
                "A proxy refused the request, and not the platform.",
                FixedBy.YOU,
                "Give the proxy a user name and a password in HTTPS_PROXY.",
            ),
        ),
    ),
    Row(
        "OA-O913",
        "The platform cannot do this in the state that it is in ({status}).",
        (409, 412, 423),
        (
            Cause(
                "conflict",
                "something else is there",
                "Something is there already, was changed by another, or is locked.",
                FixedBy.YOU,
                "Look at what is there, and try again.",
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
            "The service met an error of its own.",
            FixedBy.OPERATOR,
            "Try again later; give the platform's operators the correlation id{id}.",
            request="{service} failed: see correlation id {correlation_id}.",
        ),
    ),
)
REQUEST_FAILED = Row(
    "OA-O901",
    "OSDU cannot do what was asked ({status}).",
    (),
    (
        Cause(
            "request-wrong",
            "the request is not as the service takes it",
            "What was asked is not there, or not as the service takes it.",
            FixedBy.YOU,
            "Check the path, the data partition and the data that was sent.",
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
            "No record matches the query, or a new one is not indexed yet: that takes a minute.",
            FixedBy.YOU,
            "Try a wider query, such as the kind *:*:*:*",
        ),
        Cause(
            "not-in-acl",
            "the record's own acl does not name a group of yours",
            "Records match, but you are in no group of data that their acl names.",
            FixedBy.DATA_OWNER,
            "Compare your groups of data with those of the people who see the records: "
            + Run("groups"),
            Proof.NO_DATA_GROUP,
            request="Please add {member} to the viewers of this data.",
        ),
    ),
    services=("search",),
)
