"""Why OSDU refused a request: each possible cause, confirmed or ruled out.

The causes are those of the answer's row in the table of refusals. At most two requests are made,
both `GET`: the service's `/info`, which needs no group, and the user's groups. No token is renewed,
and nothing is changed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import OsduAuthError, OsduError
from osdu_auth.fixes import fix_text
from osdu_auth.platform.answers import (
    SERVER_ERRORS,
    Author,
    PlatformAnswer,
    answer_from,
    service_of,
)
from osdu_auth.platform.call import probe
from osdu_auth.platform.entitlements import membership
from osdu_auth.platform.refusal_rows import row_of
from osdu_auth.platform.refusal_table import Cause, FixedBy, Proof
from osdu_auth.platform.refusals import error_of, placeholders_of
from osdu_auth.platform.required_groups import ALL_DATA, DATA_GROUPS, required_groups
from osdu_auth.profiles.origin import require_platform_url
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.platform.entitlements import Membership
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.token_source import TokenSource

_REFUSAL_STATUSES = {401, 403}
_PARTITION_ROWS = {"OA-O516", "OA-O525", "OA-O526", "OA-O905", "OA-O522"}
_ENTRA = ("https://login.microsoftonline.com/", "https://sts.windows.net/")
_NAMES_OF_USERS = ("email", "username", "cognito:username", "upn", "unique_name", "oid")


class Finding(NamedTuple):
    """Whether a cause is confirmed or ruled out.

    Args:
        cause: a cause from the table.
        is_confirmed: True if it is confirmed, False if it is ruled out, None if that is not known.
        how: what was checked, and the result.
    """

    cause: Cause
    is_confirmed: bool | None
    how: str


@dataclass(frozen=True)
class RefusalExplanation:
    """Why OSDU refused a request, as far as it is known.

    Args:
        answer: the platform's answer.
        error: our error for it.
        findings: one for each cause of its row, in the order of the table.
        placeholders: the values of the placeholders in the sentences.
    """

    answer: PlatformAnswer
    error: OsduError
    findings: tuple[Finding, ...]
    placeholders: Mapping[str, str] = field(repr=False)

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The confirmed causes."""
        return tuple(each for each in self.findings if each.is_confirmed)

    @property
    def possible(self) -> tuple[Finding, ...]:
        """The confirmed causes; if there are none, the causes that are not ruled out."""
        return self.confirmed or tuple(each for each in self.findings if each.is_confirmed is None)

    def what(self, cause: Cause) -> str:
        """Return the sentence that describes a cause."""
        return cause.what.format_map(self.placeholders)

    def fix(self, cause: Cause) -> str:
        """Return the fix for a cause."""
        if isinstance(cause.fix, str):
            return cause.fix.format_map(self.placeholders)
        reader = self.error.reader
        return str(cause.fix) if reader is None else fix_text(cause.fix, reader)

    def request(self, cause: Cause) -> str:
        """Return the sentence to send to the person who can fix a cause; "" if it is the reader."""
        return cause.request.format_map(self.placeholders)

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as data for JSON."""
        return {
            "code": self.error.code,
            "what": self.error.what,
            "status": self.answer.status,
            "words": self.answer.words,
            "author": self.answer.author.name.lower(),
            "method": self.answer.method,
            "path": self.answer.path,
            "correlation_id": self.answer.correlation_id,
            "causes": [
                {
                    "name": each.cause.name,
                    "is_it": each.is_confirmed,
                    "what": self.what(each.cause),
                    "how": each.how,
                    "mender": each.cause.fixed_by.name.lower(),
                    "fix": self.fix(each.cause),
                    "request": self.request(each.cause),
                }
                for each in self.findings
            ],
        }

    def __str__(self) -> str:
        """Return the explanation as a few lines of text."""
        lines = [f"{self.error.what} [{self.error.code}]"]
        for each in self.possible:
            lines.append(f"{self.what(each.cause)} ({each.how})")
            lines.append(f"  {self.fix(each.cause)}")
            if each.cause.fixed_by is not FixedBy.YOU:
                lines.append(
                    f"  Send this to {each.cause.fixed_by.value}: {self.request(each.cause)}"
                )
        return "\n".join(lines)


def explain_refusal(refused: object, source: TokenSource) -> RefusalExplanation:
    """Find out why OSDU refused a request.

    Args:
        refused: the error that was raised; or a response of `requests`, `httpx`, `urllib3` or
            `aiohttp` (which has to be read first); or a `PlatformAnswer`. A `PlatformAnswer` with
            status 0 stands for a request that was not made yet.
        source: the source of the request's token and data partition, such as a session.

    Raises:
        OsduAuthError: as `TokenSource.token()` does, or the profile names no platform.
        TypeError: `refused` is another object.
    """
    answer = answer_from(refused)
    require_platform_url(source.profile)
    facts = _facts(source, answer)
    row = row_of(answer if answer.status else answer._replace(status=403, author=Author.SERVICE))
    placeholders = placeholders_of(answer, source.profile, facts.member, facts.domain)
    findings = tuple(Finding(cause, *_PROOFS[cause.proof](facts)) for cause in row.causes)
    error = error_of(answer, source.profile)
    error.note_reader(source.reader)
    return RefusalExplanation(answer, error, findings, placeholders)


class _Facts(NamedTuple):
    """What is known about the token, the user's groups and the service."""

    answer: PlatformAnswer
    profile: AnyProfile
    claims: Mapping[str, Any]
    groups: Membership | OsduAuthError
    is_up: bool | None  # whether the service's `/info` answers; None where it was not asked

    @property
    def names(self) -> set[str]:
        """The names of the user's groups."""
        if isinstance(self.groups, OsduAuthError):
            return set()
        return {group.name or group.email.partition("@")[0] for group in self.groups.groups}

    @property
    def refusal(self) -> PlatformAnswer | None:
        """Entitlements' answer, if it refused to give the groups."""
        return self.groups.answer if isinstance(self.groups, OsduError) else None

    @property
    def has_groups(self) -> bool:
        """Whether Entitlements gave the groups."""
        return not isinstance(self.groups, OsduAuthError)

    @property
    def required(self) -> tuple[str, ...]:
        """The groups of which the request needs one."""
        return required_groups(self.answer.service, self.answer.method, self.answer.path)

    @property
    def member(self) -> str:
        """The platform's name for the user or, where it gave none, the token's."""
        if not isinstance(self.groups, OsduAuthError) and self.groups.member:
            return self.groups.member
        named = (self.claims.get(name) for name in (*_NAMES_OF_USERS, "sub"))
        return next((name for name in named if isinstance(name, str) and name), "")

    @property
    def domain(self) -> str:
        """The part after the @ in the names of the user's groups."""
        if isinstance(self.groups, OsduAuthError):
            return ""
        emails = [group.email for group in self.groups.groups if "@" in group.email]
        return emails[0].partition("@")[2] if emails else ""

    @property
    def has_data_group(self) -> bool:
        """Whether one of the groups is a data group."""
        return any(name.startswith(DATA_GROUPS) or name == ALL_DATA for name in self.names)


def _facts(source: TokenSource, answer: PlatformAnswer) -> _Facts:
    """Read the token, and make the two requests."""
    groups: Membership | OsduAuthError
    claims = unverified_claims(source.token())
    try:
        groups = membership(source)
    except OsduAuthError as error:
        groups = error
    return _Facts(answer, source.profile, claims, groups, _is_up(source, answer))


def _is_up(source: TokenSource, answer: PlatformAnswer) -> bool | None:
    """Say whether the `/info` of the service that refused answers; it needs no token."""
    service = service_of(answer.path)
    end = answer.path.find("/", answer.path.find("/v") + 2)
    if not service or end < 0:
        return None
    try:
        info = probe(require_platform_url(source.profile), f"{answer.path[:end]}/info")
    except OsduAuthError:
        return False
    return info.status < 300  # noqa: PLR2004 - a good answer


_Verdict = tuple[bool | None, str]


def _token_expired(facts: _Facts) -> _Verdict:
    exp, now = facts.claims.get("exp"), time.time()
    if isinstance(exp, (int, float)) and exp <= now:
        return True, f"the token expired {now - exp:.0f} s ago by this machine's clock"
    if facts.has_groups:
        return False, "the platform accepts the present token"
    return None, "by this machine's clock the token is valid"


def _other_issuer(facts: _Facts) -> _Verdict:
    issuer, pool = facts.claims.get("iss"), getattr(facts.profile, "user_pool_id", None)
    if facts.has_groups:
        return False, "the platform accepts a token of this user pool"
    if isinstance(issuer, str) and pool and not issuer.endswith(f"/{pool}"):
        return True, f"the token is from {issuer}, and the profile names the user pool {pool}"
    return None, f"the token is from {issuer}"


def _id_token(facts: _Facts) -> _Verdict:
    use = facts.claims.get("token_use")
    if use is None:
        return None, "the token has no token_use"
    return use == "id", f"the token's token_use is {use}"


def _other_client(facts: _Facts) -> _Verdict:
    client, ours = facts.claims.get("client_id"), getattr(facts.profile, "client_id", None)
    if client is None or ours is None:
        return None, "the token names no app client"
    return client != ours, f"the token was issued to the app client {client}"


def _other_audience(facts: _Facts) -> _Verdict:
    audience, issuer = facts.claims.get("aud"), facts.claims.get("iss")
    if facts.has_groups:
        return False, "the platform accepts a token for this audience"
    if isinstance(issuer, str) and issuer.startswith(_ENTRA):
        return None, f"the token is for {audience}"
    return False, "the token is not from an issuer that sets audiences"


def _no_user_claim(facts: _Facts) -> _Verdict:
    named = [name for name in _NAMES_OF_USERS if facts.claims.get(name)]
    if named:
        return None, f"the token names its user in {', '.join(named)}"
    return True, "no claim of the token names its user"


def _no_partition(facts: _Facts) -> _Verdict:
    partition = facts.profile.data_partition_id
    if partition is None:
        return True, "the profile has no data partition"
    return False, f'the profile names "{partition}"; the request may have named another one'


def _unknown_partition(facts: _Facts) -> _Verdict:
    if facts.has_groups:
        return False, "Entitlements knows the data partition of the profile"
    if facts.refusal is not None and row_of(facts.refusal).code in _PARTITION_ROWS:
        return True, f'Entitlements says: "{facts.refusal.words}"'
    return None, "Entitlements returns no groups"


def _unknown_to_entitlements(facts: _Facts) -> _Verdict:
    if facts.has_groups:
        return not facts.names, f"Entitlements lists {len(facts.names)} groups of yours"
    refusal = facts.refusal
    if refusal is None or refusal.author is not Author.SERVICE:
        return None, "Entitlements could not be asked"
    if refusal.status in _REFUSAL_STATUSES and row_of(refusal).code not in _PARTITION_ROWS:
        return True, f'Entitlements says about you: "{refusal.words}"'
    return None, f'Entitlements says: "{refusal.words}"'


def _no_group(facts: _Facts) -> _Verdict:
    if not facts.has_groups or not facts.required:
        return (
            None,
            "your groups are unknown"
            if facts.required
            else "the groups that it requires are unknown",
        )
    held = [name for name in facts.required if name in facts.names]
    if held:
        return False, f"you are in {held[0]}"
    return True, f"you are in {len(facts.names)} groups, but not in a required one"


def _no_data_group(facts: _Facts) -> _Verdict:
    if not facts.has_groups:
        return None, "your groups are unknown"
    if facts.has_data_group:
        return False, "you are in a data group"
    return True, f"you are in {len(facts.names)} groups, but not in a data group"


def _old_groups(facts: _Facts) -> _Verdict:
    if not facts.has_groups or not facts.required:
        return (
            None,
            "your groups are unknown"
            if facts.required
            else "the groups that it requires are unknown",
        )
    has_required_groups = not _no_group(facts)[0] and (
        facts.answer.service != "search" or facts.has_data_group
    )
    if has_required_groups and facts.answer.status:
        return True, "Entitlements now lists you in the groups that it requires"
    return (
        False,
        "a group is missing" if not has_required_groups else "you are in the required groups",
    )


def _entitlements_failed(facts: _Facts) -> _Verdict:
    if facts.has_groups:
        return False, "Entitlements answers"
    refusal = facts.refusal
    if refusal is None or refusal.status >= SERVER_ERRORS:
        return True, f"Entitlements does not answer: {facts.groups}"
    return False, "Entitlements answers"


def _group_domain(facts: _Facts) -> _Verdict:
    if facts.domain:
        return None, f"your groups end in @{facts.domain}"
    return None, "your groups are unknown"


def _first_user(facts: _Facts) -> _Verdict:
    issuer = facts.claims.get("iss")
    if not isinstance(issuer, str) or not issuer.startswith(_ENTRA):
        return False, "the token is not from Entra"
    if facts.claims.get("idtyp") == "app":
        return False, "the token is the application's own"
    return None, "the token is from Entra, and a person's"


def _other_place(facts: _Facts) -> _Verdict:
    return None, f"the answer does not come from {facts.profile.platform_url}"


def _not_from_here(facts: _Facts) -> _Verdict:
    if facts.is_up is False:
        return None, "the service's /info does not answer either"
    return None, "it cannot be checked from here"


_PROOFS: dict[Proof, Callable[[_Facts], _Verdict]] = {
    Proof.TOKEN_EXPIRED: _token_expired,
    Proof.OTHER_ISSUER: _other_issuer,
    Proof.ID_TOKEN: _id_token,
    Proof.OTHER_CLIENT: _other_client,
    Proof.OTHER_AUDIENCE: _other_audience,
    Proof.NO_USER_CLAIM: _no_user_claim,
    Proof.NO_PARTITION: _no_partition,
    Proof.UNKNOWN_PARTITION: _unknown_partition,
    Proof.UNKNOWN_TO_ENTITLEMENTS: _unknown_to_entitlements,
    Proof.NO_GROUP: _no_group,
    Proof.NO_DATA_GROUP: _no_data_group,
    Proof.OLD_GROUPS: _old_groups,
    Proof.ENTITLEMENTS_FAILED: _entitlements_failed,
    Proof.GROUP_DOMAIN: _group_domain,
    Proof.FIRST_USER: _first_user,
    Proof.OTHER_PLACE: _other_place,
    Proof.NOT_FROM_HERE: _not_from_here,
}
