"""Runs the program for tests many times, without the start of Python each time.

A server process has imported the program's modules already (Python's library, click, cryptography,
and our modules, which only define names when they are imported). It forks for each run and calls
the program in the child. That takes a tenth of the processor time of a new process. A test that
depends on the start of a process (Python's own variables, a locale, a terminal, a debugger) gets a
new process: see `Programs.can_run`. So do the tests of what each command imports.
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The variables that Python, its libraries and the C library read when a process starts.
_READ_AT_START = (
    *("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "TZ", "FAKETIME"),
    *("COVERAGE_", "GCONV_PATH"),
)
_AS_USUAL = {"PYTHONIOENCODING": "utf-8"}
_IMPORTED_BEFORE = (
    *("base64", "binascii", "calendar", "ctypes", "datetime", "email.utils", "fcntl", "getpass"),
    *("hashlib", "hmac", "http.client", "inspect", "json", "logging", "platform", "secrets"),
    *("selectors", "shlex", "shutil", "socket", "ssl", "stat", "string", "subprocess", "tempfile"),
    *("termios", "textwrap", "threading", "tomllib", "traceback", "unicodedata", "urllib.parse"),
    *("uuid", "webbrowser", "zlib"),
    *("click", "platformdirs", "segno", "tomlkit", "truststore"),
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.serialization",
)
# The module that starts the program, and modules that few runs need.
_NOT_BEFORE = re.compile(r"osdu_auth\.(?:__main__|sandbox|demo|notebook)\b")
_LENGTH = 8  # bytes


class Ended(NamedTuple):
    """How a run of the program ended.

    Args:
        returncode: its exit code; below zero, the number of the signal that ended it.
        stdout: what it wrote to standard output.
        stderr: what it wrote to standard error.
    """

    returncode: int
    stdout: bytes
    stderr: bytes


class Programs:
    """The server process, as the tests use it.

    Args:
        options: options of Python for the server process, and so for each run.
    """

    def __init__(self, *options: str) -> None:
        self._near, far = socket.socketpair()
        self._started_with = {**os.environ, **_AS_USUAL}
        with far:
            self._server = subprocess.Popen(
                [sys.executable, *options, __file__, str(far.fileno())],
                pass_fds=[far.fileno()],
                env=self._started_with,
                stdin=subprocess.DEVNULL,
            )

    def __enter__(self) -> Programs:  # noqa: PYI034 - "Self" is of Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._near.close()
        self._server.wait(30)

    def can_run(self, environment: Mapping[str, str]) -> bool:
        """Say whether a child of the server would be like a new process with these variables."""
        names = set(environment) | set(self._started_with)
        return all(
            environment.get(name) == self._started_with.get(name)
            for name in names
            if name.startswith(_READ_AT_START)
        )

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes,
        environment: Mapping[str, str],
        folder: str,
        timeout: float,
    ) -> Ended:
        """Run the program, and return how it ended.

        Args:
            arguments: the arguments of the command line.
            stdin: the bytes of standard input.
            environment: the environment variables.
            folder: the working directory.
            timeout: seconds after which the program is killed.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        ours_err, theirs_err = os.pipe()
        message = json.dumps([list(arguments), dict(environment), folder]).encode()
        theirs = [theirs_in, theirs_out, theirs_err]
        socket.send_fds(self._near, [len(message).to_bytes(_LENGTH, "big")], theirs)
        self._near.sendall(message)
        for each in theirs:
            os.close(each)
        process = int.from_bytes(_whole(self._near, _LENGTH), "big")
        read = [_Reader(ours_out), _Reader(ours_err)]
        with suppress(BrokenPipeError), open(ours_in, "wb", buffering=0) as stream:
            stream.write(stdin)
        self._near.settimeout(timeout)
        try:
            code = int.from_bytes(_whole(self._near, _LENGTH), "big", signed=True)
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout) from None
        finally:
            self._near.settimeout(None)
        return Ended(code, *(each.read() for each in read))


class _Reader(Thread):
    """Reads a pipe to its end, so that the program does not wait for a reader."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._content = b""
        self.start()

    def run(self) -> None:
        with open(self._descriptor, "rb") as stream:
            self._content = stream.read()

    def read(self) -> bytes:
        self.join()
        return self._content


def _whole(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        piece = connection.recv(length - len(content))
        if not piece:
            raise EOFError
        content += piece
    return content


def serve(connection: socket.socket) -> None:
    """Fork for each message; return only in the child, which then runs the program."""
    from importlib import import_module
    from pkgutil import walk_packages

    import osdu_auth

    ours = [name for _, name, _ in walk_packages(osdu_auth.__path__, "osdu_auth.")]
    for name in (*_IMPORTED_BEFORE, *(name for name in ours if not _NOT_BEFORE.match(name))):
        with suppress(ImportError):  # of a later Python, or for another system
            import_module(name)
    gc.collect()
    gc.freeze()  # so that a child does not copy objects that it only reads
    while True:
        begin, descriptors, _, _ = socket.recv_fds(connection, _LENGTH, 3)
        if not begin:
            connection.close()
            sys.exit()
        begin += _whole(connection, _LENGTH - len(begin)) if len(begin) < _LENGTH else b""
        arguments, environment, folder = json.loads(
            _whole(connection, int.from_bytes(begin, "big"))
        )
        process = os.fork()
        if not process:
            connection.close()
            _take_on(arguments, environment, folder, descriptors)
            return
        for each in descriptors:
            os.close(each)
        connection.sendall(process.to_bytes(_LENGTH, "big"))
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        connection.sendall(code.to_bytes(_LENGTH, "big", signed=True))


def _take_on(
    arguments: list[str], environment: dict[str, str], folder: str, descriptors: list[int]
) -> None:
    """Take on the arguments, variables, folder and streams of a run of the program."""
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(folder)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as Python's own
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    vars(sys).update(__stdin__=sys.stdin, __stdout__=sys.stdout, __stderr__=sys.stderr)
    sys.argv = ["osdu_auth", *arguments]


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
    # This is the child: run the program as `python -m osdu_auth` does.
    import runpy

    runpy.run_module("osdu_auth", run_name="__main__", alter_sys=True)
