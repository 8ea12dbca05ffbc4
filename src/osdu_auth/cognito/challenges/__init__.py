"""What a user pool asks a person during sign-in, as values, and the answers to it.

    the user pool asks                               a value            its answer
    NEW_PASSWORD_REQUIRED                            NewPasswordRequired     NewPassword
    SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP, SMS_OTP  CodeRequired            Code
    SELECT_MFA_TYPE, SELECT_CHALLENGE                FactorChoiceRequired    FactorChoice
    MFA_SETUP                                        TotpSetUpRequired       TotpSetUp
    CUSTOM_CHALLENGE                                 CustomQuestion          CustomAnswer
    PASSWORD (chosen, and none was given)            PasswordRequired        Password
    ConfirmDevice's UserConfirmationNecessary        RememberDeviceQuestion  RememberDevice
    (our own question, where it refuses SRP)         SendPasswordQuestion    SendPassword

Whoever answers is a function from a challenge to its answer (`Answers`): `nobody` for an unattended
sign-in, `answers_from` for one that code answers. The names are imported when they are first used:
a sign-in that is asked nothing does without them.
"""

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges.answers import (
        Answer,
        Code,
        CustomAnswer,
        FactorChoice,
        NewPassword,
        Password,
        RememberDevice,
        SendPassword,
        TotpSetUp,
    )
    from osdu_auth.cognito.challenges.asked import (
        Answers,
        Challenge,
        CodeRequired,
        CustomQuestion,
        FactorChoiceRequired,
        NewPasswordRequired,
        PasswordRequired,
        RememberDeviceQuestion,
        SendPasswordQuestion,
        TotpSetUpRequired,
    )
    from osdu_auth.cognito.challenges.reading import read_challenge
    from osdu_auth.cognito.challenges.unattended import answers_from, nobody

__all__ = [
    "Answer",
    "Answers",
    "Challenge",
    "Code",
    "CodeRequired",
    "CustomAnswer",
    "CustomQuestion",
    "FactorChoice",
    "FactorChoiceRequired",
    "NewPassword",
    "NewPasswordRequired",
    "Password",
    "PasswordRequired",
    "RememberDevice",
    "RememberDeviceQuestion",
    "SendPassword",
    "SendPasswordQuestion",
    "TotpSetUp",
    "TotpSetUpRequired",
    "answers_from",
    "nobody",
    "read_challenge",
]

# The module of each name; those not named here are answers.
_HOMES = {
    "Answers": "asked",
    "Challenge": "asked",
    "CodeRequired": "asked",
    "CustomQuestion": "asked",
    "FactorChoiceRequired": "asked",
    "NewPasswordRequired": "asked",
    "PasswordRequired": "asked",
    "RememberDeviceQuestion": "asked",
    "SendPasswordQuestion": "asked",
    "TotpSetUpRequired": "asked",
    "answers_from": "unattended",
    "nobody": "unattended",
    "read_challenge": "reading",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'answers')}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
