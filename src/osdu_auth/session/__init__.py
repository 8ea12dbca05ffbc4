"""A session: the newest token of a signed-in user, renewed before anybody misses it."""

from osdu_auth.session.session import Session, SignedOut

__all__ = ["Session", "SignedOut"]
