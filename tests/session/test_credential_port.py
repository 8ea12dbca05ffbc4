"""A user's own credential: a session needs only the methods of the port."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from osdu_auth import (
    Account,
    ConfigurationError,
    MemoryStore,
    NothingSent,
    OsduAuthError,
    Profile,
    Secret,
    SessionEnded,
    SignInRequired,
    Unreachable,
)
from osdu_auth import Session as OurSession
from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.profiles.resolve import FoundProfile
from osdu_auth.stores.file import FileStore
from osdu_auth.tokens import TokenSet
from stored import store_session, stored, wait_until_waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.credentials.credential import SignInInput
    from session_test_parts import Clock

PROFILE = Profile(name="acme", region="us-east-1", client_id="a")


class ServiceCredential:
    """A credential of a service account, without a person; it counts its calls.

    Args:
        clock: in seconds since 1970.
        subject: of the user.
    """

    binding = "https://issuer.example.com service"
    needs_person = False

    def __init__(self, clock: Callable[[], float], subject: str | None = "client:service") -> None:
        self.asked = 0
        self.subject = subject
        self.is_down = False
        self._clock = clock
        self._lock = Lock()

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        del before
        assert given is None
        with self._lock:
            self.asked += 1
            if self.is_down:
                raise Unreachable("The issuer does not answer.", code="OA-N601")
            now = self._clock()
            tokens = TokenSet(Secret(f"canary-token-{self.asked}"), now, now + 3600)
            return IssuedTokens(tokens, "service", self.subject, "https://issuer.example.com")

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        del hurried
        return self.obtain(None, issued)

    def revoke(self, issued: IssuedTokens) -> None:
        """This issuer has no session to end."""

    def moved_to(self) -> str | None:
        return None

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        assert issued.issuer_address == "https://issuer.example.com"


@pytest.fixture
def credential(clock: Clock) -> ServiceCredential:
    return ServiceCredential(clock)


def test_a_profile_of_another_kind_of_sign_in_has_a_session_by_a_credential_of_one_s_own(
    credential: ServiceCredential, store: MemoryStore, clock: Clock
) -> None:
    from profiles.test_kinds import ROBOT  # the kind that tests/profiles/test_kinds.py adds

    session = OurSession(ROBOT, credential=credential, store=store, clock=clock)
    assert session.token() == Secret("canary-token-1")
    assert session.deadline() is None  # its end is not known
    assert session.for_workers("20m").profile == ROBOT
    without_one = OurSession(ROBOT, store=store, clock=clock)
    for asked in (Account(session).devices, without_one.token):
        with pytest.raises(ConfigurationError, match='sign_in = "robot"') as refused:
            asked()
        assert refused.value.code == "OA-C717"


@pytest.mark.parametrize("data", ["canary-data", '["canary-data"]', '{"key": 7}', ""])
def test_the_error_of_bad_renewal_data_is_for_the_author_of_the_credential(
    store: MemoryStore, clock: Clock, data: str
) -> None:
    class Talkative(ServiceCredential):
        def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
            return super().obtain(given, before)._replace(renewal_data=Secret(data))

    session = OurSession(PROFILE, credential=Talkative(clock), store=store, clock=clock)
    with pytest.raises(ValueError, match="a JSON object of texts") as told:
        session.token()
    assert told.value.__cause__ is told.value.__context__ is None
    assert stored(store) is None


class Elsewhere(ServiceCredential):
    """A credential whose settings now lead to another server."""

    def revoke(self, issued: IssuedTokens) -> None:
        del issued
        raise NothingSent("Another server would be asked.", code="OA-C728")

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        del issued, hurried
        self.asked += 1
        raise NothingSent("Another server would be asked.", code="OA-C728")


def test_a_renewal_that_sends_no_request_ends_no_session_and_begins_no_backoff(
    store: MemoryStore, clock: Clock
) -> None:
    credential = Elsewhere(clock)
    session = OurSession(PROFILE, credential=credential, store=store, clock=clock)
    session.token()
    with pytest.raises(NothingSent):
        session.sign_out()
    assert stored(store) is not None
    for asked in (2, 3):
        with pytest.raises(NothingSent):
            session.renew()
        clock.ahead += 3601
        with pytest.raises(NothingSent):
            session.token()
        assert credential.asked == 2 * asked - 1


@pytest.fixture
def session(credential: ServiceCredential, store: MemoryStore, clock: Clock) -> OurSession:
    return OurSession(PROFILE, credential=credential, store=store, clock=clock)


@pytest.mark.parametrize("way", ["token", "saved", "renew"])
def test_a_session_without_a_person_begins_on_first_use(
    session: OurSession, store: MemoryStore, way: str
) -> None:
    got = getattr(session, way)()
    kept = stored(store)
    assert kept is not None
    assert (got if way == "token" else got.tokens.access_token) == kept.tokens.access_token
    assert (kept.account, kept.subject) == ("service", "client:service")
    assert kept.binding == ServiceCredential.binding


def test_a_hundred_threads_ask_the_issuer_once_for_each_life_of_a_token(
    session: OurSession, credential: ServiceCredential, clock: Clock
) -> None:
    with ThreadPoolExecutor(100) as threads:
        first = [threads.submit(session.token) for _ in range(100)]
        assert len({each.result() for each in first}) == 1
        assert credential.asked == 1
        clock.ahead += 3601
        tokens = {each.result() for each in [threads.submit(session.token) for _ in range(100)]}
    assert (len(tokens), credential.asked) == (1, 2)


def test_a_stored_token_of_the_same_binding_is_used_and_one_of_another_is_not(
    session: OurSession, credential: ServiceCredential, store: MemoryStore, clock: Clock
) -> None:
    token = session.token()
    sibling = OurSession(PROFILE, credential=credential, store=store, clock=clock)
    assert sibling.token() == token
    kept = stored(store)
    assert kept is not None
    store_session(store, "acme", replace(kept, binding="another issuer"))
    other = OurSession(PROFILE, credential=credential, store=store, clock=clock)
    assert other.token() != token
    assert credential.asked == 2


def test_after_a_sign_out_the_next_use_begins_a_new_session(
    session: OurSession, credential: ServiceCredential
) -> None:
    session.token()
    assert session.sign_out().was_signed_in
    assert session.token()
    assert credential.asked == 2


def test_an_issuer_that_does_not_answer_is_not_asked_for_a_while_and_ends_no_session(
    session: OurSession, credential: ServiceCredential, clock: Clock
) -> None:
    credential.is_down = True
    for _ in range(3):
        with pytest.raises(Unreachable):
            session.token()
    assert credential.asked == 1
    clock.ahead += 2
    credential.is_down = False
    assert session.token()


def test_a_new_session_begins_after_one_that_is_marked_as_ended(
    session: OurSession, store: MemoryStore, credential: ServiceCredential
) -> None:
    session.token()
    kept = stored(store)
    assert kept is not None
    ended = SessionEnded("It ended.", code="OA-S412")
    store_session(store, "acme", kept.marked(ended))
    other = OurSession(PROFILE, credential=credential, store=store)
    assert other.token() != kept.tokens.access_token


def test_a_generation_grows_with_each_renewal_even_if_the_clock_is_set_back(
    session: OurSession, store: MemoryStore, clock: Clock
) -> None:
    generations = []
    for ahead in (0, 10, -5000, -10_000, 0):
        clock.ahead = ahead
        session.renew()
        kept = stored(store)
        assert kept is not None
        assert kept.generation == session.load().generation
        generations.append(kept.generation)
    assert generations == sorted(set(generations))
    assert abs(generations[0] / 1000 - clock()) < 60


def test_no_session_begins_without_the_person_that_it_needs(
    credential: ServiceCredential, store: MemoryStore
) -> None:
    class WithPerson(ServiceCredential):
        needs_person = True

    session = OurSession(PROFILE, credential=WithPerson(lambda: 0.0), store=store)
    with pytest.raises(SignInRequired):
        session.token()


def test_a_session_with_a_credential_of_its_own_cannot_be_pickled(session: OurSession) -> None:
    with pytest.raises(TypeError, match="for_workers"):
        pickle.dumps(session)
    assert session.for_workers("10m").token() == session.token()


def test_a_session_refuses_a_profile_that_was_not_checked(
    credential: ServiceCredential, store: MemoryStore
) -> None:
    found = FoundProfile(SimpleNamespace(name="acme"), "it was made by hand", "", is_current=False)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as refused:
        OurSession(found, credential=credential, store=store).token()
    assert refused.value.code == "OA-C799"


def test_a_caller_that_waited_while_the_issuer_refused_takes_that_refusal(
    clock: Clock, tmp_path: Path
) -> None:
    waits = Event()

    class Refused(ServiceCredential):
        def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
            super().obtain(given, before)
            assert waits.wait(60)
            raise ConfigurationError("Refused.", code="OA-A710", service_error="invalid_client")

    store, credential = FileStore(str(tmp_path / "state")), Refused(clock)
    sessions = [
        OurSession(PROFILE, credential=credential, store=store, clock=clock) for _ in range(2)
    ]
    errors: list[OsduAuthError] = []

    def ask(session: OurSession) -> None:
        try:
            session.token()
        except OsduAuthError as error:
            errors.append(error)

    first, second = (threading.Thread(target=ask, args=(session,)) for session in sessions)
    first.start()
    while not credential.asked:
        time.sleep(0.001)
    second.start()
    wait_until_waiting(second)
    waits.set()
    first.join()
    second.join()
    assert [error.code for error in errors] == ["OA-A710", "OA-A710"]
    assert credential.asked == 1
