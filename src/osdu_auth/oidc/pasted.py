"""The last address of the browser, as a person pastes it, in any of the forms that it may have.

The forms: the whole address; its query alone; an address that was encoded twice or wrapped over
several lines, in quotes, in a terminal's paste marks, as a web page or a log writes it, in the link
of a mail program, or between words; or the code alone. For any other text, the error says what the
text is, and the attempt goes on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from osdu_auth.errors import UsageError
from osdu_auth.oidc.authorization import code_in
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.oidc.authorization import AuthorizationRequest

_PASTE_MARKS = re.compile(r"\x1b\[20[01]~|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTES = "<>\"'` \t\u201c\u201d\u2018\u2019\u00ab\u00bb"
# The forms in which HTML, JSON and a shell write `&`.
_AMPERSAND = re.compile(r"&(?:amp;|#38;|#x26;)+|\\u0026|\\(?=[?&=#])", re.IGNORECASE)
_PUNCTUATION = ".,;:!?)]}>"  # which may follow an address in a sentence
_REWRITTEN_LINK = re.compile(r"https?://[^/]*(?:urldefense|safelinks|linkprotect)", re.IGNORECASE)
_TOKEN = re.compile(r"ey[\w-]+\.[\w-]*\.", re.ASCII)  # the beginning of a JWT
_VISIBLE = re.compile(r"[!-~]+")
# The characters of an address (RFC 3986, section 2), and so of a code in it; `=` only at its end.
_CODE = re.compile(r"[\w.~!$&'()*+,;:@/%\[\]-]+={0,2}", re.ASCII)
# The chance to guess a code is 2^-128 at most (RFC 6749, section 10.10), so a code of the 94
# possible characters has at least 20 of them.
_SHORTEST_CODE, _LONGEST_CODE = 20, 8192


def code_in_pasted_text(request: AuthorizationRequest, text: str) -> Secret:
    """Return the code in a text that was pasted.

    Args:
        request: the attempt.
        text: the pasted text.

    Raises:
        UsageError: OA-B211: the text is something else; OA-B210: it belongs to another attempt.
        OsduAuthError: the issuer refused.
    """
    written = _AMPERSAND.sub(_ampersand, _PASTE_MARKS.sub("", text))
    lines = [line.strip(_QUOTES) for line in written.splitlines()]
    words = [word.strip(_QUOTES) for word in " ".join(lines).split()]
    pasted = "".join(words).strip(_QUOTES)
    inner = _address_within(pasted)
    _refuse_other_texts(request, inner or pasted, words)
    # An address may be wrapped over lines, or be one of the words of a sentence.
    candidates = [inner, pasted, unquote(pasted), *words]
    candidates += [candidate.rstrip(_PUNCTUATION) for candidate in candidates]
    responses = [pairs for each in candidates if (pairs := _parameters(each))]
    if responses:
        return _code_in_one_of(request, responses, is_rewritten=bool(_REWRITTEN_LINK.match(pasted)))
    if any(len(line.split()) > 1 for line in lines):
        raise _not_last_address("It has spaces in it, which neither an address nor a code has.")
    code, hash_, state = pasted.partition("#")
    if hash_ and state and "://" not in pasted:
        return code_in(request, [("code", code), ("state", state)])
    return _bare_code(pasted, max(map(len, lines)))


def _ampersand(found: re.Match[str]) -> str:
    return "" if found[0] == "\\" else "&"


def _address_within(pasted: str) -> str:
    """Return the address that is a parameter of a mail program's or search engine's link, or ""."""
    values = [value for _, value in parse_qsl(pasted.partition("?")[2])]
    return next((value for value in values if "://" in value and _parameters(value)), "")


def _code_in_one_of(
    request: AuthorizationRequest, responses: list[list[tuple[str, str]]], *, is_rewritten: bool
) -> Secret:
    """Return the code in the response to this attempt; errors as for `code_in_pasted_text`."""
    if not any("state" in dict(pairs) for pairs in responses):
        raise _not_last_address("A part of the address is missing: it has no state.")
    of_this_attempt = [pairs for pairs in responses if ("state", request.state) in pairs]
    if is_rewritten and not of_this_attempt:
        raise _not_last_address("A mail program has changed it: copy it from the browser itself.")
    return code_in(request, (of_this_attempt or responses)[0])


def _bare_code(pasted: str, longest_line: int) -> Secret:
    """Return a code that was pasted alone, written as in an address.

    PKCE binds the code to this attempt (RFC 9700, section 4.5.3), so a wrong code ends the attempt
    and does no other harm. A text that cannot be a code is refused here, so that the person can
    paste again.

    Args:
        pasted: the pasted text, in one line.
        longest_line: the length of its longest line, in characters: a terminal wraps long lines.

    Raises:
        UsageError: OA-B211: it cannot be a code.
    """
    code = unquote(pasted)
    if "://" in pasted or not (_CODE.fullmatch(pasted) and _VISIBLE.fullmatch(code)):
        raise _not_last_address("It has neither a code nor an error.")
    if longest_line < _SHORTEST_CODE:
        raise _not_last_address(
            f"It is too short for a code, which has {_SHORTEST_CODE} characters."
        )
    if len(code) > _LONGEST_CODE:
        raise _not_last_address("It is too long for a code.")
    return Secret(code)


def _parameters(text: str) -> list[tuple[str, str]]:
    """Return the parameters of an address or a query; [] where it has neither code nor error."""
    address, question, query = text.partition("?")
    if not question:
        address, question, query = text.partition("#")
    if not question or "=" not in query:
        query = address if "=" in address and "://" not in address else query
    pairs = parse_qsl(query.partition("#")[0], keep_blank_values=True)
    return pairs if {"code", "error"} & {name for name, _ in pairs} else []


def _refuse_other_texts(request: AuthorizationRequest, pasted: str, words: list[str]) -> None:
    if not pasted:
        raise _not_last_address("Nothing was pasted.")
    if any(map(_TOKEN.match, (pasted, *words))):
        raise _not_last_address("That is a token. Paste the address in your browser instead.")
    if not _VISIBLE.fullmatch(pasted):
        raise _not_last_address("It has characters that an address cannot have.")
    if pasted.partition("?")[0] == request.url.partition("?")[0] or "code_challenge=" in pasted:
        raise _not_last_address(
            "That is the address to sign in at: open it, sign in, and paste the last address."
        )
    if _origin(pasted) == _origin(request.url):
        raise _not_last_address(
            _meaning_of_issuer_page(request, dict(_parameters(pasted)).get("error"))
        )


def _origin(address: str) -> str:
    return "/".join(address.split("/", 3)[:3]).lower()


def _meaning_of_issuer_page(request: AuthorizationRequest, error: str | None) -> str:
    """Say what an address of the issuer means, by its `error` parameter, which may be None."""
    if error is None:
        return "That is a page of the sign-in: go on with that page until the sign-in ends."
    said = f"The issuer's page says {printable(error, 60)}"
    if error == "redirect_mismatch":  # the error on Cognito's own page
        return f"{said}: {request.redirect_uri} is not registered as a callback URL."
    return f"{said}, and does not go back to this program."


def _not_last_address(why: str) -> UsageError:
    return UsageError(
        "That is not the last address of your browser.",
        code="OA-B211",
        why=why,
        fix="Paste the whole address, which begins with http://localhost and has code= in it.",
    )
