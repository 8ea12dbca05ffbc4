"""A real redis-server for one test, on loopback and in its own folder."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

from programs_of_others import redis_server

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

_LONGEST_START = 15.0  # seconds


class RedisServer:
    """A redis-server that runs until it is stopped, and can be killed and started again.

    Args:
        folder: the folder for its files.
        options: further arguments of its command line.
        program: the path of its program; None for redis-server.
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
        """The address of a board in this server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> Self:
        """Start the server; after a stop, on the same port."""
        words = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir"]
        words += [str(self.folder), "--maxclients", "6000", *self.options, *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)
        end = time.monotonic() + _LONGEST_START
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """End the server as a crash does: data that was not written to disk is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self, **arguments: Any) -> Any:
        """Return a client of redis-py."""
        import redis

        return redis.Redis("127.0.0.1", self.port, socket_timeout=10, protocol=2, **arguments)

    def flush(self) -> None:
        """Delete all its data."""
        with self.client() as client:
            client.flushall()

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
