"""A session as a reference that other processes can follow: where it is kept, not what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.profiles.references import holds_secret

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.session.newest import User
    from osdu_auth.session.session import Session
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import TokenStore

_INSTEAD = "give workers session.for_workers(ttl) instead"


def reference_to(sources: Sources) -> tuple[str | Profile | None, TokenStore | None]:
    """Return what `session_at` makes the same session of, in another process of this user.

    Raises:
        TypeError: it cannot be found from elsewhere.
    """
    chosen = sources.settled
    if sources.boto3 is not None:
        raise TypeError(f"a Session that speaks through boto3 does not travel; {_INSTEAD}")
    if chosen is not None and not isinstance(chosen, str) and holds_secret(chosen.client_secret):
        raise TypeError(f"a Session whose profile holds a secret does not travel; {_INSTEAD}")
    return chosen, sources.given_store


def session_at(
    chosen: str | Profile | None, store: TokenStore | None, user: User | None = None
) -> Session:
    """Return the session that a reference leads to; it never asks anybody anything.

    Args:
        chosen: the profile.
        store: the store; None for the user's own private files.
        user: whose session it was when the reference was made; None where nobody had looked.
    """
    from osdu_auth.session.session import Session

    session = Session(chosen, store=store)
    session.expect(user)
    return session
