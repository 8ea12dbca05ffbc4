"""A real Chromium without a screen, driven by its DevTools protocol over a pipe.

The protocol is told of at https://chromedevtools.github.io/devtools-protocol/. The laws of this
module:

- The browser keeps all it writes in a folder of the test's own, and reaches loopback alone.
- What was started is ended, and nothing else: the program and its children are a process group.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import programs_of_others

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_ENOUGH = 60.0  # seconds for any one step on a busy machine
_LEAVING_TIME = 10.0  # seconds
# Chromium reads commands from descriptor 3 and writes to 4; a child has ours under other numbers.
_START = (
    "import fcntl, os, sys\n"
    "high = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]\n"
    "os.dup2(high[0], 3), os.dup2(high[1], 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """Run Chromium, and yield a tab of it; skip the test where there is none.

    Args:
        folder: an empty one, for its profile.
    """
    program = programs_of_others.chromium()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it has none for root
    commands, to_us = os.pipe(), os.pipe()
    complaints = folder / "complaints"
    # All that it keeps stays in the folder, with which it is deleted.
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"), str(folder))
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", _START, str(commands[0]), str(to_us[1])),
                *(
                    program,
                    *_FLAGS,
                    *sandbox,
                    f"--user-data-dir={folder / 'profile'}",
                    "about:blank",
                ),
            ],
            env={**os.environ, **homes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=(commands[0], to_us[1]),
            start_new_session=True,
        )
    os.close(commands[0])
    os.close(to_us[1])
    protocol = _Protocol(commands[1], to_us[0], complaints)
    try:
        yield Tab(protocol)
        protocol.send("Browser.close")
        process.wait(_LEAVING_TIME)
    finally:
        os.close(commands[1])
        os.close(to_us[0])
        with suppress(ProcessLookupError, PermissionError):  # all of the group have ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Protocol:
    """JSON with a zero byte after each message, over two pipes."""

    def __init__(self, to_browser: int, from_browser: int, complaints: Path) -> None:
        self._to, self._from, self._complaints = to_browser, from_browser, complaints
        self._received = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        """All that was told without being asked for, in order."""

    def send(
        self, method: str, parameters: Mapping[str, Any] | None = None, session: str = ""
    ) -> Any:
        """Send a command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self._number:
                continue
            assert "error" not in answer, f"{method}: {answer['error']}"
            return answer["result"]

    def wait(self, is_it: Callable[[dict[str, Any]], bool], since: int) -> dict[str, Any]:
        """Return the first event of a kind, of those after `since` others."""
        while True:
            for event in self.events[since:]:
                since += 1
                if is_it(event):
                    return event
            self._next()

    def _next(self) -> dict[str, Any]:
        """Return the next message; an event is noted as well."""
        end = time.monotonic() + _ENOUGH
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._from], [], [], max(end - time.monotonic(), 0))
            assert ready, f"Chromium says nothing; last it said {self.events[-3:]}"
            more = os.read(self._from, 1 << 16)
            assert more, f"Chromium has ended: {self._complaints.read_text()[-1000:]}"
            self._received += more
        first, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        if "id" not in message:
            self.events.append(message)
        return message


class Tab:
    """One tab: what a person sees and does in it."""

    def __init__(self, protocol: _Protocol) -> None:
        self._protocol = protocol
        target = protocol.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = protocol.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._send(f"{domain}.enable")

    @property
    def url(self) -> str:
        """What stands in the address bar."""
        history = self._send("Page.getNavigationHistory")
        url: str = history["entries"][history["currentIndex"]]["url"]
        return url

    @property
    def title(self) -> str:
        """The title of the page."""
        return str(self.value("document.title"))

    @property
    def text(self) -> str:
        """What is there to read."""
        return str(self.value("document.body.innerText"))

    def value(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript, which the page need not allow."""
        told = self._send(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "userGesture": True},
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def open(self, url: str) -> None:
        """Go to an address, and wait until the page that it leads to is there."""
        with self._navigation():
            self._send("Page.navigate", {"url": url})

    def has(self, selector: str) -> bool:
        """Say whether there is such an element."""
        return bool(self.value(f"document.querySelector({json.dumps(selector)}) !== null"))

    def type(self, selector: str, text: str) -> None:
        """Put the cursor into a field, and type."""
        self.value(f"document.querySelector({json.dumps(selector)}).select()")
        self._send("Input.insertText", {"text": text})

    def press(self, selector: str) -> None:
        """Press a button or a link, and wait for the page that it leads to."""
        with self._navigation():
            self.value(f"document.querySelector({json.dumps(selector)}).click()")

    def prefer(self, scheme: str) -> None:
        """Have the person prefer pages that are `light` or `dark`."""
        preference = {"name": "prefers-color-scheme", "value": scheme}
        self._send("Emulation.setEmulatedMedia", {"features": [preference]})

    def picture(self) -> bytes:
        """Return what the tab looks like, as a PNG."""
        from base64 import b64decode

        return b64decode(self._send("Page.captureScreenshot")["data"])

    def requests(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return what was asked of servers, in order, each with its headers."""
        asked = [each["params"]["request"] for each in self._events("Network.requestWillBeSent")]
        return [(each["url"], each["headers"]) for each in asked]

    def complaints(self) -> list[str]:
        """Return what the browser found wrong, such as a breach of a page's content policy."""
        return [each["params"]["entry"]["text"] for each in self._events("Log.entryAdded")]

    def _events(self, method: str) -> list[dict[str, Any]]:
        self.value("0")  # what was told up to now has come
        return [each for each in self._protocol.events if each["method"] == method]

    @contextmanager
    def _navigation(self) -> Iterator[None]:
        since = len(self._protocol.events)
        yield
        self._protocol.wait(lambda event: event["method"] == "Page.loadEventFired", since)

    def _send(self, method: str, parameters: Mapping[str, Any] | None = None) -> Any:
        return self._protocol.send(method, parameters, self._session)
