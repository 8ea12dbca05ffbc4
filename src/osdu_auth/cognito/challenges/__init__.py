"""The challenges of a user pool that a person answers during sign-in, and their answers.

    values      challenges and answers, as values
    kinds       one row for each kind: how it is read, answered and sent; answers by a program
    tries       how often a person is asked

`Answers` is a function that takes a challenge and returns its answer. The names are imported when
they are first used, because a sign-in without such challenges does not need them.
"""

from __future__ import annotations

# Type checkers treat this name as true; importing `typing` for it would take milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.kinds import answers_from as answers_from
    from osdu_auth.cognito.challenges.kinds import read_challenge as read_challenge
    from osdu_auth.cognito.challenges.values import *  # noqa: F403


def unattended(challenge: Challenge) -> Answer:  # noqa: F405
    """Answer a challenge where there is no person: the `Answers` of an unattended sign-in.

    The answer is no to two questions: whether to remember this computer, and whether the password
    itself may be sent. Every other challenge is an error.

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
