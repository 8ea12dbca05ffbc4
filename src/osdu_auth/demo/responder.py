"""Responder: a prompter that answers the questions of a sign-in with data from the sandbox."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import CodeRequired, CustomQuestion, TotpSetUpRequired
from osdu_auth.demo.output import show
from osdu_auth.prompts.challenges import prompt_for_answer
from osdu_auth.prompts.prompter import Prompter
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from osdu_auth.cognito.challenges import Answer, Challenge
    from osdu_auth.demo.scenarios import Scenario
    from osdu_auth.prompts.authenticator_key import AuthenticatorKey
    from osdu_auth.sandbox import Sandbox, User

HIDDEN = "••••••••"
_WRONG_CODE = "000000"


class Responder(Prompter):
    """Answers questions, and prints each question and answer on standard output.

    Args:
        sandbox: a running sandbox, with its outbox and its users' authenticator apps.
        scenario: the scenario, with some of the answers.
        user: the user who signs in.
    """

    def __init__(self, sandbox: Sandbox, scenario: Scenario, user: User) -> None:
        self._sandbox = sandbox
        self._scenario = scenario
        self._user = user
        self._challenge: Challenge | None = None
        self._new_password = f"{user.password}-new"
        self._types_wrong_code = scenario.wrong_first

    def answer(self, challenge: Challenge) -> Answer:
        """Answer a challenge by the same questions that a person gets."""
        self._challenge = challenge
        answer: Answer = prompt_for_answer(self, challenge)
        return answer

    def say(self, text: str) -> None:
        """Print a text that a person would see."""
        show(f"     {text}")

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Print a question, and the code that answers it."""
        del until
        code = self._code()
        self.say(f"{question}: {code.reveal()}")
        return code

    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Print a question and its answer; a hidden answer is masked."""
        del until, pasted
        typed = self._secret(question) if hidden else self._line(question) or default or ""
        self.say(f"{question}: {HIDDEN if hidden else typed}")
        return typed

    @contextmanager
    def show_authenticator_key(self, key: AuthenticatorKey) -> Iterator[None]:
        """Print a note instead of the key: a QR code would make the tour too long."""
        del key
        self.say("(a QR code to scan, and its key in letters)")
        yield

    def _secret(self, question: str) -> str:
        if isinstance(self._challenge, CustomQuestion):
            return self._sandbox.pool.settings.custom_questions[0].answer
        return self._user.password if question == "Password" else self._new_password

    def _line(self, question: str) -> str:
        if question.startswith(("Trust this computer", "Send the password itself")):
            return "y"
        if question == "Number":
            return self._scenario.choice
        return "Tour"

    def _code(self) -> Secret:
        if self._types_wrong_code:
            self._types_wrong_code = False
            return Secret(_WRONG_CODE)
        challenge = self._challenge
        if isinstance(challenge, TotpSetUpRequired):
            return Secret(self._first_code(challenge.secret_key))
        if isinstance(challenge, CodeRequired) and challenge.medium == "TOTP":
            return Secret(self._sandbox.pool.totp_code(self._user.username))
        return Secret(self._sandbox.outbox.last_code(self._user.username))

    def _first_code(self, secret_key: Secret) -> str:
        """Return the code that an app shows after it got the key."""
        from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

        text = secret_key.reveal()
        octets = base64.b32decode(text + "=" * (-len(text) % 8))
        return SoftwareToken(octets).code_at(self._sandbox.clock.now())
