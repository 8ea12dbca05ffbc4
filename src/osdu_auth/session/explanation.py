"""Explanations of a session: what was tried to get a token, and one line for a notebook's cell.

They need no request. No secret is shown, nothing is renewed, and no person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduAuthError, SignInRequired
from osdu_auth.profiles.resolve import places_of_profile
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.state import State
    from osdu_auth.stores.saved_session import SavedSession


@dataclass(frozen=True)
class Tried:
    """One thing that was tried for a token; nothing in it is secret.

    Args:
        what: such as `OSDU_AUTH_PROFILE` or `saved session`.
        outcome: `used`, `passed over` or `failed`.
        reason: why, as a clause.
        code: the stable code of the error if it failed; None otherwise.
        milliseconds: how long it took.
    """

    what: str
    outcome: str
    reason: str
    code: str | None = None
    milliseconds: float = 0.0


def explanation_of(config: SessionConfig, now: float) -> tuple[Tried, ...]:
    """Return what was tried to get a token, in order.

    Args:
        config: of the session.
        now: seconds since 1970.
    """
    begin = perf_counter()
    tried = list(_tried_for_profile(config))
    try:
        name = config.profile.name
    except OsduAuthError as error:
        return (*tried, _failed(config, "profile", error, begin))
    tried.append(
        Tried("profile", "used", f"{name}: {config.found.reason}", None, _milliseconds_since(begin))
    )
    tried += _user_pool(config)
    begin = perf_counter()
    try:
        saved = config.load()
    except SignInRequired as error:
        if not config.profile.needs_person:
            why = "there is none; the next use gets a token, without a sign-in"
            return (
                *tried,
                Tried("saved session", "passed over", why, None, _milliseconds_since(begin)),
            )
        return (*tried, _failed(config, "saved session", error, begin, "passed over"))
    except OsduAuthError as error:
        return (*tried, _failed(config, "saved session", error, begin))
    who = f"{saved.account}, in {config.store!r}"
    tried.append(Tried("saved session", "used", who, None, _milliseconds_since(begin)))
    return (*tried, _access_token(saved, now), *_renewal(config, saved))


def renewal_fault(config: SessionConfig, saved: SavedSession) -> OsduAuthError | None:
    """Return why a session cannot be renewed with the present settings; None if it may be renewed.

    No request is sent to the issuer, and no program of the user is run; the OS key store may be
    read.

    Args:
        config: of the session.
        saved: the session.
    """
    from osdu_auth.credentials.client_credentials import ClientCredentials
    from osdu_auth.credentials.user_pool import UserPoolCredential
    from osdu_auth.profiles.references import check_reachable

    try:
        config.credential.require_issuer_of(saved.issued)
        reference = config.profile.get("client_secret")
        uses_secret = isinstance(config.credential, (UserPoolCredential, ClientCredentials))
        if reference is not None and uses_secret:
            check_reachable(reference)
    except OsduAuthError as error:
        error.note_reader(config.reader)
        return error
    return None


def description_of(name: str, config: SessionConfig, state: State, now: float) -> str:
    """Return one line about a session for a notebook's cell: the user, the partition, the end.

    A cell asks for it each time that it shows a session. So only memory and our own stores on this
    machine are read: a store of the user's may be on a network.

    Args:
        name: what `repr()` gives, which reads nothing at all.
        config: of the session.
        state: what this process knows of the session.
        now: seconds since 1970.
    """
    try:
        saved = None if state.held is None else state.held.saved
        if state.ended is not None:
            return f"{name}: the session has ended. Next: {state.ended.error.fix}"
        if saved is None and not _is_on_this_machine(config):
            return name
        saved = saved or config.load()
        partition = config.profile.data_partition_id or "no data partition"
    except OsduAuthError as error:
        error.note_reader(config.reader)
        return f"{name}: {printable(error.what)} Next: {error.fix} [{error.code}]"
    except Exception as error:  # noqa: BLE001 - showing a session must not make the cell fail
        return f"{name}: {type(error).__name__}"
    who = f"{printable(saved.account)} · {printable(partition)}"
    return f"{name}: {who} · {_words_of_token(saved, now)}"


def _tried_for_profile(config: SessionConfig) -> tuple[Tried, ...]:
    chosen = config.chosen
    if chosen is not None and not isinstance(chosen, str):
        return ()
    return tuple(
        Tried(place, "used" if names_it else "passed over", reason)
        for place, names_it, reason in places_of_profile(chosen)
    )


def _user_pool(config: SessionConfig) -> tuple[Tried, ...]:
    """Return the address of the user pool, if it is not the profile's own; else nothing."""
    begin = perf_counter()
    try:
        moved_to = config.credential.moved_to()
    except OsduAuthError as error:
        return (_failed(config, "user pool", error, begin),)
    if moved_to is None:
        return ()
    return (Tried("user pool", "used", f"asked at {moved_to}", None, _milliseconds_since(begin)),)


def _access_token(saved: SavedSession, now: float) -> Tried:
    freshness = saved.tokens.freshness(now).value
    left = saved.tokens.expires_at - now
    reason = f"{freshness}, {duration_in_words(left)} left" if left > 0 else "expired; renewed next"
    return Tried("access token", "used" if left > 0 else "passed over", reason)


def _renewal(config: SessionConfig, saved: SavedSession) -> tuple[Tried, ...]:
    """Return why the session cannot be renewed with the present settings, if that is known."""
    begin = perf_counter()
    error = renewal_fault(config, saved)
    if error is None or error.code == "OA-C726":  # no address: `_user_pool` has reported it
        return ()
    return (_failed(config, "renewal", error, begin),)


def _failed(
    config: SessionConfig, what: str, error: OsduAuthError, begin: float, outcome: str = "failed"
) -> Tried:
    error.note_reader(config.reader)
    return Tried(
        what, outcome, f"{error.what} {error.fix}".strip(), error.code, _milliseconds_since(begin)
    )


def _milliseconds_since(begin: float) -> float:
    return round((perf_counter() - begin) * 1e3, 3)


def _is_on_this_machine(config: SessionConfig) -> bool:
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.memory import MemoryStore

    return isinstance(config.store, (FileStore, MemoryStore))


def _words_of_token(saved: SavedSession, now: float) -> str:
    from time import localtime, strftime

    left = saved.tokens.expires_at - now
    if left <= 0:
        return "the access token has expired; it is renewed when it is used"
    until = strftime("%H:%M", localtime(saved.tokens.expires_at))
    return f"access token until {until}, {duration_in_words(left)}; it is renewed when needed"
