"""The answers of a sign-in that no person attends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ChallengeUnanswered
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.values import Answer, Challenge


def nobody(challenge: Challenge) -> Answer:
    """Answer for nobody: only what has an answer that does no harm is answered.

    That is whether to trust this computer: no.

    Raises:
        ChallengeUnanswered: OA-S330.
    """
    from osdu_auth.cognito.challenges.kinds import kind_of

    unattended = kind_of(challenge).unattended
    if unattended is not None:
        return unattended
    why = "It wants to know something from the person who signs in."
    if challenge.refusal is not None:
        why = f"The answer before was refused: {challenge.refusal.what}"
    raise ChallengeUnanswered(
        f"The user pool asks for {printable(challenge.name, 60)}, and nobody is there to answer.",
        code="OA-S330",
        why=why,
        fix="Sign in once in a terminal: osdu-auth login",
    )
