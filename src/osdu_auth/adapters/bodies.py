"""Bodies: whether what was sent can be sent once more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def rewinding(body: Any) -> Callable[[], object] | None:
    """Return what makes a body ready to be sent once more; None where it can be sent only once.

    Args:
        body: nothing, a text, a file at the place from which it will be sent, or what yields parts.
    """
    if body is None or isinstance(body, (bytes, bytearray, str)):
        return _as_it_is
    try:
        # Some have both methods and can only go on, as an answer of urllib3 that is being read.
        can_go_back = getattr(body, "seekable", _usually)()
        return partial(body.seek, body.tell()) if can_go_back else None
    except (AttributeError, OSError):  # no file, or one that cannot go back, such as a pipe
        return None


def rewinding_stream(request: Any) -> Callable[[], object] | None:
    """Return what `rewinding` does, for the body of a request of `httpx` or `httpx2`."""
    try:
        return rewinding(request.content)
    except RuntimeError:  # RequestNotRead: it is not in memory
        stream = request.stream
    if hasattr(stream, "fields"):  # a multipart body, of values and files
        return _all_rewinding([getattr(field, "file", None) for field in stream.fields])
    if hasattr(stream, "__aiter__"):
        return None
    return rewinding(getattr(stream, "_stream", stream))


def _all_rewinding(bodies: list[Any]) -> Callable[[], object] | None:
    rewinds = [rewinding(body) for body in bodies]
    return None if None in rewinds else lambda: [rewind() for rewind in rewinds if rewind]


def _usually() -> bool:
    return True  # SpooledTemporaryFile before Python 3.11 can, and does not say so


def _as_it_is() -> None:
    return None
