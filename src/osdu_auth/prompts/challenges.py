"""The questions for each kind of challenge, and for a sign-in in a browser."""

from __future__ import annotations

import threading
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
from osdu_auth.cognito.service_errors import NEW_PASSWORD_INVALID
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Export, Fix, Run
from osdu_auth.input_text import digits_in, untypable_character_in, value_in
from osdu_auth.prompts.prompter import ANSWER_NEEDED, Withdrawn
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from osdu_auth.cognito.challenges.values import Answer, Medium
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Reader
    from osdu_auth.oidc.questions import (
        BrowserAddress,
        BrowserAddressQuestion,
        KeepAccount,
        OtherAccountQuestion,
    )
    from osdu_auth.prompts.prompter import Prompter
    from osdu_auth.secret import Secret

_SENT_BY = {"SMS": "text message", "EMAIL": "e-mail"}
# No operation returns the pool's password policy to a user. This is the default policy (developer
# guide, "Password requirements").
_DEFAULT_POLICY = (
    "The usual rule: 8 characters or more, with a capital letter, a small letter, a digit and a "
    "symbol such as - or !. If this pool has another rule, it says what is missing."
)
# Seconds for which an app shows a code. A pool also accepts the code before and the code after.
_CODE_SECONDS = 30
# A smaller clock offset does not change which codes are accepted, and is not shown.
_HARMLESS_OFFSET_SECONDS = 5
HINT_AFTER = 30.0  # seconds of waiting for a browser, after which a hint is shown
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


def prompt_for_answer(prompter: Prompter, challenge: Any) -> Any:
    """Show why the last answer was refused, ask the person, and return the answer.

    Raises:
        ChallengeUnanswered: OA-S330: no person is there.
        UsageError: OA-B220: as for `ask_browser_address`.
    """
    if challenge.name == "BROWSER":
        if challenge.refusal is not None:
            prompter.say_error(challenge.refusal)
        return ask_browser_address(challenge, prompter)
    if challenge.name == "OTHER_ACCOUNT":
        return ask_other_account(challenge, prompter)
    if not prompter.can_ask:
        return answer_unattended(challenge)
    if isinstance(challenge, CodeRequired) and challenge.refusal is not None:
        prompter.say(_refused_code(challenge, challenge.refusal))
    elif challenge.refusal is not None:
        prompter.say_error(challenge.refusal)
    return QUESTIONS[type(challenge)](challenge, prompter)


def ask_new_password(prompter: Prompter) -> Secret:
    """Show the default password policy, and ask for a new password, which is typed twice."""
    prompter.say(_DEFAULT_POLICY)
    while True:
        password = prompter.ask_secret("New password")
        why = untypable_character_in(password.reveal())
        if why:
            prompter.say(f"! {why} Choose another.")
        elif password == prompter.ask_secret("New password, once more"):
            return password
        else:
            prompter.say("! The two are not the same.")


def ask_code(prompter: Prompter, question: str, medium: Medium | None = None) -> Secret:
    """Ask until the answer has the form of a code: so a typing mistake does not use up a try.

    Args:
        prompter: asks the person.
        question: what is asked.
        medium: how the user got the code; None for a message of an unknown kind.
    """
    while True:
        code = prompter.ask_code(question)
        digits = digits_in(code.reveal())
        if is_one_time_code(digits, medium):
            return code
        if digits:
            prompter.say(f"! That is not a code. {form_of_code(medium)}")
        else:
            prompter.note(ANSWER_NEEDED)


def _new_password(challenge: NewPasswordRequired, prompter: Prompter) -> NewPassword:
    wanted, accepted = challenge.required_attributes, _accepted_attributes(challenge)
    if challenge.refusal is None:
        prompter.say("This is a temporary password: choose your own.")
    missing = [_label(name) for name in wanted if name not in accepted]
    if missing:
        prompter.say(f"After the password, the user pool also asks for: {', '.join(missing)}.")
    elif wanted:
        prompter.say(f"Kept as you typed it: {', '.join(map(_label, wanted))}.")
    password = ask_new_password(prompter)
    attributes = {
        name: accepted[name]
        if name in accepted
        else prompter.ask(_label(name), default=challenge.given_attributes.get(name))
        for name in wanted
    }
    return NewPassword(password, attributes)


def _accepted_attributes(challenge: NewPasswordRequired) -> dict[str, str]:
    """Return the attributes not to ask for again, if only the password was refused."""
    refusal = challenge.refusal
    only_password = refusal is not None and refusal.code in NEW_PASSWORD_INVALID
    return dict(challenge.given_attributes) if only_password else {}


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
    """Return why a code was refused, the number of tries left and the clock's offset."""
    left = " ".join(part for part in (_tries(challenge.tries_left), _clock(challenge)) if part)
    return f"✗ {printable(refusal.what)}{f' {left}.' if left else ''}  [{refusal.code}]"


def _tries(left: int | None) -> str:
    if left is None:
        return ""
    return "One try left" if left == 1 else f"{left} tries left"


def _clock(challenge: CodeRequired) -> str:
    """Return how often codes change, and this computer's clock offset; the app's may differ."""
    if challenge.medium != "TOTP":
        return ""
    offset, seconds = "", challenge.clock_offset
    if seconds is not None and abs(seconds) >= _HARMLESS_OFFSET_SECONDS:
        side = "fast" if seconds > 0 else "slow"
        offset = f"; this computer's clock is {abs(seconds):.0f} s {side}"
    return f"(codes change every {_CODE_SECONDS} s{offset})"


def _factor_choice(challenge: FactorChoiceRequired, prompter: Prompter) -> FactorChoice:
    prompter.say("How do you want to prove that it is you?")
    for number, factor in enumerate(challenge.factors, 1):
        prompter.say(f"  [{number}] {_FACTORS.get(factor) or printable(factor, 40)}")
    return FactorChoice(_chosen(challenge.factors, prompter))


def _chosen(factors: Sequence[str], prompter: Prompter) -> str:
    """Ask for a factor by its number or its name; Enter alone chooses the first."""
    while True:
        typed = value_in(prompter.ask("Number", default="1"))
        if typed.isdecimal() and 1 <= int(typed) <= len(factors):
            return factors[int(typed) - 1]
        if typed.upper() in factors:
            return typed.upper()
        prompter.say(f"! Type a number from 1 to {len(factors)}.")


def _totp_set_up(challenge: TotpSetUpRequired, prompter: Prompter) -> TotpSetUp:
    import socket

    from osdu_auth.prompts.authenticator_key import AuthenticatorKey

    prompter.say("This account must set up an authenticator app.")
    with prompter.show_authenticator_key(AuthenticatorKey(challenge.secret_key, challenge.uri)):
        code = ask_code(prompter, "Code from the app", "TOTP")
    computer = socket.gethostname().partition(".")[0]
    return TotpSetUp(code, printable(f"osdu-auth on {computer}", 60))


def _custom_question(challenge: CustomQuestion, prompter: Prompter) -> CustomAnswer:
    prompter.say("The user pool asks its own question.")
    for name, text in challenge.parameters.items():
        if name != "USERNAME":
            prompter.say(f"  {printable(name, 40)}: {printable(text)}")
    return CustomAnswer(prompter.ask_secret("Answer"))  # the answer may be a secret


def _password(_: PasswordRequired, prompter: Prompter) -> Password:
    return Password(prompter.ask_secret("Password"))


def _remember_device(_: RememberDeviceQuestion, prompter: Prompter) -> RememberDevice:
    return RememberDevice(_says_yes(prompter, "Trust this computer so it asks less often?"))


def _send_password(question: SendPasswordQuestion, prompter: Prompter) -> SendPassword:
    """Ask whether the password itself may be sent to the host, which the question names."""
    host = printable(question.host)
    if question.setting == "auth_flow":
        prompter.say(f"{host} says that this app client may not sign in by SRP,")
        prompter.say("by which the password would stay on this computer.")
    return SendPassword(_says_yes(prompter, f"Send the password itself to {host}?"))


def _says_yes(prompter: Prompter, question: str) -> bool:
    """Ask a yes-or-no question; Enter alone answers no."""
    return prompter.ask(f"{question} [y/N]", default="").strip().lower() in {"y", "yes"}


def ask_browser_address(
    question: BrowserAddressQuestion, prompter: Prompter, *, hint_after: float = HINT_AFTER
) -> BrowserAddress | None:
    """Show the address of the sign-in page, and return the address that the person pastes.

    Without a person the address is shown too, as a program may open it.

    Args:
        question: the address, and the event that ends the question.
        prompter: asks the person.
        hint_after: seconds after which the question's hint is shown.

    Returns:
        The pasted address; None if the browser called back first.

    Raises:
        UsageError: OA-B220: no browser could be opened, and no person is there to open one.
    """
    from osdu_auth.oidc.questions import BrowserAddress

    if not (prompter.can_ask or question.waits_unattended):
        raise _no_browser(question.why_not)
    words = f"Open this address in a browser, as {question.why_not}:"
    if question.was_opened:
        words = "Sign in in the browser that was opened. If none was, open this address:"
    with prompter.show_sign_in_address(words, question.url, again=question.refusal is not None):
        if not prompter.can_ask:
            return None
        hint = threading.Timer(hint_after, _show_hint, (prompter, question.hint))
        hint.daemon = True
        hint.start()
        try:
            text = prompter.ask_pasted(
                "Waiting for the browser; or paste the address that it ends at", question.until
            )
        except (Withdrawn, EOFError):
            return None
        finally:
            hint.cancel()
    return BrowserAddress(text)


def _show_hint(prompter: Prompter, hint: str) -> None:
    prompter.say("")  # ends the line of the question
    prompter.say(hint)


def _no_browser(why_not: str) -> UsageError:
    return UsageError(
        "No browser can be opened here, and no person can be asked to open one.",
        code="OA-B220",
        why=f"{why_not[:1].upper()}{why_not[1:]}.",
        fix=_OpenElsewhere(),
    )


class _OpenElsewhere(Fix):
    """A fix: another program, or a person at another computer, opens the address."""

    def text(self, reader: Reader) -> str:
        """Return the command; with a profile for a password, only a program can get the address."""
        if reader.in_browser_once:
            program = "Name a program that opens the address that it is given: "
            return (program + Export("BROWSER", Blank("COMMAND"))).text(reader)
        printed = "Have the address printed, and opened by a program or a person elsewhere: "
        return (printed + Run("login", "--no-browser")).text(reader)


def ask_other_account(question: OtherAccountQuestion, prompter: Prompter) -> KeepAccount:
    """Ask whether to keep the session of a user other than the expected one; no, without a person.

    Args:
        question: the user who signed in, and the user who was expected.
        prompter: asks the person.
    """
    from osdu_auth.oidc.questions import KeepAccount

    if not prompter.can_ask:
        return KeepAccount(keep=False)
    actual, expected = printable(question.actual, 128), printable(question.expected, 128)
    prompter.say(f"! {actual} signed in, and not {expected}.")
    return KeepAccount(_says_yes(prompter, f"Go on as {actual}?"))


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
