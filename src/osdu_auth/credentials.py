"""Credential: how tokens are to be got. Immutable; it holds no token and remembers nothing."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.cognito.api import Transport, UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


@dataclass(frozen=True)
class UserPoolCredential:
    """Tokens from an Amazon Cognito user pool, for a person with a password.

    Args:
        profile: which pool, which app client.
        boto3: a `boto3.Session` or a `cognito-idp` client to speak to the pool with; None to go by
            the profile's `transport`.
        clock: this machine's clock, in seconds since 1970.
    """

    profile: Profile
    boto3: object | None
    clock: Callable[[], float]

    def sign_in(self, username: str, password: Secret, answer: Answers) -> TokenSet:
        """Sign in with a user name and a password; `answer` meets what the pool asks on the way.

        Raises:
            SignInRefused: the pool said no.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the pool did not answer.
        """
        from osdu_auth.cognito.sign_in import sign_in

        with self._named_in_fixes():
            pool, app_client = self._user_pool(), self._app_client()
            return sign_in(pool, app_client, username, password, answer, self.clock)

    def renew(self, tokens: TokenSet) -> TokenSet:
        """Get new tokens for the refresh token in `tokens`.

        Raises:
            SessionEnded: the pool will not renew this session.
            Unreachable: the pool did not answer; the session is as good as before.
        """
        from osdu_auth.cognito.renewal import renew

        with self._named_in_fixes():
            return renew(self._user_pool(), self._app_client(), tokens, self.clock)

    def revoke(self, tokens: TokenSet) -> None:
        """Have the pool end the session that `tokens` belongs to.

        Raises:
            OsduAuthError: the pool did not; the refresh token still lives.
        """
        from osdu_auth.cognito.revocation import revoke

        with self._named_in_fixes():
            revoke(self._user_pool(), self._app_client(), tokens)

    @contextmanager
    def _named_in_fixes(self) -> Iterator[None]:
        """Name this profile in the commands that an error tells to type."""
        try:
            yield
        except OsduAuthError as error:
            named = rf"\g<0> -p {self.profile.name}"
            error.fix = re.sub(r"osdu-auth (?:init|login)(?! -p)", named, error.fix)
            raise

    def _app_client(self) -> AppClient:
        from osdu_auth.cognito.app_client import AppClient
        from osdu_auth.profiles.references import resolve

        reference = self.profile.client_secret
        return AppClient(self.profile.client_id, resolve(reference) if reference else None)

    def _user_pool(self) -> UserPoolApi:
        from osdu_auth.cognito.api import UserPoolApi

        return UserPoolApi(self._transport())

    def _transport(self) -> Transport:
        if self.boto3 is not None or self.profile.transport == "boto3":
            from osdu_auth.cognito.sdk import Boto3Transport

            return Boto3Transport(self.profile.region, self.profile.endpoint_url, self.boto3)
        from osdu_auth.cognito.direct import DirectTransport

        return DirectTransport(self.profile.region, self.profile.endpoint_url)
