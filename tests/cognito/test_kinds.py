"""The table of challenge kinds: one row describes one kind completely."""

from __future__ import annotations

from typing import get_args

import pytest

from osdu_auth.cognito.challenges import Answer, Challenge
from osdu_auth.cognito.challenges.kinds import KINDS
from osdu_auth.cognito.challenges.tries import ask_until_accepted
from osdu_auth.errors import SignInRefused


def test_each_value_has_one_row_and_each_name_one_reader() -> None:
    assert [kind.asked for kind in KINDS] == list(get_args(Challenge))
    assert [kind.answer for kind in KINDS] == list(get_args(Answer))
    names = [name for kind in KINDS for name in kind.names]
    assert len(names) == len(set(names))
    for kind in KINDS:
        assert bool(kind.names) == (kind.read is not None) == (kind.respond is not None)


@pytest.mark.parametrize(
    ("tries", "code", "asked"), [(3, "OA-S321", 3), (1, "OA-S321", 1), (3, "OA-S311", 1)]
)
def test_only_correctable_answers_are_asked_again_and_only_as_often_as_allowed(
    tries: int, code: str, asked: int
) -> None:
    seen: list[tuple[SignInRefused | None, int]] = []
    refusal = SignInRefused("No.", code=code, fix="osdu-auth login")

    def ask(before: SignInRefused | None, left: int) -> int:
        seen.append((before, left))
        return left

    def send(_: int) -> None:
        raise refusal

    with pytest.raises(SignInRefused) as raised:
        ask_until_accepted(ask, send, tries, frozenset({"OA-S321"}))
    assert raised.value is refusal
    assert seen == [(None, tries), (refusal, 2), (refusal, 1)][:asked]
