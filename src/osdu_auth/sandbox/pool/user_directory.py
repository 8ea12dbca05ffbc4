"""The users of a pool: adding, finding and changing them, as an administrator and a test do.

The law of this module is the pool's: whoever reads or changes users holds `lock`; the methods
here take it themselves.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.pool.pool_settings import PoolSettings
from osdu_auth.sandbox.pool.software_tokens import STEP_SECONDS, SoftwareToken
from osdu_auth.sandbox.pool.users import User, UserStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.clock import SandboxClock

_SECOND_FACTORS = frozenset({"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"})


class UserDirectory:
    """The users of a pool, and what holds for all of them.

    Attributes:
        settings: What holds for all users; may be replaced.
        clock: The time.
        lock: Guards everything here.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self.settings = PoolSettings()
        self.clock = clock
        self.lock = threading.RLock()
        self._users: dict[str, User] = {}

    def change_settings(self, **settings: Any) -> PoolSettings:
        """Change settings by the names `PoolSettings` has, and return them all."""
        with self.lock:
            self.settings = replace(self.settings, **settings)
            return self.settings

    def add_user(  # noqa: PLR0913 - a user's settings, by name
        self,
        *,
        email: str,
        password: str | None = None,
        status: UserStatus = UserStatus.CONFIRMED,
        enabled: bool = True,
        attributes: Mapping[str, str] | None = None,
        pool_groups: Iterable[str] = (),
        phone_number: str | None = None,
        mfa: Iterable[str] = (),
        preferred_mfa: str | None = None,
        has_passkey: bool = False,
    ) -> User:
        """Add a user with a new canonical name.

        Args:
            email: The e-mail address to sign in with.
            password: The password, temporary if the status is `FORCE_CHANGE_PASSWORD`;
                `None` makes one.
            status: The state of the account.
            enabled: Whether the user is let in.
            attributes: Further attributes, such as `given_name`.
            pool_groups: The pool's groups the user is in.
            phone_number: A verified phone number; one is made if `SMS_MFA` needs it.
            mfa: The second factors the user has enabled: `SMS_MFA`, `EMAIL_OTP`,
                `SOFTWARE_TOKEN_MFA`; the last one's secret is made, see `totp_secret`.
            preferred_mfa: The one of them that is asked for.
            has_passkey: Whether `USER_AUTH` offers `WEB_AUTHN`.

        Raises:
            ValueError: If the e-mail address is taken, or a second factor is none.
        """
        mfa = tuple(mfa)
        if not _SECOND_FACTORS.issuperset(mfa) or preferred_mfa not in {None, *mfa}:
            raise ValueError(f"{mfa} and {preferred_mfa} are not second factors and one of them")
        with self.lock:
            if self.find_user(email) is not None:
                raise ValueError(f"{email} is taken")
            user = User(
                username=identities.user_id(),
                email=email,
                password=identities.password() if password is None else password,
                status=status,
                enabled=enabled,
                attributes=dict(attributes or {}),
                pool_groups=tuple(pool_groups),
                mfa=mfa,
                preferred_mfa=preferred_mfa,
                has_passkey=has_passkey,
                email_verified=status is not UserStatus.UNCONFIRMED,
            )
            if phone_number is None and "SMS_MFA" in user.mfa:
                phone_number = identities.phone_number()
            if phone_number is not None:
                user.attributes |= {"phone_number": phone_number, "phone_number_verified": "true"}
            if "SOFTWARE_TOKEN_MFA" in user.mfa:
                user.software_token = SoftwareToken(verified=True)
            if status is UserStatus.FORCE_CHANGE_PASSWORD:
                validity = self.settings.temporary_password_validity
                user.temporary_password_expires = self.clock.now() + validity
            self._users[user.username] = user
            return user

    @property
    def users(self) -> tuple[User, ...]:
        """All users, in the order in which they came."""
        with self.lock:
            return tuple(self._users.values())

    def replace_users(self, users: Iterable[User]) -> None:
        """Have these users, and no others."""
        with self.lock:
            self._users = {user.username: user for user in users}

    def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name or e-mail address, in any case, or `None`."""
        with self.lock:
            return next((user for user in self._users.values() if user.is_called(name)), None)

    def user(self, name: str) -> User:
        """Return the user with this canonical name or e-mail address.

        Raises:
            KeyError: If there is none.
        """
        user = self.find_user(name)
        if user is None:
            raise KeyError(name)
        return user

    def totp_secret(self, name: str) -> str:
        """Return the secret of a user's software token, in base32 without padding.

        Raises:
            LookupError: If there is no such user or no software token.
        """
        return self._software_token(name).text

    def totp_code(self, name: str, *, steps_ahead: int = 0) -> str:
        """Return the code a user's application shows by the sandbox's clock.

        Args:
            name: The user.
            steps_ahead: How many steps of 30 seconds later; the pool accepts one step early,
                which spares a test whose last code was just used a wait.

        Raises:
            LookupError: If there is no such user or no software token.
        """
        moment = self.clock.now() + steps_ahead * STEP_SECONDS
        return self._software_token(name).code_at(moment)

    def _software_token(self, name: str) -> SoftwareToken:
        token = self.user(name).software_token
        if token is None:
            raise LookupError(f"{name} has no software token")
        return token

    def delete_user(self, name: str) -> None:
        """Delete a user; tokens that are out stay what they are."""
        with self.lock:
            del self._users[self.user(name).username]

    def set_enabled(self, name: str, *, enabled: bool) -> None:
        """Disable or enable a user, as an administrator does."""
        with self.lock:
            self.user(name).enabled = enabled

    def require_reset(self, name: str) -> None:
        """Put a user into `RESET_REQUIRED`, as an administrator's password reset does."""
        with self.lock:
            self.user(name).status = UserStatus.RESET_REQUIRED
