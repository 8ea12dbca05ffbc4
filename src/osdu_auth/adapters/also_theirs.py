"""How a session passes for an `Auth` of `httpx` and `httpx2`.

They ask `isinstance(auth, Auth)` whether an `auth` is to see the answers, and a session cannot
inherit from a library that may not be there, or is imported later. So it answers that question as
soon as the library is in use: its `__class__` is then a subclass of its own type and of theirs.
`type(session)` stays what it was, and that is what Python itself, `copy` and `pickle` go by.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING


class AlsoTheirs:
    """What passes for an `Auth` of those of the two libraries that are in use."""

    if not TYPE_CHECKING:

        @property
        def __class__(self) -> type:
            """Its own type and theirs."""
            modules = sys.modules.get("httpx"), sys.modules.get("httpx2")
            return _also(type(self), *(getattr(module, "Auth", None) for module in modules))


@lru_cache
def _also(own: type, *theirs: type | None) -> type:
    bases = tuple(dict.fromkeys(each for each in theirs if each is not None))
    names = {name: getattr(own, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(own)(own.__name__, (own, *bases), names) if bases else own
