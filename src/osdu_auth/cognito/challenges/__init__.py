"""What a user pool asks a person during sign-in, and how that is answered.

    values      what is asked, and the answers
    kinds       one row for each kind: how it is read, answered and sent; answers from code
    unattended  the answers where no person is
    tries       how often a person is asked

Answers are a function from a challenge to its answer. The names are imported when they are first
used: a sign-in that is asked nothing does without them.
"""

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.kinds import answers_from as answers_from
    from osdu_auth.cognito.challenges.kinds import read_challenge as read_challenge
    from osdu_auth.cognito.challenges.unattended import nobody as nobody
    from osdu_auth.cognito.challenges.values import *  # noqa: F403
else:
    _HOMES = {"answers_from": "kinds", "read_challenge": "kinds", "nobody": "unattended"}

    def __getattr__(name):  # noqa: ANN001, ANN202
        from importlib import import_module

        if name.startswith("_"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'values')}"), name)
        globals()[name] = value
        return value
