"""Account: a user's account at a user pool: passwords, second factors, devices.

    without being signed in     request_password_reset, reset_password,
                                confirm_sign_up, resend_confirmation
    signed in                   change_password, set_up_totp, remove_totp,
                                devices, forget_device, sign_out_everywhere

Invariant: an operation that would do harm if it were repeated is one request, even if its answer is
lost. One exception is safe: where the pool refuses the app client's secret, it has done nothing.
The secret is then read again, and the request is sent once more if the secret has changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from osdu_auth.errors import ErrorsWithReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.cognito.account.devices import ListedDevice
    from osdu_auth.cognito.account.passwords import CodeSent
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.credentials.user_pool import UserPoolCredential
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session
    from osdu_auth.stores.saved_session import SavedSession

Result = TypeVar("Result")


class Account:
    """A user's account at the user pool.

    Args:
        session: a session of the user; some operations need it to be signed in.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def request_password_reset(self, username: str) -> CodeSent:
        """Have the pool send a code with which a forgotten password can be replaced.

        Many pools give the same answer for a user who does not exist.

        Args:
            username: the name that the user types at sign-in.

        Raises:
            OsduAuthError: the pool sent no code.
        """
        from osdu_auth.cognito.account.passwords import request_password_reset

        return self._with_secret(
            lambda pool, app_client: request_password_reset(pool, app_client, username)
        )

    def reset_password(self, username: str, code: Secret, new_password: Secret) -> None:
        """Replace a forgotten password, with the code of `request_password_reset`.

        Args:
            username: the name that was given to `request_password_reset`.
            code: the code that the pool sent.
            new_password: the new password.

        Raises:
            SignInRefused: OA-S321 to OA-S323: the pool refuses the code; OA-S317, OA-S318: it
                refuses the password.
            OsduAuthError: the password was not replaced.
        """
        from osdu_auth.cognito.account.passwords import reset_password

        self._with_secret(
            lambda pool, app_client: reset_password(pool, app_client, username, code, new_password)
        )

    def confirm_sign_up(self, username: str, code: Secret) -> None:
        """Confirm a new account with the code that the pool sent when it was made.

        Args:
            username: the name that was chosen at sign-up.
            code: the code that the pool sent.

        Raises:
            SignInRefused: OA-S321 to OA-S323: the pool refuses the code.
            OsduAuthError: the account was not confirmed.
        """
        from osdu_auth.cognito.account.passwords import confirm_sign_up

        self._with_secret(
            lambda pool, app_client: confirm_sign_up(pool, app_client, username, code)
        )

    def resend_confirmation(self, username: str) -> CodeSent:
        """Have the pool send another code for `confirm_sign_up`.

        Args:
            username: the name that was chosen at sign-up.

        Raises:
            OsduAuthError: the pool sent no code.
        """
        from osdu_auth.cognito.account.passwords import resend_confirmation

        return self._with_secret(
            lambda pool, app_client: resend_confirmation(pool, app_client, username)
        )

    def change_password(self, password: Secret, new_password: Secret) -> None:
        """Change the password of the user who is signed in.

        Args:
            password: the present password.
            new_password: the new password.

        Raises:
            SignInRefused: OA-S340: the present password is wrong; OA-S317, OA-S318: the pool
                refuses the new one.
            OsduAuthError: no user is signed in, or the password was not changed.
        """
        from osdu_auth.cognito.account.passwords import change_password

        saved = self._signed_in()
        with self._pool(saved) as (pool, _):
            change_password(pool, saved.tokens.access_token, password, new_password)

    def set_up_totp(self, answer: Answers) -> None:
        """Set up an authenticator app as the preferred second factor of the user who is signed in.

        Args:
            answer: takes a `TotpSetUpRequired` and returns a `TotpSetUp`; it is called again, with
                the same key, if the code is wrong.

        Raises:
            SignInRefused: OA-S321: the code was wrong three times.
            OsduAuthError: no user is signed in, or the app was not set up.
        """
        from osdu_auth.cognito.account.totp import set_up_totp

        saved = self._signed_in()
        with self._pool(saved) as (pool, _):
            set_up_totp(pool, saved.tokens.access_token, saved.account, answer)

    def remove_totp(self) -> None:
        """Remove the authenticator app of the signed-in user, so that it is no second factor.

        A pool that requires a second factor of all users asks for a new one at the next sign-in.

        Raises:
            OsduAuthError: no user is signed in, or the app was not removed.
        """
        from osdu_auth.cognito.account.totp import remove_totp

        saved = self._signed_in()
        with self._pool(saved) as (pool, _):
            remove_totp(pool, saved.tokens.access_token)

    def devices(self) -> tuple[ListedDevice, ...]:
        """Return the devices that the pool knows of the user who is signed in, the newest first.

        Raises:
            OsduAuthError: no user is signed in, or the pool did not answer.
        """
        from osdu_auth.cognito.account.devices import list_devices
        from osdu_auth.cognito.device import device_of

        saved = self._signed_in()
        device = device_of(saved.renewal_data)
        with self._pool(saved) as (pool, _):
            return list_devices(pool, saved.tokens.access_token, device.key if device else None)

    def forget_device(self, key: str) -> None:
        """Have the pool forget a device of the user who is signed in.

        After that, the sessions of that device cannot be renewed; this session may be one of them.

        Args:
            key: the `key` of a device of `devices()`.

        Raises:
            OsduAuthError: no user is signed in, or the pool did not forget the device.
        """
        from osdu_auth.cognito.account.devices import forget_device

        saved = self._signed_in()
        with self._pool(saved) as (pool, _):
            forget_device(pool, saved.tokens.access_token, key)

    def sign_out_everywhere(self) -> None:
        """End all sessions of the user, on all computers, and delete the session of this computer.

        Raises:
            OsduAuthError: no user is signed in, or the pool did not end them; nothing is deleted.
        """
        saved = self._signed_in()
        with self._pool(saved) as (pool, _):
            pool.global_sign_out(saved.tokens.access_token)
        self._session.wipe()

    def _signed_in(self) -> SavedSession:
        self._session.token()  # asks a person to sign in, if the session is interactive
        return self._session.saved()

    @contextmanager
    def _pool(self, saved: SavedSession | None = None) -> Iterator[tuple[UserPoolApi, AppClient]]:
        issued = None if saved is None else saved.issued
        with ErrorsWithReader(self._session), self._credential().open(issued) as (pool, app_client):
            yield pool, app_client

    def _with_secret(self, act: Callable[[UserPoolApi, AppClient], Result]) -> Result:
        """Run an operation with the app client's secret; raises as `with_secret_read_again`."""
        with ErrorsWithReader(self._session):
            return self._credential().with_secret_read_again(None, act)

    def _credential(self) -> UserPoolCredential:
        """Return the credential for the user pool: the session's, or one made of its profile.

        Raises:
            ConfigurationError: OA-C717: the profile is for another kind of sign-in.
        """
        from osdu_auth.credentials.kinds import credential_of, not_a_password_profile
        from osdu_auth.credentials.user_pool import UserPoolCredential

        profile = self._session.profile
        for credential in (self._session.credential, credential_of(profile)):
            if isinstance(credential, UserPoolCredential):
                return credential
        raise not_a_password_profile(profile)
