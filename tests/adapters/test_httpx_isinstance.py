"""A session is an instance of `Auth` of httpx and httpx2, and of its own type."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from osdu_auth import Session, WorkerSession
from osdu_auth.token_source import TokenSource

if TYPE_CHECKING:
    from adapters.conftest import SignedIn

PROGRAM = """
import sys
{first}
from osdu_auth import Session
session = Session("acme")
assert isinstance(session, Session) and type(session) is Session, type(session)
import {library}
assert isinstance(session, {library}.Auth)
assert isinstance(session, Session) and type(session) is Session
assert {library}.Client(auth=session)._auth is session
"""


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("before", [True, False])
def test_the_order_of_the_imports_does_not_matter(library: str, before: bool) -> None:
    pytest.importorskip(library)
    program = PROGRAM.format(first=f"import {library}" if before else "", library=library)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_using_a_session_imports_no_http_library(signed_in: SignedIn) -> None:
    program = (
        "import sys; from osdu_auth import Session; session = Session('acme');"
        "isinstance(session, Session); import osdu_auth.session.workers;"
        "print(*({'requests', 'httpx', 'httpx2', 'aiohttp', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b""


def test_a_session_is_an_instance_of_its_own_type_and_of_each_library_s_auth(
    signed_in: SignedIn,
) -> None:
    worker = signed_in.session.for_workers(60)
    for each, own in ((signed_in.session, Session), (worker, WorkerSession)):
        assert type(each) is own
        assert isinstance(each, (own, TokenSource))
        assert isinstance(each, httpx.Auth)
        assert issubclass(each.__class__, own)
        assert (each.__class__.__name__, each.__class__.__module__) == (
            own.__name__,
            own.__module__,
        )
    assert not isinstance(worker, Session)
    assert repr(signed_in.session) == "Session('acme')"


def test_copies_and_pickles_are_sessions(signed_in: SignedIn) -> None:
    for travelled in (
        pickle.loads(pickle.dumps(Session("acme"))),
        copy.copy(Session("acme")),
        copy.deepcopy(Session("acme")),
    ):
        assert type(travelled) is Session
    worker = signed_in.session.for_workers(60)
    assert type(copy.copy(worker)) is type(pickle.loads(pickle.dumps(worker))) is WorkerSession


def test_a_user_s_own_subclass_of_session_works_too() -> None:
    class Loud(Session):
        pass

    assert isinstance(Loud("acme"), httpx.Auth)
    assert type(Loud("acme")) is Loud
    assert Loud("acme").__class__.__name__ == "Loud"
