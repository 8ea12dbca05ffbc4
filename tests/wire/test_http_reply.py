"""The strict reader of a reply: the same result for one piece, several pieces and single bytes."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processor_time
from cases import for_each
from osdu_auth.wire.channel import Channel, TooLarge
from osdu_auth.wire.http_reply import EndedEarly, NotHttp, ReplyReader

LIMIT = 1000
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Pieces:
    """A channel that returns these pieces, and then ends."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def receive(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def read(*pieces: bytes, limit: int = LIMIT) -> tuple[int, dict[str, str], bytes]:
    reader = ReplyReader(cast("Channel", Pieces(list(pieces))))
    status, headers = reader.read_head()
    return status, headers, reader.read_body("GET", status, headers, limit)


GOOD = [
    (OK + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    (OK + b"Content-Length: 3, 3\r\n\r\nabc", b"abc"),
    (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    (OK + b"Content-Length: 3\r\n\r\nabcdef", b"abc"),
    (OK + b"\r\nuntil the end", b"until the end"),
    (b"HTTP/1.0 200\r\n\r\n", b""),
    (b"HTTP/1.1 200 \r\nA:\tb \r\n\r\n", b""),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK + b"Content-Length: 1\r\n\r\na", b"a"),
    (b"HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n", b""),
    (OK.replace(b"\r", b"") + b"Content-Length: 2\n\nab", b"ab"),
    (CHUNKED + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", b"abc0123456789"),
    (CHUNKED + b"0\r\n\r\n", b""),
]


@for_each("reply, body", GOOD)
def test_a_reply_is_read_the_same_whole_and_byte_by_byte(reply: bytes, body: bytes) -> None:
    assert read(reply)[2] == body
    assert read(*(reply[at : at + 1] for at in range(len(reply)))) == read(reply)


@given(st.sampled_from(GOOD), st.lists(st.integers(0, 200)))
def test_where_a_reply_is_cut_into_pieces_changes_nothing(
    good: tuple[bytes, bytes], cuts: list[int]
) -> None:
    reply, body = good
    edges = [0, *sorted(cut for cut in cuts if cut < len(reply)), len(reply)]
    pieces = [reply[start:end] for start, end in itertools.pairwise(edges)]
    assert read(*pieces)[2] == body


@for_each(
    "reply",
    [
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 0200 OK\r\n\r\n",
        b"HTTP/1.1 600 x\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"http/1.1 200 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"A : b\r\n\r\n",
        OK + b"A: b\r\n folded\r\n\r\n",
        OK + b": b\r\n\r\n",
        OK + b"A: b\r\n" * 101 + b"\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: +1\r\n\r\na",
        OK + b"Content-Length: 1_0\r\n\r\n",
        OK + b"Content-Length: 0x1\r\n\r\na",
        OK + b"Content-Length: \xb2\r\n\r\na",
        OK + b"Content-Length: 1, 2\r\n\r\na",
        OK + b"Content-Length: " + b"1" * 5000 + b"\r\n\r\n",
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: identity\r\n\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
        CHUNKED + b"1_0\r\n",
        CHUNKED + b"\r\n",
        CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
        CHUNKED + b"123456789\r\n",
    ],
)
def test_a_reply_with_two_readings_is_refused(reply: bytes) -> None:
    with pytest.raises(NotHttp):
        read(reply)


def test_a_reply_that_is_cut_anywhere_has_ended_early() -> None:
    for reply, _ in GOOD:
        if b"until the end" in reply or b"HTTP/1.0" in reply or b"A:\t" in reply:
            continue
        whole = reply.rstrip(b"def") if reply.endswith(b"abcdef") else reply
        for count in range(len(whole) - 3):
            with pytest.raises(EndedEarly):
                read(whole[:count])


def test_the_limit_applies_to_the_body_and_before_it_is_received() -> None:
    assert len(read(OK + b"Content-Length: 9\r\n\r\n" + b"x" * 9, limit=9)[2]) == 9
    for reply in (
        OK + b"Content-Length: 10\r\n\r\n",
        OK + b"\r\n" + b"x" * 10,
        CHUNKED + b"A\r\n",
        CHUNKED + b"5\r\nxxxxx\r\n5\r\n",
    ):
        with pytest.raises(TooLarge):
            read(reply, limit=9)


def test_a_body_in_the_smallest_chunks_takes_linear_time() -> None:
    answer = CHUNKED + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n"
    with processor_time.at_most(5):
        assert len(read(answer, limit=10**6)[2]) == 200_000


@given(st.binary(max_size=80))
def test_no_bytes_make_the_reply_reader_raise_another_error(tail: bytes) -> None:
    for start in (b"", OK, CHUNKED, OK + b"Content-Length: 5\r\n\r\n"):
        with suppress(NotHttp, EndedEarly, TooLarge):
            read(start + tail)
