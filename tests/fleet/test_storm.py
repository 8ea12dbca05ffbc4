"""A thousand workers on one Redis, and everything that goes wrong: `make torture`.

Promises that hold on any machine are asserted: renewals, reuse, expired tokens, secrets. How fast a
token arrives is a figure of the table: a machine that other work keeps busy has figures of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from canaries import CANARIES, register_tokens
from fleet.fleet_far_end import posted
from osdu_auth import Profile, Sandbox, Secret, Session
from osdu_auth.cognito.challenges import nobody
from osdu_auth.profiles.edits import write_profile
from osdu_auth.stores.sealing import new_key
from redis_server import RedisServer
from session_far_end import RENEWAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.torture, pytest.mark.timeout(3000)]

_WORDS = 7  # of a hint: the time, and the six of what is posted
TOKEN = "osdu-auth:{default}:token"
CHANNEL = "osdu-auth:{default}"


def scale(name: str, usual: int) -> int:
    """A size of the torture; OSDU_FLEET_<NAME> makes it smaller where a run is to be short."""
    return int(os.environ.get(f"OSDU_FLEET_{name}", usual))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that only this fleet asks."""
    with Sandbox() as running:
        yield running


class Publishers:
    """Two of `osdu-auth share`, one standing by; either is killed and begun again."""

    def __init__(self, board: str, log: Path) -> None:
        self._words = [sys.executable, "-m", "osdu_auth", "share", board, "--json"]
        self._log = log
        self._running: list[subprocess.Popen[bytes]] = []
        self.kills = 0

    def begin(self) -> None:
        with self._log.open("ab") as log:
            begun = subprocess.Popen(self._words, stdout=subprocess.PIPE, stderr=log)
        self._running.append(begun)

    def kill_one(self) -> None:
        """Kill the older one, and wait until the new one says that a token is on the board."""
        _kill(self._running.pop(0))
        self.kills += 1
        self.begin()
        self._await_first_line(self._running[-1])

    def _await_first_line(self, begun: subprocess.Popen[bytes]) -> None:
        assert begun.stdout is not None
        line = begun.stdout.readline()
        with self._log.open("ab") as log:
            log.write(line or b"it ended before it had published\n")

    def end(self) -> None:
        for each in self._running:
            _kill(each)


def _kill(publisher: subprocess.Popen[bytes]) -> None:
    with publisher:
        publisher.kill()


class Watch(threading.Thread):
    """Notes when each generation was published first, as the channel tells."""

    def __init__(self, server: RedisServer) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.published: dict[int, float] = {}
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            try:
                self._follow()
            except Exception:  # noqa: BLE001 - the server is being killed
                time.sleep(0.05)

    def _follow(self) -> None:
        with self._server.client() as client, client.pubsub() as hints:
            hints.subscribe(CHANNEL)
            while not self.is_over:
                message = hints.get_message(timeout=0.5)
                words = message["data"].split() if message and message["type"] == "message" else []
                if len(words) == _WORDS:
                    self.published.setdefault(int(words[4]), int(words[0]) / 1000)


def newest(server: RedisServer) -> int:
    with server.client() as client:
        text = client.get(TOKEN)
    words = (text or b"").split()
    return int(words[3]) if len(words) == _WORDS - 1 else 0  # a lie may be there


def promote_lagging(server: RedisServer, folder: Path, patience: float) -> bool:
    """Have a replica that was cut off before the newest token take the primary's place."""
    replica = RedisServer(folder, "--save", "", "--replicaof", "127.0.0.1", str(server.port))
    replica.start()
    try:
        return _take_its_place(server, replica, patience)
    except BaseException:
        replica.kill()
        raise


def _take_its_place(server: RedisServer, replica: RedisServer, patience: float) -> bool:
    end = time.monotonic() + 30
    while newest(replica) != newest(server) or not newest(server):
        assert time.monotonic() < end, "the replica does not follow"
        time.sleep(0.05)
    with replica.client() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")  # no one answers there
    lagging, end = newest(replica), time.monotonic() + patience
    while newest(server) <= lagging and time.monotonic() < end:
        time.sleep(0.1)
    lagged = newest(server) > lagging
    with replica.client() as client:
        client.execute_command("REPLICAOF", "NO", "ONE")
    server.kill()
    with replica.client() as client:
        client.execute_command("CONFIG", "SET", "port", str(server.port))
    server._process, replica._process = replica._process, None
    return lagged


def poison(server: RedisServer, number: int) -> int:
    """Put garbage, or a token that another key sealed, where the token is, and shout it."""
    lie = posted(key=new_key("board"), generation=int((time.time() + 200) * 1000))
    text = lie.text if number % 2 else "garbage"
    with server.client() as client:
        client.set(TOKEN, text)
        client.publish(CHANNEL, f"{int(time.time() * 1000)} {text}")
    return lie.generation


class Storm:
    """What goes wrong, in its order.

    Args:
        server: it is killed and replaced.
        publishers: they are killed.
        folder: for replicas.
    """

    def __init__(self, server: RedisServer, publishers: Publishers, folder: Path) -> None:
        self.server, self.publishers, self.folder = server, publishers, folder
        self.kills, self.losses = scale("KILLS", 100), scale("LOSSES", 20)
        self.promotions, self.lies = scale("PROMOTIONS", 5), scale("LIES", 10)
        self.partition = scale("PARTITION", 30)
        self.lost_at: list[float] = []
        self.lagged = 0
        self.lied: set[int] = set()

    def run(self) -> None:
        for step in range(self.kills):
            time.sleep(1.0)
            self.publishers.kill_one()
            if self._is_due(step, self.losses, 0):
                self.server.kill()
                self.lost_at.append(time.time())
                self.server.start()
            if self._is_due(step, self.lies, 1):
                self.lied.add(poison(self.server, step // 2))
            if self._is_due(step, self.promotions, 2):
                self.lagged += promote_lagging(self.server, self.folder / f"{step}", LIFE)
                self.lost_at.append(time.time())
        if self.partition:
            assert self.server._process is not None
            self.server._process.send_signal(signal.SIGSTOP)
            time.sleep(self.partition)
            self.server._process.send_signal(signal.SIGCONT)
            self.lost_at.append(time.time())
        time.sleep(LIFE)  # one more life, in peace

    def _is_due(self, step: int, count: int, offset: int) -> bool:
        return bool(count) and step % max(self.kills // count, 1) == offset

    def in_words(self) -> str:
        return (
            f"{self.publishers.kills} kills of a publisher, {self.losses} of Redis with all its "
            f"data, {self.promotions} promotions of a replica ({self.lagged} lagged), a partition "
            f"of {self.partition} s, {self.lies} lies, clocks 5 min off"
        )


class Crowd:
    """Processes of workers.

    Args:
        board: the address.
        key: the reference.
        count: of workers in all.
        log: for what they say.
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

    def kill(self) -> None:
        for each in self._running:
            if each.poll() is None:
                each.kill()
                each.communicate()

    def end(self) -> list[dict[str, Any]]:
        """Have them end, and return their figures."""
        told = []
        for each in self._running:
            with each:
                out, _ = each.communicate(timeout=120)
            told.append(json.loads(out.splitlines()[-1]))
        return told


@pytest.fixture
def fleet(
    profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    """A signed-in user whose tokens live for forty seconds, and whose refresh tokens rotate."""
    client = sandbox.pool.add_app_client(
        "fleet", generate_secret=False, rotation=True, grace=60, access_token_validity=LIFE
    )
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("OSDU_AUTH_KEY_STORE", "off")
    mine = replace(profile, client_id=client.client_id, client_secret=None)
    write_profile(mine)
    session = Session("acme")
    register_tokens(session.sign_in(sandbox.username, Secret(sandbox.password), nobody))
    return session


LIFE = 40  # seconds
PROCESSES = 4


def test_a_thousand_workers_outlive_kills_data_loss_promotions_a_partition_and_lies(
    fleet: Session, sandbox: Sandbox, tmp_path: Path, torture_row: Callable[[str, str], None]
) -> None:
    workers = scale("WORKERS", 1000) // PROCESSES * PROCESSES
    server = RedisServer(tmp_path / "redis", "--save", "").start()
    publishers = Publishers(server.url, tmp_path / "publishers.log")
    storm, watch = Storm(server, publishers, tmp_path / "replicas"), Watch(server)
    watch.start()
    key = tmp_path / "state" / "board.key"
    crowd: Crowd | None = None
    try:
        publishers.begin()
        while not key.exists():
            time.sleep(0.05)
        publishers.begin()
        crowd = Crowd(server.url, f"file:{key}", workers, tmp_path / "workers.log")
        began = time.time()
        storm.run()
        took = time.time() - began
        told = crowd.end()
    finally:
        if crowd is not None:
            crowd.kill()
        publishers.end()
        watch.is_over = True
        server.kill()
    renewed, refused = renewals_of(sandbox, fleet)
    codes: Counter[str] = Counter()
    for each in told:
        codes.update(each["codes"])
    published = {at: when for at, when in watch.published.items() if at not in storm.lied}
    calm, stormy = delays(told, published, storm.lost_at)
    torture_row(
        f"{workers} workers on one Redis, {took:.0f} s, tokens of {LIFE} s: {storm.in_words()}",
        f"{renewed} renewals, {len(published) - 1} new tokens; reuse {dict(refused) or 0}; "
        f"{sum(each['reads'] for each in told)} reads, of an expired token {codes['expired']}, "
        f"without a token {dict(codes) or 0}; a new token after {percentiles(calm)}, within 6 s "
        f"of a loss of Redis {percentiles(stormy)}",
    )
    assert codes.pop("expired", 0) == 0
    assert not refused
    # A publisher that dies between the pool's answer and the disk leaves a renewal that no one saw.
    assert len(published) - 1 <= renewed <= took / (0.5 * LIFE) + 2
    assert set(codes) <= {"OA-W411"}, "one way to have no token: the board was away for too long"
    assert all(len(taken) > 1 for each in told for taken in each["taken"])
    fleet.renew()
    written = [*tmp_path.rglob("*.log"), *(tmp_path / "redis").rglob("*")]
    for path in filter(Path.is_file, written):
        text = path.read_text("latin-1")
        assert not [1 for canary in CANARIES if canary in text], path.name


def renewals_of(sandbox: Sandbox, session: Session) -> tuple[int, Counter[str]]:
    """Return how often the pool renewed for a session's app client, and what it refused."""
    asked = [
        each
        for each in sandbox.requests.matching(RENEWAL)
        if each.parameters.get("ClientId") == session.profile.client_id
    ]
    refused = Counter(each.error for each in asked if each.status not in {200, None})
    return sum(each.status == 200 for each in asked), refused


def delays(
    told: list[dict[str, Any]], published: dict[int, float], lost_at: list[float]
) -> tuple[list[float], list[float]]:
    """Return after how many seconds workers had what was published while they ran."""
    calm: list[float] = []
    stormy: list[float] = []
    for each in told:
        for taken in each["taken"]:
            for generation, at in taken[1:]:
                begin = published.get(generation)
                if begin is None:
                    continue
                is_calm = all(abs(begin - lost) > 6 for lost in lost_at)
                (calm if is_calm else stormy).append(max(at - begin, 0.0))
    return sorted(calm), sorted(stormy)


def percentiles(figures: list[float]) -> str:
    if not figures:
        return "no figure"
    shown = ((50, "p50"), (99, "p99"), (100, "at most"))
    values = [
        f"{name} {figures[min(len(figures) * share // 100, len(figures) - 1)] * 1000:.0f} ms"
        for share, name in shown
    ]
    return ", ".join(values) + f" ({len(figures)})"


def test_a_publisher_that_is_killed_at_any_moment_costs_no_session(
    fleet: Session, sandbox: Sandbox, tmp_path: Path, torture_row: Callable[[str, str], None]
) -> None:
    """On a folder, with tokens of few seconds, so that most kills meet a renewal."""
    rounds = scale("ROUNDS", 40)
    short = sandbox.pool.add_app_client(
        "short", generate_secret=False, rotation=True, grace=60, access_token_validity=4
    )
    profile = replace(fleet.profile, client_id=short.client_id)  # type: ignore[type-var]
    write_profile(profile)
    session = Session("acme")
    register_tokens(session.sign_in(sandbox.username, Secret(sandbox.password), nobody))
    publishers = Publishers(f"dir:{tmp_path / 'board'}", tmp_path / "publishers.log")
    publishers.begin()
    try:
        for _ in range(rounds):
            time.sleep(1.5)
            publishers.kill_one()
    finally:
        publishers.end()
    renewed, refused = renewals_of(sandbox, session)
    torture_row(
        f"{rounds} kills of a publisher on a folder, tokens of 4 s",
        f"{renewed} renewals, refused {dict(refused) or 0}; the session goes on",
    )
    assert not refused
    session.renew()
