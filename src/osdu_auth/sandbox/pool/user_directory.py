"""The users of a pool, and the methods with which an administrator and a test change them.

Invariant: code that reads or changes users holds `lock`; these methods acquire it themselves.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.pool.pool_settings import PoolSettings
from osdu_auth.sandbox.pool.software_tokens import STEP_SECONDS, SoftwareToken
from osdu_auth.sandbox.pool.users import SALT_OCTETS, User, UserStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.clock import SandboxClock

_MOST_REMEMBERED = 1000
_SECOND_FACTORS = frozenset({"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"})


class UnknownUsers:
    """Users who do not exist; a client cannot distinguish them from real users.

    The pool's lock guards them.

    Invariant: the canonical name and the salt of an unknown user follow from the name that was
    sent, so a second request gets the same answer. Such a user has a password that is never
    shown, and gets no code.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._users: dict[str, User] = {}

    def user_named(self, name: str) -> User:
        """Return the unknown user with this name: the same one each time, among the last 1,000."""
        key = name.lower()
        if key not in self._users:
            if len(self._users) >= _MOST_REMEMBERED:
                del self._users[next(iter(self._users))]
            self._users[key] = self._new_user(key)
        return self._users[key]

    def _new_user(self, name: str) -> User:
        digest = hmac.new(self._key, name.encode(), hashlib.sha256).digest()
        return User(
            username=str(UUID(bytes=digest[:16], version=4)),
            email=name,
            password=identities.password(),
            salt=digest[16 : 16 + SALT_OCTETS],
            exists=False,
        )


class UserDirectory:
    """The users of a pool, and the pool's settings.

    Attributes:
        settings: the pool's settings; may be replaced.
        clock: the sandbox's clock.
        lock: guards everything here.
        unknown_users: the users who do not exist.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self.settings = PoolSettings()
        self.clock = clock
        self.lock = threading.RLock()
        self.unknown_users = UnknownUsers()
        self._users: dict[str, User] = {}

    def change_settings(self, **settings: Any) -> PoolSettings:
        """Change settings, by the names that `PoolSettings` has, and return all of them."""
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
            email: the e-mail address to sign in with.
            password: the password, temporary if the status is `FORCE_CHANGE_PASSWORD`; `None` makes
                one.
            status: the state of the account.
            enabled: whether the user may sign in.
            attributes: further attributes, such as `given_name`.
            pool_groups: the pool's groups that the user is in.
            phone_number: a verified phone number; by default a random one if `SMS_MFA` needs it.
            mfa: the second factors that the user has enabled: `SMS_MFA`, `EMAIL_OTP`,
                `SOFTWARE_TOKEN_MFA`; the secret of the last one is random, see `totp_secret`.
            preferred_mfa: the enabled second factor that the pool asks for.
            has_passkey: whether `USER_AUTH` offers `WEB_AUTHN`.

        Raises:
            ValueError: the e-mail address is taken, or a second factor is unknown.
        """
        mfa = tuple(mfa)
        if not _SECOND_FACTORS.issuperset(mfa) or preferred_mfa not in {None, *mfa}:
            raise ValueError(
                f"a factor in {mfa} is unknown, or {preferred_mfa} is not one of these factors"
            )
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
        """All users, in the order in which they were added."""
        with self.lock:
            return tuple(self._users.values())

    def replace_users(self, users: Iterable[User]) -> None:
        """Replace all users by these."""
        with self.lock:
            self._users = {user.username: user for user in users}

    def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name or e-mail address, or `None`; ignore case."""
        with self.lock:
            return next((user for user in self._users.values() if user.is_named(name)), None)

    def user(self, name: str) -> User:
        """Return the user with this canonical name or e-mail address.

        Raises:
            KeyError: there is no such user.
        """
        user = self.find_user(name)
        if user is None:
            raise KeyError(name)
        return user

    def totp_secret(self, name: str) -> str:
        """Return the secret of a user's software token, in base32 without padding.

        Raises:
            LookupError: there is no such user or no software token.
        """
        return self._software_token(name).text

    def totp_code(self, name: str, *, steps_ahead: int = 0) -> str:
        """Return the code that a user's application shows at the time of the sandbox's clock.

        Args:
            name: the user.
            steps_ahead: how many steps of 30 seconds later. The pool accepts a code one step early,
                so a test that has just used a code does not have to wait.

        Raises:
            LookupError: there is no such user or no software token.
        """
        moment = self.clock.now() + steps_ahead * STEP_SECONDS
        return self._software_token(name).code_at(moment)

    def _software_token(self, name: str) -> SoftwareToken:
        token = self.user(name).software_token
        if token is None:
            raise LookupError(f"{name} has no software token")
        return token

    def delete_user(self, name: str) -> None:
        """Delete a user; tokens that were issued do not change."""
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
