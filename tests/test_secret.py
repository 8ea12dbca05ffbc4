"""A secret is never shown by accident."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

HIDDEN = "correct horse battery staple"


@dataclasses.dataclass
class Holder:
    secret: Secret


@for_each(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{0!r:>40}".format,
        lambda secret: f"{secret} {secret!s:10} {secret!r}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - the form that logging uses
        lambda secret: repr(Holder(secret)),
        lambda secret: repr(dataclasses.asdict(Holder(secret))),
        lambda secret: repr([secret, {secret: secret}]),
        lambda secret: repr(copy.deepcopy(secret)),
    ],
)
def test_no_kind_of_output_shows_a_secret(show: Callable[[Secret], str]) -> None:
    assert HIDDEN not in show(Secret(HIDDEN))


def test_a_secret_is_revealed_only_by_name() -> None:
    assert Secret(HIDDEN).reveal() == HIDDEN


def test_a_secret_refuses_to_be_pickled() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(HIDDEN))


def test_a_secret_refuses_to_become_json() -> None:
    with pytest.raises(TypeError) as refusal:
        json.dumps({"secret": Secret(HIDDEN)})
    assert HIDDEN not in str(refusal.value)


def test_a_traceback_with_locals_hides_a_secret() -> None:
    def fail(secret: Secret) -> None:
        raise RuntimeError("no")

    try:
        fail(Secret(HIDDEN))
    except RuntimeError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        assert HIDDEN not in "".join(shown)


def test_a_log_line_hides_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("osdu_auth").debug("the secret is %s", Secret(HIDDEN))
    assert HIDDEN not in caplog.text


def test_a_secret_accepts_only_text_and_its_error_shows_no_value() -> None:
    with pytest.raises(TypeError, match="not bytes") as refusal:
        Secret(HIDDEN.encode())  # type: ignore[arg-type]
    assert HIDDEN not in str(refusal.value)


@given(st.text(), st.text())
def test_secrets_are_equal_exactly_when_their_texts_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert Secret(one) != one


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")


def test_secrets_of_undecodable_bytes_can_be_compared() -> None:
    assert Secret("\udc80") == Secret("\udc80")
