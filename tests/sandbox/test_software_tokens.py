"""Time-based one-time passwords, compared with the numbers of RFC 6238."""

from __future__ import annotations

import base64

from cases import for_each
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

RFC_SECRET = b"12345678901234567890"


@for_each(
    ("moment", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(moment: int, code: str) -> None:
    assert SoftwareToken(RFC_SECRET).code_at(moment) == code


def test_the_codes_of_the_present_and_the_neighbouring_steps_are_valid() -> None:
    token, now = SoftwareToken(RFC_SECRET), 1_234_567_890
    steps = [token.step_of(token.code_at(now + 30 * away), now) for away in range(-3, 4)]
    present = now // 30
    assert steps == [None, None, present - 1, present, present + 1, None, None]


@for_each(
    "code",
    ["", "28708", "2870820", "\uff12\uff18\uff17\uff10\uff18\uff12", "abcdef", " 287082"],
)
def test_a_text_that_is_no_code_is_wrong(code: str) -> None:
    assert SoftwareToken(RFC_SECRET).step_of(code, 59) is None


def test_a_step_is_used_up_with_all_steps_before_it() -> None:
    token = SoftwareToken(RFC_SECRET)
    assert token.use_up(5)
    assert [token.use_up(step) for step in (5, 4, 6)] == [False, False, True]


def test_the_secret_is_base32_without_padding() -> None:
    text = SoftwareToken().text
    assert len(text) == 52
    assert len(base64.b32decode(text + "====")) == 32
