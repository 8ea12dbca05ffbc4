"""Asking while a person signs in in a browser: the address, a hint in time, and a paste."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Export, Fix, Run
from osdu_auth.oidc.questions import BrowserAddress, KeepAccount
from osdu_auth.questions.prompter import Withdrawn
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.fixes import Reader
    from osdu_auth.oidc.questions import BrowserAddressQuestion, OtherAccountQuestion
    from osdu_auth.questions.prompter import Prompter

HINT_AFTER = 30.0  # seconds without an answer


def ask_browser_address(
    question: BrowserAddressQuestion, prompter: Prompter, *, hint_after: float = HINT_AFTER
) -> BrowserAddress | None:
    """Say where to sign in, and take what is pasted; None where the browser came back first.

    Where no person is at the terminal the address is told all the same, as a program may open it.

    Args:
        question: where, and until when.
        prompter: asks the person.
        hint_after: seconds after which the question's hint is given.

    Raises:
        UsageError: OA-B220: no browser could be opened, and no person is there to open one.
    """
    if not (prompter.attended or question.waits_unattended):
        raise _no_browser(question.why_not)
    words = f"Open this address in a browser, as {question.why_not}:"
    if question.was_opened:
        words = "Sign in in the browser that was opened. If none was, open this address:"
    with prompter.address_shown(words, question.url, again=question.refusal is not None):
        if not prompter.attended:
            return None
        hint = threading.Timer(hint_after, _give_hint, (prompter, question.hint))
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


def _give_hint(prompter: Prompter, hint: str) -> None:
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
    """Has the address opened by another program, or on another computer."""

    def text(self, reader: Reader) -> str:
        """Return the command; a profile for a password cannot have the address alone."""
        if reader.in_browser_once:
            named = "Name a program that opens the address that it is given: "
            return (named + Export("BROWSER", Blank("COMMAND"))).text(reader)
        told = "Have the address printed, and opened by a program or a person elsewhere: "
        return (told + Run("login", "--no-browser")).text(reader)


def ask_other_account(question: OtherAccountQuestion, prompter: Prompter) -> KeepAccount:
    """Ask whether it is right that another user signed in than was expected.

    Without a person it is not.
    """
    if not prompter.attended:
        return KeepAccount(keep=False)
    actual, expected = printable(question.actual, 128), printable(question.expected, 128)
    prompter.say(f"! {actual} signed in, and not {expected}.")
    typed = prompter.ask(f"Go on as {actual}? [y/N]", default="")
    return KeepAccount(typed.strip().lower() in {"y", "yes"})
