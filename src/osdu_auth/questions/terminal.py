"""Asking at a terminal, with Python's own means; standard output stays the program's.

The law of this module: however a question ends, the terminal is left as it was.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.input_text import NotText, as_text, decoded
from osdu_auth.questions.prompter import Prompter, Withdrawn, with_default
from osdu_auth.secret import ErrorsWithoutLocals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from osdu_auth.questions.authenticator_key import AuthenticatorKey

_LOOK = 0.1  # seconds between two looks at whether a question was withdrawn, or Ctrl-C pressed
_MOST = 4096  # bytes in a line of a terminal
_QUIET = 0.5  # seconds without a byte after which a paste has ended
_LONGEST_REST = 3.0  # seconds; a key that is held down never ends


def typed_line(
    question: str, *, hidden: bool = False, until: Event | None = None, pasted: bool = False
) -> str:
    """Ask a question on the terminal, and return the line that is typed, without its end.

    Args:
        question: what is asked.
        hidden: whether what is typed must not be seen.
        until: withdraws the question when it is set; None for never.
        pasted: whether the line may be longer than what a terminal takes in one, and over several
            lines; it is not shown, and its length is. For a question that can be withdrawn.

    Raises:
        EOFError: no line comes any more.
        getpass.GetPassWarning: the terminal cannot hide what is typed.
        Withdrawn: `until` was set first.
        UsageError: OA-U207: what was typed is no text.
    """
    with ErrorsWithoutLocals():
        try:
            if until is None:
                return as_text(_hidden_line(question) if hidden else _visible_line(question))
            _show(question)
            if sys.platform == "win32":
                return as_text(_line_on_windows(until, hidden=hidden))
            return as_text(_line(until, hidden=hidden, pasted=pasted))
        except UnicodeDecodeError:
            raise not_text(question) from None
        except NotText as error:
            raise not_text(question, str(error)) from None


def not_text(question: str, why: str = "") -> UsageError:
    """Return the error of an answer in bytes that are no text.

    Args:
        question: what was asked.
        why: a sentence; "" for the usual one.
    """
    return UsageError(
        f"What was typed is no text in UTF-8: {question}",
        code="OA-U207",
        why=why or "The terminal sends another encoding, such as Latin-1.",
        fix="Set the terminal to UTF-8 and type it again, or give a password in a file of UTF-8: "
        + Run("login", "--password-stdin", Blank("< FILE")),
    )


class TerminalPrompter(Prompter):
    """Asks a person at the terminal of a Python program.

    Args:
        profile_name: for the words of errors.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        print(text, file=sys.stderr)  # noqa: T201 - the conversation of a program without click

    def typed(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask once; a code is seen, as a terminal keeps nothing and a code is good once.

        Raises:
            EOFError: nothing is pasted any more; what it is asked for may come another way.
            SignInRequired: OA-S390: the terminal cannot hide what is typed; OA-S391: it has ended.
        """
        from getpass import GetPassWarning

        from osdu_auth.questions.consoles import nobody_here, would_show_password

        try:
            return typed_line(
                with_default(question, default), hidden=hidden, until=until, pasted=pasted
            )
        except GetPassWarning:
            raise would_show_password(self._profile_name) from None
        except EOFError:
            if pasted:
                raise
            raise nobody_here(self._profile_name) from None

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key as a terminal can: as a picture where that can be drawn."""
        from osdu_auth.questions.terminal_picture import terminal_picture

        self._draw(terminal_picture(key).reveal())
        yield

    def _draw(self, picture: str) -> None:
        self.say(picture)


def _show(question: str) -> None:
    print(f"{question}: ", end="", file=sys.stderr, flush=True)  # noqa: T201 - as of `say`


def _end_line() -> None:
    print(file=sys.stderr, flush=True)  # noqa: T201 - as of `say`


def _visible_line(question: str) -> str:
    # `input(question)` would write the question to standard output where that is a pipe.
    _show(question)
    try:
        return input()
    except OSError:  # the terminal has gone
        raise EOFError from None


def _hidden_line(question: str) -> str:
    """Ask as `getpass` does, and take the bytes, as a terminal's encoding need not be Python's."""
    import getpass
    import os

    # Else it is on Windows, has no terminal settings, or a program has put its own there.
    if getpass.getpass is not getattr(getpass, "unix_getpass", None):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"{question}: ")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:  # none controls this process, and yet standard input may be one
        terminal = os.dup(sys.stdin.fileno())
    try:
        prompt = f"{question}: ".encode(_encoding(sys.stderr), "replace")
        line = _line_of(terminal, None, hidden=True, prompt=prompt)
        os.write(terminal, b"\n")
    except OSError:
        raise EOFError from None
    finally:
        os.close(terminal)
    return line


def _encoding(stream: object) -> str:
    return getattr(stream, "encoding", None) or "ascii"


def _line(until: Event, *, hidden: bool, pasted: bool) -> str:
    """Read a line, and look up now and then whether the question was withdrawn."""
    try:
        line = _line_of(sys.stdin.fileno(), until, hidden=hidden, pasted=pasted)
    except Withdrawn:
        _end_line()
        raise
    if hidden:  # the terminal has not shown the end of the line
        _end_line()
    return line


def _line_of(
    terminal: int,
    until: Event | None,
    *,
    hidden: bool,
    prompt: bytes = b"",
    pasted: bool = False,
) -> str:
    """Read a line, which the terminal gives out when it is ended, and return it as text.

    The prompt is written once nothing is shown any more: who sees it may type. What is pasted is
    taken as it comes, since a terminal cuts a line after 1,024 or 4,095 characters, in silence.
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
            # As getpass does: what was typed before the question, and seen, is no secret.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        os.write(terminal, prompt)
        while not typed.endswith(b"\n"):
            typed += _read(terminal, until)
            if pasted:
                typed = _edited(typed)
        if pasted:
            typed += _rest(terminal, _LOOK)  # it may be wrapped over lines
            os.write(terminal, f"({len(typed.strip())} characters)".encode())
    except BaseException:
        # What was typed so far is for no later question, and for no shell.
        if pasted:
            _rest(terminal, _QUIET if typed else 0.0)
        with suppress(termios.error):
            termios.tcflush(terminal, termios.TCIFLUSH)
        raise
    finally:
        with suppress(termios.error):  # it has gone
            termios.tcsetattr(terminal, termios.TCSADRAIN, former)
    return decoded(typed, _encoding(sys.stdin)).rstrip("\r\n")


def _edited(typed: bytes) -> bytes:
    """Do what a terminal does with the keys that end a text, or take a part of it back.

    Raises:
        EOFError: Ctrl-D was typed.
    """
    if b"\x04" in typed:
        raise EOFError
    # Ctrl-U takes all back, and so does Ctrl-W, as an address is one word.
    typed = re.split(rb"[\x15\x17]", typed)[-1]
    while b"\x7f" in typed:
        at = typed.index(b"\x7f")
        typed = typed[: max(0, at - 1)] + typed[at + 1 :]
    return typed


def _rest(terminal: int, quiet: float) -> bytes:
    """Take a paste that is under way to its end: a terminal holds no more than 4,096 bytes of it.

    Args:
        terminal: what is read.
        quiet: seconds in which its next byte comes, if it is one that goes on.
    """
    import os
    from select import select
    from time import monotonic

    rest, end = b"", monotonic() + _LONGEST_REST
    with suppress(OSError):  # the terminal has gone
        while monotonic() < end and select([terminal], [], [], quiet)[0]:
            more = os.read(terminal, _MOST)
            if not more:
                break
            rest, quiet = rest + more, _QUIET
    return rest


def _read(terminal: int, until: Event | None) -> bytes:
    """Read what was typed, looking up now and then.

    Also where no event can withdraw the question: Ctrl-C in the moment before a read that waits
    would be noticed after that read alone.
    """
    import os
    from select import select

    while until is None or not until.is_set():
        if select([terminal], [], [], _LOOK)[0]:
            read = os.read(terminal, _MOST)
            if not read:
                raise EOFError
            return read
    raise Withdrawn


def _line_on_windows(until: Event, *, hidden: bool) -> str:
    """Read a line key by key. It was not tried: there was no Windows to try it on."""
    import importlib

    console = importlib.import_module("msvcrt")
    typed = ""
    try:
        while True:
            if not console.kbhit():
                if until.wait(_LOOK):
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
