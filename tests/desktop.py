"""A desktop session for a test: its own message bus, with an unlocked OS key store."""

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
# The program that runs within the message bus; it gets the import path of its parent.
_CHILD = (
    "import json, sys; request = json.load(sys.stdin); sys.path[:] = request['import_path'];"
    "from desktop import answer; answer(request)"
)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a desktop session; skip the test where a program is missing.

    Args:
        folder: a folder with a short path, for the runtime folder and the key store.
    """
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    places = {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(folder / "data")}
    return os.environ | places


def run_at_desktop(
    function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str]
) -> Any:
    """Call a function in a desktop session, and return its result.

    Args:
        function: a function of a module that can be imported by its name.
        arguments: its arguments, which are JSON values, as its result is.
        environment: the environment of the session.
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
    """Call the function that `run_at_desktop` names, and print its result; runs in the session."""
    from importlib import import_module

    function = getattr(import_module(request["module"]), request["function"])
    with _unlocked_key_store():
        result = function(*request["arguments"])
    sys.stdout.write(json.dumps(result))


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
    results = []
    for arguments, text in runs:
        done = subprocess.run(
            [sys.executable, "-m", "osdu_auth", *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        results.append([done.returncode, done.stdout, done.stderr])
    return results
