"""For every content of a session file: the session or one of our errors, and no change of the file.

The row F-07 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth.errors import StoreUnavailable
from osdu_auth.places import settings_fingerprint
from osdu_auth.secret import Secret
from osdu_auth.stores.fast_path import read_fresh_token
from osdu_auth.stores.file import FileStore
from stored import store_session, stored
from stores.conftest import NOW, make_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.stores.saved_session import SavedSession

LOADED, NEWER, UNREADABLE, NO_KEY, TOO_LARGE = "loaded", "OA-F811", "OA-F812", "OA-F814", "OA-F806"
SESSION = make_session()
OTHERS = make_session("2", now=NOW + 7)


@pytest.fixture
def folder(state: Path) -> Path:
    """A folder of sessions: of "acme", and of the profile "beta"."""
    store = FileStore(str(state))
    store_session(store, "acme", SESSION)
    store_session(store, "beta", OTHERS)
    return state / "sessions"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(str(folder.parent))


def outcome(store: FileStore) -> str:
    try:
        loaded = stored(store, "acme")
    except StoreUnavailable as error:
        refusal = error
    else:
        assert loaded == SESSION
        return LOADED
    assert "canary" not in str(refusal) + repr(refusal)
    assert refusal.fix
    return refusal.code


def changed(old: str, new: str) -> Callable[[bytes, bytes], bytes]:
    def change(good: bytes, _: bytes) -> bytes:
        assert old.encode() in good
        return good.replace(old.encode(), new.encode(), 1)

    return change


def line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    """Change one line of a good file, counted from 1."""

    def whole(good: bytes, _: bytes) -> bytes:
        lines = good.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return whole


def with_lines_of_other(*numbers: int) -> Callable[[bytes, bytes], bytes]:
    def mixed(good: bytes, other: bytes) -> bytes:
        lines, others = good.split(b"\n"), other.replace(b"beta", b"acme").split(b"\n")
        for number in numbers:
            lines[number - 1] = others[number - 1]
        return b"\n".join(lines)

    return mixed


def in_turn(*numbers: int) -> Callable[[bytes, bytes], bytes]:
    """The lines of a good file in another order."""

    def mixed(good: bytes, _: bytes) -> bytes:
        lines = good.split(b"\n")
        return b"\n".join([lines[number - 1] for number in numbers] + [b""])

    return mixed


def whole(change: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda good, _: change(good)


SEALED = 7  # the number of the sealed line
CONTENTS: dict[str, tuple[Callable[[bytes, bytes], bytes], str]] = {
    "what was written": (whole(bytes), LOADED),
    "another settings line": (changed("settings -", "settings 1-2-3"), LOADED),
    "nothing": (whole(lambda _: b""), UNREADABLE),
    "one line end": (whole(lambda _: b"\n"), UNREADABLE),
    "NUL bytes of the same length": (whole(lambda good: bytes(len(good))), UNREADABLE),
    "a NUL byte at the end": (whole(lambda good: good + b"\0"), UNREADABLE),
    "a NUL byte in the token": (changed("access header.", "access header\0."), UNREADABLE),
    "a byte order mark": (whole(lambda good: b"\xef\xbb\xbf" + good), UNREADABLE),
    "CRLF": (whole(lambda good: good.replace(b"\n", b"\r\n")), UNREADABLE),
    "CR": (whole(lambda good: good.replace(b"\n", b"\r")), UNREADABLE),
    "UTF-16": (whole(lambda good: good.decode().encode("utf-16")), UNREADABLE),
    "UTF-32": (whole(lambda good: good.decode().encode("utf-32")), UNREADABLE),
    "no last line end": (whole(lambda good: good[:-1]), UNREADABLE),
    "cut in half": (whole(lambda good: good[: len(good) // 2]), UNREADABLE),
    "cut at a block, the rest NUL": (
        whole(lambda good: good[:128] + bytes(len(good) - 128)),
        UNREADABLE,
    ),
    "twice": (whole(lambda good: good * 2), UNREADABLE),
    "every line twice": (in_turn(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), UNREADABLE),
    "an empty line more": (whole(lambda good: good + b"\n"), UNREADABLE),
    "a line of a stranger more": (whole(lambda good: good + b"mode 0\n"), UNREADABLE),
    "a line less": (in_turn(1, 2, 3, 4, 5, 7), UNREADABLE),
    "lines in another order": (in_turn(1, 3, 2, 4, 5, 6, 7), UNREADABLE),
    "blanks at the end of lines": (
        whole(lambda good: good.replace(b"\n", b" \n")),
        UNREADABLE,
    ),
    "two blanks": (changed("access ", "access  "), UNREADABLE),
    "a tab": (changed("expires ", "expires\t"), UNREADABLE),
    "another case": (changed("access ", "Access "), UNREADABLE),
    "JSON": (whole(lambda _: b'{"access_token": "a", "refresh_token": "canary"}'), UNREADABLE),
    "a web page": (whole(lambda _: b"<html>502</html>"), UNREADABLE),
    "a private key": (whole(lambda _: b"-----BEGIN PRIVATE KEY-----\n"), UNREADABLE),
    "a merge conflict": (
        whole(lambda good: b"<<<<<<< a\n" + good + b"=======\n>>>>>>> b\n"),
        UNREADABLE,
    ),
    "a newer version": (changed("session 1\n", "session 2\n"), NEWER),
    "a much newer version": (
        whole(lambda _: b"osdu-auth session 99999999999999999999\n\xff\0what is this\r\n"),
        NEWER,
    ),
    "a newer version and no more": (whole(lambda _: b"osdu-auth session 3"), NEWER),
    "an older version": (changed("session 1\n", "session 0\n"), UNREADABLE),
    "no version": (changed("session 1\n", "session\n"), UNREADABLE),
    "a version that is no number": (changed("session 1\n", "session two\n"), UNREADABLE),
    "a negative version": (changed("session 1\n", "session -2\n"), UNREADABLE),
    "a version of digits that are not ASCII": (
        changed("session 1\n", "session \u0662\n"),
        UNREADABLE,
    ),
    "the other profile's file": (lambda _, other: other, UNREADABLE),
    "the other profile's, renamed": (
        lambda _, other: other.replace(b"profile beta", b"profile acme"),
        UNREADABLE,
    ),
    "the other's sealed line": (with_lines_of_other(SEALED), UNREADABLE),
    "the other's access token": (with_lines_of_other(6), UNREADABLE),
    "the other's times": (with_lines_of_other(4, 5), UNREADABLE),
    "the other's all but the name": (with_lines_of_other(4, 5, 6, SEALED), UNREADABLE),
    "no sealed text": (line(SEALED, lambda _: b"sealed key-file "), UNREADABLE),
    "no kind of key": (line(SEALED, lambda _: b"sealed"), UNREADABLE),
    "an unknown kind of key": (changed("sealed key-file", "sealed other"), NO_KEY),
    "a sealed text without padding": (line(SEALED, lambda text: text.rstrip(b"=")), UNREADABLE),
    "a sealed text with more padding": (line(SEALED, lambda text: text + b"===="), UNREADABLE),
    "a sealed text in base64 of the other alphabet": (
        line(SEALED, lambda text: text[:16] + text[16:].translate(bytes.maketrans(b"-_", b"+/"))),
        UNREADABLE,
    ),
    "a sealed text with a blank": (
        line(SEALED, lambda text: text[:40] + b" " + text[40:]),
        UNREADABLE,
    ),
    "a sealed text in another spelling": (
        line(SEALED, lambda text: text[:40] + b"*" + text[40:]),
        UNREADABLE,
    ),
    "a short sealed text": (line(SEALED, lambda _: b"sealed key-file AAAA"), UNREADABLE),
    "times that are no numbers": (changed("fresh-until 17", "fresh-until x7"), UNREADABLE),
    "times without end": (line(5, lambda _: b"expires inf"), UNREADABLE),
    "times that never are": (line(4, lambda _: b"fresh-until nan"), UNREADABLE),
    "times of 5000 digits": (line(5, lambda _: b"expires " + b"9" * 5000), UNREADABLE),
    "16 MiB of a good beginning": (
        whole(lambda good: good + b"a" * (16 * 1024 * 1024 - len(good))),
        UNREADABLE,
    ),
    "more than 16 MiB": (whole(lambda good: good + b"\n" * 16 * 1024 * 1024), TOO_LARGE),
}


@pytest.mark.parametrize(
    ("change", "expected"), [pytest.param(*row, id=name) for name, row in CONTENTS.items()]
)
def test_any_content_is_read_as_the_session_or_is_an_error_of_ours(
    change: Callable[[bytes, bytes], bytes],
    expected: str,
    folder: Path,
    store: FileStore,
    tmp_path: Path,
) -> None:
    file = folder / "acme.session"
    good, other = file.read_bytes(), (folder / "beta.session").read_bytes()
    content = change(good, other)
    assert (content == good) is (change is CONTENTS["what was written"][0])
    file.write_bytes(content)
    assert outcome(store) == expected
    assert file.read_bytes() == content
    assert stored(store, "beta") == OTHERS
    config = tmp_path / "config.toml"
    config.write_text("")
    fingerprint = settings_fingerprint(str(config)).encode()
    file.write_bytes(content.replace(b"settings -\n", b"settings " + fingerprint + b"\n"))
    os.utime(file, (0, 0))
    token = read_fresh_token(str(folder.parent), str(config), "acme", SESSION.tokens.issued_at)
    if expected == LOADED and b"settings -" in content:
        assert token == SESSION.tokens.access_token.reveal()
    elif expected == NEWER:
        assert token is None


@pytest.mark.parametrize(
    "name", [name for name, (_, expected) in CONTENTS.items() if expected != LOADED]
)
def test_a_sign_in_replaces_an_unreadable_session_and_keeps_a_newer_format(
    name: str, folder: Path, store: FileStore
) -> None:
    change, expected = CONTENTS[name]
    file = folder / "acme.session"
    content = change(file.read_bytes(), (folder / "beta.session").read_bytes())
    file.write_bytes(content)
    mended = expected not in {NEWER, TOO_LARGE}
    with suppress(StoreUnavailable):
        store_session(store, "acme", SESSION)
    assert outcome(store) == (LOADED if mended else expected)
    assert (file.read_bytes() == content) is not mended


@pytest.mark.parametrize("version", [b"1", b"2"])
def test_no_prefix_of_a_file_is_a_session_and_the_file_stays(
    version: bytes, folder: Path, store: FileStore
) -> None:
    file = folder / "acme.session"
    whole = file.read_bytes().replace(b"session 1\n", b"session " + version + b"\n")
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        is_newer = version == b"2" and whole[:length].startswith(b"osdu-auth session 2")
        assert outcome(store) == (NEWER if is_newer else UNREADABLE)
        assert file.read_bytes() == whole[:length]


# Random files: any bytes, a good beginning with any rest, and lines that are nearly right.
ANY_FILE = (
    st.binary(max_size=300)
    | st.binary(max_size=100).map(lambda rest: b"osdu-auth session 1\n" + rest)
    | st.lists(st.text("0123456789.-ea \n"), min_size=5, max_size=5).map(
        lambda parts: (
            (
                "osdu-auth session 1\nsettings {}\nprofile acme\nfresh-until {}\nexpires {}\n"
                "access {}\nsealed key-file {}\n"
            )
            .format(*parts)
            .encode()
        )
    )
)
harness = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=100,
)


@harness
@given(ANY_FILE)
def test_any_file_ends_in_an_error_of_ours(folder: Path, store: FileStore, content: bytes) -> None:
    (folder / "acme.session").write_bytes(content)
    assert outcome(store) in {NEWER, UNREADABLE}


@pytest.mark.torture
@settings(harness, max_examples=10_000)
@given(ANY_FILE)
def test_any_file_of_ten_thousand_ends_in_an_error_of_ours(
    folder: Path, store: FileStore, content: bytes
) -> None:
    (folder / "acme.session").write_bytes(content)
    assert outcome(store) in {NEWER, UNREADABLE}


@pytest.mark.parametrize("files", [300, pytest.param(100_000, marks=pytest.mark.torture)])
def test_a_good_file_with_some_bytes_changed_is_the_session_or_an_error_of_ours(
    files: int, folder: Path, store: FileStore, torture_row: Callable[[str, str], None]
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    file = folder / "acme.session"
    good = file.read_bytes()
    free = range(good.index(b"settings -") + len(b"settings "), good.index(b"\nprofile"))
    found: dict[str, int] = {}
    for _ in range(files):
        content = bytearray(good)
        for _ in range(chance.choice([1, 1, 2, 8])):
            place = chance.randrange(len(content))
            cut = slice(place, place + chance.choice([0, 1, 1, 1, 5]))
            content[cut] = chance.randbytes(chance.choice([0, 1, 1, 1, 5]))
        file.write_bytes(content)
        came = outcome(store)
        found[came] = found.get(came, 0) + 1
        if came == LOADED:
            assert content.startswith(good[: free.start]), content
            assert content.endswith(good[free.stop :]), content
        else:
            assert came in {NEWER, UNREADABLE, NO_KEY}
    torture_row(f"{files} changed session files", ", ".join(f"{n} {x}" for x, n in found.items()))


def test_a_session_too_large_to_be_read_again_is_not_saved(
    store: FileStore, session: SavedSession
) -> None:
    large = replace(
        session, tokens=replace(session.tokens, refresh_token=Secret("r" * 13 * 1024 * 1024))
    )
    store_session(store, "acme", SESSION)
    with pytest.raises(StoreUnavailable) as raised:
        store_session(store, "acme", large)
    assert raised.value.code == "OA-F816"
    assert outcome(store) == LOADED
