"""What a session goes by: each thing that was tried for it, in order, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduAuthError, SignInRequired
from osdu_auth.profiles.finding import places_of_profile

if TYPE_CHECKING:
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.stores.saved_session import SavedSession


@dataclass(frozen=True)
class Tried:
    """One thing that was tried; nothing in it is secret.

    Args:
        what: such as `OSDU_AUTH_PROFILE` or `saved session`.
        outcome: `used`, `passed over` or `failed`.
        reason: why, as a clause.
        code: the stable code of the error, where it failed; None otherwise.
        milliseconds: how long it took.
    """

    what: str
    outcome: str
    reason: str
    code: str | None = None
    milliseconds: float = 0.0


def explanation_of(config: SessionConfig, now: float) -> tuple[Tried, ...]:
    """Return what was tried to get a token, in order; nothing is renewed and nobody is asked.

    Args:
        config: the session's.
        now: seconds since 1970.
    """
    begin = perf_counter()
    tried = list(_tried_for_profile(config))
    try:
        name = config.profile.name
    except OsduAuthError as error:
        return (*tried, _failed(config, "profile", error, begin))
    tried.append(Tried("profile", "used", f"{name}: {config.found.reason}", None, _since(begin)))
    tried += _user_pool(config)
    begin = perf_counter()
    try:
        saved = config.load()
    except SignInRequired as error:
        if not config.profile.needs_person:
            why = "none is kept; the next use gets a token, without a sign-in"
            return (*tried, Tried("saved session", "passed over", why, None, _since(begin)))
        return (*tried, _failed(config, "saved session", error, begin, "passed over"))
    except OsduAuthError as error:
        return (*tried, _failed(config, "saved session", error, begin))
    who = f"{saved.account}, in {config.store!r}"
    tried.append(Tried("saved session", "used", who, None, _since(begin)))
    return (*tried, _access_token(saved, now), *_renewal(config, saved))


def _tried_for_profile(config: SessionConfig) -> tuple[Tried, ...]:
    chosen = config.chosen
    if chosen is not None and not isinstance(chosen, str):
        return ()
    return tuple(
        Tried(place, "used" if names_it else "passed over", reason)
        for place, names_it, reason in places_of_profile(chosen)
    )


def _access_token(saved: SavedSession, now: float) -> Tried:
    freshness = saved.tokens.freshness(now).value
    left = saved.tokens.expires_at - now
    reason = f"{freshness}, {duration_in_words(left)} left" if left > 0 else "expired; renewed next"
    return Tried("access token", "used" if left > 0 else "passed over", reason)


def _user_pool(config: SessionConfig) -> tuple[Tried, ...]:
    """Where the user pool is asked, if that is not where the profile says."""
    begin = perf_counter()
    try:
        moved_to = config.credential.moved_to()
    except OsduAuthError as error:
        return (_failed(config, "user pool", error, begin),)
    if moved_to is None:
        return ()
    return (Tried("user pool", "used", f"asked at {moved_to}", None, _since(begin)),)


def _renewal(config: SessionConfig, saved: SavedSession) -> tuple[Tried, ...]:
    """Why the session cannot be renewed with the settings of the moment, if that is known."""
    begin = perf_counter()
    error = renewal_fault(config, saved)
    if error is None or error.code == "OA-C726":  # no address, which was told before
        return ()
    return (_failed(config, "renewal", error, begin),)


def renewal_fault(config: SessionConfig, saved: SavedSession) -> OsduAuthError | None:
    """Return why a session cannot be renewed with the settings of the moment, if that is known.

    The user pool is not asked, and no program of the user's is run; the OS key store may be asked.

    Args:
        config: the session's.
        saved: the session.
    """
    from osdu_auth.credentials.client_credentials import ClientCredentials
    from osdu_auth.credentials.user_pool import UserPoolCredential
    from osdu_auth.profiles.references import check_reachable

    try:
        config.credential.require_issuer_of(saved.issued)
        reference = config.profile.get("client_secret")
        knows = isinstance(config.credential, (UserPoolCredential, ClientCredentials))
        if reference is not None and knows:
            check_reachable(reference)
    except OsduAuthError as error:
        error.note_reader(config.reader)
        return error
    return None


def _failed(
    config: SessionConfig, what: str, error: OsduAuthError, begin: float, outcome: str = "failed"
) -> Tried:
    error.note_reader(config.reader)
    return Tried(what, outcome, f"{error.what} {error.fix}".strip(), error.code, _since(begin))


def _since(begin: float) -> float:
    return round((perf_counter() - begin) * 1e3, 3)
