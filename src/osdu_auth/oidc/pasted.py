"""What a person pastes back: the address that their browser ended at, in whatever shape it comes.

A whole address, its query alone, one that was encoded once more or wrapped over lines, one in
quotes or in a terminal's paste marks, or the code alone. What is something else is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from osdu_auth.errors import UsageError
from osdu_auth.oidc.authorization import code_in
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.oidc.authorization import AuthorizationRequest

_PASTE_MARKS = re.compile(r"\x1b\[20[01]~|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTES = "<>\"'` \t\u201c\u201d\u2018\u2019\u00ab\u00bb"
_SAFE_LINK = re.compile(r"https?://[^/]*safelinks\.protection\.outlook\.com/", re.IGNORECASE)
_WRITTEN = re.compile(r"[!-~]+")
_LONGEST_CODE = 8192  # characters


def code_pasted(request: AuthorizationRequest, text: str) -> Secret:
    """Return the code in what was pasted.

    Args:
        request: the attempt.
        text: what was pasted.

    Raises:
        UsageError: OA-B211: it is something else, which is named; OA-B210: it is of another
            attempt.
        OsduAuthError: the issuer said no.
    """
    pasted = "".join(_PASTE_MARKS.sub("", text).split()).strip(_QUOTES)
    if _SAFE_LINK.match(pasted):
        inner = dict(parse_qsl(pasted.partition("?")[2])).get("url", "")
        pasted = inner or pasted
    _refuse_what_is_no_answer(request, pasted)
    for each in (pasted, unquote(pasted)):
        parameters = _parameters(each)
        if parameters:
            return code_in(request, parameters)
    code, hash_, state = pasted.partition("#")
    if hash_ and state:
        return code_in(request, [("code", code), ("state", state)])
    if "://" not in pasted and "=" not in pasted and len(pasted) <= _LONGEST_CODE:
        # The verifier binds a bare code to this attempt (RFC 9700, section 4.5.3).
        return Secret(pasted)
    raise _no_answer("It has neither a code nor an error.")


def _parameters(text: str) -> list[tuple[str, str]]:
    """Return the parameters in an address or a query that names a code or an error; else none."""
    address, question, query = text.partition("?")
    if not question:
        address, question, query = text.partition("#")
    if not question or "=" not in query:
        query = address if "=" in address and "://" not in address else query
    pairs = parse_qsl(query.partition("#")[0], keep_blank_values=True)
    return pairs if {"code", "error"} & {name for name, _ in pairs} else []


def _refuse_what_is_no_answer(request: AuthorizationRequest, pasted: str) -> None:
    if not pasted:
        raise _no_answer("Nothing was pasted.")
    if pasted.startswith("ey") and pasted.count(".") >= 2:  # noqa: PLR2004 - the dots of a JWT
        raise _no_answer("That is a token; what is wanted is the address in your browser.")
    if not _WRITTEN.fullmatch(pasted):
        raise _no_answer("It holds characters that no address has.")
    if pasted.partition("?")[0] == request.url.partition("?")[0] or "code_challenge=" in pasted:
        raise _no_answer(
            "That is the address to sign in at: open it, and paste the one that it ends at."
        )


def _no_answer(why: str) -> UsageError:
    return UsageError(
        "That is not the address that your browser ended at.",
        code="OA-B211",
        why=why,
        fix="Paste the whole address, which begins with http://localhost and has code= in it.",
    )
