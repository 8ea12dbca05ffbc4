"""`for_each`: a test with many cases tries all of them, and names those that fail."""

from __future__ import annotations

import inspect

import pytest

from cases import for_each


def test_all_cases_are_tried_and_those_that_fail_are_named() -> None:
    tried = []

    @for_each("value", ["even", "odd", "strange"])
    def promise(value: str) -> None:
        tried.append(value)
        assert value == "even"

    with pytest.raises(AssertionError, match=r"(?s)2 of 3 cases fail.*'odd':.*'strange':") as told:
        promise()
    assert tried == ["even", "odd", "strange"]
    assert "'even':" not in str(told.value)
    assert "assert value ==" in str(told.value)


def test_a_case_that_raises_nothing_where_an_error_is_promised_fails() -> None:
    @for_each(("text", "what"), [("1", "a digit"), ("x", "a letter")], ids=["digit", "letter"])
    def promise(text: str, what: str) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            int(text)

    with pytest.raises(AssertionError, match=r"(?s)1 of 2 cases fail.*digit:.*DID NOT RAISE"):
        promise()


def test_cases_of_two_lists_are_each_with_each_and_fixtures_come_along() -> None:
    tried = []

    @for_each("first", [1, 2])
    @for_each("second", [pytest.param(3, id="three"), pytest.param(4, id="four")])
    def promise(first: int, second: int, fixture: str) -> None:
        tried.append((first, second, fixture))

    assert [*inspect.signature(promise).parameters] == ["fixture"]
    promise(fixture="here")
    assert tried == [(1, 3, "here"), (1, 4, "here"), (2, 3, "here"), (2, 4, "here")]


def test_a_list_without_a_case_and_a_case_that_is_marked_are_refused() -> None:
    @for_each("value", [])
    def promise(value: str) -> None: ...

    with pytest.raises(AssertionError, match="there is no case"):
        promise()
    with pytest.raises(AssertionError, match="a test of its own"):
        for_each("value", [pytest.param(1, marks=pytest.mark.torture)])


def test_a_case_that_is_left_out_counts_as_one_that_fails() -> None:
    @for_each("value", ["here", "left out"])
    def promise(value: str) -> None:
        if value == "left out":
            pytest.skip("it cannot be tried")

    with pytest.raises(AssertionError, match=r"(?s)1 of 2 cases fail.*it cannot be tried"):
        promise()


def test_the_limit_of_time_ends_all_cases() -> None:
    tried = []

    @for_each("value", ["slow", "next"])
    def promise(value: str) -> None:
        tried.append(value)
        pytest.fail("Timeout (>120.0s) from pytest-timeout.")

    with pytest.raises(pytest.fail.Exception, match="Timeout"):
        promise()
    assert tried == ["slow"]
