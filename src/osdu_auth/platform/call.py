"""One OSDU call, with the headers that OSDU's services ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from osdu_auth.errors import ErrorsWithReader, UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.platform.refusals import error_of_reply
from osdu_auth.profiles.origin import is_on_platform, require_platform_url
from osdu_auth.secret import ErrorsWithoutLocals
from osdu_auth.text import printable
from osdu_auth.url import read_url, shown_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.token_source import TokenSource
    from osdu_auth.wire import Reply

# The characters of a request's target (RFC 3986, section 2): visible ASCII without "#", and without
# the backslash, which some programs read as a slash.
_TARGET = re.compile(r"/(?!/)[!-\"$-\[\]-~]*")
# Headers that would send another token, or change how the request is read (RFC 9110, RFC 9112).
_FORBIDDEN_HEADERS = frozenset(
    {
        *("authorization", "proxy-authorization", "host", "content-length", "transfer-encoding"),
        *("connection", "te", "trailer", "upgrade", "expect", "accept-encoding"),
    }
)
_METHOD = re.compile(r"[A-Z]{1,20}")

# A search in a large partition takes long, and its answer is larger than one with tokens.
TOTAL_TIMEOUT = 60.0
REPLY_LIMIT = 64 * 1024 * 1024


def call(
    source: TokenSource,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make one call to the profile's OSDU platform and return the answer, of any status.

    The call always names a content type. Without one, Storage refuses even calls without a body.

    Args:
        source: the source of the token and the data partition.
        method: the HTTP method, such as `GET`.
        path: the path with its query, such as `/api/entitlements/v2/groups`; or a URL of the
            platform.
        body: JSON text, as bytes.
        headers: further headers, which replace ours of the same name, in any case of letters; the
            token and the headers that HTTP itself needs cannot be replaced.

    Raises:
        UsageError: OA-U210, OA-U211: the method or the path is not valid; OA-U216: a header cannot
            be set here.
        OsduAuthError: as `TokenSource.token()` does, or no answer came.
    """
    with ErrorsWithReader(source):
        platform_url = require_platform_url(source.profile)
    if not _METHOD.fullmatch(method):
        raise UsageError(
            "That is not an HTTP method.",
            code="OA-U210",
            fix="Use GET, POST, PUT, PATCH or DELETE.",
        )
    with ErrorsWithReader(source):
        path = _path_of(path, source.profile)
    if not _TARGET.fullmatch(path):
        raise UsageError(
            "That is not a path of the platform.",
            code="OA-U211",
            why="A path begins with one slash. Spaces, backslashes, # and characters that are not "
            f"ASCII are percent-encoded, such as %20. A URL has to be on {platform_url}.",
            fix="Type a path such as /api/entitlements/v2/groups",
        )
    given = dict(headers or {})
    for name in given:
        if name.lower() in _FORBIDDEN_HEADERS:
            raise UsageError(
                f"The header {name} cannot be set here.",
                code="OA-U216",
                why="This command sets the token and the headers that HTTP itself needs.",
                fix="Leave the header out. To use it, send the token with another program: "
                + Run("token", "--format", "header"),
            )
    with ErrorsWithReader(source), ErrorsWithoutLocals():
        ours = source.headers(platform_url + path)
        return _send(method, platform_url + path, ours, body, given)


def call_or_raise(source: TokenSource, method: str, path: str, body: bytes | None = None) -> Reply:
    """Make one call as `call()` does, and return the answer if its status is below 400.

    Raises:
        RefusedByOsdu: the status is 401 or 403.
        OsduFailed: the status is another error.
        OsduAuthError: as `call()` does.
    """
    reply = call(source, method, path, body)
    if reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        with ErrorsWithReader(source):
            raise error_of_reply(reply, source.profile, method, path)
    return reply


def _path_of(typed: str, profile: AnyProfile) -> str:
    """Return the path of a URL of the platform; any other text as it was typed.

    Raises:
        UsageError: OA-U211: it is a URL of another host.
    """
    if "://" not in typed.partition("?")[0]:
        return typed
    if not is_on_platform(typed, profile):
        raise UsageError(
            f'{printable(shown_origin(typed), 100)} is not the platform of "{profile.name}".',
            code="OA-U211",
            why=f"The token of this profile goes only to {profile.platform_url}.",
            fix="Type a path of the platform, such as /api/entitlements/v2/groups, or name the "
            "profile of the other platform: "
            + Run("request", Blank("METHOD"), Blank("URL"), profile=Blank("NAME")),
        )
    path = read_url(typed).path
    return path if path.startswith("/") else "/" + path


def probe(platform_url: str, path: str) -> Reply:
    """Make one call without a token, for a service's `info` endpoint."""
    return _send("GET", platform_url + path, {}, None, {})


def _send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    given: Mapping[str, str],
) -> Reply:
    from osdu_auth.wire import send

    ours = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
    callers = {name.lower(): value for name, value in given.items()}
    named = {name: value for name, value in ours.items() if name.lower() not in callers}
    named |= {name.title(): value for name, value in callers.items()}  # the usual spelling
    return send(method, url, named, body, limit=REPLY_LIMIT, total_timeout=TOTAL_TIMEOUT)
