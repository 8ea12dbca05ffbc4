"""A real redis-server of a test's own: on loopback, in a folder that goes with it."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

from programs_of_others import redis_server

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

_STARTS = 15.0  # seconds


class RedisServer:
    """Runs until it is stopped, and can be killed and begun again.

    Args:
        folder: where it keeps its files.
        options: further words of its command line.
        program: its path; None for that of redis-server.
    """

    def __init__(self, folder: Path, *options: str, program: str | None = None) -> None:
        self.program = program or redis_server()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of a board in it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> Self:
        """Start it on the port that it had before."""
        words = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir"]
        words += [str(self.folder), "--maxclients", "6000", *self.options, *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)
        end = time.monotonic() + _STARTS
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """End it as a crash does: what was not written to a disk is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self, **arguments: Any) -> Any:
        """Return a client of redis-py."""
        import redis

        return redis.Redis("127.0.0.1", self.port, socket_timeout=10, protocol=2, **arguments)

    def __enter__(self) -> Self:
        return self if self._process is not None else self.start()

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(1)
                connection.sendall(b"PING\r\n")
                return connection.recv(64)[:1] in {b"+", b"-"}
        except OSError:
            return False


def free_port() -> int:
    """Return a port of loopback on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
