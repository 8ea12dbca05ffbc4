"""Asking at a terminal, with the standard library alone; nothing is written to standard output.

Invariant: however a question ends, the terminal's settings are the same as before it.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.input_text import NotText, as_text, decoded
from osdu_auth.prompts.prompter import Prompter, Withdrawn, with_default
from osdu_auth.secret import ErrorsWithoutLocals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from osdu_auth.prompts.authenticator_key import AuthenticatorKey

_POLL_INTERVAL = 0.1  # seconds between two checks for a withdrawn question, or Ctrl-C
_LINE_LIMIT = 4096  # bytes in a line of a terminal
_PASTE_PAUSE = 0.5  # seconds without a byte after which a paste has ended
_PASTE_TIME_LIMIT = 3.0  # seconds; a key that is held down sends bytes without end


def typed_line(
    question: str, *, hidden: bool = False, until: Event | None = None, pasted: bool = False
) -> str:
    """Ask a question on the terminal, and return the line that is typed, without its end.

    Args:
        question: what is asked.
        hidden: whether the typed text must not be shown.
        until: withdraws the question when it is set; None for never.
        pasted: whether the text may be longer than a terminal's longest line, and wrapped over
            several lines. The text is not shown, only its length. Needs `until`.

    Raises:
        EOFError: the input has ended.
        getpass.GetPassWarning: the terminal cannot hide what is typed.
        Withdrawn: `until` was set first.
        UsageError: OA-U207: the typed bytes are not text in the terminal's encoding.
    """
    with ErrorsWithoutLocals():
        try:
            if until is None:
                return as_text(_hidden_line(question) if hidden else _visible_line(question))
            if sys.platform == "win32":
                _show(question)
                return as_text(_line_on_windows(until, hidden=hidden))
            return as_text(_withdrawable_line(question, until, hidden=hidden, pasted=pasted))
        except UnicodeDecodeError:
            raise not_text(question) from None
        except NotText as error:
            raise not_text(question, str(error)) from None


def not_text(question: str, why: str = "") -> UsageError:
    """Return the error for an answer whose bytes are not text.

    Args:
        question: what was asked.
        why: the reason, as a sentence; "" for the usual one.
    """
    return UsageError(
        f"The typed answer is not text in UTF-8: {question}",
        code="OA-U207",
        why=why or "The terminal sends another encoding, such as Latin-1.",
        fix="Set the terminal to UTF-8 and type it again, or give a password in a file of UTF-8: "
        + Run("login", "--password-stdin", Blank("< FILE")),
    )


class TerminalPrompter(Prompter):
    """Asks a person at the terminal of a Python program.

    Args:
        profile_name: the profile's name, for error messages.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        print(text, file=sys.stderr)  # noqa: T201 - the conversation of a program without click

    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask once.

        Raises:
            EOFError: the input ended at a question with `pasted`; the answer may still come in
                another way.
            SignInRequired: OA-S390: the terminal cannot hide what is typed; OA-S391: the input has
                ended.
        """
        from getpass import GetPassWarning

        from osdu_auth.prompts.consoles import no_person_to_ask, would_show_password

        try:
            return typed_line(
                with_default(question, default), hidden=hidden, until=until, pasted=pasted
            )
        except GetPassWarning:
            raise would_show_password(self._profile_name) from None
        except EOFError:
            if pasted:
                raise
            raise no_person_to_ask(self._profile_name) from None

    @contextmanager
    def show_authenticator_key(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key in letters, and as a QR code if the terminal has room for it."""
        from osdu_auth.prompts.authenticator_key import key_for_terminal

        self._show_lines(key_for_terminal(key).reveal())
        yield

    def _show_lines(self, lines: str) -> None:
        self.say(lines)


def _show(question: str) -> None:
    print(f"{question}: ", end="", file=sys.stderr, flush=True)  # noqa: T201 - as for `say`


def _end_line() -> None:
    print(file=sys.stderr, flush=True)  # noqa: T201 - as for `say`


def _visible_line(question: str) -> str:
    # `input(question)` would write the question to standard output if that is a pipe.
    _show(question)
    try:
        return input()
    except OSError:  # the terminal was closed
        raise EOFError from None


def _hidden_line(question: str) -> str:
    """Ask as `getpass` does, but read bytes: the terminal's encoding may differ from Python's."""
    import getpass
    import os

    # It is another function on Windows, without `termios`, or if a program has replaced it.
    if getpass.getpass is not getattr(getpass, "unix_getpass", None):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"{question}: ")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:  # the process has no controlling terminal; standard input may still be one
        terminal = os.dup(sys.stdin.fileno())
    try:
        prompt = f"{question}: ".encode(_encoding(sys.stderr), "replace")
        line = _read_line(terminal, None, lambda: os.write(terminal, prompt), hidden=True)
        os.write(terminal, b"\n")
    except OSError:
        raise EOFError from None
    finally:
        os.close(terminal)
    return line


def _encoding(stream: object) -> str:
    return getattr(stream, "encoding", None) or "ascii"


def _withdrawable_line(question: str, until: Event, *, hidden: bool, pasted: bool) -> str:
    """Read a line until the question is answered or withdrawn."""
    try:
        line = _read_line(
            sys.stdin.fileno(), until, lambda: _show(question), hidden=hidden, pasted=pasted
        )
    except Withdrawn:
        _end_line()
        raise
    if hidden:  # the terminal did not show the end of the line
        _end_line()
    return line


def _read_line(
    terminal: int,
    until: Event | None,
    show: Callable[[], object],
    *,
    hidden: bool,
    pasted: bool = False,
) -> str:
    """Read a line from a terminal, and return it as text.

    The question is shown after the terminal's input was flushed: a person who sees the question may
    type, or press Ctrl-C, and a later flush would discard that. Pasted text is read byte by byte,
    since a terminal silently cuts a line after 1,024 or 4,095 characters.
    """
    import os
    import termios
    from getpass import GetPassWarning

    try:
        former = termios.tcgetattr(terminal)
    except termios.error:
        raise GetPassWarning from None
    typed = b""
    try:
        if hidden:
            silent = list(former)
            silent[3] &= ~(termios.ECHO | (termios.ICANON if pasted else 0))
            # As getpass does: text typed before the question was shown, so it is no secret.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        show()
        while not typed.endswith(b"\n"):
            typed += _read_bytes(terminal, until)
            if pasted:
                typed = _apply_editing_keys(typed)
        if pasted:
            typed += _read_rest(terminal, _POLL_INTERVAL)  # the text may be wrapped over lines
            os.write(terminal, f"({len(typed.strip())} characters)".encode())
    except BaseException:
        # Neither a later question nor the shell may read what was typed so far.
        if pasted:
            _read_rest(terminal, _PASTE_PAUSE if typed else 0.0)
        with suppress(termios.error):
            termios.tcflush(terminal, termios.TCIFLUSH)
        raise
    finally:
        with suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(terminal, termios.TCSADRAIN, former)
    return decoded(typed, _encoding(sys.stdin)).rstrip("\r\n")


def _apply_editing_keys(typed: bytes) -> bytes:
    """Handle the keys that end or delete text, as a terminal does for a line.

    Raises:
        EOFError: Ctrl-D was typed.
    """
    if b"\x04" in typed:
        raise EOFError
    # Ctrl-U deletes all, and so does Ctrl-W, since an address is one word.
    typed = re.split(rb"[\x15\x17]", typed)[-1]
    while b"\x7f" in typed:
        at = typed.index(b"\x7f")
        typed = typed[: max(0, at - 1)] + typed[at + 1 :]
    return typed


def _read_rest(terminal: int, pause: float) -> bytes:
    """Read the rest of a paste: a terminal buffers at most 4,096 bytes of it.

    Args:
        terminal: the file descriptor.
        pause: seconds to wait for the first byte; without one, the paste has ended.
    """
    import os
    from select import select
    from time import monotonic

    rest, end = b"", monotonic() + _PASTE_TIME_LIMIT
    with suppress(OSError):  # the terminal was closed
        while monotonic() < end and select([terminal], [], [], pause)[0]:
            more = os.read(terminal, _LINE_LIMIT)
            if not more:
                break
            rest, pause = rest + more, _PASTE_PAUSE
    return rest


def _read_bytes(terminal: int, until: Event | None) -> bytes:
    """Read what was typed; check in between for a withdrawn question.

    The wait is in short steps even without `until`: if Ctrl-C comes just before a blocking read,
    Python handles it only after that read.
    """
    import os
    from select import select

    while until is None or not until.is_set():
        if select([terminal], [], [], _POLL_INTERVAL)[0]:
            read = os.read(terminal, _LINE_LIMIT)
            if not read:
                raise EOFError
            return read
    raise Withdrawn


def _line_on_windows(until: Event, *, hidden: bool) -> str:
    """Read a line key by key; not tried on Windows."""
    import importlib

    console = importlib.import_module("msvcrt")
    typed = ""
    try:
        while True:
            if not console.kbhit():
                if until.wait(_POLL_INTERVAL):
                    raise Withdrawn
                continue
            key = console.getwch()
            if key in "\r\n":
                return typed
            if key == "\x03":
                raise KeyboardInterrupt
            if key == "\x1a":
                raise EOFError
            typed = typed[:-1] if key == "\b" else typed + key
            if not hidden:
                console.putwch(key)
    finally:
        _end_line()
