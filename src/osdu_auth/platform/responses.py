"""The answer in what an HTTP library or an error of ours holds."""

from __future__ import annotations

from typing import Any

from osdu_auth.errors import OsduError
from osdu_auth.platform.answers import Answer, read_answer
from osdu_auth.url import read_url_or_none


def answer_from(refused: Any) -> Answer:
    """Return the answer that an error or a library's response holds.

    Args:
        refused: an `Answer`, an `OsduError`, or a response of `requests`, `httpx`, `urllib3` or,
            once it was read, `aiohttp`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(refused, Answer):
        return refused
    if isinstance(refused, OsduError) and isinstance(refused.answer, Answer):
        return refused.answer
    status = _member(refused, "status_code") or _member(refused, "status")
    headers = _member(refused, "headers")
    if not isinstance(status, int) or headers is None:
        raise TypeError("an OsduError or a response of an HTTP library is needed")
    request = _member(refused, "request") or _member(refused, "request_info")
    method, url = _member(request, "method"), _member(refused, "url")
    return read_answer(
        status, headers, _body_of(refused), str(method or ""), _path_of(str(url or ""))
    )


def _body_of(response: Any) -> bytes | None:
    """Return the body where it is in memory, or can be read at once."""
    # aiohttp's, which was read; urllib3's; that of requests and httpx.
    bodies = (_member(response, name) for name in ("_body", "data", "content"))
    return next((body for body in bodies if isinstance(body, bytes)), None)


def _member(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - such as of a stream that was not read
        return None


def _path_of(url: str) -> str:
    if url.startswith("/"):
        return url
    read = read_url_or_none(url)
    return "" if read is None else read.path
