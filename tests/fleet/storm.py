"""The faults of the storm (publishers, Redis, the network, clocks), and the checks during it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from canaries import register_tokens
from fleet.fleet_test_parts import posted
from osdu_auth import OsduAuthError
from osdu_auth.stores.sealing import new_key
from redis_server import RedisServer
from session_test_parts import renewals

if TYPE_CHECKING:
    from typing_extensions import Self

    from osdu_auth import Sandbox, Session

LIFE = 40  # seconds that a token lives
PROCESSES = 4  # of workers

TOKEN = "osdu-auth:{default}:token"
CHANNEL = "osdu-auth:{default}"
_WORDS = 7  # of a hint: the time, and the six of what is posted


def scale(name: str, usual: int) -> int:
    """A size of the storm; OSDU_FLEET_<NAME> makes it smaller where a run is to be short."""
    return int(os.environ.get(f"OSDU_FLEET_{name}", usual))


class Outage(NamedTuple):
    """A time in which Redis did not answer, in seconds since 1970.

    Args:
        begin: its begin.
        end: when Redis answered again.
        is_partition: whether it lasted as long as a partition.
    """

    begin: float
    end: float
    is_partition: bool = False


class Publishers:
    """Two of `osdu-auth share`, one standing by; either is killed and started again.

    One that ends by itself, as Redis was away when it started, is started again as systemd does.
    """

    def __init__(self, board: str, log: Path) -> None:
        self._words = [sys.executable, "-m", "osdu_auth", "share", board, "--json"]
        self._log = log
        self._running: list[subprocess.Popen[bytes]] = []
        self._is_over = threading.Event()
        self._killing: threading.Thread | None = None
        self.kills = 0

    def begin(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            begun = subprocess.Popen(self._words, stdout=subprocess.PIPE, stderr=log)
        self._running.append(begun)
        return begun

    def kill_one(self) -> None:
        """Kill the older one, and wait until the new one says that a token is on the board."""
        _kill(self._running.pop(0))
        self.kills += 1
        while not self._has_published(self.begin()) and not self._is_over.wait(1.0):
            _kill(self._running.pop())

    def start_killing(self, count: int, seconds: float) -> None:
        """Kill so many, one after the other, in about so many seconds, in a thread."""
        self._killing = threading.Thread(target=self._kill_many, args=(count, seconds))
        self._killing.start()

    def wait_until_all_are_killed(self) -> None:
        if self._killing is not None:
            self._killing.join()

    def _kill_many(self, count: int, seconds: float) -> None:
        begin = time.monotonic()
        for number in range(count):
            due = begin + seconds * number / count
            if self._is_over.wait(max(due - time.monotonic(), 0.2)):
                return
            self.kill_one()

    def _has_published(self, begun: subprocess.Popen[bytes]) -> bool:
        assert begun.stdout is not None
        line = begun.stdout.readline()
        with self._log.open("ab") as log:
            log.write(line or b"it ended before it had published\n")
        return bool(line)

    def end(self) -> None:
        self._is_over.set()
        self.wait_until_all_are_killed()
        for each in self._running:
            _kill(each)


def _kill(publisher: subprocess.Popen[bytes]) -> None:
    with publisher:
        publisher.kill()


class Watch:
    """Notes what the storm is judged by, in threads of its own.

    When each generation was published first, as the channel says; what MONITOR shows; and each
    token of the session, which is a canary from then on.
    """

    def __init__(self, server: RedisServer, session: Session, monitored: Path) -> None:
        self._server, self._session, self._monitored = server, session, monitored
        self._is_over = threading.Event()
        self._generation = 0
        self.published: dict[int, float] = {}
        self.tokens_seen = 0

    def start(self) -> None:
        for work in (self._note_hints, self._note_commands, self._note_tokens):
            threading.Thread(target=self._repeat, args=(work,), daemon=True).start()

    def end(self) -> None:
        self._is_over.set()

    def _repeat(self, work: Any) -> None:
        while not self._is_over.is_set():
            with suppress(Exception):  # the server is being killed
                work()
            self._is_over.wait(0.05)

    def _note_hints(self) -> None:
        with self._server.client() as client, client.pubsub() as hints:
            hints.subscribe(CHANNEL)
            while not self._is_over.is_set():
                message = hints.get_message(timeout=0.5)
                words = message["data"].split() if message and message["type"] == "message" else []
                if len(words) == _WORDS:
                    self.published.setdefault(int(words[4]), int(words[0]) / 1000)

    def _note_commands(self) -> None:
        address = ("127.0.0.1", self._server.port)
        with socket.create_connection(address, 1) as monitor, self._monitored.open("ab") as log:
            monitor.sendall(b"MONITOR\r\n")
            monitor.settimeout(0.5)
            while not self._is_over.is_set():
                with suppress(TimeoutError):
                    shown = monitor.recv(65536)
                    if not shown:
                        return
                    log.write(shown)

    def _note_tokens(self) -> None:
        with suppress(OsduAuthError):
            saved = self._session.store.peek(self._session.key)
            if saved is not None and saved.generation != self._generation:
                self._generation = saved.generation
                self.tokens_seen += 1
                register_tokens(saved)


def newest(server: RedisServer) -> int:
    """Return the generation that is on the board; 0 where there is none."""
    with server.client() as client:
        text = client.get(TOKEN)
    words = (text or b"").split()
    return int(words[3]) if len(words) == _WORDS - 1 else 0  # a false text may be there


def poison(server: RedisServer, number: int) -> int:
    """Put garbage, or a token that another key sealed, on the board, and send it as a hint.

    Returns:
        The generation that the false token names.
    """
    false = posted(key=new_key("board"), generation=int((time.time() + 200) * 1000))
    text = false.text if number % 2 else "garbage"
    with server.client() as client:
        client.set(TOKEN, text)
        client.publish(CHANNEL, f"{int(time.time() * 1000)} {text}")
    return false.generation


class Storm:
    """Everything that goes wrong with Redis, in its order.

    Args:
        server: it is killed, replaced and stopped.
        sandbox: which renews; a third of the kills wait for that, to meet a new token on its way.
        session: whose.
        folder: for replicas, and for what a server had written when it was killed.
    """

    def __init__(
        self, server: RedisServer, sandbox: Sandbox, session: Session, folder: Path
    ) -> None:
        self.server, self.folder = server, folder
        self._sandbox, self._session = sandbox, session
        self.losses, self.promotions = scale("LOSSES", 20), scale("PROMOTIONS", 5)
        self.false_texts, self.partition = scale("FALSE_TEXTS", 10), scale("PARTITION", 30)
        self.outages: list[Outage] = []
        self.healed_after: list[float] = []  # seconds from Redis's start to the token
        self.lagged = 0
        self.false_generations: set[int] = set()

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return self.losses * 13.0 + self.promotions * 25.0 + self.partition + LIFE

    def run(self) -> None:
        for step in range(max(self.losses, self.promotions, self.false_texts)):
            if step < self.false_texts:
                self.false_generations.add(poison(self.server, step))
                time.sleep(2.0)
            if step < self.losses:
                if step % 3 == 1:
                    self._await_renewal()
                else:
                    time.sleep(10.0)
                self._lose_everything(step)
            if step < self.promotions:
                time.sleep(2.0)
                self._promote(self.folder / f"replica-{step}")
        if self.partition:
            self._cut_off()
        time.sleep(LIFE)  # the life of one more token, undisturbed

    def in_words(self) -> str:
        return (
            f"{self.losses} kills of Redis with all its data, {self.promotions} promotions of a "
            f"replica ({self.lagged} of them lagged), a partition of {self.partition} s, "
            f"{self.false_texts} false tokens on the board, clocks 5 min off"
        )

    def _await_renewal(self) -> None:
        """Wait until the pool has renewed, or for the life of a token."""
        before, end = renewals(self._sandbox, self._session.profile), time.monotonic() + LIFE
        while renewals(self._sandbox, self._session.profile) == before and time.monotonic() < end:
            time.sleep(0.005)

    def _lose_everything(self, step: int) -> None:
        self.server.kill()
        begin = time.time()
        self._take_away_what_was_written(f"lost-{step}")
        self.server.start()
        self._note_return(begin)

    def _take_away_what_was_written(self, name: str) -> None:
        written = self.server.folder / "appendonlydir"
        if written.exists():
            shutil.move(str(written), str(self.folder / name))

    def _note_return(self, begin: float) -> None:
        """Note that Redis answers again, and after how long the token is there again."""
        end = time.time()
        self.outages.append(Outage(begin, end))
        while time.time() < end + LIFE:
            with suppress(Exception):
                if newest(self.server):
                    break
            time.sleep(0.005)
        self.healed_after.append(time.time() - end)

    def _promote(self, folder: Path) -> None:
        """Have a replica that was cut off before the newest token take the primary's place."""
        primary = self.server
        replica = RedisServer(folder, "--save", "", "--replicaof", "127.0.0.1", str(primary.port))
        replica.start()
        try:
            end = time.monotonic() + 30
            while newest(replica) != newest(primary) or not newest(primary):
                assert time.monotonic() < end, "the replica does not follow"
                time.sleep(0.05)
            with replica.client() as client:
                client.execute_command("REPLICAOF", "127.0.0.1", "1")  # no server is there
            lagging = newest(replica)
            self._await_renewal()
            end = time.monotonic() + 5
            while newest(primary) <= lagging and time.monotonic() < end:
                time.sleep(0.02)
            self.lagged += newest(primary) > lagging
            with replica.client() as client:
                client.execute_command("REPLICAOF", "NO", "ONE")
            primary.kill()
            begin = time.time()
            with replica.client() as client:
                client.execute_command("CONFIG", "SET", "port", str(primary.port))
        except BaseException:
            replica.kill()
            raise
        self._take_away_what_was_written(f"{folder.name}-of-primary")
        primary._process, replica._process = replica._process, None
        self.outages.append(Outage(begin, time.time()))

    def _cut_off(self) -> None:
        """Have Redis not answer for the seconds of the partition."""
        assert self.server._process is not None
        begin = time.time()
        self.server._process.send_signal(signal.SIGSTOP)
        time.sleep(self.partition)
        self.server._process.send_signal(signal.SIGCONT)
        self.outages.append(Outage(begin, time.time(), is_partition=True))


class Crowd:
    """Processes of workers.

    Args:
        board: the address.
        key: the reference to the board key.
        count: of workers in all.
        log: for what they print.
    """

    def __init__(self, board: str, key: str, count: int, log: Path) -> None:
        program = str(Path(__file__).with_name("worker_process.py"))
        clocks = {1: 300.0, 2: -300.0}  # five minutes off, either way
        with log.open("ab") as said:
            self._running = [
                subprocess.Popen(
                    [
                        *(sys.executable, program, board, key, str(count // PROCESSES)),
                        str(clocks.get(number, 0.0)),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    text=True,
                )
                for number in range(PROCESSES)
            ]
        for each in self._running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for each in self._running:
            if each.poll() is None:
                each.kill()
                each.communicate()

    def end(self) -> list[dict[str, Any]]:
        """Have them end, and return their figures."""
        figures = []
        for each in self._running:
            with each:
                out, _ = each.communicate(timeout=120)
            figures.append(json.loads(out.splitlines()[-1]))
        return figures
