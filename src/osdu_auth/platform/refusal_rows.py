"""The rows of what an OSDU refusal can mean.

Read in the sources of the services (core-lib-common, Entitlements, Search, Storage, Legal, Schema,
File, Workflow, Partition, Seismic and Wellbore DDMS), of Istio and Envoy, and in the pages of AWS,
Azure and Google on their gateways. Services' words change from one milestone to the next, so a row
goes by status, author, service and a few words, and an answer that fits none ends in the rows at
the end, which say "one of". The order is the order of looking up.

The causes and the sentences have places: {service} {status} {partition} {groups} {group} {member}
{correlation_id} {words}.
"""

from __future__ import annotations

from osdu_auth.fixes import Blank, Run
from osdu_auth.platform.answers import SERVER_ERRORS, Answer, Author
from osdu_auth.platform.refusal_table import Cause, Mender, Proof, Row

_ENTITLEMENTS, _SEARCH, _LEGAL, _STORAGE = "entitlements", "search", "legal", "storage"
_SCHEMA = "schema-service"
_SET_PARTITION = Run("init", "--data-partition-id", Blank("ID"))

# Causes that several rows share.

_EXPIRED = Cause(
    "token-expired",
    "the token has expired",
    "The token had expired, or this machine's clock and the platform's differ.",
    Mender.YOU,
    "Try again: the token is renewed by itself. If it goes on, set this machine's clock.",
    Proof.TOKEN_EXPIRED,
)
_OTHER_ISSUER = Cause(
    "other-issuer",
    "the platform trusts another user pool",
    "This platform does not trust the user pool that the token is from.",
    Mender.YOU,
    "Use the profile of the platform's own user pool: " + Run("status", "--why"),
    Proof.OTHER_ISSUER,
)
_UNTRUSTED_ISSUER = Cause(
    "issuer-not-trusted",
    "the gateway is not set up for this user pool",
    "The platform's gateway is not set up for the user pool of this profile.",
    Mender.OPERATOR,
    "Ask the operators of the platform which user pool it trusts.",
    request="Which issuer and app client does the gateway of the platform trust?",
)
_OTHER_CLIENT = Cause(
    "other-app-client",
    "the token is of another app client",
    "The token is of another app client than the profile names now.",
    Mender.YOU,
    "Sign in with the profile as it is now: " + Run("login"),
    Proof.OTHER_CLIENT,
)
_UNTRUSTED_CLIENT = Cause(
    "app-client-not-allowed",
    "the gateway lets another app client in",
    "The gateway does not let tokens of this app client in.",
    Mender.OPERATOR,
    "Ask the operators of the platform which app client its gateway lets in.",
    request="Which app client does the gateway of the platform let in?",
)
_ID_TOKEN = Cause(
    "id-token",
    "an id token was sent",
    "An id token was sent, where the platform takes access tokens.",
    Mender.YOU,
    "Send the access token: " + Run("token"),
    Proof.ID_TOKEN,
)
_AUDIENCE = Cause(
    "other-audience",
    "the token is for another audience",
    "The token is for another audience than this platform.",
    Mender.YOU,
    "Sign in with the scope of the platform's own application.",
    Proof.OTHER_AUDIENCE,
)
_PARTITION_MISSING = Cause(
    "partition-missing",
    "no data partition was named",
    "The request named no data partition.",
    Mender.YOU,
    _SET_PARTITION,
    Proof.NO_PARTITION,
)
_PARTITION_UNKNOWN = Cause(
    "partition-unknown",
    "the data partition is another",
    'The platform has no data partition "{partition}", or does not let you into it.',
    Mender.YOU,
    _SET_PARTITION,
    Proof.UNKNOWN_PARTITION,
)
_NEW_USER = Cause(
    "not-in-entitlements",
    "you are in no group at all",
    'Your user is in no group of "{partition}" yet: signing in does not put it into any.',
    Mender.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you.',
    Proof.UNKNOWN_TO_ENTITLEMENTS,
    request="Please add {member} to the groups users and users.datalake.viewers of the data "
    "partition {partition}.",
)
_GROUP_MISSING = Cause(
    "group-missing",
    "a group of the service is missing",
    "You are in none of the groups that {service} asks for: {groups}.",
    Mender.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you to {group}.',
    Proof.NO_GROUP,
    request="Please add {member} to {group}.",
)
_DATA_GROUP_MISSING = Cause(
    "data-group-missing",
    "a group of data is missing",
    "You are in no group of data, and Search refuses whoever is in none.",
    Mender.DATA_OWNER,
    "Signing in again will not help: ask the owner of the data for a group such as "
    "data.default.viewers.",
    Proof.NO_DATA_GROUP,
    request="Please add {member} to data.default.viewers, or to the viewers of the data that they "
    "are to see, in the data partition {partition}.",
)
_OLD_GROUPS = Cause(
    "groups-cached",
    "the service remembers your former groups",
    "You were added to a group lately, and the service remembers your groups by your token.",
    Mender.YOU,
    "Get a new token, with which services look anew: "
    + Run("token", "--renew")
    + ". Otherwise it takes some five minutes.",
    Proof.OLD_GROUPS,
)
_ENTITLEMENTS_DOWN = Cause(
    "entitlements-failed",
    "Entitlements does not answer the service",
    "The service could not ask Entitlements for your groups, and says so as a refusal.",
    Mender.OPERATOR,
    "Try again later; if it goes on, tell the operators of the platform.",
    Proof.ENTITLEMENTS_FAILED,
    request="Entitlements fails: see correlation id {correlation_id}.",
)
_FIRST_USER = Cause(
    "first-administrator",
    "the first administrator is not added yet",
    "At Azure Data Manager for Energy the first administrator is added with the application's own "
    "token, and not with a person's.",
    Mender.ADMINISTRATOR,
    "Have the first administrator added with a token of the application itself.",
    Proof.FIRST_USER,
    request="Please add {member} with a token of the application: the first user cannot be added "
    "with a person's.",
)
_RECORD_ACL = Cause(
    "not-in-acl",
    "the record's own acl does not name a group of yours",
    "You are in none of the groups in the record's own acl.",
    Mender.DATA_OWNER,
    "Ask the owner of the record for a group that its acl names.",
    request="Please add {member} to a group that the acl of this record names.",
)
_HEADER_LOST = Cause(
    "header-lost",
    "the header was lost on the way",
    "The Authorization header did not arrive: a redirect, a proxy or ~/.netrc replaced it.",
    Mender.YOU,
    "Give your HTTP library the session as auth=, which keeps the header; a proxy has to let it "
    "through.",
)
_OTHER_OF_GATEWAY = (_EXPIRED, _OTHER_ISSUER, _UNTRUSTED_ISSUER, _AUDIENCE)
_ANY_REFUSAL_OF_SERVICE = (
    _GROUP_MISSING,
    _NEW_USER,
    _OLD_GROUPS,
    _PARTITION_UNKNOWN,
    _ENTITLEMENTS_DOWN,
)
_ANY_401 = (_EXPIRED, _OTHER_ISSUER, *_ANY_REFUSAL_OF_SERVICE)

ROWS = (
    # 1: the gateway refuses the token (Istio, jwt_authn of Envoy; RFC 6750, section 3.1).
    Row(
        "OA-O510",
        "The platform's gateway says that the token has expired ({status}).",
        (401,),
        (_EXPIRED,),
        "jwt is expired|jwt_expired|token (is |has )?expired|incoming token has expired",
    ),
    Row(
        "OA-O511",
        "The platform's gateway does not know who issued the token ({status}).",
        (401, 403),
        (_OTHER_ISSUER, _UNTRUSTED_ISSUER),
        "jwt issuer is not configured|invalid issuer|issuer .*(mismatch|not (trusted|allowed))",
    ),
    Row(
        "OA-O512",
        "The platform's gateway cannot check the token's signature ({status}).",
        (401,),
        (_OTHER_ISSUER, _EXPIRED, _UNTRUSTED_ISSUER),
        "jwt verification fails|jwks doesn.t have key|no key for kid|jwks remote fetch"
        "|kid .*(not|no) |signature",
        authors=(Author.GATEWAY,),
    ),
    Row(
        "OA-O513",
        "The platform's gateway says that the token is for another audience ({status}).",
        (401, 403),
        (_AUDIENCE, _OTHER_CLIENT, _UNTRUSTED_CLIENT, _ID_TOKEN),
        "audiences? in jwt|invalid audience|audience .*(mismatch|not allowed)",
    ),
    # 2: no token arrived.
    Row(
        "OA-O514",
        "No token arrived at the platform ({status}).",
        (401, 403),
        (_HEADER_LOST,),
        "jwt is missing|authorization header is (missing|mandatory)|missing authorization header"
        "|no authorization header|not authenticated",
    ),
    # 3: the gateway's policy.
    Row(
        "OA-O515",
        "The platform's gateway does not let this token in ({status}).",
        (403,),
        (_ID_TOKEN, _OTHER_CLIENT, _EXPIRED, _OTHER_ISSUER, _UNTRUSTED_CLIENT),
        "rbac: access denied",
    ),
    # 4, 10, 15: the data partition.
    Row(
        "OA-O516",
        'Entitlements does not take the data partition "{partition}" ({status}).',
        (401, 403),
        (_PARTITION_MISSING, _PARTITION_UNKNOWN),
        "invalid data partition|data.partition.id",
        (_ENTITLEMENTS,),
    ),
    Row(
        "OA-O522",
        'Legal knows no data partition "{partition}", or does not let you into it ({status}).',
        (401, 403),
        (_PARTITION_UNKNOWN, _PARTITION_MISSING),
        "do(es)? not have access to the data-partition-id",
        (_LEGAL,),
    ),
    Row(
        "OA-O525",
        'The platform knows no data partition "{partition}" ({status}).',
        (401, 403, 404),
        (_PARTITION_UNKNOWN, _PARTITION_MISSING),
        "error getting partition info|partition .*(not found|does not exist|unknown)"
        "|no access to the data partition|invalid data.partition",
    ),
    Row(
        "OA-O526",
        "{service} was told no data partition ({status}).",
        (401, 403),
        (_PARTITION_MISSING,),
        "data-partition-id (header )?is (missing|mandatory|required)",
    ),
    Row(
        "OA-O905",
        "{service} was told no data partition ({status}).",
        (400,),
        (_PARTITION_MISSING,),
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
                Mender.ADMINISTRATOR,
                "Ask for a token that names its user, such as one with the scope email.",
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
        (_NEW_USER, _GROUP_MISSING, _FIRST_USER, _PARTITION_UNKNOWN, _OLD_GROUPS),
        services=(_ENTITLEMENTS,),
        authors=(Author.SERVICE,),
    ),
    # 7: Search says the same to every failure.
    Row(
        "OA-O519",
        "Search refused the request, and does not say why ({status}).",
        (401, 403),
        (
            _GROUP_MISSING,
            _DATA_GROUP_MISSING,
            _NEW_USER,
            _OLD_GROUPS,
            _PARTITION_UNKNOWN,
            _ENTITLEMENTS_DOWN,
        ),
        services=(_SEARCH,),
        authors=(Author.SERVICE,),
    ),
    # 9: Legal.
    Row(
        "OA-O521",
        "Legal refused the request, as a group is missing ({status}).",
        (401, 403),
        (_GROUP_MISSING, _NEW_USER, _OLD_GROUPS, _PARTITION_UNKNOWN),
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
                "the record's owners are others",
                "You are in none of the groups in the acl.owners that the record has now.",
                Mender.DATA_OWNER,
                "Ask the owner of the record for a group that its acl.owners names; "
                "users.data.root may change all.",
                request="Please add {member} to a group in the acl.owners of this record.",
            ),
        ),
        "not authorized to update records",
        (_STORAGE,),
    ),
    Row(
        "OA-O523",
        "Storage refused the request, as a group is missing ({status}).",
        (401, 403),
        (_GROUP_MISSING, _RECORD_ACL, _NEW_USER, _OLD_GROUPS, _PARTITION_UNKNOWN),
        services=(_STORAGE,),
        authors=(Author.SERVICE,),
    ),
    # 13, 14: Storage takes a record's groups and tags apart.
    Row(
        "OA-O903",
        "Storage does not know the groups in the record's acl ({status}).",
        (400,),
        (
            Cause(
                "acl-domain",
                "the acl names another domain",
                "The acl names groups of another domain or data partition than yours.",
                Mender.YOU,
                "Copy the domain from a group of your own: " + Run("groups"),
                Proof.GROUP_DOMAIN,
            ),
        ),
        "acl not match with tenant or domain|invalid acl",
    ),
    Row(
        "OA-O904",
        "Storage does not take the record's legal tags ({status}).",
        (400,),
        (
            Cause(
                "legal-tag",
                "a legal tag is missing or has expired",
                'A legal tag is not there, or has expired, in "{partition}".',
                Mender.DATA_OWNER,
                "See which tags are good: " + Run("request", "GET", "/api/legal/v1/legaltags"),
                request="Please create or renew this legal tag in {partition}: {words}",
            ),
        ),
        "invalid legal ?tags?",
    ),
    # 20: a signed URL of a store of files, to which a bearer token is a second, wrong, signature.
    Row(
        "OA-O528",
        "A store of files refused its signed URL ({status}).",
        (400, 401, 403),
        (
            Cause(
                "token-to-signed-url",
                "a bearer token was sent to a signed URL",
                "A bearer token was sent to a signed URL, or the URL has expired.",
                Mender.YOU,
                "Send such a request without the session, and ask for a new URL if it has expired.",
                Proof.OTHER_PLACE,
            ),
        ),
        "accessdenied|authenticationfailed|signaturedoesnotmatch|request has expired"
        "|only one auth mechanism|expiredtoken|invalidargument",
        authors=(Author.PAGE,),
    ),
    # What is no word of the platform.
    Row(
        "OA-O531",
        "A page came instead of an answer of OSDU ({status}).",
        (401, 402, 403, 407, 451),
        (
            Cause(
                "firewall",
                "a firewall or a proxy answered",
                "A firewall, a proxy or a sign-in page on the way answered, and not the platform.",
                Mender.YOU,
                "Check the platform URL of the profile, and whether this network lets you to it: "
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
                "An API gateway of AWS says this of a path or a method that it does not know.",
                Mender.YOU,
                "Check the path, and its beginning: OSDU's begin with /api/.",
            ),
        ),
        "missing authentication token",
        authors=(Author.GATEWAY,),
    ),
    # Any other gateway's word about the token.
    Row(
        "OA-O501",
        "The platform's gateway does not accept this token ({status}).",
        (401,),
        (*_OTHER_OF_GATEWAY, _ID_TOKEN, _OTHER_CLIENT),
        authors=(Author.GATEWAY,),
    ),
    # Schema, File, Dataset, Workflow and all others say it in their own words.
    Row(
        "OA-O530",
        "{service} refused the request, as a group seems to be missing ({status}).",
        (401, 403),
        (*_ANY_REFUSAL_OF_SERVICE, _RECORD_ACL),
        authors=(Author.SERVICE,),
    ),
    Row(
        "OA-O501",
        "OSDU refused the request, and does not say why ({status}).",
        (401,),
        _ANY_401,
        is_guess=True,
    ),
    Row(
        "OA-O502",
        "OSDU refused the request, and does not say why ({status}).",
        (403,),
        (*_ANY_REFUSAL_OF_SERVICE, _ID_TOKEN, _OTHER_CLIENT),
        is_guess=True,
    ),
    # What is refused for other reasons than who asks.
    Row(
        "OA-O906",
        "The platform has no such path ({status}).",
        (404, 405),
        (
            Cause(
                "no-such-path",
                "the path is another",
                "No service of this platform has this path, or not by this method.",
                Mender.YOU,
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
                Mender.YOU,
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
                Mender.YOU,
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
                Mender.OPERATOR,
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
                Mender.YOU,
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
                Mender.YOU,
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
            Mender.OPERATOR,
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
            Mender.YOU,
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
            Mender.YOU,
            "Try a wider query, such as the kind *:*:*:*",
        ),
        Cause(
            "not-in-acl",
            "the record's own acl does not name a group of yours",
            "Records match, but you are in no group of data that their acl names.",
            Mender.DATA_OWNER,
            "Compare your groups of data with those of the people who see the records: "
            + Run("groups"),
            Proof.NO_DATA_GROUP,
            request="Please add {member} to the viewers of this data.",
        ),
    ),
    services=(_SEARCH,),
)


def row_of(answer: Answer) -> Row:
    """Return the first row that an answer fits; two fit whatever no other does."""
    if NOTHING_FOUND.fits(answer):
        return NOTHING_FOUND
    last = SERVER_FAILED if answer.status >= SERVER_ERRORS else REQUEST_FAILED
    return next((row for row in ROWS if row.fits(answer)), last)
