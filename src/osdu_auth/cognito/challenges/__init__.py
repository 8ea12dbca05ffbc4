"""What a user pool asks a person during sign-in, and how that is answered.

    values      what is asked, and the answers
    kinds       one row for each kind: how it is read, answered and sent; answers from code
    tries       how often a person is asked

Answers are a function from a challenge to its answer. The names are imported when they are first
used: a sign-in that is asked nothing does without them.
"""

from __future__ import annotations

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.kinds import answers_from as answers_from
    from osdu_auth.cognito.challenges.kinds import read_challenge as read_challenge
    from osdu_auth.cognito.challenges.values import *  # noqa: F403


def nobody(challenge: Challenge) -> Answer:  # noqa: F405
    """Answer for nobody: the answers of a sign-in that no person attends.

    Whether to trust this computer, and whether the password itself may be sent, is answered: no.

    Raises:
        ChallengeUnanswered: OA-S330.
    """
    from osdu_auth.cognito.challenges.kinds import answer_unattended

    return answer_unattended(challenge)


if not TYPE_CHECKING:
    _IN_KINDS = ("answers_from", "read_challenge")

    def __getattr__(name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module = "kinds" if name in _IN_KINDS else "values"
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value
