"""Fixes: what to type or do next after an error, as values.

    "Wait a quarter of an hour, then: " + Run("login")
    Export("OSDU_AUTH_STATE_DIR", Blank("/a/folder/of/yours"))
    Remove(path).then(Run("logout"))

Invariant: a command stays data until it is shown, because its reader is known only then. The reader
is one of three:

- a person at a shell, who may have named a profile;
- the author of a program that keeps its session in its own store, which no command uses;
- the reader of a notebook, who types into a cell.

Quoting is the task of `shell_words`.
"""

from __future__ import annotations

import os

from osdu_auth.ipython_shell import in_notebook_cell
from osdu_auth.light_typing import NamedTuple
from osdu_auth.shell_words import EDITOR, SET, command_line, operand, quoted, quoted_value
from osdu_auth.shell_words import Blank as Blank  # noqa: PLC0414 - public here
from osdu_auth.shell_words import ShellExpression as ShellExpression  # noqa: PLC0414

# The profile that environment variables define; no command writes it
# (`osdu_auth.profiles.environment`).
ENVIRONMENT = "environment"
_PREFIX = "OSDU_AUTH_"

# The variable in which `osdu-auth exec` passes the path of the token file to its command. That
# command is not given the app client's secret.
TOKEN_FILE = "OSDU_ACCESS_TOKEN_FILE"  # noqa: S105 - the name of a variable
_UNDER_EXEC = (
    "The exec command of osdu-auth started this program. It keeps the secret and renews the token: "
    f"read {TOKEN_FILE} for each request, or try again in a moment. Sign in in another shell."
)


class Reader(NamedTuple):
    """Who reads a fix.

    Args:
        profile: the name of the profile that commands show; None to show no name.
        made_in_python: whether a program made that profile, so that no file contains it.
        signs_in_itself: whether a program has its own store or its own credential, which no command
            uses.
        in_browser: whether the profile signs in in a browser, without a password.
        in_browser_once: whether this one sign-in uses a browser, as `login --browser` does.
    """

    profile: str | None = None
    made_in_python: bool = False
    signs_in_itself: bool = False
    in_browser: bool = False
    in_browser_once: bool = False

    def combined_with(self, other: Reader) -> Reader:
        """Return one reader with the properties of both; the profile of this one has priority."""
        return Reader(
            self.profile or other.profile,
            self.made_in_python or other.made_in_python,
            self.signs_in_itself or other.signs_in_itself,
            self.in_browser or other.in_browser,
            self.in_browser_once or other.in_browser_once,
        )


class Fix:
    """What to type or do next: a command, or several with words around them."""

    def text(self, reader: Reader) -> str:
        """Return the fix as the reader reads and types it."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[str | Fix, ...]:
        """The texts and commands of this fix, in their order."""
        return (self,)

    def __add__(self, other: str | Fix) -> Fix:
        return _Joined(*self.parts, *_parts_of(other))

    def __radd__(self, words: str) -> Fix:
        return _Joined(words, *self.parts)

    def then(self, other: Fix) -> Fix:
        """Return this command followed by another one, which runs only if this one succeeds."""
        return self + _Then(other) + other

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __str__(self) -> str:
        return self.text(Reader())

    def __repr__(self) -> str:
        return f"<fix: {self}>"


class Run(Fix):
    """A command of osdu-auth.

    Args:
        words: the command, its arguments and its options, as in `Run("login", "-u", name)`.
        profile: the profile of the command; None for the reader's.
        asks: whether the command asks a person something; a program gives a function that answers.
        in_terminal: whether the command needs a terminal, even if the reader is in a notebook.
        for_browser: whether it changes settings that only a profile for a browser has.
    """

    def __init__(
        self,
        *words: str,
        profile: str | None = None,
        asks: bool = False,
        in_terminal: bool = False,
        for_browser: bool = False,
    ) -> None:
        self._words = words
        self.profile = profile
        self._asks = asks
        self._in_terminal = in_terminal
        self._for_browser = for_browser

    def text(self, reader: Reader) -> str:
        """Return the command with its profile, or the variable or the call that replaces it."""
        call = self.call(reader)
        if call is not None:
            return call
        name, command, options = self._words_for(reader)
        if command == "init" and name == ENVIRONMENT:
            return _variables(options)
        profile = () if name is None else ("-p", name)
        return command_line(("osdu-auth", *command.split(), *profile, *options))

    def call(self, reader: Reader) -> str | None:
        """Return the call that a program makes instead; None where the command is right."""
        from osdu_auth.fixes_in_python import (
            CALLS,
            arguments_of,
            browser_sign_in_call,
            in_python,
            profile_call,
        )

        name, command, options = self._words_for(reader)
        if in_notebook_cell() and not self._in_terminal:
            return self._call_in_cell(reader, name, command, options)
        if command == "init" and reader.made_in_python:
            return profile_call(name, options, in_browser=reader.in_browser)
        if not (reader.made_in_python or reader.signs_in_itself) or command not in CALLS:
            return None
        if command == "login" and (reader.in_browser or reader.in_browser_once):
            return browser_sign_in_call(arguments_of(options), once=reader.in_browser_once)
        username = options[1] if options[:1] == ("-u",) else Blank("username")
        answer = ", answer" if self._asks else ""
        return CALLS[command].format(username=in_python(username), answer=answer)

    def _call_in_cell(
        self, reader: Reader, name: str | None, command: str, options: tuple[str, ...]
    ) -> str | None:
        from osdu_auth.fixes_in_cells import assignment, call, request, share
        from osdu_auth.fixes_in_python import (
            arguments_of,
            in_python,
            literal,
            profile_call,
            settings_in,
        )

        if command == "init" and (name == ENVIRONMENT or reader.made_in_python):
            if reader.made_in_python:
                return profile_call(name, options, in_browser=reader.in_browser)
            settings = [(_PREFIX + key.upper(), value) for key, value in settings_in(options)]
            return "; ".join(assignment(key, literal(value)) for key, value in settings) or None
        source = "" if name is None else in_python(name)
        if (reader.signs_in_itself or reader.made_in_python) and command != "init":
            source = "session" if reader.signs_in_itself else "profile"
        if command == "request":
            method, path = map(in_python, options)
            return request(method, path, source, is_session=reader.signs_in_itself)
        if command == "share":
            return share(in_python(options[0]), source, is_session=reader.signs_in_itself)
        named = arguments_of(options)
        username = named.get("username", "USERNAME")
        return call(command, source, named, username, is_session=reader.signs_in_itself)

    def _words_for(self, reader: Reader) -> tuple[str | None, str, tuple[str, ...]]:
        """Return the profile's name, the command, and its arguments and options."""
        length = 2 if self._words[0] == "account" else 1
        command, options = " ".join(self._words[:length]), self._words[length:]
        if reader.in_browser_once:
            if command == "login":
                options = (*options, "--browser")
            elif self._for_browser:
                options = ("--sign-in", "browser", *options)
        return self.profile or reader.profile, command, options


class Command(Fix):
    """A command of another program, or a command of osdu-auth that takes no profile.

    Args:
        words: the program, and its arguments.
    """

    def __init__(self, *words: str) -> None:
        self._words = words

    def text(self, reader: Reader) -> str:
        """Return the command."""
        del reader
        if in_notebook_cell():
            from osdu_auth.fixes_in_cells import shell_line

            return self._in_cell() or shell_line(command_line(self._words), list(self._words))
        return command_line(self._words)

    def _in_cell(self) -> str:
        """Return the Python code that a cell runs instead; "" to run the command itself."""
        return ""


class Chmod(Command):
    """Change the permissions of files and folders: `Chmod("600", path)`."""

    def __init__(self, mode: str, *paths: str) -> None:
        super().__init__("chmod", mode, *map(operand, paths))


class Remove(Command):
    """Delete a file, or a folder with its contents."""

    def __init__(self, path: str) -> None:
        super().__init__("rm", *(("-r",) if os.path.isdir(path) else ()), operand(path))


class Edit(Fix):
    """Open a file in the reader's editor.

    Args:
        path: the path of the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def text(self, reader: Reader) -> str:
        """Return the command."""
        del reader
        return f"{EDITOR} {quoted(operand(self._path))}"


class ExampleValue(Fix):
    """An example of a value that is accepted, instead of the value that was refused.

    Args:
        value: the example, such as `us-east-1`.
        also: text that follows the example.
    """

    def __init__(self, value: str, also: str = "") -> None:
        self.value = value
        self.also = also

    def text(self, reader: Reader) -> str:
        """Return the example in a sentence."""
        del reader
        return f"Give it as in: {self.value}{self.also}"


class Unset(Command):
    """Remove variables from the environment."""

    def __init__(self, *names: str) -> None:
        super().__init__("unset", *names)

    def _in_cell(self) -> str:
        from osdu_auth.fixes_in_cells import removal_of_variables

        return removal_of_variables(self._words[1:])


class AskForSecret(Command):
    """Set an environment variable to a secret that is typed without being shown."""

    def __init__(self, name: str) -> None:
        super().__init__("read", "-rs", name)
        self._name = name

    def text(self, reader: Reader) -> str:
        """Return the command."""
        read = super().text(reader)
        return read if in_notebook_cell() else f"{read} && {command_line(('export', self._name))}"

    def _in_cell(self) -> str:
        from osdu_auth.fixes_in_cells import secret_assignment

        return secret_assignment(self._name)


class Export(Fix):
    """Set an environment variable.

    Args:
        name: the name of the variable.
        pieces: its value, in one piece, or as in `ShellExpression("$PWD"), "/osdu"`.
    """

    def __init__(self, name: str, *pieces: str) -> None:
        self.name = name
        self._pieces = pieces

    def text(self, reader: Reader) -> str:
        """Return the command."""
        del reader
        if in_notebook_cell():
            from osdu_auth.fixes_in_cells import assignment
            from osdu_auth.fixes_in_python import value_in_cell

            return assignment(self.name, value_in_cell(self._pieces))
        return f"{SET} {self.name}={quoted_value(self._pieces)}"


class LoginInCell(Fix):
    """Sign in from a notebook cell."""

    def text(self, reader: Reader) -> str:
        """Return the Python statements, on one line."""
        from osdu_auth.fixes_in_python import in_python

        name = "" if reader.profile is None else in_python(reader.profile)
        return f"import osdu_auth; osdu_auth.login({name})"


class GiveSecret(Fix):
    """Give osdu-auth the app client's secret, which a program under `osdu-auth exec` cannot do.

    Args:
        fix: what to do everywhere else.
    """

    def __init__(self, fix: Fix) -> None:
        self._fix = fix

    def text(self, reader: Reader) -> str:
        """Return what this reader can do."""
        return _UNDER_EXEC if TOKEN_FILE in os.environ else self._fix.text(reader)


class _Then(Fix):
    """The text between two commands; the second one runs only if the first one succeeds.

    Args:
        second: the second command.
    """

    def __init__(self, second: Fix) -> None:
        self._second = second

    def text(self, reader: Reader) -> str:
        """Return `&&` before a shell command, and words before a call."""
        if in_notebook_cell():
            return "; "
        second = self._second.parts[0]
        is_call = isinstance(second, Run) and second.call(reader) is not None
        return "; then: " if is_call else " && "


class _Joined(Fix):
    def __init__(self, *parts: str | Fix) -> None:
        self._parts = parts

    @property
    def parts(self) -> tuple[str | Fix, ...]:
        """The texts and commands of this fix, in their order."""
        return self._parts

    def text(self, reader: Reader) -> str:
        """Return all parts as one text."""
        return "".join(fix_text(part, reader) for part in self._parts)


def fix_text(fix: str | Fix, reader: Reader) -> str:
    """Return a fix as its reader sees it; a plain text is returned unchanged."""
    return fix if isinstance(fix, str) else fix.text(reader)


def _parts_of(fix: str | Fix) -> tuple[str | Fix, ...]:
    return (fix,) if isinstance(fix, str) else fix.parts


def _variables(options: tuple[str, ...]) -> str:
    """Return the command that sets the variables of the profile "environment"."""
    from osdu_auth.fixes_in_python import settings_in

    settings = [f"{_PREFIX}{name.upper()}={quoted(value)}" for name, value in settings_in(options)]
    return f"{SET} {' '.join(settings)}" if settings else f"the variables {_PREFIX}*"
