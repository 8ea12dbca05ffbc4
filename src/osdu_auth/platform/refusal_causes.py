"""The causes that several rows of the refusal table share.

The cause of a single row is written in that row (`osdu_auth.platform.refusal_rows`), where the
placeholders in the sentences are explained, too.
"""

from __future__ import annotations

from osdu_auth.fixes import Blank, Run
from osdu_auth.platform.refusal_table import Cause, FixedBy, Proof

_SET_PARTITION = Run("init", "--data-partition-id", Blank("ID"))

EXPIRED = Cause(
    "token-expired",
    "the token has expired",
    "The token had expired, or this machine's clock differs from the platform's.",
    FixedBy.YOU,
    "Try again: the token is renewed automatically. If it happens again, set this machine's clock.",
    Proof.TOKEN_EXPIRED,
)
OTHER_ISSUER = Cause(
    "other-issuer",
    "the platform trusts another user pool",
    "This platform does not trust the user pool that issued the token.",
    FixedBy.YOU,
    "Use the profile of the platform's own user pool: " + Run("status", "--why"),
    Proof.OTHER_ISSUER,
)
UNTRUSTED_ISSUER = Cause(
    "issuer-not-trusted",
    "the gateway is not configured for this user pool",
    "The platform's gateway is not configured for the user pool of this profile.",
    FixedBy.OPERATOR,
    "Ask the operators of the platform which user pool it trusts.",
    request="Which issuer and app client does the gateway of the platform trust?",
)
OTHER_CLIENT = Cause(
    "other-app-client",
    "the token was issued to another app client",
    "The token was issued to another app client than the one in the profile.",
    FixedBy.YOU,
    "Sign in with the profile as it is now: " + Run("login"),
    Proof.OTHER_CLIENT,
)
UNTRUSTED_CLIENT = Cause(
    "app-client-not-allowed",
    "the gateway accepts another app client",
    "The gateway does not accept tokens of this app client.",
    FixedBy.OPERATOR,
    "Ask the operators of the platform which app client its gateway accepts.",
    request="Which app client does the gateway of the platform accept?",
)
ID_TOKEN = Cause(
    "id-token",
    "an id token was sent",
    "An id token was sent, but the platform accepts access tokens only.",
    FixedBy.YOU,
    "Send the access token: " + Run("token"),
    Proof.ID_TOKEN,
)
AUDIENCE = Cause(
    "other-audience",
    "the token is for another audience",
    "The audience of the token is not this platform.",
    FixedBy.YOU,
    "Sign in with the scope of the platform's own application.",
    Proof.OTHER_AUDIENCE,
)
PARTITION_MISSING = Cause(
    "partition-missing",
    "no data partition was named",
    "The request named no data partition.",
    FixedBy.YOU,
    _SET_PARTITION,
    Proof.NO_PARTITION,
)
PARTITION_UNKNOWN = Cause(
    "partition-unknown",
    "the data partition is wrong",
    'The platform has no data partition "{partition}", or you have no access to it.',
    FixedBy.YOU,
    _SET_PARTITION,
    Proof.UNKNOWN_PARTITION,
)
NEW_USER = Cause(
    "not-in-entitlements",
    "you are not in any group",
    'Your user is not in any group of "{partition}" yet; a sign-in does not add it to one.',
    FixedBy.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you.',
    Proof.UNKNOWN_TO_ENTITLEMENTS,
    request="Please add {member} to the groups users and users.datalake.viewers of the data "
    "partition {partition}.",
)
GROUP_MISSING = Cause(
    "group-missing",
    "a group of the service is missing",
    "You are not in a group that {service} requires: {groups}.",
    FixedBy.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you to {group}.',
    Proof.NO_GROUP,
    request="Please add {member} to {group}.",
)
DATA_GROUP_MISSING = Cause(
    "data-group-missing",
    "a data group is missing",
    "You are not in any data group, and Search requires one.",
    FixedBy.DATA_OWNER,
    "Signing in again will not help: ask the owner of the data to add you to a data group such as "
    "data.default.viewers.",
    Proof.NO_DATA_GROUP,
    request="Please add {member} to data.default.viewers, or to the viewers of the data that the "
    "user needs, in the data partition {partition}.",
)
OLD_GROUPS = Cause(
    "groups-cached",
    "the service has cached your old groups",
    "You were added to a group a short time ago, and the service has cached your old groups.",
    FixedBy.YOU,
    "Get a new token, for which services read your groups again: "
    + Run("token", "--renew")
    + ". Or wait about five minutes.",
    Proof.OLD_GROUPS,
)
ENTITLEMENTS_DOWN = Cause(
    "entitlements-failed",
    "Entitlements does not answer the service",
    "The service could not get your groups from Entitlements, and answers with a refusal.",
    FixedBy.OPERATOR,
    "Try again in a few minutes. If it happens again, tell the operators of the platform.",
    Proof.ENTITLEMENTS_FAILED,
    request="Entitlements fails: see correlation id {correlation_id}.",
)
FIRST_USER = Cause(
    "first-administrator",
    "the first administrator is not added yet",
    "Azure Data Manager for Energy needs the application's own token to add the first "
    "administrator; a person's token cannot do it.",
    FixedBy.ADMINISTRATOR,
    "Ask for the first administrator to be added with a token of the application itself.",
    Proof.FIRST_USER,
    request="Please add {member} with a token of the application: a person's token cannot add the "
    "first user.",
)
RECORD_ACL = Cause(
    "not-in-acl",
    "the record's own acl does not name a group of yours",
    "You are not in a group that the record's own acl names.",
    FixedBy.DATA_OWNER,
    "Ask the owner of the record to add you to a group that its acl names.",
    request="Please add {member} to a group that the acl of this record names.",
)
HEADER_LOST = Cause(
    "header-lost",
    "the header was lost on the way",
    "The Authorization header did not arrive: a redirect, a proxy or ~/.netrc removed it.",
    FixedBy.YOU,
    "Give your HTTP library the session as auth=, which keeps the header. A proxy must not remove "
    "it.",
)
ANY_REFUSAL_OF_GATEWAY = (EXPIRED, OTHER_ISSUER, UNTRUSTED_ISSUER, AUDIENCE)
ANY_REFUSAL_OF_SERVICE = (
    GROUP_MISSING,
    NEW_USER,
    OLD_GROUPS,
    PARTITION_UNKNOWN,
    ENTITLEMENTS_DOWN,
)
ANY_401 = (EXPIRED, OTHER_ISSUER, *ANY_REFUSAL_OF_SERVICE)
