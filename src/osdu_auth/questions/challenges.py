"""The questions that a person is asked for each kind of challenge: one row of the table each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.challenges.kinds import (
    answer_unattended,
    form_of_code,
    is_one_time_code,
)
from osdu_auth.cognito.challenges.values import (
    Code,
    CodeRequired,
    CustomAnswer,
    CustomQuestion,
    FactorChoice,
    FactorChoiceRequired,
    NewPassword,
    NewPasswordRequired,
    Password,
    PasswordRequired,
    RememberDevice,
    RememberDeviceQuestion,
    SendPassword,
    SendPasswordQuestion,
    TotpSetUp,
    TotpSetUpRequired,
)
from osdu_auth.cognito.service_errors import NEW_PASSWORD_UNFIT
from osdu_auth.input_text import digits_in, untypable, value_in
from osdu_auth.questions.prompter import NEEDED
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from osdu_auth.cognito.challenges.values import Answer, Medium
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.prompter import Prompter
    from osdu_auth.secret import Secret

_SENT_BY = {"SMS": "text message", "EMAIL": "e-mail"}
# No operation tells a pool's own rule to who is not signed in as its administrator; this is what a
# pool has that was made without another one (developer guide, "Password requirements").
_USUAL_RULE = (
    "The usual rule: 8 characters or more, among them a capital and a small letter, a digit and a "
    "symbol such as - or !. Where the pool's own rule is another, the pool says what lacks."
)
# An app's codes change that often, and a pool takes the one before and the one after too.
_CODE_SECONDS = 30
# A clock that is off by less does no harm, and is not worth a word.
_HARMLESS_OFFSET_SECONDS = 5
_FACTORS = {
    "SOFTWARE_TOKEN_MFA": "authenticator app",
    "SMS_MFA": "text message (SMS)",
    "SMS_OTP": "text message (SMS)",
    "EMAIL_OTP": "e-mail",
    "EMAIL_MFA": "e-mail",
    "PASSWORD": "password",
    "PASSWORD_SRP": "password, which never leaves this computer",
    "WEB_AUTHN": "passkey (only a browser can)",
}


def answer_by(prompter: Prompter, challenge: Any) -> Any:
    """Say why the answer before was not taken, ask the person, and return their answer.

    Raises:
        ChallengeUnanswered: OA-S330: no person is there.
    """
    if challenge.name == "BROWSER":
        from osdu_auth.questions.browser import ask_browser_address

        if challenge.refusal is not None:
            prompter.complain(challenge.refusal)
        return ask_browser_address(challenge, prompter)
    if challenge.name == "OTHER_ACCOUNT":
        from osdu_auth.questions.browser import ask_other_account

        return ask_other_account(challenge, prompter)
    if not prompter.attended:
        return answer_unattended(challenge)
    if isinstance(challenge, CodeRequired) and challenge.refusal is not None:
        prompter.say(_refused_code(challenge, challenge.refusal))
    elif challenge.refusal is not None:
        prompter.complain(challenge.refusal)
    return QUESTIONS[type(challenge)](challenge, prompter)


def ask_new_password(prompter: Prompter) -> Secret:
    """Say what a password has to hold, and ask for a new one until it is typed twice the same."""
    prompter.say(_USUAL_RULE)
    while True:
        password = prompter.ask_secret("New password")
        why = untypable(password.reveal())
        if why:
            prompter.say(f"! {why} Choose another.")
        elif password == prompter.ask_secret("New password, once more"):
            return password
        else:
            prompter.say("! The two are not the same.")


def ask_code(prompter: Prompter, question: str, medium: Medium | None = None) -> Secret:
    """Ask for a code until it can be one, so that a slip costs none of the tries that a pool gives.

    Args:
        prompter: asks the person.
        question: what is asked.
        medium: how the user got the code; None for a message, by whichever way.
    """
    while True:
        code = prompter.ask_code(question)
        digits = digits_in(code.reveal())
        if is_one_time_code(digits, medium):
            return code
        if digits:
            prompter.say(f"! That is no code. {form_of_code(medium)}")
        else:
            prompter.note(NEEDED)


def _new_password(challenge: NewPasswordRequired, prompter: Prompter) -> NewPassword:
    wanted, told = challenge.required_attributes, _kept(challenge)
    if challenge.refusal is None:
        prompter.say("This is a temporary password: choose your own.")
    lacking = [_label(name) for name in wanted if name not in told]
    if lacking:
        prompter.say(f"The user pool also wants to know, after that: {', '.join(lacking)}.")
    elif wanted:
        prompter.say(f"Kept as you typed it: {', '.join(map(_label, wanted))}.")
    password = ask_new_password(prompter)
    kept = _kept(challenge)
    attributes = {
        name: kept[name]
        if name in kept
        else prompter.ask(_label(name), default=challenge.given_attributes.get(name))
        for name in challenge.required_attributes
    }
    return NewPassword(password, attributes)


def _kept(challenge: NewPasswordRequired) -> dict[str, str]:
    """Return what was told of the user and stays, as only the password was refused."""
    refusal = challenge.refusal
    is_kept = refusal is not None and refusal.code in NEW_PASSWORD_UNFIT
    return dict(challenge.given_attributes) if is_kept else {}


def _label(attribute: str) -> str:
    return printable(attribute.removeprefix("custom:").replace("_", " ").capitalize(), 60)


def _code(challenge: CodeRequired, prompter: Prompter) -> Code:
    destination = printable(challenge.destination, 60)
    if challenge.medium == "TOTP":
        question = "Code from the authenticator app" + (f' "{destination}"' if destination else "")
    else:
        sent_by = _SENT_BY.get(challenge.medium, "message")
        question = f"Code from the {sent_by}"
        if challenge.refusal is None:
            where = f" to {destination}" if destination else ""
            prompter.say(f"A code was sent by {sent_by}{where}.")
    return Code(ask_code(prompter, question, challenge.medium))


def _refused_code(challenge: CodeRequired, refusal: OsduAuthError) -> str:
    """Say why a code was not taken, how many tries are left and how the clock stands."""
    left = " ".join(part for part in (_tries(challenge.tries_left), _clock(challenge)) if part)
    return f"✗ {printable(refusal.what)}{f' {left}.' if left else ''}  [{refusal.code}]"


def _tries(left: int | None) -> str:
    if left is None:
        return ""
    return "One try left" if left == 1 else f"{left} tries left"


def _clock(challenge: CodeRequired) -> str:
    """How often codes change, and how this computer's clock stands; the app's may be another."""
    if challenge.medium != "TOTP":
        return ""
    offset, seconds = "", challenge.clock_offset
    if seconds is not None and abs(seconds) >= _HARMLESS_OFFSET_SECONDS:
        stands = "fast" if seconds > 0 else "slow"
        offset = f"; this computer's clock is {abs(seconds):.0f} s {stands}"
    return f"(codes change every {_CODE_SECONDS} s{offset})"


def _factor_choice(challenge: FactorChoiceRequired, prompter: Prompter) -> FactorChoice:
    prompter.say("How do you want to prove that it is you?")
    for number, factor in enumerate(challenge.factors, 1):
        prompter.say(f"  [{number}] {_FACTORS.get(factor) or printable(factor, 40)}")
    return FactorChoice(_chosen(challenge.factors, prompter))


def _chosen(factors: Sequence[str], prompter: Prompter) -> str:
    """The factor that a number, its own name, or Enter alone stands for."""
    while True:
        typed = value_in(prompter.ask("Number", default="1"))
        if typed.isdecimal() and 1 <= int(typed) <= len(factors):
            return factors[int(typed) - 1]
        if typed.upper() in factors:
            return typed.upper()
        prompter.say(f"! Type a number from 1 to {len(factors)}.")


def _totp_set_up(challenge: TotpSetUpRequired, prompter: Prompter) -> TotpSetUp:
    import socket

    from osdu_auth.questions.authenticator_key import AuthenticatorKey

    prompter.say("This account must set up an authenticator app.")
    with prompter.shown(AuthenticatorKey(challenge.secret_key, challenge.uri)):
        code = ask_code(prompter, "Code from the app", "TOTP")
    computer = socket.gethostname().partition(".")[0]
    return TotpSetUp(code, printable(f"osdu-auth on {computer}", 60))


def _custom_question(challenge: CustomQuestion, prompter: Prompter) -> CustomAnswer:
    prompter.say("The user pool asks a question of its own.")
    for name, text in challenge.parameters.items():
        if name != "USERNAME":
            prompter.say(f"  {printable(name, 40)}: {printable(text)}")
    return CustomAnswer(prompter.ask_secret("Answer"))  # it may be a secret


def _password(_: PasswordRequired, prompter: Prompter) -> Password:
    return Password(prompter.ask_secret("Password"))


def _remember_device(_: RememberDeviceQuestion, prompter: Prompter) -> RememberDevice:
    return RememberDevice(_says_yes(prompter, "Trust this computer so it asks less often?"))


def _send_password(question: SendPasswordQuestion, prompter: Prompter) -> SendPassword:
    """Ask whether the host may have the password itself, and name the host before the answer."""
    host = printable(question.host)
    if question.setting == "auth_flow":
        prompter.say(f"{host} says that this app client may not sign in by SRP,")
        prompter.say("by which the password would stay on this computer.")
    return SendPassword(_says_yes(prompter, f"Send the password itself to {host}?"))


def _says_yes(prompter: Prompter, question: str) -> bool:
    """Ask a question that Enter alone answers with no."""
    return prompter.ask(f"{question} [y/N]", default="").strip().lower() in ("y", "yes")


QUESTIONS: Mapping[type, Callable[[Any, Prompter], Answer]] = {
    NewPasswordRequired: _new_password,
    CodeRequired: _code,
    FactorChoiceRequired: _factor_choice,
    TotpSetUpRequired: _totp_set_up,
    CustomQuestion: _custom_question,
    PasswordRequired: _password,
    RememberDeviceQuestion: _remember_device,
    SendPasswordQuestion: _send_password,
}
