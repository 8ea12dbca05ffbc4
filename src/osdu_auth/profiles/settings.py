"""Settings: the texts that make a profile, wherever they come from, checked and turned into one.

The law of this module: it is the one list of settings. The file of profiles, the environment and
`init` know the same names, the same checks and the same rules between settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from osdu_auth.durations import seconds_of
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.checks import (
    check_client_id,
    check_data_partition_id,
    check_endpoint_url,
    check_origin,
    check_profile_name,
    check_region,
    check_user_pool_id,
    check_username,
    region_of_user_pool,
)
from osdu_auth.profiles.profile import Profile
from osdu_auth.profiles.references import check_reference
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.profiles.profile import AuthFlow, Sealing, Transport

TRANSPORTS = ("direct", "boto3")
SEALINGS = ("preferred", "required")
# RefreshTokenValidity in the service model: from an hour to ten years.
SHORTEST_SESSION, LONGEST_SESSION = 3600.0, 3650 * 86_400.0  # seconds
AUTH_FLOWS = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH")
# The first factors of USER_AUTH, then the second ones (ChallengeNameType in the service model).
FACTORS = (
    "PASSWORD_SRP",
    "PASSWORD",
    "EMAIL_OTP",
    "SMS_OTP",
    "WEB_AUTHN",
    "SOFTWARE_TOKEN_MFA",
    "SMS_MFA",
    "EMAIL_MFA",
)


def check_transport(text: str) -> str:
    """Return `text` if it is a way to speak to the pool: `direct` or `boto3`.

    Raises:
        ConfigurationError: OA-C709.
    """
    return _one_of(TRANSPORTS, text, "a transport", "OA-C709", 'transport = "direct"')


def check_sealing(text: str) -> str:
    """Return `text` if it says whether sessions must be sealed: `preferred` or `required`.

    Raises:
        ConfigurationError: OA-C712.
    """
    return _one_of(SEALINGS, text, "a way to seal", "OA-C712", 'store.sealed = "preferred"')


def check_auth_flow(text: str) -> str:
    """Return `text` if it is a flow that one can sign in by, such as `USER_SRP_AUTH`.

    Raises:
        ConfigurationError: OA-C764.
    """
    return _one_of(AUTH_FLOWS, text, "a way to sign in", "OA-C764", 'auth_flow = "USER_SRP_AUTH"')


def check_preferred_factor(text: str) -> str:
    """Return `text` if it is a factor, such as `SOFTWARE_TOKEN_MFA`.

    Raises:
        ConfigurationError: OA-C765.
    """
    return _one_of(FACTORS, text, "a factor", "OA-C765", 'preferred_factor = "SOFTWARE_TOKEN_MFA"')


def check_mfa_command(text: str) -> str:
    """Return `text` if it can be run as a command line.

    Raises:
        ConfigurationError: OA-C766; the text is not repeated, since it may hold a secret.
    """
    from osdu_auth.profiles.commands import is_command_line

    if is_command_line(text):
        return text
    raise ConfigurationError(
        "That is not a command line.",
        code="OA-C766",
        why="It is a program and its arguments, with quotes that match. It is not shown, as it may "
        "hold a secret.",
        fix='Give it as in: mfa_command = "pass otp acme"',
    )


def check_session_lifetime(text: str) -> str:
    """Return `text` if a refresh token can live that long, such as `12h` or `30d`.

    Raises:
        ConfigurationError: OA-C767.
    """
    try:
        if SHORTEST_SESSION <= seconds_of(text) <= LONGEST_SESSION:
            return text
    except ValueError:
        pass
    raise ConfigurationError(
        f'"{printable(text, 40)}" is not how long a session lives.',
        code="OA-C767",
        why="It is the life of the app client's refresh tokens: from 1h to 3650d.",
        fix='Give it as in: session_lifetime = "30d"',
    )


CHECKS: Mapping[str, Callable[[str], str]] = {
    "region": check_region,
    "client_id": check_client_id,
    "client_secret": check_reference,
    "username": check_username,
    "platform_url": check_origin,
    "data_partition_id": check_data_partition_id,
    "user_pool_id": check_user_pool_id,
    "endpoint_url": check_endpoint_url,
    "transport": check_transport,
    "sealing": check_sealing,
    "auth_flow": check_auth_flow,
    "preferred_factor": check_preferred_factor,
    "mfa_command": check_mfa_command,
    "session_lifetime": check_session_lifetime,
}

# Those that the file and the environment know by these names; the file writes `sealing` otherwise.
PLAIN_SETTINGS = tuple(setting for setting in CHECKS if setting != "sealing")


def make_profile(
    name: str, texts: Mapping[str, str], place_of: Callable[[str], str] = str
) -> Profile:
    """Check every setting and make the profile.

    Args:
        name: the profile's name.
        texts: settings by the names of `Profile`'s fields; what is not set is not in it.
        place_of: says in words where a setting stands, for the words of an error.

    Raises:
        ConfigurationError: OA-C701 to OA-C714: a setting cannot be used, the region is not the
            user pool's, or one that is needed lacks.
    """
    good = {setting: _checked(setting, text, place_of) for setting, text in texts.items()}
    region = _region(good, place_of)
    client_id = good.get("client_id")
    if region is None or client_id is None:
        lacking = "region" if region is None else "client_id"
        raise _lacking(name, lacking, place_of)
    return Profile(
        name=check_profile_name(name),
        region=region,
        client_id=client_id,
        client_secret=good.get("client_secret"),
        username=good.get("username"),
        platform_url=good.get("platform_url"),
        data_partition_id=good.get("data_partition_id"),
        user_pool_id=good.get("user_pool_id"),
        endpoint_url=good.get("endpoint_url"),
        transport=cast("Transport", good.get("transport", "direct")),
        sealing=cast("Sealing", good.get("sealing", "preferred")),
        auth_flow=cast("AuthFlow | None", good.get("auth_flow")),
        preferred_factor=good.get("preferred_factor"),
        mfa_command=good.get("mfa_command"),
        session_lifetime=good.get("session_lifetime"),
    )


def _checked(setting: str, text: str, place_of: Callable[[str], str]) -> str:
    try:
        return CHECKS[setting](text)
    except ConfigurationError as error:
        # The check knows the value; only here it is known where the value stands.
        place, fix = place_of(setting), error.fix
        if place.startswith("--"):
            fix = fix.replace(f"{setting} = ", f"{place} ")
        raise ConfigurationError(
            f"{place}: {error.what}", code=error.code, why=error.why, fix=fix
        ) from None


def _region(good: Mapping[str, str], place_of: Callable[[str], str]) -> str | None:
    region, pool = good.get("region"), good.get("user_pool_id")
    if pool is None:
        return region
    region_of_pool = region_of_user_pool(pool)
    if region is not None and region != region_of_pool:
        raise ConfigurationError(
            f"{place_of('region')}: {region} is not the region of the user pool {pool}.",
            code="OA-C713",
            why="A user pool's id begins with its region.",
            fix=f"Give it as in: --region {region_of_pool}",
        )
    return region_of_pool


def _lacking(name: str, setting: str, place_of: Callable[[str], str]) -> ConfigurationError:
    examples = {"region": "us-east-1", "client_id": "1h57kf5cpq17m0eml12EXAMPLE"}
    flag = flag_of(setting)
    return ConfigurationError(
        f"{place_of(setting)}: this is not set.",
        code="OA-C714",
        why="Nobody can sign in without the region and the app client's id.",
        fix=f"osdu-auth init -p {name} {flag} {examples[setting]}",
    )


def _one_of(allowed: tuple[str, ...], text: str, noun: str, code: str, typed: str) -> str:
    if text in allowed:
        return text
    raise ConfigurationError(
        f'"{printable(text, 40)}" is not {noun}.',
        code=code,
        why=f"It is one of: {', '.join(allowed)}.",
        fix=f"Give it as in: {typed}",
    )


def flag_of(name: str) -> str:
    """Return the command line's spelling of a setting or another option, such as `--client-id`."""
    return "--" + name.replace("_", "-")
