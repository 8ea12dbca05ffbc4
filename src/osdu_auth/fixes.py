"""Fixes: what to type or do next, as values that are rendered, and quoted, here alone.

    "Wait a quarter of an hour, then: " + Run("login")
    Export("OSDU_AUTH_STATE_DIR", Blank("/a/folder/of/yours"))
    Remove(path).then(Run("logout"))

The law of this module: a command is data until it is shown. Only then is it known who reads it: a
person at a shell, who may have named a profile, or a program that keeps its session itself, for
which a command would fill another store than the one in use, or the reader of a notebook, who types
into a cell. Whatever a name or a path holds, what
is shown is on one line, and a shell reads it as the words that were meant.
"""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple

from osdu_auth.ipython_shell import in_notebook_cell

# The profile that variables make, which no command writes (`osdu_auth.profiles.environment`).
ENVIRONMENT = "environment"
_PREFIX = "OSDU_AUTH_"

# What names the token file to a command of `osdu-auth exec`, which is not given the secret.
TOKEN_FILE = "OSDU_ACCESS_TOKEN_FILE"  # noqa: S105 - the name of a variable
_UNDER_EXEC = (
    "The exec of osdu-auth that this runs under keeps the secret, and renews the token: "
    f"read {TOKEN_FILE} for each request, or try again in a moment. Sign in outside of it."
)

# What a program does in the place of a command that would use another store.
_IN_PYTHON = {
    "login": "session.sign_in({username}, password{answer})",
    "logout": "session.sign_out()",
    "token": "session.token()",
    "status": "session.explain()",
    "groups": "GET /api/entitlements/v2/groups",
    "why": "explain_refusal(error, session)",
    "account forgot-password": "Account(session).request_password_reset(username)",
    "account confirm-sign-up": "Account(session).confirm_sign_up(username, code)",
    "account resend-code": "Account(session).resend_confirmation(username)",
    "account set-up-totp": "Account(session).set_up_totp(answer)",
    "account devices": "Account(session).devices()",
}


class Blank(str):
    """A word that the reader fills in, such as `ID`; it is shown as it is."""

    __slots__ = ()


class ShellExpression(str):
    """What a shell works out, such as `$PWD`; it is shown as one word, and never made of data."""

    __slots__ = ()


class Reader(NamedTuple):
    """Who reads a fix.

    Args:
        profile: the profile that commands are to name; None to name none.
        made_in_python: whether that profile is a program's own value, which no file has.
        signs_in_itself: whether a program keeps its session in a store of its own, or gets its
            tokens by a credential of its own, which no command uses.
        in_browser: whether a sign-in takes place in a browser, and no password is given.
        in_browser_once: whether they sign in in a browser for once, as `login --browser` does.
    """

    profile: str | None = None
    made_in_python: bool = False
    signs_in_itself: bool = False
    in_browser: bool = False
    in_browser_once: bool = False

    def and_also(self, other: Reader) -> Reader:
        """Return what both say; the profile of the first counts."""
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
        """Return it as it is to be read, and typed."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[str | Fix, ...]:
        """The words and commands that it is made of, in their order."""
        return (self,)

    def __add__(self, other: str | Fix) -> Fix:
        return _Joined(*self.parts, *_parts_of(other))

    def __radd__(self, words: str) -> Fix:
        return _Joined(words, *self.parts)

    def then(self, other: Fix) -> Fix:
        """Return this and, where it worked, another one after it."""
        return self + _And(other) + other

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __str__(self) -> str:
        return self.text(Reader())

    def __repr__(self) -> str:
        return f"<fix: {self}>"


class Run(Fix):
    """A command of ours.

    Args:
        words: the command, and its arguments and options, as in `Run("login", "-u", name)`.
        profile: the profile it is for; None for the reader's.
        asks: whether it comes to what a person is asked on the way, for which a program gives a
            function that answers.
        in_terminal: whether it is for a terminal, whatever the reader types into.
        of_browser: whether it changes settings that only a profile for a browser has.
    """

    def __init__(
        self,
        *words: str,
        profile: str | None = None,
        asks: bool = False,
        in_terminal: bool = False,
        of_browser: bool = False,
    ) -> None:
        self._words = words
        self.profile = profile
        self._asks = asks
        self._in_terminal = in_terminal
        self._of_browser = of_browser

    def text(self, reader: Reader) -> str:
        """Return the command with its profile, or what a variable or a program does instead."""
        call = self.call(reader)
        if call is not None:
            return call
        name, command, options = self._as_for(reader)
        if command == "init" and name == ENVIRONMENT:
            return _variables(options)
        profile = () if name is None else ("-p", name)
        return _line(("osdu-auth", *command.split(), *profile, *options))

    def call(self, reader: Reader) -> str | None:
        """Return what a program does; None where the command does for it what is meant."""
        name, command, options = self._as_for(reader)
        if in_notebook_cell() and not self._in_terminal:
            return self._call_in_cell(reader, name, command, options)
        if command == "init" and reader.made_in_python:
            return _profile_in_python(name, options, in_browser=reader.in_browser)
        if not (reader.made_in_python or reader.signs_in_itself) or command not in _IN_PYTHON:
            return None
        if command == "login" and (reader.in_browser or reader.in_browser_once):
            return _sign_in_in_browser(_arguments(options), once=reader.in_browser_once)
        username = options[1] if options[:1] == ("-u",) else Blank("username")
        answer = ", answer" if self._asks else ""
        return _IN_PYTHON[command].format(username=in_python(username), answer=answer)

    def _call_in_cell(
        self, reader: Reader, name: str | None, command: str, options: tuple[str, ...]
    ) -> str | None:
        from osdu_auth.fixes_in_cells import assignment, call, request, share

        if command == "init" and (name == ENVIRONMENT or reader.made_in_python):
            if reader.made_in_python:
                return _profile_in_python(name, options, in_browser=reader.in_browser)
            settings = [(_PREFIX + key.upper(), value) for key, value in _settings(options)]
            return "; ".join(assignment(key, _literal(value)) for key, value in settings) or None
        source = "" if name is None else in_python(name)
        if (reader.signs_in_itself or reader.made_in_python) and command != "init":
            source = "session" if reader.signs_in_itself else "profile"
        if command == "request":
            method, path = map(in_python, options)
            return request(method, path, source, is_session=reader.signs_in_itself)
        if command == "share":
            return share(in_python(options[0]), source, is_session=reader.signs_in_itself)
        named = _arguments(options)
        username = named.get("username", "USERNAME")
        return call(command, source, named, username, is_session=reader.signs_in_itself)

    def _as_for(self, reader: Reader) -> tuple[str | None, str, tuple[str, ...]]:
        """Return the profile's name, the command, and its arguments and options."""
        length = 2 if self._words[0] == "account" else 1
        command, options = " ".join(self._words[:length]), self._words[length:]
        if reader.in_browser_once:
            if command == "login":
                options = (*options, "--browser")
            elif self._of_browser:
                options = ("--sign-in", "browser", *options)
        return self.profile or reader.profile, command, options


class Command(Fix):
    """A command of another program, or one of ours that is for no profile.

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

            return self._in_cell() or shell_line(_line(self._words), list(self._words))
        return _line(self._words)

    def _in_cell(self) -> str:
        """Return what a cell runs for it; "" for the command itself."""
        return ""


class Chmod(Command):
    """Close or open files and folders: `Chmod("600", path)`."""

    def __init__(self, mode: str, *paths: str) -> None:
        super().__init__("chmod", mode, *map(operand, paths))


class Remove(Command):
    """Take a file away, or a folder with what lies in it."""

    def __init__(self, path: str) -> None:
        super().__init__("rm", *(("-r",) if os.path.isdir(path) else ()), operand(path))


class Edit(Fix):
    """Open a file in the reader's editor.

    Args:
        path: of the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def text(self, reader: Reader) -> str:
        """Return the command."""
        del reader
        return f"{_EDITOR} {_word(operand(self._path))}"


class ExampleValue(Fix):
    """A value that would be taken, in the place of the one that was refused.

    Args:
        value: such as `us-east-1`.
        also: words that follow it.
    """

    def __init__(self, value: str, also: str = "") -> None:
        self.value = value
        self.also = also

    def text(self, reader: Reader) -> str:
        """Return the value with the words around it."""
        del reader
        return f"Give it as in: {self.value}{self.also}"


class Unset(Command):
    """Take variables out of the environment."""

    def __init__(self, *names: str) -> None:
        super().__init__("unset", *names)

    def _in_cell(self) -> str:
        from osdu_auth.fixes_in_cells import removal

        return removal(self._words[1:])


class AskForSecret(Command):
    """Put a secret that is typed unseen into a variable of the environment."""

    def __init__(self, name: str) -> None:
        super().__init__("read", "-rs", name)
        self._name = name

    def text(self, reader: Reader) -> str:
        """Return the command."""
        read = super().text(reader)
        return read if in_notebook_cell() else f"{read} && {_line(('export', self._name))}"

    def _in_cell(self) -> str:
        from osdu_auth.fixes_in_cells import secret_assignment

        return secret_assignment(self._name)


class Export(Fix):
    """Put a variable into the environment.

    Args:
        name: of the variable.
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

            return assignment(self.name, _value_in_cell(self._pieces))
        return f"{_SET} {self.name}={_value(self._pieces)}"


class LoginInCell(Fix):
    """What signs in from a notebook's cell."""

    def text(self, reader: Reader) -> str:
        """Return the lines of Python, on one line."""
        name = "" if reader.profile is None else in_python(reader.profile)
        return f"import osdu_auth; osdu_auth.login({name})"


class GiveSecret(Fix):
    """What gives us the app client's secret: nothing that a command of `osdu-auth exec` can do.

    Args:
        fix: what others do.
    """

    def __init__(self, fix: Fix) -> None:
        self._fix = fix

    def text(self, reader: Reader) -> str:
        """Return what the reader can do."""
        return _UNDER_EXEC if TOKEN_FILE in os.environ else self._fix.text(reader)


class _And(Fix):
    """Stands between two commands of which the second one is done where the first one worked.

    Args:
        second: that one.
    """

    def __init__(self, second: Fix) -> None:
        self._second = second

    def text(self, reader: Reader) -> str:
        """Return what a shell has for it, in front of a command of a shell."""
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
        """The words and commands that it is made of, in their order."""
        return self._parts

    def text(self, reader: Reader) -> str:
        """Return all of them."""
        return "".join(rendered(part, reader) for part in self._parts)


def rendered(fix: str | Fix, reader: Reader) -> str:
    """Return a fix, or words that name no command, as they are to be read."""
    return fix if isinstance(fix, str) else fix.text(reader)


def _parts_of(fix: str | Fix) -> tuple[str | Fix, ...]:
    return (fix,) if isinstance(fix, str) else fix.parts


def _profile_in_python(name: str | None, options: tuple[str, ...], *, in_browser: bool) -> str:
    kind = "BrowserProfile" if in_browser else "Profile"
    settings = [f", {key}={in_python(value)}" for key, value in _settings(options)]
    return f"{kind}({in_python(name or Blank('NAME'))}, …{''.join(settings)})"


def _literal(text: str) -> str:
    """Return a text in Python's form, one that the reader changes included."""
    return in_python(str(text))


def in_python(text: str) -> str:
    """Return a text as Python reads it; a blank as it is."""
    if isinstance(text, Blank):
        return text
    literal = repr(text)
    return f'"{text}"' if literal == f"'{text}'" and '"' not in text else literal


def _variables(options: tuple[str, ...]) -> str:
    """Return what sets the variables of the profile that they make."""
    settings = [f"{_PREFIX}{name.upper()}={_word(value)}" for name, value in _settings(options)]
    return f"{_SET} {' '.join(settings)}" if settings else f"the variables {_PREFIX}*"


def _settings(options: tuple[str, ...]) -> list[tuple[str, str]]:
    flags = [flag.removeprefix("--").replace("-", "_") for flag in options[::2]]
    return list(zip(flags, options[1::2], strict=False))


# The options that have no value, and the argument that stands for each.
_SWITCHES = {
    "--default": ("make_default", "True"),
    "--browser": ("browser", "True"),
    "--no-browser": ("browser", "False"),
}


def _arguments(options: tuple[str, ...]) -> dict[str, str]:
    """Return the arguments of a call for a command's options, their values in Python's form."""
    switches = dict(_SWITCHES[word] for word in options if word in _SWITCHES)
    whole = tuple("--username" if word == "-u" else word for word in options)
    others = tuple(word for word in whole if word not in _SWITCHES)
    return {**{key: _literal(value) for key, value in _settings(others)}, **switches}


def _sign_in_in_browser(named: dict[str, str], *, once: bool) -> str:
    """Return the call of a program whose user signs in in a browser.

    Args:
        named: the arguments of `login`, in Python's form.
        once: whether the profile is for a password.
    """
    of_credential = {"prompt": named["prompt"]} if "prompt" in named else {}
    if named.get("browser") == "False":
        of_credential["opens_browser"] = "False"
    chosen = "".join(f", {key}={value}" for key, value in of_credential.items())
    by = f", by=in_browser(session.profile{chosen})" if once or chosen else ""
    username = named.get("username", '""')
    return f"session.sign_in({username}, None, answer{by})"


# One plain form for Windows, for its cmd.exe; not tried.
_WINDOWS = sys.platform == "win32"
_SET = "set" if _WINDOWS else "export"
_EDITOR = "notepad" if _WINDOWS else "${EDITOR:-vi}"
_PLAIN = r"[\w ./~:,@%+=-]*"  # what means the same within double quotes


def _line(words: tuple[str, ...]) -> str:
    return " ".join(map(_word, words))


def operand(path: str) -> str:
    """Return a path, as an argument that no program takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _value(pieces: tuple[str, ...]) -> str:
    """Return a value in one pair of quotes where a shell works out its first piece."""
    first, *rest = map(_word, pieces)
    if rest and all(re.fullmatch(_PLAIN, piece) for piece in pieces[1:]):
        return first[:-1] + "".join(pieces[1:]) + '"'
    return first + "".join(rest)


def _value_in_cell(pieces: tuple[str, ...]) -> str:
    first, rest = pieces[0], "".join(pieces[1:])
    if not isinstance(first, ShellExpression):
        return _literal("".join(pieces))
    return f"os.path.expandvars({_literal(first)}) + {_literal(rest)}"


def _word(text: str) -> str:
    """Return a word so that a shell reads it as one, and as the same one."""
    if isinstance(text, Blank):
        return text
    if isinstance(text, ShellExpression):
        return f'"{text}"'
    if re.fullmatch(r"[A-Za-z0-9@%+=:,./_-]+", text):
        return text
    if _WINDOWS:
        from subprocess import list2cmdline

        return list2cmdline([text])
    from shlex import quote

    from osdu_auth.text import printable

    if printable(text, len(text)) == text:
        return quote(text)
    # A line break or another control character would be shown as something else (POSIX.1-2024,
    # "Dollar-Single-Quotes").
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    from osdu_auth.text import printable

    if character not in "\\'!" and printable(character) == character:
        return character
    return "".join(f"\\{byte:03o}" for byte in _bytes_of(character))


def _bytes_of(character: str) -> bytes:
    """Return what the operating system has for a character; a lone surrogate stands for a byte."""
    try:
        return character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return character.encode("utf-8", "surrogatepass")
