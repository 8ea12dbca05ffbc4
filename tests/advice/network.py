"""Provokers of answers that do not come, or that something else than the service gives."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from advice.configuration import sign_in
from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/x-amz-json-1.1"
# What the sandbox does to each request until the fault is over; then the same is tried again, as
# the advice says.
UNTIL_IT_IS_OVER: dict[str, Callable[[Sandbox], None]] = {
    "OA-N607": lambda sandbox: sandbox.faults.drop("InitiateAuth", times=None),
    "OA-N606": lambda sandbox: sandbox.faults.drop("InitiateAuth", reset=True, times=None),
    "OA-N633": lambda sandbox: answered(sandbox, body="{", content_type=JSON),
    "OA-N634": lambda sandbox: answered(sandbox, body="{}", content_type=JSON),
    "OA-N639": lambda sandbox: answered(sandbox, body="<html>", status=403),
    "OA-N640": lambda sandbox: sandbox.faults.throttle("InitiateAuth", times=None),
    "OA-N641": lambda sandbox: answered(sandbox, body="no", status=503),
}


def answered(sandbox: Sandbox, **reply: Any) -> None:
    sandbox.faults.reply("InitiateAuth", times=None, **reply)


@provokes(*UNTIL_IT_IS_OVER)
def fault_that_passes(scene: Scene, code: str = "") -> Fault:
    UNTIL_IT_IS_OVER[code](scene.sandbox)
    return Fault(sign_in(scene), line="", first=scene.sandbox.faults.clear)


@provokes("OA-N635")
def answer_that_lacks_a_member(scene: Scene) -> Fault:
    scene.sign_in()
    scene.sandbox.faults.reply("ListDevices", body='{"Devices": 5}', content_type=JSON)
    return Fault(scene.attempt("account", "devices"), line="")


@provokes("OA-N690")
def reason_that_is_not_known(scene: Scene) -> Fault:
    scene.sign_in()
    scene.sandbox.faults.error("ListDevices", "QuiteNewException", "something new")
    return Fault(scene.attempt("account", "devices"), line="")


@provokes("OA-N602")
def nothing_that_listens(scene: Scene) -> Fault:
    """The sandbox stands at its port again when the network has been checked."""
    with Sandbox() as other:
        address = other.endpoint_url
    good = scene.settings["endpoint_url"]
    scene.write(endpoint_url=address)
    return Fault(sign_in(scene), line="", first=lambda: scene.write(endpoint_url=good))


@provokes("OA-N660")
def port_that_is_taken(scene: Scene) -> Fault:
    port = scene.sandbox.endpoint_url.rpartition(":")[2]
    lines = [["sandbox", "--port", port, "-p", "another"]]

    def attempt() -> Outcome:
        command = [sys.executable, "-m", "osdu_auth", *lines[-1], "--json"]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=scene.environment,
            text=True,
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            begun = running.stdout.readline()
            running.terminate()
            return Outcome(0 if begun else 6, "" if begun else running.stderr.read())

    def follow(advice: str) -> None:
        lines.append(shlex.split(advice.partition(" takes")[0])[1:])

    return Fault(attempt, in_python=follow)
