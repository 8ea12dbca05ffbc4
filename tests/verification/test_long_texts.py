"""A long text is shown whole, or its beginning with a sign that it is shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from osdu_auth import ConfigurationError, IssuerKeys, OsduAuthError, TokenRejected
from osdu_auth.verification.keys.key_fetching import unavailable
from osdu_auth.verification.services.bearer import BearerGuard
from verification.minting import claims, mint, pool_verifier

if TYPE_CHECKING:
    from collections.abc import Callable


def refused(**settings: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        pool_verifier(**settings)
    return raised.value.what


def refused_realm(realm: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        BearerGuard(pool_verifier(), realm)
    return raised.value.what


def refused_issuer(issuer: str) -> str:
    with pytest.raises(OsduAuthError) as raised:
        IssuerKeys(issuer)
    return raised.value.what


def rejected(verifier: Any, **payload: Any) -> str:
    with pytest.raises(TokenRejected) as raised:
        verifier.verify(mint(payload=claims(**payload)))
    return " ".join(f"{failure.check} {failure.actual}" for failure in raised.value.failures)


def answering(name: str, answer: object) -> Any:
    def check(token: object) -> object:
        return answer

    check.__name__ = name
    return pool_verifier(checks=[check])


# How many characters are shown, and the function that shows a text.
CASES: dict[str, tuple[int, Callable[[str], str]]] = {
    "a memo's size": (30, lambda text: refused(memo_size=text)),
    "a leeway": (30, lambda text: refused(leeway=text)),
    "a realm": (40, lambda text: refused_realm('"' + text[1:])),
    "an issuer": (80, refused_issuer),
    "an issuer without keys": (100, lambda text: unavailable(text, "OA-N670", "").what),
    "an extra check": (40, lambda text: rejected(answering(text, answer=False))),
    "an extra check's answer": (60, lambda text: rejected(answering("check", text))),
    "a claim": (60, lambda text: rejected(pool_verifier(), client_id=text)),
    "a subject": (60, lambda text: repr(pool_verifier().verify(mint(payload=claims(sub=text))))),
}


@for_each("case", CASES)
def test_a_text_is_shown_whole_up_to_a_length_and_shortened_above_it(case: str) -> None:
    length, show = CASES[case]
    text = "x" * length
    tail = text[1:]  # some texts have another beginning
    assert tail in show(text)
    assert f"{tail[:-1]}…" in show(text + "x")


def test_long_reasons_of_a_rejection_are_shortened() -> None:
    with pytest.raises(TokenRejected) as raised:
        pool_verifier().verify(
            mint(payload=claims(client_id="x" * 60, token_use="y" * 60, iss="z" * 60))
        )
    whole = "; ".join(map(str, raised.value.failures))
    assert len(whole) > 200
    assert raised.value.why == f"{whole[:199]}…."
