"""A session can explain where its token comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth import Session

if TYPE_CHECKING:
    from osdu_auth import MemoryStore, Profile
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock


def told(session: Session) -> list[tuple[str, str]]:
    return [(tried.what, tried.outcome) for tried in session.explain()]


def test_an_explanation_has_what_was_passed_over_in_order() -> None:
    assert told(Session()) == [
        ("the call", "passed over"),
        ("OSDU_AUTH_PROFILE", "passed over"),
        ("OSDU_AUTH_CLIENT_ID", "passed over"),
        ("profile", "failed"),
    ]
    assert Session().explain()[-1].code == "OA-C785"


def test_an_explanation_has_the_time_of_what_took_time(
    session: Session, saved: SavedSession
) -> None:
    took = {tried.what: tried.milliseconds for tried in (*Session().explain(), *session.explain())}
    assert all(took.pop(what) > 0 for what in ("profile", "saved session"))
    assert set(took.values()) == {0.0}


def test_a_variable_that_names_the_profile_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSDU_AUTH_PROFILE", "acme")
    assert told(Session())[1] == ("OSDU_AUTH_PROFILE", "used")
    assert told(Session("other"))[0] == ("the call", "used")


def test_an_explanation_has_the_user_and_the_time_that_the_token_has_left(
    session: Session, saved: SavedSession, clock: Clock
) -> None:
    assert told(session) == [
        ("profile", "used"),
        ("saved session", "used"),
        ("access token", "used"),
    ]
    assert saved.account in session.explain()[1].reason
    assert session.explain()[2].reason.startswith("fresh, ")
    clock.ahead += 3601
    assert session.explain()[2].reason == "expired; renewed next"


@pytest.mark.parametrize(
    ("left", "outcome", "said"),
    [
        (0.5, "used", "stale, "),
        (0.0, "passed over", "expired; "),
        (-0.5, "passed over", "expired; "),
    ],
)
def test_an_explanation_calls_a_token_used_until_it_expires(
    profile: Profile, store: MemoryStore, saved: SavedSession, left: float, outcome: str, said: str
) -> None:
    now = saved.tokens.expires_at - left
    last = Session(profile, store=store, clock=lambda: now).explain()[-1]
    assert (last.what, last.outcome) == ("access token", outcome)
    assert last.reason.startswith(said)


def test_an_explanation_says_what_to_type_if_the_user_is_not_signed_in(session: Session) -> None:
    last = session.explain()[-1]
    assert (last.what, last.outcome, last.code) == ("saved session", "passed over", "OA-S301")
    assert "session.sign_in(username, password)" in last.reason
