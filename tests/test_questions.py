"""The questions: what a person is told and asked, and what their answer makes."""

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
from osdu_auth.questions.authenticator_key import AuthenticatorKey
from osdu_auth.questions.challenges import QUESTIONS, answer_by
from osdu_auth.questions.prompter import NEEDED, Prompter
from osdu_auth.questions.terminal_picture import terminal_picture
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"
URI = f"otpauth://totp/osdu-auth:workshop.user%40example.com?secret={KEY}&issuer=osdu-auth"
LONG_URI = URI.replace("workshop.user%40example.com", "01234567-89ab-cdef-0123-456789abcdef")
REFUSED = SignInRefused("That code did not match.", code="OA-S321", fix="osdu-auth login")


class ScriptedPerson(Prompter):
    """Somebody who types what the test says, and remembers what they saw."""

    def __init__(self, *typed: str) -> None:
        self.typed_lines = list(typed)
        self.saw: list[str] = []
        self.hidden: list[str] = []

    def say(self, text: str) -> None:
        self.saw.append(text)

    def complain(self, error: OsduAuthError) -> None:
        self.saw.append(f"{error.what} [{error.code}]")

    def typed(
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
        return self.typed_lines.pop(0)

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        self.saw.append("a key" if key.uri else "nothing")
        yield
        self.saw.append("no key any more")


def test_every_challenge_has_its_question() -> None:
    from typing import get_args

    from osdu_auth.cognito.challenges import Challenge

    assert set(QUESTIONS) == set(get_args(Challenge))


def test_a_code_that_was_sent_is_asked_for_with_where_it_went() -> None:
    person = ScriptedPerson("492 118")
    challenge = CodeRequired("SMS_MFA", "alice", "SMS", "+*******42")
    assert answer_by(person, challenge) == Code(Secret("492 118"))
    assert person.saw == [
        "A code was sent by text message to +*******42.",
        "Code from the text message",
    ]


def test_an_app_s_code_is_asked_for_with_the_app_s_name() -> None:
    person = ScriptedPerson("492118")
    answer_by(person, CodeRequired("SOFTWARE_TOKEN_MFA", "alice", "TOTP", "alice's phone"))
    assert person.saw == ['Code from the authenticator app "alice\'s phone"']


@for_each(
    ("tries", "offset", "told"),
    [
        (2, -41.2, "2 tries left (codes change every 30 s; this computer's clock is 41 s slow)."),
        (1, 90.0, "One try left (codes change every 30 s; this computer's clock is 90 s fast)."),
        (2, 0.4, "2 tries left (codes change every 30 s)."),
        (None, None, "That code did not match. (codes change every 30 s)."),
    ],
)
def test_a_wrong_code_tells_how_many_tries_are_left_and_how_the_clock_stands(
    tries: int | None, offset: float | None, told: str
) -> None:
    person = ScriptedPerson("000000")
    challenge = CodeRequired(
        "SOFTWARE_TOKEN_MFA", "alice", "TOTP", "", REFUSED, tries, clock_offset=offset
    )
    answer_by(person, challenge)
    assert person.saw[0].startswith("✗ That code did not match.")
    assert told in person.saw[0]
    assert "OA-S321" in person.saw[0]


def test_a_wrong_code_that_was_sent_says_nothing_of_clocks() -> None:
    person = ScriptedPerson("000000")
    answer_by(person, CodeRequired("EMAIL_OTP", "alice", "EMAIL", "a***@e***", REFUSED, 2))
    assert "clock" not in person.saw[0]
    assert "2 tries left" in person.saw[0]


@for_each("typed", [("2",), ("sms_mfa",), ("7", "zero", "2")])
def test_a_factor_is_chosen_by_number_or_name(typed: tuple[str, ...]) -> None:
    person = ScriptedPerson(*typed)
    factors = ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "SOMETHING_NEW")
    challenge = FactorChoiceRequired("SELECT_MFA_TYPE", "alice", factors)
    assert answer_by(person, challenge) == FactorChoice("SMS_MFA")
    assert person.saw[1:4] == [
        "  [1] authenticator app",
        "  [2] text message (SMS)",
        "  [3] SOMETHING_NEW",
    ]


def test_the_key_of_an_app_is_shown_while_its_first_code_is_asked_for() -> None:
    person = ScriptedPerson("", "123 456")
    answer = answer_by(person, TotpSetUpRequired("alice", Secret(KEY), Secret(URI)))
    assert isinstance(answer, TotpSetUp)
    assert answer.code == Secret("123 456")
    assert person.saw[1:] == [
        *("a key", "Code from the app", f"! {NEEDED}", "Code from the app", "no key any more")
    ]


def test_an_answer_to_a_question_of_the_pool_s_own_is_hidden() -> None:
    person = ScriptedPerson("blue")
    challenge = CustomQuestion("alice", {"hint": "a \x1b[31mcolour", "USERNAME": "alice"})
    assert answer_by(person, challenge) == CustomAnswer(Secret("blue"))
    assert person.hidden == ["Answer"]
    assert person.saw[1] == "  hint: a �[31mcolour"


@for_each(("typed", "yes"), [("y", True), ("Yes", True), ("", False), ("n", False)])
def test_a_computer_is_trusted_only_by_a_yes(typed: str, yes: bool) -> None:
    person = ScriptedPerson(typed)
    assert answer_by(person, RememberDeviceQuestion("alice", "laptop")) == RememberDevice(yes)
    assert person.saw == ["Trust this computer so it asks less often? [y/N]"]


def test_a_password_that_is_asked_for_later_is_hidden() -> None:
    person = ScriptedPerson("secret")
    assert answer_by(person, PasswordRequired("alice")) == Password(Secret("secret"))
    assert person.hidden == ["Password"]


def test_a_new_password_is_typed_twice_the_same() -> None:
    person = ScriptedPerson("one", "another", "one", "one", "Grace")
    challenge = NewPasswordRequired("alice", ("given_name",))
    assert answer_by(person, challenge) == NewPassword(Secret("one"), {"given_name": "Grace"})
    assert person.saw[-1] == "Given name"


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
def test_a_refusal_is_told_before_the_question_is_put_again(challenge: object) -> None:
    person = ScriptedPerson(*["000000" if isinstance(challenge, TotpSetUpRequired) else "1"] * 2)
    answer_by(person, challenge)
    assert person.saw[0] == "That code did not match. [OA-S321]"


# The picture of a key


def scanned(picture: str) -> list[str]:
    """What a scanner reads off lines of half blocks, light where a sign has ink."""
    scanner = pytest.importorskip("zxingcpp")
    ink = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    rows = [[ink[sign][half] for sign in line] for line in picture.split("\n") for half in (0, 1)]
    side, scale = len(rows[0]), 4
    # The rest of a dark terminal around it.
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
def test_the_picture_fits_a_small_terminal_and_can_be_scanned(uri: str) -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(uri))
    drawn = key.drawn_in_half_blocks(columns=80, rows=23, coloured=False)
    assert drawn is not None
    assert scanned(drawn.reveal()) == [uri]


def test_colours_make_it_dark_on_light_whatever_the_terminal_s_own_are() -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(URI))
    plain = key.drawn_in_half_blocks(columns=80, rows=23, coloured=False)
    coloured = key.drawn_in_half_blocks(columns=80, rows=23, coloured=True)
    assert plain is not None
    assert coloured is not None
    lines = coloured.reveal().split("\n")
    assert all(line.startswith("\x1b[30;107m") and line.endswith("\x1b[0m") for line in lines)
    inverted = str.maketrans(" ▄▀█", "█▀▄ ")
    bare = [line[9:-4].translate(inverted) for line in lines]
    assert bare[:-1] == plain.reveal().split("\n")[:-1]


def test_a_terminal_that_is_too_small_gets_the_key_in_letters_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "24")
    shown = terminal_picture(AuthenticatorKey(Secret(KEY), Secret(URI))).reveal()
    assert "ABCD EFGH IJKL" in shown
    assert "▄" not in shown


@pytest.mark.parametrize("secret", [KEY, URI])
def test_a_key_does_not_show_itself(secret: str) -> None:
    key = AuthenticatorKey(Secret(KEY), Secret(URI))
    assert secret not in f"{key!r} {key} {key.as_svg()} {key.in_groups()}"


@for_each(
    ("typed", "send"), [("y", True), ("Yes", True), ("", False), ("n", False), ("maybe", False)]
)
@for_each("setting", ["auth_flow", "preferred_factor"])
def test_the_password_itself_is_sent_after_a_yes_to_a_question_that_names_the_host(
    setting: Literal["auth_flow", "preferred_factor"], typed: str, send: bool
) -> None:
    person = ScriptedPerson(typed)
    question = SendPasswordQuestion("alice", "idp.example\x1b[2J.com", setting, "X")
    assert answer_by(person, question) == SendPassword(send)
    assert person.saw[-1].startswith("Send the password itself to idp.example")
    assert all(line.isprintable() for line in person.saw)


class PersonWhoWaits(ScriptedPerson):
    """Somebody who pastes when they have been given the hint."""

    def __init__(self) -> None:
        super().__init__()
        self.is_helped = Event()

    def say(self, text: str) -> None:
        super().say(text)
        if text == "the hint":
            self.is_helped.set()

    def ask_pasted(self, question: str, until: Event) -> Secret:
        assert question.startswith("Waiting for the browser")
        assert not until.is_set()
        assert self.is_helped.wait(30)
        return Secret("http://localhost/callback")


def test_a_person_who_waits_for_a_browser_is_given_a_hint_below_the_question() -> None:
    from osdu_auth.oidc.questions import BrowserAddressQuestion
    from osdu_auth.questions.browser import ask_browser_address

    person = PersonWhoWaits()
    url = "https://login.example.com/authorize"
    question = BrowserAddressQuestion(url, False, "there is no display", "the hint", Event())
    answer = ask_browser_address(question, person, hint_after=0.01)
    assert answer is not None
    assert answer.text.reveal() == "http://localhost/callback"
    words = "Open this address in a browser, as there is no display:"
    assert person.saw == [words, url, "", "the hint"]
