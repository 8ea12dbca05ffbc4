"""A user's account in which a fault is caused, and the printed fix is typed.

A line that an error prints is typed into bash, as it is printed, with what it leaves to fill in:
bash takes it apart, and runs what is not a command of ours. A command of ours is carried out with
the arguments that bash gave it, in this process, which takes a tenth of the time of a new one.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
import webbrowser
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from canaries import leaks, register
from osdu_auth import Session
from osdu_auth.cli.application import run as run_command_line
from osdu_auth.errors import OsduAuthError
from session_test_parts import sign_in_without_srp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from osdu_auth.sandbox import AppClient, Sandbox, User

_RECORDER = r"""#!/bin/bash
{ printf '%s\0' "$@"; printf '\n\0'; } >> "$CALLS"
case " $* " in *-stdin*) cat >> "$CALLS.stdin";; esac
"""
_NUMBERS = count()
# The begin and the end of a command in the sentence of a fix.
_PROGRAMS = r"osdu-auth|openssl|keyring|export|unset|chmod|rm|install|read|fuser|\$\{EDITOR"
_BEGIN = rf"(?:^|: |or |and |with )((?:{_PROGRAMS}) ?.*)"
_END = re.compile(r", (?:or|with|and) | \(| and --version| lists | takes | renews | to use |\.$")


class Outcome(NamedTuple):
    """The result of a command or a call."""

    code: int
    said: str
    stdout: str = ""

    @property
    def advice(self) -> str:
        """The fix."""
        return self.said.partition("Next: ")[2].partition("\n")[0]


@dataclass
class Fault:
    """A fault, and how its fix is followed.

    Args:
        attempt: runs the command or call that fails.
        line: the part of the fix to type; None for the first command in it, "" for none, if
            the fix says to try again.
        fill: the texts for the blanks of that line.
        first: what happens before: an administrator acts, or time passes.
        stdin: the typed answers to the questions of the line's commands, by the command.
        in_python: follows a fix that is a line of Python; it gets the fix.
        ends_in: the exit code after the fix; None if another error remains.
    """

    attempt: Callable[[], Outcome]
    line: Callable[[str], str] | str | None = None
    fill: Mapping[str, str] = field(default_factory=dict)
    first: Callable[[], object] | None = None
    stdin: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_python: Callable[[str], object] | None = None
    ends_in: int | None = 0

    def typed(self, advice: str) -> str:
        """Return the line to type."""
        if callable(self.line):
            found = self.line(advice)
        elif self.line is not None:
            assert self.line in advice, advice
            found = self.line
        else:
            begun = re.search(_BEGIN, advice)
            assert begun, f"there is nothing to type in: {advice}"
            found = _END.split(begun[1])[0]
        for blank, text in self.fill.items():
            assert blank in found, found
            found = found.replace(blank, text)
        return found


class Scene:
    """A user's account, with a profile "acme" for the sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.config, self.state = folder / "config", folder / "state"
        self.config.mkdir(mode=0o700)
        self.environment = {
            **os.environ,
            "OSDU_AUTH_CONFIG_DIR": str(self.config),
            "OSDU_AUTH_STATE_DIR": str(self.state),
            "OSDU_AUTH_KEY_STORE": "off",
        }
        self.first_password = ""  # of a user who was invited
        self.signs_in_in_browser = False  # at a plain `login`
        self.secret = folder.parent / "client secret"
        self.secret.touch(mode=0o600)
        self.secret.write_text(sandbox.client_secret)
        self.settings: dict[str, str] = {
            "region": sandbox.region,
            "client_id": sandbox.client_id,
            "client_secret": f"file:{self.secret}",
            "username": sandbox.username,
            "platform_url": sandbox.platform_url,
            "data_partition_id": sandbox.data_partition_id,
            "user_pool_id": sandbox.user_pool_id,
            "endpoint_url": sandbox.endpoint_url,
        }
        self.leaving = ExitStack()  # what is to be ended with the scene
        self._recorder = folder / "programs"
        self._recorder.mkdir()
        program = self._recorder / "osdu-auth"
        program.write_text(_RECORDER)
        program.chmod(0o755)
        self.write()

    @property
    def file(self) -> Path:
        """The file of profiles."""
        return self.config / "config.toml"

    @property
    def password(self) -> dict[str, str]:
        """The typed answer to the question for the workshop user's password."""
        return {"login": self.sandbox.password + "\n"}

    def write(self, *without: str, **changes: str) -> None:
        """Write the file of profiles, with other settings."""
        self.settings = {
            name: text for name, text in {**self.settings, **changes}.items() if name not in without
        }
        lines = [f"{name} = {json.dumps(text)}" for name, text in self.settings.items()]
        self.file.write_text("\n".join(['default_profile = "acme"', "[profiles.acme]", *lines, ""]))

    def app_client(self, **settings: Any) -> AppClient:
        """Make an app client for this scene, and write its id into the profile."""
        made = self.sandbox.pool.add_app_client("of a scene", generate_secret=False, **settings)
        self.write("client_secret", client_id=made.client_id)
        return made

    def user(self, **settings: Any) -> User:
        """Make a user, and write the name into the profile."""
        names = {"given_name": "Ada", "family_name": "Lovelace"}
        email = f"advised-{next(_NUMBERS)}-{os.getpid()}@example.com"
        user = self.sandbox.pool.add_user(email=email, **{"attributes": names, **settings})
        register(user.password)
        self.write(username=email)
        return user

    def sign_in(self) -> None:
        """Sign in as the workshop user, with one request: what is shown begins after it."""
        with _as(self.environment, [sys.stdin, sys.stdout, sys.stderr]), Session() as session:
            sign_in_without_srp(session, self.sandbox)

    def run(self, *words: str, stdin: str = "") -> Outcome:
        """Run an osdu-auth command in this process."""
        streams = [io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")))]
        streams += [io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2)]
        with _as(self.environment, streams):
            code = run_command_line(list(words))
        stdout, stderr = (stream.buffer.getvalue().decode() for stream in streams[1:])
        assert not leaks(stdout + stderr) or words[:1] == ("sandbox",)
        assert "OA-D101" not in stderr, stderr
        return Outcome(code, stderr, stdout)

    def call(self, act: Callable[[], object]) -> Outcome:
        """Call the library, as a program of this account does."""
        streams = [io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(3)]
        with _as(self.environment, streams):
            return in_python(act)()

    def attempt(self, *words: str, stdin: str = "") -> Callable[[], Outcome]:
        """Return a function that runs an osdu-auth command."""
        return lambda: self.run(*words, stdin=stdin)

    def process(self, line: str) -> Outcome:
        """Run a line of bash, with each osdu-auth command in its own process."""
        program = f'{shlex.quote(sys.executable)} -m osdu_auth "$@"'
        done = subprocess.run(
            ["bash", "--norc", "-c", f"osdu-auth() {{ {program}; }}\n{line}"],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "OA-D101" not in done.stderr, done.stderr
        return Outcome(done.returncode, done.stderr, done.stdout)

    def type(self, line: str, stdin: Mapping[str, str]) -> None:
        """Type a line, and keep the variables of the shell after it."""
        calls, after = self.folder / "calls", self.folder / "after"
        piped = calls.with_name("calls.stdin")
        for path in (calls, piped, after):  # which may come to hold secrets
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
        environment = {
            **self.environment,
            "PATH": f"{self._recorder}:{Path(sys.executable).parent}:{self.environment['PATH']}",
            "CALLS": str(calls),
            "AFTER": str(after),
        }
        done = subprocess.run(
            ["bash", "--norc", "-c", f'{line}\nstatus=$?; env -0 > "$AFTER"; exit $status'],
            env=environment,
            cwd=self.folder,
            input=stdin.get("shell", ""),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        told = dict(each.split("=", 1) for each in after.read_text().split("\0") if "=" in each)
        self.environment = {**told, "PATH": self.environment["PATH"]}
        for words in _calls(calls):
            self._carry_out(words, stdin, piped.read_text())

    def _carry_out(self, words: list[str], stdin: Mapping[str, str], piped: str) -> None:
        command = " ".join(words[: 2 if words[0] == "account" else 1])
        typed = piped or stdin.get(command, "")
        in_browser = self.signs_in_in_browser or "--browser" in words
        flags = {
            "login": [] if in_browser else ["--password-stdin"],
            "account confirm-sign-up": ["--code-stdin"],
            "account reset-password": ["--code-stdin", "--new-password-stdin"],
        }
        asked = [flag for flag in flags.get(command, []) if flag not in words]
        outcome = self.run(*words, *asked, stdin=typed)
        assert outcome.code == 0, f"{words}: {outcome.said}"


def in_python(act: Callable[[], object]) -> Callable[[], Outcome]:
    """Return a function that calls the library, and returns its outcome."""

    def attempt() -> Outcome:
        try:
            act()
        except OsduAuthError as error:
            return Outcome(error.exit_code, f"[{error.code}]\n  Next: {error.fix}\n")
        return Outcome(0, "")

    return attempt


def by_turns(*acts: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that calls the given functions, one at each call."""
    left = list(acts)

    def act() -> Any:
        return left.pop(0)()

    return act


def latest(acts: Sequence[Callable[[], Any]]) -> Callable[[], Any]:
    """Return a function that calls the last function of a list that may grow."""

    def act() -> Any:
        return acts[-1]()

    return act


def _calls(path: Path) -> list[list[str]]:
    calls: list[list[str]] = []
    words: list[str] = []
    for word in path.read_text().split("\0")[:-1]:
        if word == "\n":
            calls.append(words)
            words = []
        else:
            words.append(word)
    return calls


@contextmanager
def _as(environment: Mapping[str, str], streams: Sequence[Any]) -> Iterator[None]:
    """Run the block with this environment and these standard streams."""
    before = dict(os.environ), sys.stdin, sys.stdout, sys.stderr
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = streams
    path, sys.path[:0] = list(sys.path), list(filter(None, [environment.get("PYTHONPATH")]))
    webbrowser._tryorder = None  # type: ignore[attr-defined] # what a process reads once, of BROWSER
    webbrowser._browsers.clear()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before[0])
        sys.path[:] = path
        _, sys.stdin, sys.stdout, sys.stderr = before
