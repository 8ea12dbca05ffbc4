"""What there is to say of a profile: a value that nothing secret is in."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from osdu_auth.durations import instant
from osdu_auth.errors import OsduAuthError, SignInRequired
from osdu_auth.fixes import Reader
from osdu_auth.profiles.relative_paths import relative_settings
from osdu_auth.session import Session
from osdu_auth.session.deadline import deadline_of
from osdu_auth.stores.token_store import level_of

if TYPE_CHECKING:
    from osdu_auth.session.deadline import SessionDeadline


@dataclass(frozen=True)
class ProfileStatus:
    """What is to be said of one profile; nothing in it is secret.

    Args:
        name: the profile's name.
        in_force: whether it is the one used where none is named.
        signed_in_as: who signed in, as typed; None where nobody is.
        signed_in_at: when, as RFC 3339 text.
        access_token: "fresh", "stale" or "expired"; None without a session.
        access_token_expires_at: when, as RFC 3339 text.
        access_token_expires_in: seconds, not below 0.
        session_ends_at: when a person has to sign in again, as RFC 3339 text; None where nobody
            knows.
        session_ends_in: seconds, not below 0.
        session_end_assumed: whether that goes by Cognito's default, as the profile says nothing.
        refresh_token_rotates: whether the pool gives a new one at each renewal; None before the
            first.
        clock_offset: how many seconds this clock was ahead of the pool's at the last renewal.
        data_partition_id, platform_url: as in the profile.
        stored: how the session is kept, in words.
        sealed: whether the key of its month-long part lies outside the store's own folder.
        trouble: why nothing can be said of the session; None where all is well.
        code: the trouble's stable code.
        fix: what to type or do about the trouble.
        renewal_trouble: why the session cannot be renewed with the settings of the moment; None
            where nothing is known against it.
        renewal_code, renewal_fix: likewise.
        needs_person: whether a person signs in; False for a service account.
        relative: the settings that mean another place in each folder, such as `client_secret`.
    """

    name: str
    in_force: bool
    signed_in_as: str | None = None
    signed_in_at: str | None = None
    access_token: str | None = None
    access_token_expires_at: str | None = None
    access_token_expires_in: int | None = None
    session_ends_at: str | None = None
    session_ends_in: int | None = None
    session_end_assumed: bool | None = None
    refresh_token_rotates: bool | None = None
    clock_offset: float | None = None
    data_partition_id: str | None = None
    platform_url: str | None = None
    stored: str | None = None
    sealed: bool | None = None
    trouble: str | None = None
    code: str | None = None
    fix: str | None = None
    renewal_trouble: str | None = None
    renewal_code: str | None = None
    renewal_fix: str | None = None
    needs_person: bool = True
    relative: tuple[str, ...] = ()


def status_of(name: str, *, in_force: bool) -> ProfileStatus:
    """Look at a profile and its session; nothing is renewed and nobody is asked.

    Args:
        name: the profile's name.
        in_force: whether it is the one used where none is named.
    """
    session = Session(name)
    told = ProfileStatus(name, in_force)
    try:
        profile = session.profile
        told = replace(
            told,
            data_partition_id=profile.data_partition_id,
            platform_url=profile.platform_url,
            needs_person=profile.needs_person,
            relative=relative_settings(profile),
        )
        saved = session.load()
        level = level_of(session.store, session.key)
    except SignInRequired:
        return told
    except OsduAuthError as error:
        error.note_reader(Reader(name))
        return replace(told, trouble=error.what, code=error.code, fix=error.fix or None)
    fault = session.renewal_fault()
    if fault is not None:
        told = replace(
            told,
            renewal_trouble=fault.what,
            renewal_code=fault.code,
            renewal_fix=fault.fix or None,
        )
    now, tokens = time.time(), saved.tokens
    offset = tokens.clock_offset
    return replace(
        _with_end(told, deadline_of(saved, profile, now), now),
        signed_in_as=saved.account,
        signed_in_at=instant(saved.signed_in_at),
        access_token=tokens.freshness(now).value,
        access_token_expires_at=instant(tokens.expires_at),
        access_token_expires_in=max(0, int(tokens.expires_at - now)),
        refresh_token_rotates=tokens.rotates,
        clock_offset=None if offset is None else round(offset, 1),
        stored=level.description,
        sealed=level.sealed,
    )


def _with_end(told: ProfileStatus, end: SessionDeadline | None, now: float) -> ProfileStatus:
    if end is None:
        return told
    return replace(
        told,
        session_ends_at=instant(end.at),
        session_ends_in=max(0, int(end.at - now)),
        session_end_assumed=end.assumed,
    )
