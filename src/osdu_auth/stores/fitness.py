"""Whether a saved session is fit for what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import SignInRequired, UsageError

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.stores.token_store import SavedSession

NOBODY = "OA-S301"


def require_session_of(profile: Profile, saved: SavedSession | None) -> SavedSession:
    """Return the session if there is one, and it is one of this profile as it is set now.

    Raises:
        SignInRequired: OA-S301: nobody is signed in; OA-S302: elsewhere than the profile says.
    """
    if saved is None:
        raise SignInRequired(
            f'Not signed in to "{profile.name}".',
            code=NOBODY,
            fix=f"osdu-auth login -p {profile.name}",
        )
    if saved.pool_and_client != profile.pool_and_client:
        raise SignInRequired(
            f'The saved session is not one of "{profile.name}" as it is set now.',
            code="OA-S302",
            why="It was made at another user pool, or with another app client.",
            fix=f"osdu-auth login -p {profile.name}",
        )
    return saved


def require_lifetime(saved: SavedSession, min_ttl: float) -> None:
    """Refuse to renew for a life that no token of this app client has.

    Raises:
        UsageError: OA-U201.
    """
    lifetime = saved.tokens.expires_at - saved.tokens.issued_at
    if min_ttl > lifetime:
        raise UsageError(
            f"No token of this app client has {min_ttl:.0f} s left.",
            code="OA-U201",
            why=f"The user pool gives its tokens {lifetime:.0f} s to live.",
            fix="Ask for less, or ask the pool's administrator for a longer life.",
        )
