"""The credential of a person who signs in to an Amazon Cognito user pool with a password."""

from __future__ import annotations

import os
from contextlib import contextmanager

from osdu_auth.credentials.credential import HURRIED_TIMEOUT, IssuedTokens, SignInInput
from osdu_auth.errors import ConfigurationError
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple, TypeVar, cast
from osdu_auth.secret import ErrorsWithoutLocals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.cognito.api import Transport, UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.cognito.device import Device
    from osdu_auth.cognito.sign_in import SignedIn
    from osdu_auth.cognito.sign_in_attempt import SignInOptions
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

# The pool refused the app client's secret; OA-C746 may also mean that revocation is not allowed.
_SECRET_REFUSED = frozenset({"OA-C730", "OA-C731", "OA-C746"})

Result = TypeVar("Result")


class UserPoolCredential(NamedTuple):
    """Gets tokens from an Amazon Cognito user pool, for a person with a password.

    Args:
        profile: names the pool and the app client.
        boto3: a `boto3.Session` or a `cognito-idp` client that calls the pool; None for the
            profile's `transport`.
        clock: this machine's clock, in seconds since 1970.
    """

    profile: Profile
    boto3: object | None
    clock: Callable[[], float]

    @property
    def binding(self) -> str:
        """The pool, by its address or region, and the app client."""
        return self.profile.binding

    @property
    def needs_person(self) -> bool:
        """True: a person signs in."""
        return True

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Sign in as the profile says; errors as for `Credential.obtain`.

        Args:
            given: what the person gave.
            before: the tokens that were issued last; the same user signs in with the same device.
        """
        from osdu_auth.cognito.sign_in import sign_in

        given = cast("SignInInput", given)

        def act(pool: UserPoolApi, app_client: AppClient) -> SignedIn:
            options = self._sign_in_options(self._device_of(before, given.username, pool.address))
            answer = cast("Answers", given.answer)
            return sign_in(
                pool, app_client, given.username, given.password, answer, self.clock, options
            )

        signed_in = self.with_secret_read_again(None, act)
        tokens = signed_in.tokens
        return IssuedTokens(
            tokens,
            given.username,
            tokens.unverified_subject,
            signed_in.pool_address,
            None if signed_in.device is None else signed_in.device.as_renewal_data(),
            signed_in.notes,
        )

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get new tokens for the refresh token; errors as for `Credential.renew`.

        Args:
            issued: the newest tokens.
            hurried: whether the pool is asked only once, with a few seconds to answer.
        """
        from osdu_auth.cognito.renewal import renew

        device = _device_in(issued)
        key = None if device is None else device.key

        def act(pool: UserPoolApi, app_client: AppClient) -> TokenSet:
            return renew(pool, app_client, issued.tokens, self.clock, issued.subject, key)

        tokens = self.with_secret_read_again(issued, act, hurried=hurried)
        return issued._replace(tokens=tokens)

    def revoke(self, issued: IssuedTokens) -> None:
        """Have the pool end the session; errors as for `Credential.revoke`."""
        refresh_token = issued.tokens.refresh_token
        self.with_secret_read_again(
            issued, lambda pool, app_client: pool.revoke_token(app_client, refresh_token)
        )

    def moved_to(self) -> str | None:
        """Return to which other address requests go; as for `Credential.moved_to`."""
        from osdu_auth.cognito.endpoint import host_of, setting_of_other_address

        address = self._transport().address
        by = setting_of_other_address(self.profile, address, os.environ, by_client=self._has_client)
        return None if by is None else f"{host_of(address)}, as {by} says"

    def require_ready(self) -> None:
        """Check that the app client's secret can be read; nothing is sent.

        Raises:
            ConfigurationError: OA-C792 to OA-C796: the reference leads to no usable secret.
            StoreUnavailable: the OS key store gave no answer.
        """
        with ErrorsWithoutLocals():
            self._app_client()

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Refuse tokens of another server; errors as for `Credential.require_issuer_of`."""
        self._require_issued_at(issued, self._transport().address)

    @contextmanager
    def open(
        self, issued: IssuedTokens | None = None, *, hurried: bool = False
    ) -> Iterator[tuple[UserPoolApi, AppClient]]:
        """Yield the pool and the app client; tracebacks of errors have no secrets.

        Args:
            issued: the session's tokens that a request sends; None if it sends none.
            hurried: whether the pool is asked only once, with a few seconds to answer.

        Raises:
            ConfigurationError: OA-C728: the request would go to another server than the issuer.
        """
        with ErrorsWithoutLocals():
            pool = self._user_pool(hurried=hurried)
            if issued is not None:
                self._require_issued_at(issued, pool.address)
            yield pool, self._app_client()

    def with_secret_read_again(
        self,
        issued: IssuedTokens | None,
        act: Callable[[UserPoolApi, AppClient], Result],
        *,
        hurried: bool = False,
    ) -> Result:
        """Call `act`; call it again if the pool refuses the secret and the secret was replaced.

        AWS can replace the secret of an app client each week. The pool checks the secret first, so
        a refused request has changed nothing.

        Args:
            issued: the session's tokens that a request sends; None if it sends none.
            act: sends requests to the pool.
            hurried: whether the pool is asked only once, with a few seconds to answer.
        """
        with self.open(issued, hurried=hurried) as (pool, app_client):
            try:
                return act(pool, app_client)
            except ConfigurationError as error:
                if error.code not in _SECRET_REFUSED:
                    raise
                again = self._app_client()
                if again == app_client:
                    raise
            return act(pool, again)

    def _require_issued_at(self, issued: IssuedTokens, address: str) -> None:
        from osdu_auth.cognito.endpoint import require_issuer

        require_issuer(
            self.profile, issued.issuer_address, address, os.environ, by_client=self._has_client
        )

    def _device_of(self, before: IssuedTokens | None, username: str, address: str) -> Device | None:
        """Return the device that the pool remembers, if the same user signed in here last."""
        if before is None or before.renewal_data is None or before.account != username:
            return None
        try:
            self._require_issued_at(before, address)
        except ConfigurationError:
            return None  # another server does not know the device
        return _device_in(before)

    @property
    def _has_client(self) -> bool:
        return hasattr(self.boto3, "meta")

    def _sign_in_options(self, device: Device | None) -> SignInOptions:
        from functools import partial
        from socket import gethostname

        from osdu_auth.cognito.sign_in_attempt import SignInOptions
        from osdu_auth.profiles.references import variables_of
        from osdu_auth.text import printable

        profile = self.profile
        return SignInOptions(
            flow=profile.auth_flow,
            user_pool_id=profile.user_pool_id,
            preferred_factor=profile.preferred_factor,
            code_command=partial(
                _code_from_command, profile.mfa_command, variables_of(profile.client_secret)
            )
            if profile.mfa_command
            else None,
            device=device,
            device_name=f"osdu-auth on {printable(gethostname(), 60)}",
        )

    def _app_client(self) -> AppClient:
        from osdu_auth.cognito.app_client import AppClient
        from osdu_auth.profiles.references import resolve

        reference = self.profile.client_secret
        return AppClient(self.profile.client_id, resolve(reference) if reference else None)

    def _user_pool(self, *, hurried: bool) -> UserPoolApi:
        from osdu_auth.cognito.api import UserPoolApi

        if not hurried:
            return UserPoolApi(self._transport())
        from osdu_auth.wire.retries import RetryPolicy

        return UserPoolApi(self._transport(HURRIED_TIMEOUT), RetryPolicy(attempts=1))

    def _transport(self, patience: float | None = None) -> Transport:
        if self.boto3 is not None or self.profile.transport == "boto3":
            from osdu_auth.cognito.boto3_transport import Boto3Transport

            # The time-outs are set where the client is made; a given client has its own.
            return Boto3Transport(self.profile.region, self.profile.endpoint_url, self.boto3)
        from osdu_auth.cognito.direct_transport import REQUEST_TIMEOUT, DirectTransport

        profile = self.profile
        return DirectTransport(profile.region, profile.endpoint_url, patience or REQUEST_TIMEOUT)


def _device_in(issued: IssuedTokens) -> Device | None:
    if issued.renewal_data is None:
        return None
    from osdu_auth.cognito.device import device_of

    return device_of(issued.renewal_data)


def _code_from_command(command: str, withheld: frozenset[str]) -> Secret:
    from osdu_auth.profiles.commands import code_from

    return code_from(command, withheld)
