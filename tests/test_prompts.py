"""The prompts: the questions that a prompter gets, and the answers that are made of its texts."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Literal

import pytest

from cases import for_each
from osdu_auth.cognito.challenges import (
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
from osdu_auth.errors import OsduAuthError, SignInRefused
from osdu_auth.prompts.authenticator_key import AuthenticatorKey, key_for_terminal
from osdu_auth.prompts.challenges import QUESTIONS, prompt_for_answer
from osdu_auth.prompts.profile import ask_profile
from osdu_auth.prompts.prompter import ANSWER_NEEDED, Prompter
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"
URI = f"otpauth://totp/osdu-auth:workshop.user%40example.com?secret={KEY}&issuer=osdu-auth"
LONG_URI = URI.replace("workshop.user%40example.com", "01234567-89ab-cdef-0123-456789abcdef")
REFUSED = SignInRefused("That code did not match.", code="OA-S321", fix="osdu-auth login")


class ScriptedPrompter(Prompter):
    """Gives the answers that the test lists, and records what is shown."""

    def __init__(self, *typed: str) -> None:
        self.answers = list(typed)
        self.saw: list[str] = []
        self.hidden: list[str] = []

    def say(self, text: str) -> None:
        self.saw.append(text)

    def say_error(self, error: OsduAuthError) -> None:
        self.saw.append(f"{error.what} [{error.code}]")

    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        del pasted
        assert until is None
        assert default in {None, "", "1"}
        (self.hidden if hidden else self.saw).append(question)
        return self.answers.pop(0)

    @contextmanager
    def show_authenticator_key(self, key: AuthenticatorKey) -> Iterator[None]:
        self.saw.append("a key" if key.uri else "nothing")
        yield
        self.saw.append("no key any more")


def test_a_setting_without_a_default_cannot_be_skipped_in_a_new_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path))
    answers = ["us-east-1_Ab12Cd34E", "1h57kf5cpq17m0eml12EXAMPLE", "", "", "", "", "n"]
    prompter = ScriptedPrompter(*answers)
    made = ask_profile(prompter, "acme", {})
    assert made.get("client_id") == "1h57kf5cpq17m0eml12EXAMPLE"
    assert [each for each in prompter.saw if each.startswith("App client id")] == ["App client id"]


def test_each_kind_of_challenge_has_a_question() -> None:
    from typing import get_args

    from osdu_auth.cognito.challenges import Challenge

    assert set(QUESTIONS) == set(get_args(Challenge))


def test_the_question_for_a_code_says_where_the_code_was_sent() -> None:
    prompter = ScriptedPrompter("492 118")
    challenge = CodeRequired("SMS_MFA", "alice", "SMS", "+*******42")
    assert prompt_for_answer(prompter, challenge) == Code(Secret("492 118"))
    assert prompter.saw == [
        "A code was sent by text message to +*******42.",
        "Code from the text message",
    ]


def test_the_question_for_an_app_s_code_names_the_app() -> None:
    prompter = ScriptedPrompter("492118")
    prompt_for_answer(
        prompter, CodeRequired("SOFTWARE_TOKEN_MFA", "alice", "TOTP", "alice's phone")
    )
    assert prompter.saw == ['Code from the authenticator app "alice\'s phone"']


@for_each(
    ("tries", "offset", "expected"),
    [
        (2, -41.2, "2 tries left (codes change every 30 s; this computer's clock is 41 s slow)."),
        (1, 90.0, "One try left (codes change every 30 s; this computer's clock is 90 s fast)."),
        (2, 0.4, "2 tries left (codes change every 30 s)."),
        (None, None, "That code did not match. (codes change every 30 s)."),
    ],
)
def test_a_refused_code_is_shown_with_the_tries_left_and_the_clock_s_offset(
    tries: int | None, offset: float | None, expected: str
) -> None:
    prompter = ScriptedPrompter("000000")
    challenge = CodeRequired(
        "SOFTWARE_TOKEN_MFA", "alice", "TOTP", "", REFUSED, tries, clock_offset=offset
    )
    prompt_for_answer(prompter, challenge)
    assert prompter.saw[0].startswith("✗ That code did not match.")
    assert expected in prompter.saw[0]
    assert "OA-S321" in prompter.saw[0]


def test_a_refused_code_from_a_message_is_shown_without_the_clock_s_offset() -> None:
    prompter = ScriptedPrompter("000000")
    prompt_for_answer(
        prompter, CodeRequired("EMAIL_OTP", "alice", "EMAIL", "a***@e***", REFUSED, 2)
    )
    assert "clock" not in prompter.saw[0]
    assert "2 tries left" in prompter.saw[0]


@for_each("typed", [("2",), ("sms_mfa",), ("7", "zero", "2")])
def test_a_factor_is_chosen_by_number_or_name(typed: tuple[str, ...]) -> None:
    prompter = ScriptedPrompter(*typed)
    factors = ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "SOMETHING_NEW")
    challenge = FactorChoiceRequired("SELECT_MFA_TYPE", "alice", factors)
    assert prompt_for_answer(prompter, challenge) == FactorChoice("SMS_MFA")
    assert prompter.saw[1:4] == [
        "  [1] authenticator app",
        "  [2] text message (SMS)",
        "  [3] SOMETHING_NEW",
    ]


def test_the_key_for_an_app_is_shown_until_its_first_code_was_typed() -> None:
    prompter = ScriptedPrompter("", "123 456")
    answer = prompt_for_answer(prompter, TotpSetUpRequired("alice", Secret(KEY), Secret(URI)))
    assert isinstance(answer, TotpSetUp)
    assert answer.code == Secret("123 456")
    assert prompter.saw[1:] == [
        *(
            "a key",
            "Code from the app",
            f"! {ANSWER_NEEDED}",
            "Code from the app",
            "no key any more",
        )
    ]


def test_the_answer_to_a_custom_question_of_the_pool_is_hidden() -> None:
    prompter = ScriptedPrompter("blue")
    challenge = CustomQuestion("alice", {"hint": "a \x1b[31mcolour", "USERNAME": "alice"})
    assert prompt_for_answer(prompter, challenge) == CustomAnswer(Secret("blue"))
    assert prompter.hidden == ["Answer"]
    assert prompter.saw[1] == "  hint: a �[31mcolour"


@for_each(("typed", "yes"), [("y", True), ("Yes", True), ("", False), ("n", False)])
def test_a_computer_is_remembered_only_after_a_yes(typed: str, yes: bool) -> None:
    prompter = ScriptedPrompter(typed)
    assert prompt_for_answer(prompter, RememberDeviceQuestion("alice", "laptop")) == RememberDevice(
        yes
    )
    assert prompter.saw == ["Trust this computer so it asks less often? [y/N]"]


def test_a_password_that_the_pool_asks_for_later_is_hidden() -> None:
    prompter = ScriptedPrompter("secret")
    assert prompt_for_answer(prompter, PasswordRequired("alice")) == Password(Secret("secret"))
    assert prompter.hidden == ["Password"]


def test_a_new_password_has_to_be_typed_twice() -> None:
    prompter = ScriptedPrompter("one", "another", "one", "one", "Grace")
    challenge = NewPasswordRequired("alice", ("given_name",))
    assert prompt_for_answer(prompter, challenge) == NewPassword(
        Secret("one"), {"given_name": "Grace"}
    )
    assert prompter.saw[-1] == "Given name"


@for_each(
    "challenge",
    [
        NewPasswordRequired("alice", refusal=REFUSED),
        FactorChoiceRequired("SELECT_CHALLENGE", "alice", ("PASSWORD",), REFUSED),
        TotpSetUpRequired("alice", Secret(KEY), Secret(URI), REFUSED),
        CustomQuestion("alice", refusal=REFUSED),
        PasswordRequired("alice", REFUSED),
    ],
)
def test_a_refusal_is_shown_before_the_question_is_asked_again(challenge: object) -> None:
    prompter = ScriptedPrompter(
        *["000000" if isinstance(challenge, TotpSetUpRequired) else "1"] * 2
    )
    prompt_for_answer(prompter, challenge)
    assert prompter.saw[0] == "That code did not match. [OA-S321]"


# The key, in letters and as a QR code


def scanned(picture: str) -> list[str]:
    """Return what a scanner reads from lines of half blocks; a drawn half is light."""
    scanner = pytest.importorskip("zxingcpp")
    drawn = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    rows = [
        [drawn[character][half] for character in line]
        for line in picture.split("\n")
        for half in (0, 1)
    ]
    side, scale = len(rows[0]), 4
    # A dark border: the rest of the terminal.
    framed = (
        [[0] * (side + 8)] * 4 + [[0] * 4 + row + [0] * 4 for row in rows] + [[0] * (side + 8)] * 4
    )
    pixels = bytes(
        255 * value for row in framed for _ in range(scale) for value in row for _ in range(scale)
    )
    shape = (len(framed) * scale, (side + 8) * scale)
    image = memoryview(pixels).cast("B", shape)
    return [found.text for found in scanner.read_barcodes(image)]


@pytest.mark.parametrize("uri", [URI, LONG_URI])
def test_the_qr_code_fits_a_terminal_of_24_lines_and_can_be_scanned(uri: str) -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(uri))
    qr_code = key.as_half_blocks(columns=80, rows=23, coloured=False)
    assert qr_code is not None
    assert scanned(qr_code.reveal()) == [uri]


def test_with_colours_the_qr_code_is_dark_on_light_in_each_terminal() -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(URI))
    plain = key.as_half_blocks(columns=80, rows=23, coloured=False)
    coloured = key.as_half_blocks(columns=80, rows=23, coloured=True)
    assert plain is not None
    assert coloured is not None
    lines = coloured.reveal().split("\n")
    assert all(line.startswith("\x1b[30;107m") and line.endswith("\x1b[0m") for line in lines)
    inverted = str.maketrans(" ▄▀█", "█▀▄ ")
    bare = [line[9:-4].translate(inverted) for line in lines]
    assert bare[:-1] == plain.reveal().split("\n")[:-1]


def test_a_terminal_without_room_for_the_qr_code_gets_the_key_in_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "24")
    shown = key_for_terminal(AuthenticatorKey(Secret(KEY), Secret(URI))).reveal()
    assert "ABCD EFGH IJKL" in shown
    assert "▄" not in shown


@pytest.mark.parametrize("secret", [KEY, URI])
def test_the_texts_of_a_key_are_secrets_that_print_masked(secret: str) -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(URI))
    assert secret not in f"{key!r} {key} {key.as_svg()} {key.in_groups()}"


@for_each(
    ("typed", "send"), [("y", True), ("Yes", True), ("", False), ("n", False), ("maybe", False)]
)
@for_each("setting", ["auth_flow", "preferred_factor"])
def test_the_password_itself_is_sent_only_after_a_yes_to_a_question_that_names_the_host(
    setting: Literal["auth_flow", "preferred_factor"], typed: str, send: bool
) -> None:
    prompter = ScriptedPrompter(typed)
    question = SendPasswordQuestion("alice", "idp.example\x1b[2J.com", setting, "X")
    assert prompt_for_answer(prompter, question) == SendPassword(send)
    assert prompter.saw[-1].startswith("Send the password itself to idp.example")
    assert all(line.isprintable() for line in prompter.saw)


class PrompterThatWaits(ScriptedPrompter):
    """Pastes an address after the hint was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.hint_shown = Event()

    def say(self, text: str) -> None:
        super().say(text)
        if text == "the hint":
            self.hint_shown.set()

    def ask_pasted(self, question: str, until: Event) -> Secret:
        assert question.startswith("Waiting for the browser")
        assert not until.is_set()
        assert self.hint_shown.wait(30)
        return Secret("http://localhost/callback")


def test_after_a_wait_for_the_browser_a_hint_is_shown_below_the_question() -> None:
    from osdu_auth.oidc.questions import BrowserAddressQuestion
    from osdu_auth.prompts.challenges import ask_browser_address

    prompter = PrompterThatWaits()
    url = "https://login.example.com/authorize"
    question = BrowserAddressQuestion(url, False, "there is no display", "the hint", Event())
    answer = ask_browser_address(question, prompter, hint_after=0.01)
    assert answer is not None
    assert answer.text.reveal() == "http://localhost/callback"
    words = "Open this address in a browser, as there is no display:"
    assert prompter.saw == [words, url, "", "the hint"]
