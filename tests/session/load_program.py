"""A program: many processes that all use one session for a while; some are killed at random.

It reads a plan from standard input, forks, and prints what happened. It is a program of its own,
because a process should fork only without threads.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from typing import Any

from osdu_auth import OsduAuthError, Profile, Secret, Session
from osdu_auth.stores.file import FileStore
from osdu_auth.tokens import unverified_claims

# How often all of them together ask; a small machine can do it.
ASKED_EACH_SECOND = 600.0
LONGEST_REPORT = 4096  # bytes that a pipe takes at once (POSIX: PIPE_BUF)


class Member:
    """One of the processes.

    Args:
        plan: what standard input said.
        until: when the processes end, in seconds since 1970.
        may_end: a byte; 0 while processes are still to be killed: until then they do not end.
    """

    def __init__(self, plan: dict[str, Any], until: float, may_end: mmap.mmap) -> None:
        self.session = Session(Profile(**plan["profile"]), store=FileStore(plan["state"]))
        self.plan = plan
        self.until = until
        self.may_end = may_end
        self.pause = plan["askers"] / ASKED_EACH_SECOND
        self.calls = 0
        self.most_overdue = -1e9
        self.failures: list[str] = []
        self._ends: dict[Secret, float] = {}

    def live(self) -> None:
        threads = [threading.Thread(target=self.ask) for _ in range(self.plan["threads"] - 1)]
        for thread in threads:
            thread.start()
        if self.plan["tasks"]:
            asyncio.run(self.ask_in_tasks())
        else:
            self.ask()
        for thread in threads:
            thread.join()
        with self.session:
            pass

    def ask(self) -> None:
        while self.goes_on():
            begin = time.time()
            try:
                self.note(self.session.token(), begin)
            except OsduAuthError as error:
                self.failures.append(error.code)
            time.sleep(random.uniform(0, 2 * self.pause))

    async def ask_in_tasks(self) -> None:
        async def ask() -> None:
            while self.goes_on():
                begin = time.time()
                try:
                    self.note(await self.session.atoken(), begin)
                except OsduAuthError as error:
                    self.failures.append(error.code)
                await asyncio.sleep(random.uniform(0, 2 * self.pause))

        await asyncio.gather(*(ask() for _ in range(self.plan["tasks"])))

    def goes_on(self) -> bool:
        return (time.time() < self.until or not self.may_end[0]) and not self.failures

    def note(self, token: Secret, begin: float) -> None:
        """Record for how long the pool had called this token expired when it was asked for."""
        if token not in self._ends:
            self._ends[token] = unverified_claims(token)["exp"]
        self.calls += 1
        self.most_overdue = max(self.most_overdue, begin - self._ends[token])

    def report(self) -> bytes:
        told = [self.calls, self.most_overdue, self.failures[:5]]
        return json.dumps(told).encode()[:LONGEST_REPORT] + b"\n"


def born(plan: dict[str, Any], until: float, may_end: mmap.mmap, pipe: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        random.seed()
        member = Member(plan, until, may_end)
        member.live()
        os.write(pipe, member.report())
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    plan = json.load(sys.stdin)
    plan["askers"] = plan["processes"] * (plan["threads"] - 1 + (plan["tasks"] or 1))
    begin = time.time()
    until = begin + plan["seconds"]
    # A byte that all processes share: whether the kills are over. A busy machine may be late.
    may_end = mmap.mmap(-1, 1)
    may_end[0] = plan["kills"] == 0
    reading, writing = os.pipe()
    living = {born(plan, until, may_end, writing) for _ in range(plan["processes"])}
    killed = 0
    latest = begin + 15 * plan["seconds"]  # a busy machine kills and forks slowly
    while killed < plan["kills"] and time.time() < latest:
        time.sleep(plan["seconds"] / plan["kills"] * random.uniform(0, 1))
        victim = random.choice(tuple(living))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        killed += 1
        living.remove(victim)
        living.add(born(plan, until, may_end, writing))
    may_end[0] = 1
    seconds = max(time.time(), until) - begin
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        reports = [json.loads(line) for line in pipe]
    crashed = sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in living)
    met = {
        "killed": killed,
        "seconds": seconds,
        "reports": len(reports),
        "crashed": crashed,
        "calls": sum(calls for calls, _, _ in reports),
        "most_overdue": max(overdue for _, overdue, _ in reports),
        "failures": Counter(code for _, _, codes in reports for code in codes),
    }
    print(json.dumps(met))


if __name__ == "__main__":
    main()
