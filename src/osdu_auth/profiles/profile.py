"""Profile: a named set of settings, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Transport = Literal["direct", "boto3"]
Sealing = Literal["preferred", "required"]
AuthFlow = Literal["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"]


@dataclass(frozen=True)
class Profile:
    """A named set of settings; the workshop page's values under the names they have there.

    It is checked whenever one is made, copies and what `dataclasses.replace` and `pickle` make
    included: what cannot stand in the file of profiles cannot stand here. An address is kept as the
    file's is, in lower case and without the usual port. A setting that is None is not set. Two
    things are otherwise than in the file: `region` is given even where `user_pool_id` tells it, and
    the name may be `environment`, which in the file is kept for the profile of the variables.

    Args:
        name: what the user calls it; also the name of its session's file.
        region: the AWS region of the user pool, such as `us-east-1`.
        client_id: the id of the app client.
        client_secret: a reference to the app client's secret (`osdu_auth.profiles.references`);
            None for a public app client.
        username: who signs in, as typed at sign-in; None to ask.
        platform_url: the OSDU platform's origin, such as `https://osdu.example.com`.
        data_partition_id: sent as the `data-partition-id` header of every OSDU call.
        user_pool_id: the user pool, such as `us-east-1_Ab12Cd34E`; SRP needs it.
        endpoint_url: another address of the pool's API than AWS's, such as a sandbox's.
        transport: how to speak to the pool: `direct` HTTPS or `boto3`.
        sealing: whether the month-long part of a session may be kept without an OS key store.
        auth_flow: the Cognito flow to sign in by; None for `USER_SRP_AUTH` where it is possible.
        preferred_factor: which factor to choose where the pool leaves a choice, such as
            `SOFTWARE_TOKEN_MFA` or `EMAIL_OTP`; None to ask.
        mfa_command: a command line that prints a code; None to ask.
        session_lifetime: how long the app client's refresh tokens live, such as `12h` or `30d`;
            None where that is not known.

    Raises:
        ConfigurationError: OA-C701 to OA-C713, OA-C764 to OA-C767: a setting cannot be used, as of
            the file; OA-C782: it is not a text.
    """

    name: str
    region: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)  # `clear:` holds the secret itself
    username: str | None = None
    platform_url: str | None = None
    data_partition_id: str | None = None
    user_pool_id: str | None = None
    endpoint_url: str | None = None
    transport: Transport = "direct"
    sealing: Sealing = "preferred"
    auth_flow: AuthFlow | None = None
    preferred_factor: str | None = None
    mfa_command: str | None = field(default=None, repr=False)  # it may hold what is nobody's to see
    session_lifetime: str | None = None

    def __post_init__(self) -> None:
        from osdu_auth.profiles.settings import check_settings, in_python

        given = {name: getattr(self, name) for name in _SETTINGS}
        set_ = {
            name: value
            for name, value in given.items()
            if value is not None or name not in _MAY_BE_NONE
        }
        for name, text in check_settings(set_, in_python).items():
            object.__setattr__(self, name, text)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be made of what was pickled or copied, which is checked as well."""
        type(self).__init__(self, **state)

    @property
    def pool_and_client(self) -> str:
        """What a session belongs to: a session of another pool or app client is not this one's."""
        return f"{self.endpoint_url or self.region} {self.client_id}"


_SETTINGS = tuple(each.name for each in fields(Profile))
_MAY_BE_NONE = frozenset(each.name for each in fields(Profile) if each.default is None)


def make_profile(
    name: str, texts: Mapping[str, str], place_of: Callable[[str], str] = str
) -> Profile:
    """Check every setting and make the profile; arguments and errors as of `complete_settings`."""
    from osdu_auth.profiles.settings import complete_settings

    return Profile(name, **complete_settings(name, texts, place_of))
