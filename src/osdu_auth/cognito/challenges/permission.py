"""What a person permitted while their challenges were answered.

It imports nothing: a sign-in that is asked nothing does without the questions.
"""

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.answers import Answer
    from osdu_auth.cognito.challenges.asked import Answers, Challenge, SendPasswordQuestion


class NotedPermission:
    """Answers by another function, and notes whether that let the password itself be sent.

    `given` is the question that was answered with yes, None where none was.

    Args:
        answer: asks the person.
    """

    def __init__(self, answer: "Answers") -> None:
        self._answer = answer
        self.given: SendPasswordQuestion | None = None

    def __call__(self, challenge: "Challenge") -> "Answer":
        """Return the other function's answer."""
        answer = self._answer(challenge)
        if challenge.name == "SendPassword":
            from osdu_auth.cognito.challenges.answers import SendPassword
            from osdu_auth.cognito.challenges.asked import SendPasswordQuestion

            is_yes = answer == SendPassword(send=True)
            if is_yes and isinstance(challenge, SendPasswordQuestion):
                self.given = challenge
        return answer
