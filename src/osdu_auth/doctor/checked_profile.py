"""CheckedProfile: the profile and the session that are checked, read once for all checks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from osdu_auth.errors import OsduAuthError
from osdu_auth.session import Session

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile, Profile
    from osdu_auth.stores.saved_session import SavedSession


class CheckedProfile:
    """The profile and the session that are checked.

    Args:
        name: the profile's name; None for the profile in force.
    """

    def __init__(self, name: str | None) -> None:
        self.session = Session(name)
        self.profile_error: OsduAuthError | None = None
        self.session_error: OsduAuthError | None = None
        self.saved: SavedSession | None = None
        try:
            _ = self.session.profile
        except OsduAuthError as error:
            self.profile_error = error
            return
        try:
            self.saved = self.session.load()
        except OsduAuthError as error:
            error.note_reader(self.session.reader)
            self.session_error = error

    @property
    def profile(self) -> AnyProfile:
        """The profile."""
        return self.session.profile

    @property
    def user_pool_profile(self) -> Profile:
        """The profile, if it is for a password at a user pool."""
        return cast("Profile", self.session.profile)

    @property
    def pool_address(self) -> str:
        """The address of the user pool, after variables that change it."""
        from osdu_auth.cognito.endpoint import pool_address

        profile = self.user_pool_profile
        return pool_address(profile.region, profile.endpoint_url, os.environ)

    @property
    def issuer_address(self) -> str:
        """The address of the user pool, or of the profile's other issuer."""
        credential = self.session.credential
        return credential.issuer if self.uses_openid else self.pool_address  # type: ignore[attr-defined]

    @property
    def uses_openid(self) -> bool:
        """Whether the profile uses OpenID: it is for a browser, or for a service account."""
        return self.profile.sign_in == "browser" or not self.profile.needs_person

    @property
    def issuer_noun(self) -> str:
        """The word for the issuer in texts."""
        return "issuer" if self.profile.get("issuer") else "user pool"

    def why_unmet(self, need: str) -> str | None:
        """Return why a need of a check is not met, as a clause; None if it is met."""
        if self.profile_error is not None:
            return "there is no profile"
        if need == "platform" and self.profile.platform_url is None:
            return "the profile names no platform"
        if need == "pool" and self.profile.sign_in != "password":
            return "only a sign-in can show that"
        if need == "session" and self.saved is None:
            return "there is no session"
        return None
