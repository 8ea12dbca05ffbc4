"""Asking in a notebook cell.

A notebook's front end saves what is typed at `input()` and what a cell prints. Invariant: each
secret is typed hidden, and a secret that has to be shown is removed from the output again.
"""

from __future__ import annotations

import getpass
import time
from contextlib import contextmanager, nullcontext
from threading import Event, Lock, Thread, Timer, current_thread, main_thread
from typing import TYPE_CHECKING, Any

from osdu_auth.prompts.consoles import no_person_to_ask
from osdu_auth.prompts.prompter import Prompter, Withdrawn, with_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.prompts.authenticator_key import AuthenticatorKey
    from osdu_auth.secret import Secret

# JupyterLab saves a notebook 120 seconds after it was saved last.
LONGEST_SHOWN = 90.0  # seconds
_KEY_REMOVED = "The key was removed, as the notebook may be saved. Type a code, or log in again."
_POLL_INTERVAL = 0.1  # seconds between two checks for a withdrawn question


class CellPrompter(Prompter):
    """Asks a person through the kernel's own `input()` and `getpass()`.

    Args:
        profile_name: the profile's name, for error messages.
        longest_shown: seconds after which a shown key is removed, answered or not.
    """

    def __init__(self, profile_name: str, *, longest_shown: float = LONGEST_SHOWN) -> None:
        self._profile_name = profile_name
        self._longest_shown = longest_shown

    def say(self, text: str) -> None:
        """Print a line in the cell's output."""
        print(text)  # noqa: T201 - a cell's output is where a notebook speaks

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Ask for a code, hidden: the notebook must not save it."""
        return self.ask_secret(question, until=until)

    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask once; the notebook saves a line that is not hidden.

        Raises:
            SignInRequired: OA-S391: the front end takes no input.
            Withdrawn: `until` was set first.
        """
        del pasted  # a front end accepts any length
        ask = getpass.getpass if hidden else input
        if until is not None and until.is_set():
            raise Withdrawn
        withdrawal = nullcontext() if until is None else _interrupted_by(until)
        try:
            with withdrawal:
                return ask(f"{with_default(question, default)}: ")
        except (NotImplementedError, EOFError):
            # A notebook that runs without a person, by nbconvert for example, has no input.
            raise no_person_to_ask(self._profile_name) from None

    @contextmanager
    def show_authenticator_key(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key in the cell's output on request, and remove it when the block ends.

        An autosave (in JupyterLab two minutes after the last save) would save a key that is shown
        at that moment. So the key is shown when the person asks for it, and for a shorter time.
        """
        self.say(
            "The key for the app will be shown here. If the notebook is saved while the key is"
        )
        self.say(
            "shown, the file holds the key. Save now, then answer within 2 minutes (JupyterLab's "
            "autosave)."
        )
        self.read_line("Press Enter to see the key", default="")
        by_hand = key.in_groups().reveal()
        html = f"<div>{key.as_svg().reveal()}<p>By hand: <code>{by_hand}</code></p></div>"
        with _on_display(html, by_hand) as replace_by:
            timer = Timer(self._longest_shown, replace_by, (_KEY_REMOVED,))
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()

    @contextmanager
    def show_sign_in_address(self, words: str, address: str, *, again: bool) -> Iterator[None]:
        """Show a link in the cell's output, and remove it when the block ends.

        A notebook that is saved before then holds no secret: only this kernel can use the code that
        the sign-in returns (PKCE).
        """
        from html import escape
        from urllib.parse import urlsplit

        del again  # the link shown before was removed
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
    """Show an output that is removed when the block ends; give a function that replaces it.

    Args:
        html: the output.
        text: the same output for a front end without HTML.
    """
    from IPython.display import display

    # IPython's own functions have no types.
    show: Any = display
    forms = {"text/html": html, "text/plain": text}
    picture = show(forms, raw=True, display_id=True)

    def replace_by(words: str) -> None:
        # IPython may keep a reference to the displayed dictionary, so it is emptied.
        forms.clear()
        picture.update({"text/html": words, "text/plain": words}, raw=True)

    try:
        yield replace_by
    finally:
        replace_by("")


@contextmanager
def _interrupted_by(until: Event) -> Iterator[None]:
    """Interrupt the kernel's question when it is withdrawn, as the notebook's stop button does.

    Python can interrupt the main thread only; in another thread the question goes on waiting.

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
            if until.wait(_POLL_INTERVAL):
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
        while interrupted:  # wait for the interrupt here, so that it does not hit later code
            time.sleep(_POLL_INTERVAL)
    except KeyboardInterrupt:
        if interrupted:
            raise Withdrawn from None
        raise
    finally:
        answered = True
        if watcher.is_alive():
            watcher.join()
