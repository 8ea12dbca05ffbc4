"""Refusals of OSDU and its gateway, with the answers of the tests of the table."""

from __future__ import annotations

import re
from functools import partial

from advice.registry import provokes
from advice.scene import Fault, Scene
from platform_answers import ANSWERS

_FIRST = {code: (method, path, reply) for method, path, reply, code, _ in reversed(ANSWERS)}
# Codes whose fix is no command: the request is sent again after the fault is over.
_ASKED_AGAIN = [
    "OA-O901",
    "OA-O510",
    "OA-O532",
    "OA-O902",
    "OA-O906",
    "OA-O908",
    "OA-O910",
    "OA-O911",
    "OA-O913",
]
_TYPED = [
    *("OA-O501", "OA-O502", "OA-O511", "OA-O512", "OA-O513", "OA-O515", "OA-O516"),
    *("OA-O517", "OA-O519", "OA-O521", "OA-O522", "OA-O523", "OA-O525", "OA-O526", "OA-O530"),
    *("OA-O531", "OA-O903", "OA-O904", "OA-O905"),
]
_GROUPS = "/api/entitlements/v2/groups"


@provokes(*_TYPED, *_ASKED_AGAIN)
def refused_by_osdu(scene: Scene, code: str) -> Fault:
    scene.sign_in()
    method, path, reply = _FIRST[code]
    scene.sandbox.faults.reply(
        path,
        status=reply.status,
        body=reply.body,
        content_type="",
        headers=tuple(reply.headers.items()),
    )
    words = ["request", method, path, *(["--data", "{}"] if method != "GET" else [])]
    asked = [words, ["request", "GET", _GROUPS]]
    return Fault(
        lambda: scene.run(*asked.pop(0)),
        line="" if code in _ASKED_AGAIN else partial(first_command, scene),
        stdin=scene.password,
    )


def first_command(scene: Scene, advice: str) -> str:
    """Return the first osdu-auth command in a fix, with the data partition filled in."""
    found = re.search(r"osdu-auth .*?(?=, or | finds out |$)", advice)
    assert found, f"there is nothing to type in: {advice}"
    return found[0].replace("ID", scene.sandbox.data_partition_id)
