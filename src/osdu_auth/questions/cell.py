"""A person at a notebook cell.

The law of this module: what is typed at `input()` is saved with the notebook by its front end, and
so is what a cell prints. So whatever could be of use to somebody else is typed hidden, and what has
to be shown is taken away again.
"""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from osdu_auth.questions.consoles import nobody_here
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.authenticator_key import AuthenticatorKey


class CellPrompter:
    """A person who is asked through the kernel's own `input()` and `getpass()`.

    Args:
        profile_name: for the words of errors.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name

    def say(self, text: str) -> None:
        """Print a line in the cell's output."""
        print(text)  # noqa: T201 - a cell's output is where a notebook speaks

    def complain(self, error: OsduAuthError) -> None:
        """Print what went wrong, in the cell's output."""
        self.say(f"✗ {printable(error.what)}  [{error.code}]")
        if error.why:
            self.say(f"  {printable(error.why)}")

    def ask(self, question: str, *, default: str | None = None) -> str:
        """Ask for one line; it is saved with the notebook."""
        answer = self._typed(input, question).strip()
        while not answer and default is None:
            answer = self._typed(input, question).strip()
        return answer or default or ""

    def ask_code(self, question: str) -> Secret:
        """Ask for a code, hidden: it must not be saved with the notebook."""
        return self.ask_secret(question)

    def ask_secret(self, question: str) -> Secret:
        """Ask for a secret, hidden."""
        return Secret(self._typed(getpass.getpass, question))

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key in the cell's output, and take it out again when the block ends."""
        from IPython.display import display

        self.say("Scan this with the app; it goes away when you answer. Do not save until then.")
        by_hand = key.in_groups().reveal()
        html = f"<div>{key.as_svg().reveal()}<p>By hand: <code>{by_hand}</code></p></div>"
        # IPython's own functions have no types.
        show: Any = display
        forms = {"text/html": html, "text/plain": by_hand}
        picture = show(forms, raw=True, display_id=True)
        try:
            yield
        finally:
            # IPython may keep what was displayed, and then keeps this very dictionary.
            forms.clear()
            picture.update({"text/html": "", "text/plain": ""}, raw=True)

    def _typed(self, ask: Callable[[str], str], question: str) -> str:
        try:
            return ask(f"{question}: ")
        except (NotImplementedError, EOFError):
            # The front end takes no input, as when a whole notebook is run unattended.
            raise nobody_here(self._profile_name) from None
