"""A pool that is down gets few requests, and not those of all clients at once when it is up again.

All clients share one clock, which stands still between the seconds; the requests are real.

The row I-02 of the list of abuse and faults.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import pytest

from osdu_auth import MemoryStore, OsduAuthError, Secret, Session, Unreachable
from osdu_auth.backoff import Backoff
from osdu_auth.clocks import Clocks
from osdu_auth.cognito.challenges import unattended
from osdu_auth.session.renewer import FIRST_PAUSE, LONGEST_PAUSE
from session_test_parts import RENEWAL, renewals
from stored import store_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession

LIFE = 3 * 3600
OUTAGE = 600  # seconds
SELDOM = 1 / 10  # requests of one client in a second, on average
SPIKE = 3  # times the mean of a second
REPEATED = 3  # attempts of one operation whose request may be repeated


class Still:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def still() -> Still:
    return Still()


@pytest.fixture
def long_lived(profile: Profile, still: Still, sandbox: Sandbox) -> tuple[Profile, SavedSession]:
    """A session whose renewal window is longer than the outage, and its profile."""
    client = sandbox.pool.add_app_client(
        "long-lived", generate_secret=False, access_token_validity=LIFE
    )
    profile = replace(profile, client_id=client.client_id, client_secret=None)
    session = Session(profile, store=MemoryStore(), clock=still, monotonic=still)
    return profile, session.sign_in(sandbox.username, Secret(sandbox.password), unattended)


@pytest.fixture(autouse=True)
def nothing_but_this_in_the_log(sandbox: Sandbox) -> Iterator[None]:
    sandbox.requests.clear()
    yield
    sandbox.requests.clear()


def clients(long_lived: tuple[Profile, SavedSession], still: Still, count: int) -> list[Session]:
    """So many clients, each with its own store, which has the token already."""
    profile, saved = long_lived
    made = []
    for _ in range(count):
        store = MemoryStore()
        store_session(store, profile.name, saved)
        made.append(Session(profile, store=store, clock=still, monotonic=still))
        made[-1].token()
    return made


def requests_each_second(
    sessions: list[Session], still: Still, sandbox: Sandbox, seconds: int, step: int = 1
) -> tuple[Counter[int], set[Secret]]:
    """Let every client ask once in each second.

    Returns:
        How many renewals the pool was asked for in each second, and the last tokens of the clients.
    """
    counted: Counter[int] = Counter()
    tokens: set[Secret] = set()
    for second in range(0, seconds, step):
        tokens.clear()
        for session in sessions:
            with suppress(OsduAuthError):
                tokens.add(session.token())
            with session:
                pass  # a renewal that began in that time is over
        counted[second] += renewals(sandbox, sessions[0].profile)
        sandbox.requests.clear()
        still.now += step
    return counted, tokens


@pytest.mark.parametrize(
    "count", [20, pytest.param(1000, marks=[pytest.mark.torture, pytest.mark.timeout(600)])]
)
def test_clients_with_a_good_token_rarely_ask_a_pool_that_is_down(
    long_lived: tuple[Profile, SavedSession], still: Still, sandbox: Sandbox, count: int,
    row: Callable[[str, str], None],
) -> None:  # fmt: skip
    sessions = clients(long_lived, still, count)
    old = long_lived[1].tokens.access_token
    still.now += 0.91 * LIFE
    sandbox.faults.drop(RENEWAL, times=None)
    during, tokens = requests_each_second(sessions, still, sandbox, OUTAGE)
    each = during.total() / count
    assert 5 < each <= SELDOM * OUTAGE
    assert tokens == {old}, "it was good all along"
    sandbox.faults.clear()
    after, tokens = requests_each_second(sessions, still, sandbox, int(LONGEST_PAUSE) + 2)
    assert after.total() == count, "each renews once, and soon"
    assert len(tokens) == count
    assert old not in tokens
    mean = count / LONGEST_PAUSE
    row(
        f"{count} clients, the pool down for {OUTAGE} s",
        f"{each:.1f} requests each; then at most {max(after.values())} in a second, "
        f"mean {mean:.1f}",
    )
    # With few clients a full second may be chance; the next test shows the spread itself.
    assert max(after.values()) < SPIKE * mean + 10


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.torture)])
def test_clients_without_a_good_token_rarely_ask_a_pool_that_is_down(
    long_lived: tuple[Profile, SavedSession], still: Still, sandbox: Sandbox, count: int,
    row: Callable[[str, str], None],
) -> None:  # fmt: skip
    sessions = clients(long_lived, still, count)
    still.now += LIFE + 1
    # An error page, as a dropped request would be repeated after a wait in real time.
    sandbox.faults.reply(RENEWAL, status=404, body="<html>", times=None)
    during, _ = requests_each_second(sessions, still, sandbox, OUTAGE, step=2)
    each = during.total() / count
    row(f"{count} clients without a token, down for {OUTAGE} s", f"{each:.1f} operations each")
    assert each > 5
    assert REPEATED * each <= SELDOM * OUTAGE
    with pytest.raises(OsduAuthError) as error:
        sessions[0].token()
    assert error.value.retry_after is None or 0 < error.value.retry_after <= LONGEST_PAUSE


def test_clients_that_failed_together_do_not_try_again_together(still: Still) -> None:
    count, refused = 1000, Unreachable("No answer.", code="OA-N623")
    pauses = [Backoff(Clocks(still, still), FIRST_PAUSE, LONGEST_PAUSE) for _ in range(count)]
    for _ in range(OUTAGE // 2):  # all of them have the longest pause by then
        for pause in pauses:
            if not pause.left:
                pause.begin(refused)
        still.now += 1
    back = Counter(ceil(pause.left) for pause in pauses)
    assert max(back) <= LONGEST_PAUSE
    assert max(back.values()) < SPIKE * count / LONGEST_PAUSE
