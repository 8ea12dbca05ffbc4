"""Text that cannot be a code is not sent: the pool would count it as a wrong code.

A typed or pasted code may have blanks, hyphens, full-width digits, and digits of other scripts.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osdu_auth import Code, CodeRequired, CustomAnswer, CustomQuestion, TotpSetUp, answers_from
from osdu_auth.account import Account
from osdu_auth.cognito.challenges.kinds import one_time_code, responses_to
from osdu_auth.errors import ChallengeUnanswered
from osdu_auth.prompts.challenges import prompt_for_answer
from osdu_auth.secret import Secret
from osdu_auth.session import Session
from test_prompts import ScriptedPrompter

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Shell
    from osdu_auth.cognito.challenges.values import Medium
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox, User

FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
ARABIC = str.maketrans("0123456789", "".join(chr(0x0660 + digit) for digit in range(10)))
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "a blank within": lambda code: f"{code[:3]} {code[3:]}",
    "a hyphen within": lambda code: f"{code[:3]}-{code[3:]}",
    "a dash within": lambda code: f"{code[:3]}\u2013{code[3:]}",
    "a hyphen that does not break": lambda code: f"{code[:3]}\u2011{code[3:]}",
    "a no-break space": lambda code: f"\u00a0{code[:3]}\u00a0{code[3:]}",
    "full-width digits": lambda code: code.translate(FULL_WIDTH),
    "Arabic digits": lambda code: code.translate(ARABIC),
    "a zero-width space": lambda code: f"{code}\u200b",
    "a mark before it": lambda code: f"\ufeff{code}\r\n",
    "quotes": lambda code: f'"{code}"',
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)  # a process for each
NO_CODES = (
    "abc",
    "12345",
    "1234567a",
    "12.345",
    "",
    "  ",
    "-",
    "https://osdu.acme.com",
    "\u00bd" * 6,
)


def test_a_code_may_have_blanks_hyphens_and_other_digits() -> None:
    for name, form in FORMS.items():
        assert one_time_code(Secret(form("492118")), "TOTP").reveal() == "492118", name
        assert one_time_code(Secret(form("00042118"))).reveal() == "00042118", name


def test_text_that_is_no_code_is_refused_and_not_shown() -> None:
    media: tuple[Medium | None, ...] = ("TOTP", "SMS", "EMAIL", None)
    for typed, medium in product(NO_CODES, media):
        with pytest.raises(ChallengeUnanswered) as refused:
            pytest.fail(f"{typed!r} became {one_time_code(Secret(typed), medium).reveal()!r}")
        assert refused.value.code == "OA-S350", (typed, medium)
        assert len(typed.strip()) < 5 or typed not in str(refused.value), (typed, medium)


def test_the_code_of_an_app_has_six_digits_and_that_of_a_message_may_have_more() -> None:
    assert one_time_code(Secret("12345678"), "EMAIL").reveal() == "12345678"
    with pytest.raises(ChallengeUnanswered, match="six digits"):
        one_time_code(Secret("12345678"), "TOTP")


@given(st.text())
def test_only_digits_are_accepted_as_a_code(text: str) -> None:
    try:
        code = one_time_code(Secret(text)).reveal()
    except ChallengeUnanswered:
        return
    assert code.isascii()
    assert code.isdigit()


def test_the_answer_to_a_custom_question_is_sent_as_typed() -> None:
    typed = " 123-456 \u00a0"
    prompter = ScriptedPrompter(typed)
    answer = prompt_for_answer(prompter, CustomQuestion("alice"))
    assert answer == CustomAnswer(Secret(typed))
    assert responses_to(CustomQuestion("alice"), answer) == {"ANSWER": Secret(typed)}


def test_a_person_is_asked_again_before_a_code_is_sent() -> None:
    challenge = CodeRequired("SOFTWARE_TOKEN_MFA", "alice", "TOTP")
    for typed in NO_CODES:
        answer = prompt_for_answer(ScriptedPrompter(typed, "492-118"), challenge)
        assert answer == Code(Secret("492-118")), typed


# Each input, and what the pool got


def sent_codes(sandbox: Sandbox, operation: str) -> int:
    return len(sandbox.requests.matching(operation))


@pytest.mark.parametrize("no_code", ["abc", "12345", "123-45", "1234567"])
def test_at_a_terminal_a_typing_mistake_costs_no_try_and_a_pasted_code_signs_in(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], no_code: str
) -> None:
    user = account(mfa=("SOFTWARE_TOKEN_MFA",))
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Password")
    terminal.sendline(user.password)
    terminal.expect("Code from the authenticator app")
    sandbox.requests.clear()
    terminal.sendline(no_code)
    terminal.expect("That is not a code. A code is six digits.")
    terminal.expect("Code from the authenticator app")
    assert sent_codes(sandbox, "RespondToAuthChallenge") == 0
    code = sandbox.pool.totp_code(user.email)
    terminal.sendline(f"{code[:3]}-{code[3:]}".translate(FULL_WIDTH))
    terminal.expect(f"Signed in as {user.email}")
    terminal.wait()
    assert sent_codes(sandbox, "RespondToAuthChallenge") == 1


def test_a_wrong_form_of_a_message_s_code_is_asked_for_again(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=("SMS_MFA",))
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Password")
    terminal.sendline(user.password)
    terminal.expect("Code from the text message")
    sandbox.requests.clear()
    terminal.sendline("12-34")
    terminal.expect("That is not a code. A code is six digits, or a few more.")
    terminal.expect("Code from the text message")
    assert sent_codes(sandbox, "RespondToAuthChallenge") == 0
    terminal.sendline(" ".join(sandbox.outbox.last_code(user.username)))
    terminal.expect(f"Signed in as {user.email}")


def test_a_wrong_form_of_an_app_s_first_code_is_asked_for_again(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    assert (
        every_flow.run("login", "-u", user.email, "--password-stdin", stdin=user.password).code == 0
    )
    terminal = every_flow.terminal("account", "set-up-totp")
    terminal.expect("Code from the app")
    terminal.sendline("12345678")
    terminal.expect("That is not a code. A code is six digits.")
    terminal.expect("Code from the app")
    assert sent_codes(sandbox, "VerifySoftwareToken") == 0
    terminal.sendintr()
    terminal.wait()


@pytest.mark.parametrize("no_code", ["abc", "12-345"])
def test_text_on_standard_input_that_is_no_code_is_not_sent(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], no_code: str
) -> None:
    user = account()
    sandbox.requests.clear()
    for command, rest in (("confirm-sign-up", ()), ("reset-password", ("--new-password-stdin",))):
        outcome = every_flow.run(
            *("account", command, "-u", user.email, "--code-stdin", *rest),
            stdin=f"{no_code}\nAnother-password-1\n",
        )
        assert (outcome.code, "[OA-S350]" in outcome.stderr) == (3, True), outcome.stderr
        assert "Next: Give only the digits" in outcome.stderr
    assert sent_codes(sandbox, "ConfirmSignUp") + sent_codes(sandbox, "ConfirmForgotPassword") == 0


@forms
def test_a_code_on_standard_input_may_have_blanks_and_hyphens(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], form: Callable[[str], str]
) -> None:
    user = account()
    assert every_flow.run("account", "forgot-password", "-u", user.email).code == 0
    code = sandbox.outbox.last_code(user.username)
    new = f"New-{user.password}"
    outcome = every_flow.run(
        *("account", "reset-password", "-u", user.email, "--code-stdin", "--new-password-stdin"),
        stdin=f"{form(code).strip()}\n{new}\n",
    )
    assert outcome.code == 0, outcome.stderr


def test_a_program_s_text_that_is_no_code_is_refused_before_the_pool_is_asked(
    profile: Profile, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=("SOFTWARE_TOKEN_MFA",))
    session = Session(profile)
    for code in ("abc", "1234567", Secret("12-345")):
        sandbox.requests.clear()
        with pytest.raises(ChallengeUnanswered, match="OA-S350"):
            session.sign_in(user.email, Secret(user.password), answers_from(code=code))
        (answered,) = sandbox.requests.matching("RespondToAuthChallenge")
        assert answered.parameters["ChallengeName"] == "PASSWORD_VERIFIER"
    code = sandbox.pool.totp_code(user.email).translate(ARABIC)
    session.sign_in(user.email, Secret(user.password), answers_from(code=f"{code[:3]} {code[3:]}"))
    account_of = Account(session)
    sandbox.requests.clear()
    with pytest.raises(ChallengeUnanswered, match="OA-S350"):
        account_of.set_up_totp(lambda _: TotpSetUp(Secret("12345678")))
    with pytest.raises(ChallengeUnanswered, match="OA-S350"):
        account_of.confirm_sign_up(user.email, Secret("one"))
    with pytest.raises(ChallengeUnanswered, match="OA-S350"):
        account_of.reset_password(user.email, Secret("one"), Secret("Another-password-1"))
    for operation in ("VerifySoftwareToken", "ConfirmSignUp", "ConfirmForgotPassword"):
        assert sent_codes(sandbox, operation) == 0


def test_output_of_mfa_command_that_is_no_code_is_not_sent(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=("SOFTWARE_TOKEN_MFA",))
    assert every_flow.run("init", "-p", "acme", "--mfa-command", "echo no code today").code == 0
    sandbox.requests.clear()
    login = ("login", "-u", user.email, "--no-input", "--password-stdin")
    outcome = every_flow.run(*login, stdin=user.password)
    assert (outcome.code, "[OA-C761]" in outcome.stderr) == (7, True)
    assert sent_codes(sandbox, "RespondToAuthChallenge") == 1  # the password's proof
