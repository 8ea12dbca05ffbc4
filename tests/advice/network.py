"""Faults of the network: no answer, or an answer of another server."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from advice.configuration import sign_in
from advice.registry import provokes
from advice.sandboxes import sandbox_started_otherwise
from advice.scene import Fault, Scene, in_python
from osdu_auth.sandbox import Sandbox
from osdu_auth.wire import send
from wire.scripted_server import ScriptedServer, sends

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/x-amz-json-1.1"
# What the sandbox does to each request until the fault is over; then the test tries again, as
# the fix says.
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
    """The sandbox is at its port again after the network was checked."""
    with Sandbox() as other:
        address = other.endpoint_url
    good = scene.settings["endpoint_url"]
    scene.write(endpoint_url=address)
    return Fault(sign_in(scene), line="", first=lambda: scene.write(endpoint_url=good))


@provokes("OA-N660")
def port_that_is_taken(scene: Scene) -> Fault:
    port = scene.sandbox.endpoint_url.rpartition(":")[2]
    return sandbox_started_otherwise(scene, ["sandbox", "--port", port, "-p", "another"], {})


@provokes("OA-N601")
def name_that_is_misspelt(scene: Scene) -> Fault:
    good = scene.settings["endpoint_url"]
    scene.write(endpoint_url="https://cognito.invalid")
    return Fault(sign_in(scene), line="", first=lambda: scene.write(endpoint_url=good))


@provokes("OA-N608")
def port_that_speaks_no_tls(scene: Scene) -> Fault:
    good = scene.settings["endpoint_url"]
    plain = ScriptedServer(sends(b"SSH-2.0-x\r\n" * 9), reads_a_request=False)
    server = scene.leaving.enter_context(plain)
    scene.write(endpoint_url=server.url("https", "localhost").rstrip("/"))
    return Fault(sign_in(scene), line="", first=lambda: scene.write(endpoint_url=good))


@provokes("OA-N605")
def answer_that_comes_too_late(scene: Scene) -> Fault:
    path = "/api/search/v2/info"
    scene.sandbox.faults.latency(path, 2.0)
    call = partial(send, "GET", scene.sandbox.platform_url + path, {}, total_timeout=0.5)
    return Fault(in_python(call), line="", first=lambda: time.sleep(2.0))
