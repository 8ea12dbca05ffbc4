"""The rows of the table of refusals, in the order in which they are looked up.

Sources: the source code of the services (core-lib-common, Entitlements, Search, Storage, Legal,
Schema, File, Workflow, Partition, Seismic and Wellbore DDMS), of Istio and Envoy, and the pages of
AWS, Azure and Google on their gateways. A service's words change from one release to the next, so a
row is found by status, author, service and a few words. An answer that fits no other row fits one
of the last rows, which list the possible causes.

The sentences have placeholders: {service} {status} {partition} {groups} {group} {member}
{correlation_id} {words}.
"""

from __future__ import annotations

from osdu_auth.fixes import Run
from osdu_auth.platform.answers import SERVER_ERRORS, Author, PlatformAnswer
from osdu_auth.platform.failure_rows import (
    FAILURE_ROWS,
    NOTHING_FOUND,
    REQUEST_FAILED,
    SERVER_FAILED,
)
from osdu_auth.platform.refusal_causes import (
    ANY_401,
    ANY_REFUSAL_OF_GATEWAY,
    ANY_REFUSAL_OF_SERVICE,
    AUDIENCE,
    DATA_GROUP_MISSING,
    ENTITLEMENTS_DOWN,
    EXPIRED,
    FIRST_USER,
    GROUP_MISSING,
    HEADER_LOST,
    ID_TOKEN,
    NEW_USER,
    OLD_GROUPS,
    OTHER_CLIENT,
    OTHER_ISSUER,
    PARTITION_MISSING,
    PARTITION_UNKNOWN,
    RECORD_ACL,
    UNTRUSTED_CLIENT,
    UNTRUSTED_ISSUER,
)
from osdu_auth.platform.refusal_table import Cause, FixedBy, Proof, Row

_ENTITLEMENTS, _SEARCH, _LEGAL, _STORAGE = "entitlements", "search", "legal", "storage"

ROWS = (
    # 1: the gateway refuses the token (Istio, jwt_authn of Envoy; RFC 6750, section 3.1).
    Row(
        "OA-O510",
        "The platform's gateway says that the token has expired ({status}).",
        (401,),
        (EXPIRED,),
        "jwt is expired|jwt_expired|token (is |has )?expired|incoming token has expired",
    ),
    Row(
        "OA-O511",
        "The platform's gateway does not know who issued the token ({status}).",
        (401, 403),
        (OTHER_ISSUER, UNTRUSTED_ISSUER),
        "jwt issuer is not configured|invalid issuer|issuer .*(mismatch|not (trusted|allowed))",
    ),
    Row(
        "OA-O512",
        "The platform's gateway cannot check the token's signature ({status}).",
        (401,),
        (OTHER_ISSUER, EXPIRED, UNTRUSTED_ISSUER),
        "jwt verification fails|jwks doesn.t have key|no key for kid|jwks remote fetch"
        "|kid .*(not|no) |signature",
        authors=(Author.GATEWAY,),
    ),
    Row(
        "OA-O513",
        "The platform's gateway says that the token is for another audience ({status}).",
        (401, 403),
        (AUDIENCE, OTHER_CLIENT, UNTRUSTED_CLIENT, ID_TOKEN),
        "audiences? in jwt|invalid audience|audience .*(mismatch|not allowed)",
    ),
    # 2: no token arrived.
    Row(
        "OA-O514",
        "No token arrived at the platform ({status}).",
        (401, 403),
        (HEADER_LOST,),
        "jwt is missing|authorization header is (missing|mandatory)|missing authorization header"
        "|no authorization header|not authenticated",
    ),
    # 3: the gateway's policy.
    Row(
        "OA-O515",
        "A rule of the platform's gateway refuses this token ({status}).",
        (403,),
        (ID_TOKEN, OTHER_CLIENT, EXPIRED, OTHER_ISSUER, UNTRUSTED_CLIENT),
        "rbac: access denied",
    ),
    # 4, 10, 15: the data partition.
    Row(
        "OA-O516",
        'Entitlements does not accept the data partition "{partition}" ({status}).',
        (401, 403),
        (PARTITION_MISSING, PARTITION_UNKNOWN),
        "invalid data partition|data.partition.id",
        (_ENTITLEMENTS,),
    ),
    Row(
        "OA-O522",
        'Legal has no data partition "{partition}", or you have no access to it ({status}).',
        (401, 403),
        (PARTITION_UNKNOWN, PARTITION_MISSING),
        "do(es)? not have access to the data-partition-id",
        (_LEGAL,),
    ),
    Row(
        "OA-O525",
        'The platform does not know the data partition "{partition}" ({status}).',
        (401, 403, 404),
        (PARTITION_UNKNOWN, PARTITION_MISSING),
        "error getting partition info|partition .*(not found|does not exist|unknown)"
        "|no access to the data partition|invalid data.partition",
    ),
    Row(
        "OA-O526",
        "The request to {service} named no data partition ({status}).",
        (401, 403),
        (PARTITION_MISSING,),
        "data-partition-id (header )?is (missing|mandatory|required)",
    ),
    Row(
        "OA-O905",
        "The request to {service} named no data partition ({status}).",
        (400,),
        (PARTITION_MISSING,),
        "data-partition-id (header )?is (missing|mandatory|required)|missing data-partition-id"
        "|(invalid or empty|no) data partition|'data-partition-id'",
    ),
    # 5, 6, 17, 18: Entitlements.
    Row(
        "OA-O518",
        "Entitlements found no user in the token ({status}).",
        (401, 403),
        (
            Cause(
                "no-user-claim",
                "no claim of the token names you",
                "The gateway found no claim in the token that names you.",
                FixedBy.ADMINISTRATOR,
                "Request a token that names its user, such as one with the scope email.",
                Proof.NO_USER_CLAIM,
                request="The gateway finds no user in the token of {member}: which claim does it "
                "read?",
            ),
        ),
        "no user id header",
        (_ENTITLEMENTS,),
    ),
    Row(
        "OA-O517",
        "Entitlements does not know you ({status}).",
        (401, 403),
        (NEW_USER, GROUP_MISSING, FIRST_USER, PARTITION_UNKNOWN, OLD_GROUPS),
        services=(_ENTITLEMENTS,),
        authors=(Author.SERVICE,),
    ),
    # 7: Search answers with the same words for each cause.
    Row(
        "OA-O519",
        "Search refused the request without a reason ({status}).",
        (401, 403),
        (
            GROUP_MISSING,
            DATA_GROUP_MISSING,
            NEW_USER,
            OLD_GROUPS,
            PARTITION_UNKNOWN,
            ENTITLEMENTS_DOWN,
        ),
        services=(_SEARCH,),
        authors=(Author.SERVICE,),
    ),
    # 9: Legal.
    Row(
        "OA-O521",
        "Legal refused the request, as you are not in a required group ({status}).",
        (401, 403),
        (GROUP_MISSING, NEW_USER, OLD_GROUPS, PARTITION_UNKNOWN),
        services=(_LEGAL,),
        authors=(Author.SERVICE,),
    ),
    # 12, 11: Storage.
    Row(
        "OA-O524",
        "Storage does not let you change this record ({status}).",
        (401, 403),
        (
            Cause(
                "not-an-owner",
                "you are not an owner of the record",
                "You are not in a group that the record's present acl.owners names.",
                FixedBy.DATA_OWNER,
                "Ask the owner of the record to add you to a group that its acl.owners names. "
                "Members of users.data.root can change all records.",
                request="Please add {member} to a group in the acl.owners of this record.",
            ),
        ),
        "not authorized to update records",
        (_STORAGE,),
    ),
    Row(
        "OA-O523",
        "Storage refused the request, as you are not in a required group ({status}).",
        (401, 403),
        (GROUP_MISSING, RECORD_ACL, NEW_USER, OLD_GROUPS, PARTITION_UNKNOWN),
        services=(_STORAGE,),
        authors=(Author.SERVICE,),
    ),
    # 13, 14: Storage checks a record's groups and legal tags.
    Row(
        "OA-O903",
        "Storage does not know the groups in the record's acl ({status}).",
        (400,),
        (
            Cause(
                "acl-domain",
                "the acl names another domain",
                "The acl names groups of a domain or data partition that is not yours.",
                FixedBy.YOU,
                "Copy the domain from a group of your own: " + Run("groups"),
                Proof.GROUP_DOMAIN,
            ),
        ),
        "acl not match with tenant or domain|invalid acl",
    ),
    Row(
        "OA-O904",
        "Storage does not accept the record's legal tags ({status}).",
        (400,),
        (
            Cause(
                "legal-tag",
                "a legal tag is missing or has expired",
                'A legal tag does not exist in "{partition}", or has expired.',
                FixedBy.DATA_OWNER,
                "List the valid tags: " + Run("request", "GET", "/api/legal/v1/legaltags"),
                request="Please create or renew this legal tag in {partition}: {words}",
            ),
        ),
        "invalid legal ?tags?",
    ),
    # 20: a signed URL of a file store, for which a bearer token is a second, wrong signature.
    Row(
        "OA-O528",
        "A file store refused its signed URL ({status}).",
        (400, 401, 403),
        (
            Cause(
                "token-to-signed-url",
                "a bearer token was sent to a signed URL",
                "A bearer token was sent to a signed URL, or the URL has expired.",
                FixedBy.YOU,
                "Send such a request without the session, and request a new URL if it has expired.",
                Proof.OTHER_PLACE,
            ),
        ),
        "accessdenied|authenticationfailed|signaturedoesnotmatch|request has expired"
        "|only one auth mechanism|expiredtoken|invalidargument",
        authors=(Author.PAGE,),
    ),
    # Answers that are not the platform's.
    Row(
        "OA-O531",
        "A web page was returned instead of an answer of OSDU ({status}).",
        (401, 402, 403, 407, 451),
        (
            Cause(
                "firewall",
                "a firewall or a proxy answered",
                "A firewall, a proxy or a sign-in page answered instead of the platform.",
                FixedBy.YOU,
                "Check the platform URL of the profile, and whether this network can reach it: "
                + Run("status", "--why"),
            ),
        ),
        authors=(Author.PAGE,),
    ),
    Row(
        "OA-O532",
        "The platform's gateway has no such path ({status}).",
        (403,),
        (
            Cause(
                "no-such-route",
                "the gateway knows no such path",
                "An API gateway of AWS gives this answer for an unknown path or method.",
                FixedBy.YOU,
                "Check the path. Paths of OSDU begin with /api/.",
            ),
        ),
        "missing authentication token",
        authors=(Author.GATEWAY,),
    ),
    # Any other refusal by a gateway.
    Row(
        "OA-O501",
        "The platform's gateway does not accept this token ({status}).",
        (401,),
        (*ANY_REFUSAL_OF_GATEWAY, ID_TOKEN, OTHER_CLIENT),
        authors=(Author.GATEWAY,),
    ),
    # Any other refusal by a service: Schema, File, Dataset, Workflow and others.
    Row(
        "OA-O530",
        "{service} refused the request; most likely you are not in a required group ({status}).",
        (401, 403),
        (*ANY_REFUSAL_OF_SERVICE, RECORD_ACL),
        authors=(Author.SERVICE,),
    ),
    Row(
        "OA-O501",
        "OSDU refused the request without a reason ({status}).",
        (401,),
        ANY_401,
        is_guess=True,
    ),
    Row(
        "OA-O502",
        "OSDU refused the request without a reason ({status}).",
        (403,),
        (*ANY_REFUSAL_OF_SERVICE, ID_TOKEN, OTHER_CLIENT),
        is_guess=True,
    ),
    *FAILURE_ROWS,
)


def row_of(answer: PlatformAnswer) -> Row:
    """Return the first row that an answer fits, or one of the two rows for all other answers."""
    if NOTHING_FOUND.fits(answer):
        return NOTHING_FOUND
    last = SERVER_FAILED if answer.status >= SERVER_ERRORS else REQUEST_FAILED
    return next((row for row in ROWS if row.fits(answer)), last)
