"""The causes that several rows of the refusal table share.

A cause of one row alone stands in that row (`osdu_auth.platform.refusal_rows`). The places in the
sentences are explained there.
"""

from __future__ import annotations

from osdu_auth.fixes import Blank, Run
from osdu_auth.platform.refusal_table import Cause, FixedBy, Proof

_SET_PARTITION = Run("init", "--data-partition-id", Blank("ID"))

EXPIRED = Cause(
    "token-expired",
    "the token has expired",
    "The token had expired, or this machine's clock and the platform's differ.",
    FixedBy.YOU,
    "Try again: the token is renewed by itself. If it goes on, set this machine's clock.",
    Proof.TOKEN_EXPIRED,
)
OTHER_ISSUER = Cause(
    "other-issuer",
    "the platform trusts another user pool",
    "This platform does not trust the user pool that the token is from.",
    FixedBy.YOU,
    "Use the profile of the platform's own user pool: " + Run("status", "--why"),
    Proof.OTHER_ISSUER,
)
UNTRUSTED_ISSUER = Cause(
    "issuer-not-trusted",
    "the gateway is not set up for this user pool",
    "The platform's gateway is not set up for the user pool of this profile.",
    FixedBy.OPERATOR,
    "Ask the operators of the platform which user pool it trusts.",
    request="Which issuer and app client does the gateway of the platform trust?",
)
OTHER_CLIENT = Cause(
    "other-app-client",
    "the token is of another app client",
    "The token is of another app client than the profile names now.",
    FixedBy.YOU,
    "Sign in with the profile as it is now: " + Run("login"),
    Proof.OTHER_CLIENT,
)
UNTRUSTED_CLIENT = Cause(
    "app-client-not-allowed",
    "the gateway lets another app client in",
    "The gateway does not let tokens of this app client in.",
    FixedBy.OPERATOR,
    "Ask the operators of the platform which app client its gateway lets in.",
    request="Which app client does the gateway of the platform let in?",
)
ID_TOKEN = Cause(
    "id-token",
    "an id token was sent",
    "An id token was sent, where the platform takes access tokens.",
    FixedBy.YOU,
    "Send the access token: " + Run("token"),
    Proof.ID_TOKEN,
)
AUDIENCE = Cause(
    "other-audience",
    "the token is for another audience",
    "The token is for another audience than this platform.",
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
    "the data partition is another",
    'The platform has no data partition "{partition}", or does not let you into it.',
    FixedBy.YOU,
    _SET_PARTITION,
    Proof.UNKNOWN_PARTITION,
)
NEW_USER = Cause(
    "not-in-entitlements",
    "you are in no group at all",
    'Your user is in no group of "{partition}" yet: signing in does not put it into any.',
    FixedBy.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you.',
    Proof.UNKNOWN_TO_ENTITLEMENTS,
    request="Please add {member} to the groups users and users.datalake.viewers of the data "
    "partition {partition}.",
)
GROUP_MISSING = Cause(
    "group-missing",
    "a group of the service is missing",
    "You are in none of the groups that {service} asks for: {groups}.",
    FixedBy.ADMINISTRATOR,
    'Signing in again will not help: ask an administrator of "{partition}" to add you to {group}.',
    Proof.NO_GROUP,
    request="Please add {member} to {group}.",
)
DATA_GROUP_MISSING = Cause(
    "data-group-missing",
    "a group of data is missing",
    "You are in no group of data, and Search refuses whoever is in none.",
    FixedBy.DATA_OWNER,
    "Signing in again will not help: ask the owner of the data for a group such as "
    "data.default.viewers.",
    Proof.NO_DATA_GROUP,
    request="Please add {member} to data.default.viewers, or to the viewers of the data that they "
    "are to see, in the data partition {partition}.",
)
OLD_GROUPS = Cause(
    "groups-cached",
    "the service remembers your former groups",
    "You were added to a group lately, and the service remembers your groups by your token.",
    FixedBy.YOU,
    "Get a new token, with which services look anew: "
    + Run("token", "--renew")
    + ". Otherwise it takes some five minutes.",
    Proof.OLD_GROUPS,
)
ENTITLEMENTS_DOWN = Cause(
    "entitlements-failed",
    "Entitlements does not answer the service",
    "The service could not ask Entitlements for your groups, and says so as a refusal.",
    FixedBy.OPERATOR,
    "Try again later; if it goes on, tell the operators of the platform.",
    Proof.ENTITLEMENTS_FAILED,
    request="Entitlements fails: see correlation id {correlation_id}.",
)
FIRST_USER = Cause(
    "first-administrator",
    "the first administrator is not added yet",
    "At Azure Data Manager for Energy the first administrator is added with the application's own "
    "token, and not with a person's.",
    FixedBy.ADMINISTRATOR,
    "Have the first administrator added with a token of the application itself.",
    Proof.FIRST_USER,
    request="Please add {member} with a token of the application: the first user cannot be added "
    "with a person's.",
)
RECORD_ACL = Cause(
    "not-in-acl",
    "the record's own acl does not name a group of yours",
    "You are in none of the groups in the record's own acl.",
    FixedBy.DATA_OWNER,
    "Ask the owner of the record for a group that its acl names.",
    request="Please add {member} to a group that the acl of this record names.",
)
HEADER_LOST = Cause(
    "header-lost",
    "the header was lost on the way",
    "The Authorization header did not arrive: a redirect, a proxy or ~/.netrc replaced it.",
    FixedBy.YOU,
    "Give your HTTP library the session as auth=, which keeps the header; a proxy has to let it "
    "through.",
)
OTHER_OF_GATEWAY = (EXPIRED, OTHER_ISSUER, UNTRUSTED_ISSUER, AUDIENCE)
ANY_REFUSAL_OF_SERVICE = (
    GROUP_MISSING,
    NEW_USER,
    OLD_GROUPS,
    PARTITION_UNKNOWN,
    ENTITLEMENTS_DOWN,
)
ANY_401 = (EXPIRED, OTHER_ISSUER, *ANY_REFUSAL_OF_SERVICE)
