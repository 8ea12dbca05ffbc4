"""The generation of the session that a sign-in begins, after a clock was wrong or was set back."""

from __future__ import annotations

from dataclasses import replace

from cases import for_each
from osdu_auth.stores.saved_session import SavedSession
from stores.conftest import NOW, make_session

NOW_MS = int(NOW * 1000)
FIVE_MINUTES = 300_000  # milliseconds


@for_each("is_signed_out", [False, True])
@for_each(
    ("former", "next_one"),
    [
        (NOW_MS - 1, NOW_MS),
        (NOW_MS + 1, NOW_MS + 2),
        (NOW_MS + FIVE_MINUTES, NOW_MS + FIVE_MINUTES + 1),
        (NOW_MS + FIVE_MINUTES + 1, NOW_MS),
    ],
    ids=["in the past", "just ahead", "five minutes ahead", "further ahead"],
)
def test_a_sign_in_follows_a_generation_up_to_five_minutes_ahead_of_the_clock(
    former: int, next_one: int, is_signed_out: bool
) -> None:
    """Readers of a board refuse a generation that is further ahead."""
    session = make_session()
    kept = None if is_signed_out else replace(session, generation=former)
    last = former if is_signed_out else 0
    begun = SavedSession.begun(session.issued, session.binding, NOW, kept, last)
    assert begun.generation == next_one
