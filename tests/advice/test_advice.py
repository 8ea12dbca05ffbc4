"""What an error says to type is typed, as it is printed, and the fault is gone.

Each code of the catalogue is provoked here, or in a test that is named for it, or the catalogue
says why its advice is not typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advice import (  # noqa: F401 - they register their provokers
    configuration,
    network,
    signing_in,
    stores,
    usage,
    verifying,
)
from advice.registry import PROVOKERS

if TYPE_CHECKING:
    from advice.scene import Scene


@pytest.mark.parametrize("code", sorted(PROVOKERS))
def test_the_advice_is_typed_as_it_is_printed_and_the_fault_is_gone(
    code: str, scene: Scene
) -> None:
    fault = PROVOKERS[code](scene)
    refused = fault.attempt()
    assert f"[{code}]" in refused.said, refused
    if fault.first is not None:
        fault.first()
    if fault.in_python is not None:
        fault.in_python(refused.advice)
    elif line := fault.typed(refused.advice):
        scene.type(line, fault.stdin)
    again = fault.attempt()
    assert f"[{code}]" not in again.said, again.said
    assert fault.ends_in is None or again.code == fault.ends_in, again.said
