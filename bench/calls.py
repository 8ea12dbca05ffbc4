"""How many of our calls, functions and modules each operation uses.

    python -m bench.calls

Calls are counted by `sys.setprofile` in all threads, the sandbox's and those of imports and
comprehensions left out. The pool is a sandbox in a thread; the state folder is empty.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import osdu_auth
from osdu_auth.profiles.profile import Profile
from osdu_auth.sandbox import Sandbox
from osdu_auth.secret import Secret
from osdu_auth.session import Session
from osdu_auth.stores.file import FileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

OURS = os.path.dirname(osdu_auth.__file__)
SANDBOX = os.path.join(OURS, "sandbox")


class Way(NamedTuple):
    """What one way through the code took.

    Args:
        calls: how many calls of our functions.
        functions: of how many functions.
        modules: in how many modules.
        opened: how many times the state folder was opened.
    """

    calls: int
    functions: int
    modules: int
    opened: int


@contextmanager
def traced(way: list[Way]) -> Iterator[None]:
    """Count the calls of a block, those of threads that it starts included."""
    calls: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        is_own = code.co_filename.startswith(OURS) and not code.co_filename.startswith(SANDBOX)
        if event == "call" and is_own and not code.co_name.startswith("<"):
            calls.append((code.co_filename, getattr(code, "co_qualname", code.co_name)))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
        for thread in threading.enumerate():
            if thread.name.startswith("osdu-auth renewal"):
                thread.join(10)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    ours = [call for call in calls if call[1] not in {"traced", "note"}]
    # The function is a generator, and each entry of it counts: to open, and to close.
    opened = sum(name.endswith("StateFolder.opened") for _, name in ours) // 2
    way.append(Way(len(ours), len(set(ours)), len({file for file, _ in ours}), opened))


def trace(work: Callable[[], object]) -> Way:
    """Return what a piece of work takes."""
    way: list[Way] = []
    with traced(way):
        work()
    return way[0]


def main() -> None:
    """Print the table."""
    rows: list[tuple[str, str]] = []
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as state:
        clock = _Clock()
        profile = Profile(
            name="trace",
            region=sandbox.region,
            client_id=sandbox.client_id,
            client_secret=f"clear:{sandbox.client_secret}",
            user_pool_id=sandbox.user_pool_id,
            endpoint_url=sandbox.endpoint_url,
        )

        def session() -> Session:
            return Session(profile, store=FileStore(state), clock=clock.now)

        def sign_in() -> None:
            session().sign_in(sandbox.username, Secret(sandbox.password))

        sign_in()
        kept = session()
        kept.token()
        rows.append(("`token()`, fresh", _calls(trace(kept.token))))
        clock.ahead += 3601
        kept.token()  # imports what a renewal takes
        clock.ahead += 3601
        expired = trace(kept.token)
        rows.append(("`token()` of an expired token", _in_words(expired)))
        rows.append(("the state folder, opened for that", f"{expired.opened} times"))
        rows.append(("`sign_in` by SRP, warm", _in_words(trace(sign_in))))
        rows.append(("objects of ours behind one `Session`", str(len(_objects_behind(kept)))))
        rows.append(("`osdu-auth token`, fresh file", _fresh_command(sandbox)))
        rows.append(("`osdu-auth login`, modules of ours imported", _login_modules(sandbox)))
    rows.append(("lines of `session/`", f"{_lines_below('session'):,}"))
    rows.append(("lines outside the sandbox", f"{_lines_below('') - _lines_below('sandbox'):,}"))
    print("| way | taken |")
    print("|---|---|")
    for what, taken in rows:
        print(f"| {what} | {taken} |")


class _Clock:
    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


def _calls(way: Way) -> str:
    return f"{way.calls} call" + "s" * (way.calls != 1)


def _in_words(way: Way) -> str:
    return f"{way.calls} calls of {way.functions} functions in {way.modules} modules"


def _objects_behind(session: Session) -> set[int]:
    """Return the objects of our classes that a session holds, and those that they hold."""
    seen: set[int] = set()
    found: set[int] = set()
    ahead: list[object] = [session]
    while ahead:
        each = ahead.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        is_own = type(each).__module__.startswith("osdu_auth.")
        is_value = isinstance(each, (tuple, Secret)) or hasattr(type(each), "__dataclass_fields__")
        if not is_own or is_value:
            continue
        if ".stores." not in type(each).__module__:
            found.add(id(each))
        ahead.extend(getattr(each, "__dict__", {}).values())
    return found


_FRESH = """
import sys
calls = []
def note(frame, event, _):
    code = frame.f_code
    if event == "call" and "osdu_auth" in code.co_filename and not code.co_name.startswith("<"):
        calls.append(code.co_filename)
from osdu_auth.cli import main
sys.argv = ["osdu-auth", "token", "-p", "trace"]
sys.setprofile(note)
try:
    main()
except SystemExit:
    pass
sys.setprofile(None)
print(len(calls), len(set(calls)), file=sys.stderr)
"""
_LOGIN = """
import sys
from osdu_auth.cli import main
sys.argv = ["osdu-auth", "login", "-p", "trace", "--password-stdin"]
try:
    main()
finally:
    print(sum(name.partition(".")[0] == "osdu_auth" for name in sys.modules), file=sys.stderr)
"""


def _environment(folder: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("OSDU_AUTH_")},
        "OSDU_AUTH_CONFIG_DIR": os.path.join(folder, "config"),
        "OSDU_AUTH_STATE_DIR": os.path.join(folder, "state"),
        "OSDU_AUTH_KEY_STORE": "off",
    }


def _signed_in(sandbox: Sandbox, folder: str) -> dict[str, str]:
    """Write the profile, and return the environment of a program that finds it."""
    from osdu_auth.profiles.edits import write_profile

    environment = _environment(folder)
    os.environ.update(environment)
    write_profile(
        Profile(
            name="trace",
            region=sandbox.region,
            client_id=sandbox.client_id,
            client_secret="env:TRACE_CLIENT_SECRET",
            username=sandbox.username,
            user_pool_id=sandbox.user_pool_id,
            endpoint_url=sandbox.endpoint_url,
        )
    )
    return {**os.environ, "TRACE_CLIENT_SECRET": sandbox.client_secret}


def _run(program: str, environment: dict[str, str], typed: str = "") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.split("\n")[-2].split()


def _login_modules(sandbox: Sandbox) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment = _signed_in(sandbox, folder)
        return _run(_LOGIN, environment, sandbox.password + "\n")[0]


def _fresh_command(sandbox: Sandbox) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment = _signed_in(sandbox, folder)
        _run(_LOGIN, environment, sandbox.password + "\n")
        _run(_FRESH, environment)  # writes the byte code
        calls, modules = _run(_FRESH, environment)
        return f"{calls} calls in {modules} modules"


def _lines_below(package: str) -> int:
    return sum(len(path.read_bytes().splitlines()) for path in Path(OURS, package).rglob("*.py"))


if __name__ == "__main__":
    main()
