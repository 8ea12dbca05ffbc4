"""A session: it holds the newest token of a profile, and renews it before it expires."""

from osdu_auth.session.session import Session

__all__ = ["Session"]
