"""What an OSDU refusal can mean: the types of the table.

The rows themselves are data: `osdu_auth.platform.refusal_rows`. They are the one source for the
errors of commands, the adapters' decision whether a newer token can help, `osdu-auth why` and the
docs. A row says what the answer is, and lists what can have caused it, the likeliest first.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix
    from osdu_auth.platform.answers import Answer, Author


class FixedBy(enum.Enum):
    """Who can mend what an answer means."""

    YOU = "you"
    ADMINISTRATOR = "an administrator of the data partition"
    DATA_OWNER = "the owner of the data"
    OPERATOR = "the operators of the platform"


class Proof(enum.Enum):
    """How a cause is shown, or ruled out, without a sign-in and without a renewal."""

    TOKEN_EXPIRED = "the token's exp, by the clock of the platform"  # noqa: S105 - no password
    OTHER_ISSUER = "the token's iss, beside the profile's user pool"
    ID_TOKEN = "the token's token_use"  # noqa: S105 - no password
    OTHER_CLIENT = "the token's client_id, beside the profile's app client"
    OTHER_AUDIENCE = "the token's aud, at Entra"
    NO_USER_CLAIM = "which claims of the token name a user"
    NO_PARTITION = "whether the profile has a data partition"
    UNKNOWN_PARTITION = "what Entitlements says to the profile's data partition"
    UNKNOWN_TO_ENTITLEMENTS = "what Entitlements says to you, while it answers others"
    NO_GROUP = "your groups"
    NO_DATA_GROUP = "your groups of data"
    OLD_GROUPS = "your groups, which are all there by now"
    ENTITLEMENTS_FAILED = "whether Entitlements answers"
    GROUP_DOMAIN = "the domain of your own groups"
    FIRST_USER = "whether the token is a person's, at Entra"
    OTHER_PLACE = "the host that was asked, beside the profile's platform"
    NOT_FROM_HERE = "nothing that can be asked from here"


class Cause(NamedTuple):
    """What can have brought an answer about.

    Args:
        name: stable, such as `group-missing`.
        short: the same in a few words, for a list.
        what: one sentence; `{groups}`, `{partition}` and the like stand for what is known.
        fixed_by: who can mend it.
        fix: what to do or type; text with the same places to fill in.
        proof: how it is shown or ruled out.
        request: the sentence to send to who can mend it; "" where that is the reader.
    """

    name: str
    short: str
    what: str
    fixed_by: FixedBy
    fix: str | Fix
    proof: Proof = Proof.NOT_FROM_HERE
    request: str = ""


class Row(NamedTuple):
    """What an answer is, and what can have caused it.

    Args:
        code: the error's code; its digit is the exit code, 0 for what is no error.
        what: one sentence, with places to fill in as in `Cause`.
        statuses: which it may have; none for any.
        says: what its words match, whatever the case; "" for any.
        services: which services answer so, as their paths name them; none for any.
        authors: who answers so; none for any.
        causes: the likeliest first.
        is_guess: whether no cause is likelier than the others.
    """

    code: str
    what: str
    statuses: tuple[int, ...]
    causes: tuple[Cause, ...]
    says: str = ""
    services: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    is_guess: bool = False

    def fits(self, answer: Answer) -> bool:
        """Say whether an answer is of this row."""
        return (
            (not self.statuses or answer.status in self.statuses)
            and (not self.services or answer.service in self.services)
            and (not self.authors or answer.author in self.authors)
            and (
                not self.says
                or re.search(self.says, f"{answer.words} {answer.challenge}".strip(), re.IGNORECASE)
                is not None
            )
        )
