"""A person at a notebook cell.

The law of this module: what is typed at `input()` is saved with the notebook by its front end, and
so is what a cell prints. So whatever could be of use to somebody else is typed hidden, and what has
to be shown is taken away again.
"""

from __future__ import annotations

import getpass
import time
from contextlib import contextmanager, nullcontext
from threading import Event, Lock, Thread, Timer, current_thread, main_thread
from typing import TYPE_CHECKING, Any

from osdu_auth.questions.consoles import nobody_here
from osdu_auth.questions.prompter import Prompter, Withdrawn, with_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.questions.authenticator_key import AuthenticatorKey
    from osdu_auth.secret import Secret

# JupyterLab's autosave comes 120 seconds after the last time that the notebook was saved.
LONGEST_SHOWN = 90.0  # seconds
_TAKEN_AWAY = "The key was taken away, as the notebook may be saved. Type a code, or log in again."
_LOOK = 0.1  # seconds between two looks at whether a question was withdrawn


class CellPrompter(Prompter):
    """A person who is asked through the kernel's own `input()` and `getpass()`.

    Args:
        profile_name: for the words of errors.
        longest_shown: seconds after which a key that is shown is taken away, answered or not.
    """

    def __init__(self, profile_name: str, *, longest_shown: float = LONGEST_SHOWN) -> None:
        self._profile_name = profile_name
        self._longest_shown = longest_shown

    def say(self, text: str) -> None:
        """Print a line in the cell's output."""
        print(text)  # noqa: T201 - a cell's output is where a notebook speaks

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Ask for a code, hidden: it must not be saved with the notebook."""
        return self.ask_secret(question, until=until)

    def typed(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask once; a line that is not hidden is saved with the notebook.

        Raises:
            SignInRequired: OA-S391: the front end takes no input.
            Withdrawn: `until` was set first.
        """
        del pasted  # a front end takes any length
        ask = getpass.getpass if hidden else input
        if until is not None and until.is_set():
            raise Withdrawn
        withdrawal = nullcontext() if until is None else _interrupted_by(until)
        try:
            with withdrawal:
                return ask(f"{with_default(question, default)}: ")
        except (NotImplementedError, EOFError):
            # The front end takes no input, as when a whole notebook is run unattended.
            raise nobody_here(self._profile_name) from None

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key in the cell's output on request, and take it out again when the block ends.

        A front end that saves by itself (JupyterLab does so two minutes after the last time) would
        save a key that is shown at that moment. So it is shown when the person says so, and for
        less than that time.
        """
        self.say("The key is shown here for the app to take in. A notebook that is saved meanwhile")
        self.say(
            "holds it: save now, then answer before the next autosave (JupyterLab: 2 minutes)."
        )
        self.typed("Press Enter to see the key", default="")
        by_hand = key.in_groups().reveal()
        html = f"<div>{key.as_svg().reveal()}<p>By hand: <code>{by_hand}</code></p></div>"
        with _on_display(html, by_hand) as replace_by:
            timer = Timer(self._longest_shown, replace_by, (_TAKEN_AWAY,))
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()

    @contextmanager
    def address_shown(self, words: str, address: str, *, again: bool) -> Iterator[None]:
        """Show a link in the cell's output, and take it out again when the block ends.

        What it holds is of no use once the sign-in has ended. A file that is saved before holds no
        secret by it: the code that comes back is of use to this kernel alone (PKCE).
        """
        from html import escape
        from urllib.parse import urlsplit

        del again  # it was taken out
        after = "If the browser ends at a page that cannot be shown, paste its address below."
        page = escape(urlsplit(address).netloc)
        html = (
            f'<p>{escape(words)} <a href="{escape(address)}" target="_blank" '
            f'rel="noopener noreferrer">sign in at {page}</a></p><p>{after}</p>'
        )
        with _on_display(html, f"{words}\n{address}\n{after}"):
            yield


@contextmanager
def _on_display(html: str, text: str) -> Iterator[Callable[[str], None]]:
    """Show what is to be taken away; give what puts words in its place.

    Args:
        html: what is shown.
        text: the same, where a front end has no HTML.
    """
    from IPython.display import display

    # IPython's own functions have no types.
    show: Any = display
    forms = {"text/html": html, "text/plain": text}
    picture = show(forms, raw=True, display_id=True)

    def take_away(words: str) -> None:
        # IPython may keep what was displayed, and then keeps this very dictionary.
        forms.clear()
        picture.update({"text/html": words, "text/plain": words}, raw=True)

    try:
        yield take_away
    finally:
        take_away("")


@contextmanager
def _interrupted_by(until: Event) -> Iterator[None]:
    """Interrupt the kernel's question when it is withdrawn, as the notebook's stop button does.

    In another thread than the main one nothing can be interrupted, and the question waits.

    Raises:
        Withdrawn: `until` was set before the block ended.
    """
    from _thread import interrupt_main

    if current_thread() is not main_thread():
        yield
        return
    lock = Lock()
    answered = interrupted = False

    def watch() -> None:
        nonlocal interrupted
        while not answered:
            if until.wait(_LOOK):
                with lock:
                    if not answered:
                        interrupted = True
                        interrupt_main()
                return

    watcher = Thread(target=watch, name="osdu-auth question", daemon=True)
    try:
        watcher.start()
        yield
        with lock:
            answered = True
        while interrupted:  # the interrupt is on its way, and must not strike later
            time.sleep(_LOOK)
    except KeyboardInterrupt:
        if interrupted:
            raise Withdrawn from None
        raise
    finally:
        answered = True
        if watcher.is_alive():
            watcher.join()
