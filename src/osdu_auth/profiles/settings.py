"""Settings: the texts that make a profile, wherever they come from, checked and turned into one.

The law of this module: it is the one list of settings. The file of profiles, the environment,
`init` and a `Profile` made in Python know the same names, the same checks and the same rules
between settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.durations import seconds_of
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run
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
from osdu_auth.profiles.references import check_reference
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

# Those without which nobody can sign in, with what an error shows of them.
_NEEDED = {"region": "us-east-1", "client_id": "1h57kf5cpq17m0eml12EXAMPLE"}
# What a check's fix ends in: a flag of `init`, or a line of the file; and the value to give.
_TYPED = r"(?:--[a-z-]+ |[a-z_.]+ = )(?P<value>\"[^\"]*\"|[^\s\"]+)"

# Those that the file and the environment know by these names; the file writes `sealing` otherwise.
PLAIN_SETTINGS = tuple(setting for setting in CHECKS if setting != "sealing")


def complete_settings(
    name: str, texts: Mapping[str, str], place_of: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return the settings of a profile, each checked, with what follows from the others.

    Args:
        name: the profile's name.
        texts: settings by the names of `Profile`'s fields; what is not set is not in it.
        place_of: says in words where a setting stands, for the words of an error.

    Raises:
        ConfigurationError: OA-C701 to OA-C714: a setting cannot be used, the region is not the
            user pool's, or one that is needed lacks.
    """
    check_profile_name(name)
    settings: dict[str, Any] = check_settings(texts, place_of)
    if "user_pool_id" in settings:
        settings.setdefault("region", region_of_user_pool(settings["user_pool_id"]))
    for setting in _NEEDED:
        if setting not in settings:
            raise _lacking(name, setting, place_of)
    return settings


def check_settings(
    texts: Mapping[str, object], place_of: Callable[[str], str] = str
) -> dict[str, str]:
    """Return settings as they are to be used, each checked, and one with the other.

    Args:
        texts: what was given, by the names of `Profile`'s fields.
        place_of: says in words where a setting stands, for the words of an error; where it stands
            in Python, `in_python`.

    Raises:
        ConfigurationError: OA-C701 to OA-C713, OA-C764 to OA-C767, OA-C782: one of them cannot be
            used, or the region is not the user pool's.
    """
    good = {setting: _checked(setting, text, place_of) for setting, text in texts.items()}
    if "region" in good and "user_pool_id" in good:
        _require_region_of_pool(good["region"], good["user_pool_id"], place_of)
    return good


def in_python(setting: str) -> str:
    """Return the place of a setting that is an argument of `Profile`, such as `platform_url=`."""
    return f"{_IN_PYTHON}{setting}=…)"


_IN_PYTHON = "Profile("


def _checked(setting: str, text: object, place_of: Callable[[str], str]) -> str:
    check = check_profile_name if setting == "name" else CHECKS[setting]
    is_text = isinstance(text, str)
    try:
        # A text of another class may look otherwise than what was checked: a plain one is kept.
        # No setting may be an empty text, so that what is no text is told with the right example.
        return check(str.__str__(text) if isinstance(text, str) else "")
    except ConfigurationError as error:
        # The check knows the value; only here it is known where the value stands.
        place = place_of(setting)
        kind = printable(type(text).__name__, 40)
        raise ConfigurationError(
            f"{place}: {error.what if is_text else f'This is not a text, but of type {kind}.'}",
            code=error.code if is_text else "OA-C782",
            why=error.why,
            fix=_fix_at(place, setting, error.fix),
        ) from None


def _fix_at(place: str, setting: str, fix: str) -> str:
    """Return a check's fix as it is to be typed where the setting stands."""
    if place.startswith("--"):
        return fix.replace(f"{setting} = ", f"{place} ")
    if not place.startswith(_IN_PYTHON):
        return fix

    def argument(typed: re.Match[str]) -> str:
        value = typed["value"].strip('"')
        return f'{setting}="{value}"'

    return re.sub(_TYPED, argument, fix, count=1)


def _require_region_of_pool(region: str, pool: str, place_of: Callable[[str], str]) -> None:
    region_of_pool = region_of_user_pool(pool)
    if region == region_of_pool:
        return
    place = place_of("region")
    raise ConfigurationError(
        f"{place}: {region} is not the region of the user pool {pool}.",
        code="OA-C713",
        why="A user pool's id begins with its region.",
        fix=_fix_at(place, "region", f"Give it as in: --region {region_of_pool}"),
    )


def _lacking(name: str, setting: str, place_of: Callable[[str], str]) -> ConfigurationError:
    return ConfigurationError(
        f"{place_of(setting)}: this is not set.",
        code="OA-C714",
        why="Nobody can sign in without the region and the app client's id.",
        fix=Run("init", flag_of(setting), _NEEDED[setting], profile=name),
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
