"""Checks: each setting is checked before it becomes a part of an address, a header or a path.

Rules of all checks: a check compares the whole text with what is allowed, not with what is
forbidden, and returns the text to use. Another spelling is accepted if its meaning is clear
(`US-EAST-1`), but blanks are not removed silently. An error has an example of a good value
(`ExampleValue`); `osdu_auth.profiles.setting_places` makes the fix of it. A text that may be a
secret by mistake (a client id, a user name) is not shown.
"""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.input_text import can_be_client_secret, client_secret_in, odd_character_in, value_in
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.profiles.addresses import check_endpoint_url, check_origin
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "check_client_id",
    "check_client_secret",
    "check_data_partition_id",
    "check_endpoint_url",
    "check_origin",
    "check_profile_name",
    "check_region",
    "check_user_pool_id",
    "check_username",
    "region_of_user_pool",
]

# us-east-1, us-gov-west-1, eu-isoe-west-1, eusc-de-east-1: the forms of all partitions in
# botocore 1.44, and of new ones of the same form.
_REGION = r"[a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[1-9][0-9]?"
# The service model says [\w-]+_[0-9a-zA-Z]+, at most 55 characters. The part before the underscore
# becomes a part of a host name, so it has to have the form of a region.
_USER_POOL_ID = rf"({_REGION})_[0-9A-Za-z]{{1,54}}"
_USER_POOL_ID_LENGTH = 55
_CLIENT_ID = r"[A-Za-z0-9_+]{1,128}"  # [\w+]+ in the service model; app client ids are ASCII
_USERNAME_LENGTH = 128
_DATA_PARTITION_ID = r"[A-Za-z0-9._-]{1,128}"
_PROFILE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_RESERVED_ON_WINDOWS = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    ]
)


def check_region(text: str) -> str:
    """Return `text` in lower case if it has the form of an AWS region, such as `us-gov-west-1`.

    Raises:
        ConfigurationError: OA-C701.
    """
    if text.isascii() and _is_region(text.lower()):
        return text.lower()
    pool = re.fullmatch(_USER_POOL_ID, text.strip())
    why = "It looks like a user pool's id, which begins with the region." if pool else ""
    region = pool[1] if pool else _corrected(text, _is_region) or "us-east-1"
    raise ConfigurationError(
        f"{_shown(text)} is not an AWS region.",
        code="OA-C701",
        why=why or "A region is a part of the world, a direction and a number, as in us-east-1.",
        fix=ExampleValue(region),
    )


def check_user_pool_id(text: str) -> str:
    """Return `text` if it has the form of a user pool's id, such as `us-east-1_Ab12Cd34E`.

    Its region is returned in lower case.

    Raises:
        ConfigurationError: OA-C702.
    """
    region, mark, name = text.partition("_")
    understood = f"{region.lower()}{mark}{name}"
    if text.isascii() and _is_user_pool_id(understood):
        return understood
    pool = _corrected(text, _is_user_pool_id) or "us-east-1_Ab12Cd34E"
    raise ConfigurationError(
        f"{_shown(text)} is not a user pool's id.",
        code="OA-C702",
        why="An id is the region, an underscore, and letters and digits; 55 characters at most.",
        fix=ExampleValue(pool),
    )


def region_of_user_pool(pool_id: str) -> str:
    """Return the region that a user pool's id begins with.

    Raises:
        ConfigurationError: OA-C702: it is not a user pool's id.
    """
    return check_user_pool_id(pool_id).partition("_")[0]


def check_client_id(text: str) -> str:
    """Return `text` if it can be an app client's id.

    Raises:
        ConfigurationError: OA-C703; the error does not show the text, as it may be the secret.
    """
    if re.fullmatch(_CLIENT_ID, text):
        return text
    raise not_a_client_id("An id is 1 to 128 letters and digits, usually 26.")


def not_a_client_id(why: str) -> ConfigurationError:
    """Return the error of a text that cannot be an app client's id.

    Args:
        why: what an id is, as a sentence.
    """
    return ConfigurationError(
        "That is not an app client's id.",
        code="OA-C703",
        why=why,
        fix=ExampleValue("1h57kf5cpq17m0eml12EXAMPLE"),
    )


def check_client_secret(text: str) -> str:
    """Return the app client's secret in a typed or pasted text, without blanks around it.

    Args:
        text: what was given.

    Raises:
        ConfigurationError: OA-C749: it cannot be a secret; the error does not show the text.
    """
    secret = client_secret_in(text)
    if can_be_client_secret(secret):
        return secret
    odd = odd_character_in(secret) or (
        "It contains a space." if " " in secret else "It contains another character."
    )
    if re.fullmatch(r"[A-Za-z0-9_+]*", secret):
        odd = f"It has {len(secret)} characters."
    raise not_a_client_secret(f"{odd} A secret is 24 to 64 letters, digits, + and _ only.")


def not_a_client_secret(why: str) -> ConfigurationError:
    """Return the error of a text that cannot be an app client's secret.

    Args:
        why: what is wrong with it, or what a secret is, in sentences.
    """
    return ConfigurationError(
        "That is not an app client's secret.",
        code="OA-C749",
        why=why,
        fix="Copy it again from the page of the app client, which can show it.",
    )


def check_username(text: str) -> str:
    """Return `text` if Cognito accepts it as a user name: 1 to 128 characters, no blank or control.

    Raises:
        ConfigurationError: OA-C704.
    """
    # The service model's [\p{L}\p{M}\p{S}\p{N}\p{P}]+ is what Python calls printable, less a space.
    if 0 < len(text) <= _USERNAME_LENGTH and text.isprintable() and " " not in text:
        return text
    raise ConfigurationError(
        "That is not a user name.",
        code="OA-C704",
        why="A user name is 1 to 128 characters, without blanks and invisible characters.",
        fix=ExampleValue("alice@example.com"),
    )


def check_data_partition_id(text: str) -> str:
    """Return `text` if it can be a data partition's id.

    Raises:
        ConfigurationError: OA-C707.
    """
    if re.fullmatch(_DATA_PARTITION_ID, text):
        return text
    raise ConfigurationError(
        f"{_shown(text)} is not a data partition's id.",
        code="OA-C707",
        why="It is sent as an HTTP header: letters, digits, dot, underscore and hyphen.",
        fix=ExampleValue("osdu"),
    )


def check_profile_name(text: str) -> str:
    """Return `text` if it can name a profile, and so a file on every operating system.

    Raises:
        ConfigurationError: OA-C708.
    """
    named = re.fullmatch(_PROFILE_NAME, text) and not text.endswith(".")
    if named and text.partition(".")[0].lower() not in _RESERVED_ON_WINDOWS:
        return text
    raise ConfigurationError(
        f"{_shown(text)} cannot name a profile.",
        code="OA-C708",
        why="A name is 1 to 64 letters, digits, dots, underscores and hyphens; it begins with a "
        "letter or a digit, and is not a name that Windows reserves.",
        fix=ExampleValue("acme"),
    )


def _is_region(text: str) -> bool:
    return re.fullmatch(_REGION, text) is not None


def _is_user_pool_id(text: str) -> bool:
    return len(text) <= _USER_POOL_ID_LENGTH and re.fullmatch(_USER_POOL_ID, text) is not None


def _corrected(text: str, is_good: Callable[[str], bool]) -> str | None:
    """Return `text` with a small correction that makes it good; None if there is none."""
    guesses = (value_in(text), value_in(text).lower())
    return next((guess for guess in guesses if is_good(guess)), None)


def _shown(text: str) -> str:
    return f'"{printable(text, 80)}"'
