"""CheckedProfile: the profile and the session that are checked; what lies here is read once."""

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
        name: of a profile; None for the one in force.
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
    def pool(self) -> Profile:
        """The profile, of a user pool."""
        return cast("Profile", self.session.profile)

    @property
    def pool_address(self) -> str:
        """Where the user pool is asked now."""
        from osdu_auth.cognito.endpoint import pool_address

        profile = self.pool
        return pool_address(profile.region, profile.endpoint_url, os.environ)

    @property
    def issuer_address(self) -> str:
        """Where the user pool, or the other issuer of the profile, is asked."""
        credential = self.session.credential
        return credential.issuer if self.is_of_openid else self.pool_address  # type: ignore[attr-defined]

    @property
    def is_of_openid(self) -> bool:
        """Whether its issuer is asked by OpenID: for a browser, or a service account."""
        return self.profile.sign_in == "browser" or not self.profile.needs_person

    @property
    def issuer_noun(self) -> str:
        """What is asked, in words."""
        return "issuer" if self.profile.get("issuer") else "user pool"

    def lacks(self, need: str) -> str | None:
        """Return why a need is not met, as a clause; None where it is."""
        if self.profile_error is not None:
            return "there is no profile to go by"
        if need == "platform" and self.profile.platform_url is None:
            return "the profile names no platform"
        if need == "pool" and self.profile.sign_in != "password":
            return "only a sign-in tells that"
        if need == "session" and self.saved is None:
            return "there is no session"
        return None
