"""Asking which factor it shall be, what a pool of one's own asks, and whether to be remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import (
    CustomAnswer,
    CustomQuestion,
    FactorChoice,
    FactorChoiceRequired,
    RememberDevice,
    RememberDeviceQuestion,
)
from osdu_auth.questions.factor_names import in_words
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.questions.person import Person


def answer_factor_choice(challenge: FactorChoiceRequired, person: Person) -> FactorChoice:
    """Ask which factor it shall be, from a numbered list."""
    if challenge.refusal is not None:
        person.complain(challenge.refusal)
    person.say("How do you want to prove that it is you?")
    for number, factor in enumerate(challenge.factors, 1):
        person.say(f"  [{number}] {in_words(factor)}")
    return FactorChoice(_chosen(challenge.factors, person))


def answer_custom_question(challenge: CustomQuestion, person: Person) -> CustomAnswer:
    """Ask what the pool's owner has thought up; the answer may be a secret."""
    if challenge.refusal is not None:
        person.complain(challenge.refusal)
    person.say("The user pool asks a question of its own.")
    for name, text in challenge.parameters.items():
        if name != "USERNAME":
            person.say(f"  {printable(name, 40)}: {printable(text)}")
    return CustomAnswer(person.ask_secret("Answer"))


def answer_remember_device(challenge: RememberDeviceQuestion, person: Person) -> RememberDevice:
    """Ask whether the pool may remember this computer."""
    del challenge
    question = "Trust this computer so it asks less often?"
    return RememberDevice(says_yes(person, question))


def says_yes(person: Person, question: str) -> bool:
    """Ask a question that Enter alone answers with no."""
    return person.ask(f"{question} [y/N]", default="").strip().lower() in ("y", "yes")


def _chosen(factors: Sequence[str], person: Person) -> str:
    """The factor that a number, its own name, or Enter alone stands for."""
    while True:
        typed = person.ask("Number", default="1").strip()
        if typed.isdecimal() and 1 <= int(typed) <= len(factors):
            return factors[int(typed) - 1]
        if typed.upper() in factors:
            return typed.upper()
        person.say(f"! Type a number from 1 to {len(factors)}.")
