"""The types of the table of refusals, which says what an OSDU refusal can mean.

The rows themselves are data (`osdu_auth.platform.refusal_rows`). They are the only source for the
errors of commands, for the adapters' decision whether a newer token can help, for `osdu-auth why`
and for the docs. A row describes an answer, and lists its possible causes, the most likely first.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix
    from osdu_auth.platform.answers import Author, PlatformAnswer


class FixedBy(enum.Enum):
    """Who can fix a cause."""

    YOU = "you"
    ADMINISTRATOR = "an administrator of the data partition"
    DATA_OWNER = "the owner of the data"
    OPERATOR = "the operators of the platform"


class Proof(enum.Enum):
    """How a cause is confirmed or ruled out, without a sign-in and without a renewal."""

    TOKEN_EXPIRED = "the token's exp, by this machine's clock"  # noqa: S105 - no password
    OTHER_ISSUER = "the token's iss, compared with the profile's user pool"
    ID_TOKEN = "the token's token_use"  # noqa: S105 - no password
    OTHER_CLIENT = "the token's client_id, compared with the profile's app client"
    OTHER_AUDIENCE = "the token's aud, at Entra"
    NO_USER_CLAIM = "the claims of the token that name a user"
    NO_PARTITION = "whether the profile has a data partition"
    UNKNOWN_PARTITION = "how Entitlements answers for the profile's data partition"
    UNKNOWN_TO_ENTITLEMENTS = "how Entitlements answers a request for your groups"
    NO_GROUP = "your groups"
    NO_DATA_GROUP = "your data groups"
    OLD_GROUPS = "your groups, none of which is missing now"
    ENTITLEMENTS_FAILED = "whether Entitlements answers"
    GROUP_DOMAIN = "the domain of your own groups"
    FIRST_USER = "whether the token is a person's, at Entra"
    OTHER_PLACE = "the host that was asked, compared with the profile's platform"
    NOT_FROM_HERE = "cannot be checked from here"


class Cause(NamedTuple):
    """A possible cause of an answer.

    Args:
        name: stable, such as `group-missing`.
        short: the cause in a few words, for a list.
        what: the cause in one sentence, with placeholders such as `{groups}` and `{partition}`.
        fixed_by: who can fix it.
        fix: what to do or type; a text may have the same placeholders.
        proof: how it is confirmed or ruled out.
        request: a sentence to send to the person who can fix it; "" where that is the reader.
    """

    name: str
    short: str
    what: str
    fixed_by: FixedBy
    fix: str | Fix
    proof: Proof = Proof.NOT_FROM_HERE
    request: str = ""


class Row(NamedTuple):
    """One kind of answer, and its possible causes.

    Args:
        code: the error's code; its first digit is the exit code, 0 for an answer without an error.
        what: one sentence, with placeholders as in `Cause`.
        statuses: the HTTP statuses of such answers; () for all.
        causes: the possible causes, the most likely first.
        pattern: a regular expression for the answer's words, in upper or lower case; "" for all.
        services: the services that give such answers, by their names in paths; () for all.
        authors: the authors of such answers; () for all.
        is_guess: whether no cause is more likely than the others.
    """

    code: str
    what: str
    statuses: tuple[int, ...]
    causes: tuple[Cause, ...]
    pattern: str = ""
    services: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    is_guess: bool = False

    def fits(self, answer: PlatformAnswer) -> bool:
        """Say whether an answer is of this kind."""
        return (
            (not self.statuses or answer.status in self.statuses)
            and (not self.services or answer.service in self.services)
            and (not self.authors or answer.author in self.authors)
            and (
                not self.pattern
                or re.search(
                    self.pattern, f"{answer.words} {answer.challenge}".strip(), re.IGNORECASE
                )
                is not None
            )
        )
