"""The fault that causes each error code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from advice.scene import Fault, Scene

    Provoker = Callable[[Scene], Fault]

PROVOKERS: dict[str, Provoker] = {}


def provokes(*codes: str) -> Callable[[Any], Any]:
    """Register the function that causes an error; for several codes, `code` says which."""

    def register(provoker: Any) -> Any:
        for code in codes:
            assert code not in PROVOKERS, f"{code} is provoked twice"
            PROVOKERS[code] = partial(provoker, code=code) if len(codes) > 1 else provoker
        return provoker

    return register
