"""Input text: what is removed from a text that was typed, pasted or set, and how an error names it.

    kind of text              removed                                        function
    bytes of a pipe, a file   a byte-order mark; UTF-16 is understood        decoded
    a value                   invisible characters and quotes at its ends    value_in
    an app client's secret    the same, and `NAME=` before it                client_secret_in
    a line with a password    a byte-order mark before it, its line end      password_in
    a one-time code           spaces and hyphens; digits become ASCII        digits_in
    a JSON text               a byte-order mark before it                    json_text

Invariants: nothing is removed from the middle of a text. From a password only the marks that a file
puts around a line are removed. `odd_character_in` names the character for which a text is refused;
the text itself is not shown. A path is not changed, because a folder may have any name.
"""

from __future__ import annotations

import re
from contextlib import suppress

BYTE_ORDER_MARK = "\ufeff"
_MINUS = "\u2212"
_NAMES = {
    "\x00": "a NUL character",
    "\t": "a tab",
    "\n": "a line break",
    "\r": "a carriage return",
    " ": "a space",
    "\x1b": "an escape character",
    "\xa0": "a no-break space",
    "\xad": "a soft hyphen",
    "\u200b": "a zero-width space",
    "\u3000": "a full-width space",
    BYTE_ORDER_MARK: "a byte-order mark",
}
# Letters and marks that are invisible, though Unicode does not class them as format characters.
_INVISIBLE_LETTERS = "\u034f\u115f\u1160\u2800\u3164\uffa0" + "".join(
    map(chr, range(0xFE00, 0xFE10))
)
# Joiners: within a word they join letters of some scripts, and parts of emoji.
_JOINERS = "\u200c\u200d"
# The typographic quotes that word processors put in place of plain ones, each with the quotes that
# close it.
_TYPOGRAPHIC_PAIRS = {
    "\u201c": "\u201d", "\u201d": "\u201d", "\u201e": "\u201c\u201d", "\u2018": "\u2019",
    "\u2019": "\u2019", "\u201a": "\u2018\u2019", "\xab": "\xbb", "\xbb": "\xab",
    "\u2039": "\u203a", "\uff02": "\uff02", "\u2032": "\u2032", "\u2033": "\u2033",
}  # fmt: skip
_QUOTES = {'"': '"', "'": "'", "`": "`", **_TYPOGRAPHIC_PAIRS}
TYPOGRAPHIC = frozenset("".join([*_TYPOGRAPHIC_PAIRS, *_TYPOGRAPHIC_PAIRS.values()]))
_ASSIGNED = (
    r"(?i:export\s+|set\s+|\$env:)?(?P<quote>[\"']?)[A-Za-z_][A-Za-z0-9_.-]*(?P=quote)\s*[=:]\s*"
)
# ClientSecretType in the service model.
_SECRET_FORM = r"[A-Za-z0-9_+]{24,64}"  # noqa: S105 - the form of one
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


class NotText(ValueError):
    """Bytes are not text; the error's text is a sentence that says why, and shows no byte."""


def decoded(data: bytes, locale_encoding: str = "utf-8") -> str:
    """Decode bytes, without a byte-order mark in front.

    Args:
        data: UTF-8; or UTF-16 with its mark, as Windows PowerShell writes after `>`.
        locale_encoding: the encoding that is tried last, for input from a terminal or a pipe.

    Raises:
        NotText: none of these encodings fits.
    """
    if data[:2] in UTF16_MARKS:
        with suppress(UnicodeDecodeError):
            return data.decode("utf-16")
        raise NotText("It begins with the mark of UTF-16, and the rest is not UTF-16.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = data.count(b"\n", 0, error.start) + 1
    # The encoding of the locale may be ASCII, which fails as well.
    with suppress(UnicodeDecodeError, LookupError):
        return data.decode(locale_encoding)
    where = f" on line {lines}" if b"\n" in data.rstrip(b"\r\n") else ""
    raise NotText(
        f"A byte{where} is not UTF-8; the text may be in Latin-1 or another older encoding."
    )


def as_text(text: str, locale_encoding: str = "utf-8") -> str:
    """Return a text that the operating system passed, with its bytes decoded.

    Python represents a byte that it could not decode by a lone surrogate (PEP 383). With
    `LC_ALL=C` that can be every byte outside ASCII.

    Args:
        text: an argument, a variable, or a line of standard input.
        locale_encoding: see `decoded`.

    Raises:
        NotText: the bytes are not text.
    """
    if text.isascii() or not re.search("[\ud800-\udfff]", text):
        return text
    with suppress(UnicodeEncodeError):
        return decoded(text.encode("utf-8", "surrogateescape"), locale_encoding)
    raise NotText("It contains half a character of UTF-16 (a lone surrogate).")


def as_text_or_same(text: str) -> str:
    """Return the result of `as_text`, or the same text where that raises an error."""
    try:
        return as_text(text)
    except NotText:
        return text


def value_in(text: str) -> str:
    """Return a value without the invisible characters and the pair of quotes around it.

    It is for values that contain neither: a region, an id, an address, a name, a code.
    """
    text = as_text_or_same(text)
    while True:
        bare = unquoted(without_invisible_ends(text))
        if bare == text:
            return text
        text = bare


def client_secret_in(text: str) -> str:
    """Return an app client's secret without the text that was copied together with it.

    `NAME=` in front, as in an environment file, is removed if the rest can be a secret.
    """
    value = value_in(text)
    assigned = re.match(_ASSIGNED, value) if "=" in value or ":" in value else None
    rest = value[assigned.end() :] if assigned else value
    secret = value_in(rest.rstrip(",; "))
    return secret if can_be_client_secret(secret) else value


def can_be_client_secret(text: str) -> bool:
    """Say whether a text has the form of an app client's secret."""
    return re.fullmatch(_SECRET_FORM, text) is not None


def password_in(line: str) -> str:
    """Return the password on a line; spaces at its ends belong to it."""
    return line.rstrip("\r\n").removeprefix(BYTE_ORDER_MARK)


def digits_in(text: str) -> str:
    """Return the digits of a one-time code: apps show `492 118`, messages say `492-118`.

    Spaces, hyphens and invisible characters are removed; full-width digits and the digits of other
    scripts become ASCII digits. Other characters stay, so that a check can refuse the code.
    """
    from unicodedata import decimal, normalize

    bare = value_in(normalize("NFKC", as_text_or_same(text)))
    kept = [
        each for each in bare if not is_invisible(each) and _kind(each) != "Pd" and each != _MINUS
    ]
    return "".join(str(decimal(each, each)) for each in kept)


def json_text(data: bytes) -> bytes:
    """Return a JSON text in UTF-8 without a byte-order mark (RFC 8259, section 8.1).

    Raises:
        NotText: the bytes are not text; or a look-alike character makes them invalid JSON.
    """
    if data[:2] not in UTF16_MARKS and data[:3] != _UTF8_MARK and data.isascii():
        if b"\x00" in data:
            raise NotText("It contains NUL characters, as UTF-16 without its mark does.")
        return data
    text = decoded(data)
    _require_no_look_alikes(text)
    return text.encode()


def without_invisible_ends(text: str) -> str:
    """Return a text without invisible characters at its ends: spaces, marks, line ends."""
    begin, end = 0, len(text)
    while begin < end and is_invisible(text[begin]):
        begin += 1
    while end > begin and is_invisible(text[end - 1]):
        end -= 1
    return text[begin:end]


def unquoted(text: str) -> str:
    """Return a text without the pair of quotes around it, if it contains no such quote itself."""
    if len(text) > 1 and text[-1] in _QUOTES.get(text[0], ""):
        within = text[1:-1]
        if text[0] not in within and text[-1] not in within:
            return within
    return text


def is_invisible(character: str) -> bool:
    """Say whether a character is invisible, or shown as a space."""
    if character.isprintable() and character != " ":
        return character in _INVISIBLE_LETTERS
    # Unassigned, private and surrogate characters are visible: they are shown as a box.
    return _kind(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def odd_character_around(text: str) -> str:
    """Return a sentence that names the space, mark or quotes around a text; "" without those."""
    if text and is_invisible(text[-1]):
        line_end = ", as lines of Windows files do" if text[-1] == "\r" else ""
        return f"It ends in {name_of(text[-1])}{line_end}."
    if text and is_invisible(text[0]):
        return f"It begins with {name_of(text[0])}."
    if unquoted(text) != text:
        return f"There are {'typographic ' * (text[0] in TYPOGRAPHIC)}quotes around it."
    return ""


def odd_character_in(text: str) -> str:
    """Return a sentence that names an invisible or a look-alike character in a text; else ""."""
    try:
        as_text(text)
    except NotText as error:
        return str(error)
    around = odd_character_around(text)
    if around:
        return around
    invisible = (each for each in text if is_invisible(each) and each not in " \u200c\u200d")
    found = next(invisible, None) or next((each for each in text if each in TYPOGRAPHIC), None)
    return f"It contains {name_of(found)}." if found else ""


def untypable_character_in(password: str) -> str:
    """Return a sentence that names a character of a password that cannot be typed; else "".

    Spaces can be typed, and joiners within a word are typed together with its letters.
    """
    for place, character in enumerate(password):
        joins = character in _JOINERS and 0 < place < len(password) - 1
        if is_invisible(character) and not joins and _kind(character) in {"Cc", "Cf", "Zl", "Zp"}:
            return f"It contains {name_of(character)}, which cannot be typed again."
    return ""


def invisible_ends(password: str) -> str:
    """Return a sentence that names a space or a mark at an end of a password; else ""."""
    if password and is_invisible(password[-1]):
        return f"The password that was given ends in {name_of(password[-1])}."
    if password and is_invisible(password[0]):
        return f"The password that was given begins with {name_of(password[0])}."
    return ""


def name_of(character: str) -> str:
    """Return the name of a character, with an article."""
    if character in _NAMES:
        return _NAMES[character]
    from unicodedata import name

    kind = "a quote" if character in TYPOGRAPHIC else "an invisible character"
    known = name(character, "").replace("-", " ").lower()
    return f"{kind} (U+{ord(character):04X}{', ' + known if known else ''})"


def _kind(character: str) -> str:
    from unicodedata import category

    return category(character)


def _require_no_look_alikes(text: str) -> None:
    """Refuse a text that is invalid JSON because of a look-alike of a space or a quote.

    Raises:
        NotText: it is such a text; the service reports other mistakes.
    """
    import json

    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        odd, line, column = text[error.pos : error.pos + 1], error.lineno, error.colno
    except (ValueError, RecursionError):
        return
    else:
        return
    if odd and odd not in " \t\r\n" and (is_invisible(odd) or odd in TYPOGRAPHIC):
        raise NotText(
            f"JSON needs a plain character instead of {name_of(odd)}: line {line}, column {column}."
        )
