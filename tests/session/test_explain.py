"""A session can say what it goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth import Session

if TYPE_CHECKING:
    from osdu_auth import MemoryStore, Profile
    from osdu_auth.stores.saved_session import SavedSession
    from session_far_end import Clock


def told(session: Session) -> list[tuple[str, str]]:
    return [(tried.what, tried.outcome) for tried in session.explain()]


def test_what_was_passed_over_is_told_in_the_order_in_which_it_was_tried() -> None:
    assert told(Session()) == [
        ("the call", "passed over"),
        ("OSDU_AUTH_PROFILE", "passed over"),
        ("OSDU_AUTH_CLIENT_ID", "passed over"),
        ("profile", "failed"),
    ]
    assert Session().explain()[-1].code == "OA-C785"


def test_what_took_time_is_told_with_how_long_and_the_rest_with_none(
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


def test_a_session_says_who_is_signed_in_and_how_long_the_token_is_good(
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
def test_a_token_is_told_as_used_to_its_last_moment_and_not_longer(
    profile: Profile, store: MemoryStore, saved: SavedSession, left: float, outcome: str, said: str
) -> None:
    now = saved.tokens.expires_at - left
    last = Session(profile, store=store, clock=lambda: now).explain()[-1]
    assert (last.what, last.outcome) == ("access token", outcome)
    assert last.reason.startswith(said)


def test_nobody_signed_in_is_said_with_what_to_type(session: Session) -> None:
    last = session.explain()[-1]
    assert (last.what, last.outcome, last.code) == ("saved session", "passed over", "OA-S301")
    assert "session.sign_in(username, password)" in last.reason
