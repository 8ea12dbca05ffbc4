"""When a session ends, and whether a job ends before that.

A user pool does not say how long its refresh tokens live. The profile may set it
(`session_lifetime`); otherwise Cognito's default is assumed, and the output says so. Rotation does
not change the end: a new refresh token ends when the old one would have ended (Amazon Cognito
developer guide, "Refresh token rotation").
"""

from __future__ import annotations

from osdu_auth.durations import duration_in_words, seconds_of
from osdu_auth.errors import SessionEnded
from osdu_auth.fixes import Run
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from osdu_auth.fixes import Reader
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.saved_session import SavedSession

DEFAULT_LIFETIME = 30 * 86_400.0  # RefreshTokenValidity in the service model: 30 days by default
# In the last tenth of a session's life its end is reported: three days of thirty.
ENDING_SHARE = 0.1


class SessionDeadline(NamedTuple):
    """When a person has to sign in again.

    Args:
        at: seconds since 1970.
        lifetime: from the sign-in to the end, in seconds.
        assumed: whether the lifetime is Cognito's default, because the profile does not say it.
    """

    at: float
    lifetime: float
    assumed: bool

    def is_near(self, now: float) -> bool:
        """Return whether the end should be reported at `now`, in seconds since 1970."""
        return now >= self.at - ENDING_SHARE * self.lifetime

    def in_words(self, now: float, reader: Reader) -> str:
        """Return a sentence for a person, with the command to type.

        Args:
            now: seconds since 1970.
            reader: who reads it, and the profile of the session.
        """
        when = f"in {duration_in_words(self.at - now)}" if now < self.at else "now"
        unless = ", unless the app client's refresh tokens live longer" if self.assumed else ""
        return (
            f'The session of "{reader.profile}" ends {when}{unless}. '
            f"Sign in again: {Run('login').text(reader)}"
        )


def deadline_of(saved: SavedSession, profile: AnyProfile, now: float) -> SessionDeadline | None:
    """Return when a session ends; None if that is not known, or no person has to sign in.

    If the session is still good after the assumed end, its end is not known.

    Args:
        saved: the session.
        profile: the profile it belongs to.
        now: seconds since 1970.
    """
    if not profile.needs_person:
        return None
    configured = profile.get("session_lifetime")
    assumed = configured is None
    if assumed and profile.get("issuer") is not None:  # only a user pool's default is known
        return None
    lifetime = seconds_of(configured) if configured else DEFAULT_LIFETIME
    at = saved.signed_in_at + lifetime
    return None if assumed and now >= at else SessionDeadline(at, lifetime, assumed)


def require_time(deadline: SessionDeadline | None, seconds: float, now: float, name: str) -> None:
    """Refuse a job that takes longer than the session lasts.

    Args:
        deadline: when the session ends; None if that is not known: then no job is refused.
        seconds: how long the job takes.
        now: seconds since 1970.
        name: the profile's.

    Raises:
        SessionEnded: OA-S430.
    """
    if deadline is None or now + seconds <= deadline.at:
        return
    left = duration_in_words(deadline.at - now)
    why = "A session lasts {} from the sign-in{}.".format(
        duration_in_words(deadline.lifetime),
        ": Cognito's default; set session_lifetime in the profile if your pool has another"
        if deadline.assumed
        else ", as the profile says",
    )
    signing_in_helps = seconds < deadline.lifetime
    raise SessionEnded(
        f"This session ends in {left}, and {duration_in_words(seconds)} are needed.",
        code="OA-S430",
        why=why,
        fix=Run("login", profile=name)
        if signing_in_helps
        else "Do the work in shorter parts, and sign in again before each part; or ask the pool's "
        "administrator for a longer life of the app client's refresh tokens.",
    )
