"""A session belongs to one user, who is identified by the issuer's stable name (the subject).

The row E-01 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from cases import for_each
from osdu_auth import (
    MemoryStore,
    SavedSession,
    Secret,
    Session,
    SessionEnded,
    TokenSet,
    UnusableReply,
    unattended,
)
from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.profiles.edits import write_profile
from session_test_parts import RENEWAL, answer_with, token_of
from stored import store_session, stored, user_pool_of

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from session_test_parts import Clock

NO_SUBJECT: dict[str, dict[str, Any]] = {
    "missing": {},
    "null": {"sub": None},
    "empty": {"sub": ""},
    "a number": {"sub": 7},
    "true": {"sub": True},
    "a list": {"sub": ["me"]},
}


def opaque(mark: str, *, id_token: str | None = None) -> TokenSet:
    """Tokens whose access token has no claims, good for an hour in 1970."""
    token = Secret(id_token) if id_token else None
    return TokenSet(Secret(f"opaque-{mark}"), 0.0, 4e9, token, Secret("canary-refresh-token"))


def kept(session: Session) -> SavedSession | None:
    return stored(session.store, session.profile.name)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (("alice", "sub-1"), ("alice", "sub-2"), False),
        (("alice", "sub-1"), ("bob", "sub-2"), False),
        (("alice", "sub-1"), ("alice@acme.com", "sub-1"), True),
        (("alice", None), ("bob", None), False),
        (("alice", None), ("bob", "sub-1"), False),
        (("alice", None), ("alice", "sub-1"), True),
        (("alice", None), ("alice", None), True),
    ],
)
@pytest.mark.parametrize("way", ["token", "saved", "load", "pickled"])
def test_tokens_without_a_user_are_compared_by_the_saved_subject(
    profile: Profile, first: tuple[str, str | None], second: tuple[str, str | None], is_same: bool,
    way: str, clock: Clock,
) -> None:  # fmt: skip
    store = _Travelling()
    for mark, (username, subject) in (("1", first), ("2", second)):
        tokens = replace(opaque(mark), expires_at=clock() + 3600, issued_at=clock())
        saved = SavedSession(tokens, username, 0.0, profile.binding, subject=subject)
        store_session(store, "acme", saved)
        if mark == "1":
            session = Session(replace(profile, client_secret=None), store=store, clock=clock)
            session.token()
            if way == "pickled":
                session = pickle.loads(pickle.dumps(session))
    clock.ahead += 3601 if way in {"token", "saved"} else 0
    store_session(store, "acme", replace(saved, tokens=replace(tokens, expires_at=clock() + 3600)))
    ask = {"pickled": session.token}.get(way) or getattr(session, way)
    if is_same:
        ask()
    else:
        with pytest.raises(SessionEnded, match="OA-S432"):
            ask()


@pytest.mark.parametrize(("typed", "is_same"), [("alice", True), ("bob", False)])
@pytest.mark.parametrize("named_first", [False, True])
def test_if_a_token_names_no_user_the_typed_name_is_compared(
    profile: Profile, store: MemoryStore, typed: str, is_same: bool, named_first: bool, clock: Clock
) -> None:
    named = replace(opaque("1"), access_token=Secret(token_of(username="the pool's name")))
    both = [(named, "alice"), (opaque("2"), typed)]
    session = Session(profile, store=store, clock=clock)
    first, second = both if named_first else reversed(both)
    for tokens, username in (first, second):
        now = replace(tokens, expires_at=clock() + 3600, issued_at=clock())
        store_session(store, "acme", SavedSession(now, username, 0.0, profile.binding))
        if tokens is first[0]:
            session.token()
    if is_same:
        session.load()
    else:
        with pytest.raises(SessionEnded, match="OA-S432"):
            session.load()


class _Travelling(MemoryStore):
    """A user's own store that can be pickled, such as one in a database."""

    sessions: ClassVar[dict[str, SavedSession]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._sessions = self.sessions

    def __reduce__(self) -> Any:
        return _Travelling, ()


@for_each("text", ["", 7, True, [], {}])
def test_a_session_with_an_empty_subject_is_refused(text: object) -> None:
    saved = SavedSession(opaque("1"), "alice", 0.0, "us-east-1 abc", subject="me")
    members = json.loads(saved.to_secret().reveal())
    assert members["subject"] == "me"
    assert SavedSession.from_secret(Secret(json.dumps(members))) == saved
    with pytest.raises(ValueError, match="not the text of a session"):
        SavedSession.from_secret(Secret(json.dumps({**members, "subject": text})))


@for_each(
    ("access", "identity", "subject"),
    [
        (token_of(sub="of-access"), token_of(sub="of-id"), "of-access"),
        ("opaque", token_of(sub="of-id"), "of-id"),
        (token_of(sub=""), token_of(sub="of-id"), "of-id"),
        ("opaque", token_of(sub=7), None),
        ("opaque", None, None),
    ],
)
def test_a_session_of_an_earlier_version_has_the_subject_of_its_tokens(
    access: str, identity: str | None, subject: str | None
) -> None:
    tokens = replace(opaque("1", id_token=identity), access_token=Secret(access))
    saved = SavedSession(tokens, "alice", 0.0, "us-east-1 abc")
    members = json.loads(saved.to_secret().reveal())
    members.pop("subject", None)
    assert SavedSession.from_secret(Secret(json.dumps(members))).subject == subject


def test_a_pickled_session_is_not_used_with_another_pool_or_app_client(
    profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    session = Session("acme")
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    pickled = pickle.dumps(session)
    client = sandbox.pool.add_app_client("other", generate_secret=False)
    write_profile(replace(profile, client_id=client.client_id, client_secret=None))
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password), unattended)
    with pytest.raises(SessionEnded) as refused:
        pickle.loads(pickled).token()
    assert refused.value.code == "OA-S432"
    assert "another user pool" in refused.value.what
    assert "Start the program again" in refused.value.fix
    assert Session("acme").token() == Session("acme").load().tokens.access_token


@pytest.mark.parametrize("kind", NO_SUBJECT)
@pytest.mark.parametrize("which", ["AccessToken", "IdToken"])
def test_a_pool_s_token_without_a_subject_is_refused_and_nothing_is_kept(
    session: Session, sandbox: Sandbox, which: str, kind: str
) -> None:
    session = Session(
        replace(user_pool_of(session).profile, auth_flow="USER_PASSWORD_AUTH"), store=session.store
    )
    tokens = {"AccessToken": token_of(sub="me"), "IdToken": token_of(sub="me")}
    answer_with(sandbox, "InitiateAuth", **tokens | {which: token_of(**NO_SUBJECT[kind])})
    with pytest.raises(UnusableReply, match="OA-N643"):
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert kept(session) is None
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    answer_with(sandbox, RENEWAL, **tokens | {which: token_of(**NO_SUBJECT[kind])})
    with pytest.raises(UnusableReply, match="OA-N643"):
        session.renew()
    assert kept(session) == saved


def test_an_opaque_token_of_a_user_pool_is_refused_too(session: Session, sandbox: Sandbox) -> None:
    session = Session(
        replace(user_pool_of(session).profile, auth_flow="USER_PASSWORD_AUTH"), store=session.store
    )
    answer_with(sandbox, "InitiateAuth", AccessToken="opaque")
    with pytest.raises(UnusableReply, match="OA-N643") as refused:
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert "emulator" in refused.value.why
    assert kept(session) is None


def test_two_tokens_of_two_users_are_refused_and_nothing_is_kept(
    session: Session, sandbox: Sandbox
) -> None:
    session = Session(
        replace(user_pool_of(session).profile, auth_flow="USER_PASSWORD_AUTH"), store=session.store
    )
    two = {"AccessToken": token_of(sub="me"), "IdToken": token_of(sub="other")}
    answer_with(sandbox, "InitiateAuth", **two)
    with pytest.raises(UnusableReply, match="OA-N644"):
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert kept(session) is None
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    mine = {"AccessToken": token_of(sub=saved.subject), "IdToken": token_of(sub="other")}
    answer_with(sandbox, RENEWAL, **mine)
    with pytest.raises(UnusableReply, match="OA-N644"):
        session.renew()
    assert kept(session) == saved


@pytest.mark.parametrize("known_by", ["the token", "the id token", "what is kept", "its username"])
def test_a_renewal_with_the_tokens_of_another_user_is_never_saved(
    session: Session, saved: SavedSession, sandbox: Sandbox, known_by: str
) -> None:
    mine, tokens = saved.subject or "", saved.tokens
    former = {
        "the token": saved,
        "the id token": replace(
            saved,
            tokens=replace(
                tokens, access_token=Secret("opaque"), id_token=Secret(token_of(sub=mine))
            ),
            subject=None,
        ),
        "what is kept": replace(
            saved, tokens=replace(tokens, access_token=Secret("opaque"), id_token=None)
        ),
        "its username": replace(
            saved,
            tokens=replace(tokens, access_token=Secret(token_of(username=mine)), id_token=None),
            subject=None,
        ),
    }[known_by]
    store_session(session.store, "acme", former)
    other = Session(session.profile, store=session.store)
    answer_with(sandbox, RENEWAL, AccessToken=token_of(sub="another", username="another"))
    with pytest.raises(UnusableReply, match="OA-N636"):
        other.renew()
    assert kept(session) == former
    answer_with(sandbox, RENEWAL, AccessToken=token_of(sub=mine, username=mine))
    renewed = Session(session.profile, store=session.store).renew()
    assert renewed.subject == mine
    assert kept(session) == renewed


def test_a_subject_stays_until_the_next_sign_in(
    session: Session, saved: SavedSession, sandbox: Sandbox
) -> None:
    assert saved.subject == sandbox.pool.user(sandbox.username).username
    assert session.renew().subject == saved.subject
    assert json.loads(saved.to_secret().reveal())["subject"] == saved.subject


def test_a_renewal_without_a_subject_keeps_the_former_one() -> None:
    """An OpenID provider may leave the id token out of a renewal's answer; a user pool may not."""
    tokens = replace(opaque("1"), access_token=Secret(token_of(sub="me")))
    saved = SavedSession(tokens, "alice", 0.0, "us-east-1 abc")
    renewed = saved.renewed(IssuedTokens(opaque("2"), "alice", None, None), 1.0)
    assert renewed.subject == "me"
    assert SavedSession.from_secret(renewed.to_secret()).subject == "me"


def test_a_session_continues_when_its_user_is_renamed(
    session: Session, saved: SavedSession, other_program: Session, sandbox: Sandbox, clock: Clock
) -> None:
    again = other_program.sign_in(sandbox.username.upper(), Secret(sandbox.password), unattended)
    assert again.account != saved.account
    clock.ahead += 3601
    assert session.saved().account == again.account
    assert session.sign_out().was_signed_in


def test_a_user_who_took_over_a_name_is_another_user(
    session: Session, saved: SavedSession, other_program: Session, sandbox: Sandbox, clock: Clock
) -> None:
    """A user leaves, and another user gets the same address."""
    name = f"desk-{token_hex(4)}@example.com"
    follower = sandbox.pool.add_user(email=name, password=sandbox.password)
    store_session(session.store, "acme", replace(saved, account=follower.email))
    begun = Session(session.profile, store=session.store, clock=clock)
    begun.token()
    other_program.sign_in(follower.email, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    with pytest.raises(SessionEnded, match="OA-S432"):
        begun.token()
