"""A desktop: a message bus of its own, with an OS key store that is unlocked, for a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
# What runs within the message bus: it is told its parent's import path.
_CHILD = (
    "import json, sys; request = json.load(sys.stdin); sys.path[:] = request['import_path'];"
    "from desktop import answer; answer(request)"
)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a desktop session; skip the test where there can be none.

    Args:
        folder: a short path, for its runtime folder and the key store's own.
    """
    lacking = [program for program in NEEDED if shutil.which(program) is None]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    places = {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(folder / "data")}
    return os.environ | places


def run_at_desktop(
    function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str]
) -> Any:
    """Call a function in a desktop session, and return what it returns.

    Args:
        function: of a module that can be imported by its name.
        arguments: JSON values, as what it returns.
        environment: of the session.
    """
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", _CHILD],
        input=json.dumps(
            {
                "import_path": sys.path,
                "module": function.__module__,
                "function": function.__name__,
                "arguments": arguments,
            }
        ),
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def answer(request: Mapping[str, Any]) -> None:
    """Do what `run_at_desktop` asks for, and print what comes of it; runs in the session."""
    from importlib import import_module

    function = getattr(import_module(request["module"]), request["function"])
    with _unlocked_key_store():
        told = function(*request["arguments"])
    sys.stdout.write(json.dumps(told))


@contextmanager
def _unlocked_key_store() -> Iterator[None]:
    with subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as keyring:
        assert keyring.stdin
        assert keyring.stdout
        keyring.stdin.write(b"a login password")
        keyring.stdin.close()
        keyring.stdout.readline()
        try:
            yield
        finally:
            keyring.terminate()


def run_each(runs: list[tuple[list[str], str]]) -> list[list[Any]]:
    """Run the program with each of several arguments and standard inputs, one after the other.

    Returns:
        The exit code, standard output and standard error of each.
    """
    told = []
    for arguments, text in runs:
        done = subprocess.run(
            [sys.executable, "-m", "osdu_auth", *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        told.append([done.returncode, done.stdout, done.stderr])
    return told
