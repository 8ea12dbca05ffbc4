"""Where a user pool's API is.

In this order:

1. the profile's `endpoint_url`
2. `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, then `AWS_ENDPOINT_URL`, unless
   `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`
3. AWS's own address for the region, its FIPS variant where `AWS_USE_FIPS_ENDPOINT` is `true`

These are the variables of the AWS SDKs and Tools Reference Guide, read as the SDKs read them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_region
from osdu_auth.profiles.partitions import domain_of_region
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINT_SETTINGS = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL")


def pool_address(region: str, endpoint_url: str | None, environment: Mapping[str, str]) -> str:
    """Return the address of a user pool's API.

    Args:
        region: the AWS region of the pool, such as `us-east-1`.
        endpoint_url: the profile's own; None to go by the environment and the region.
        environment: the environment variables.

    Raises:
        ConfigurationError: OA-C701, OA-C706: one of them is not what it should be.
    """
    configured = configured_endpoint(endpoint_url, environment)
    return configured or aws_address(region, is_fips=_is_true(environment, "AWS_USE_FIPS_ENDPOINT"))


def configured_endpoint(endpoint_url: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the address that the profile or the environment sets, None where neither does.

    Raises:
        ConfigurationError: OA-C706, OA-C721: it is no address.
    """
    if endpoint_url is not None:
        return check_endpoint_url(endpoint_url)
    if _is_true(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return None
    name = next((name for name in _ENDPOINT_SETTINGS if environment.get(name)), None)
    if name is None:
        return None
    try:
        return check_endpoint_url(environment[name])
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{name} is not an address that can be called.",
            code="OA-C726",
            why=error.why,
            fix=f"Correct it, or unset {name} to use AWS's own address.",
        ) from None


def aws_address(region: str, *, is_fips: bool) -> str:
    """Return AWS's own address of user pools in a region.

    Args:
        region: such as `us-gov-west-1`.
        is_fips: whether the address is to be the one with validated cryptography.

    Raises:
        ConfigurationError: OA-C701: it has not the shape of a region.
    """
    check_region(region)
    domain = domain_of_region(region)
    service = "cognito-idp-fips" if is_fips else "cognito-idp"
    host = f"{service}.{region}.{domain}"
    # The host once more as a whole: a region that held a "/" or an "@" would send the password to
    # somebody else, so this does not rest on one check (the class of CVE-2026-22611).
    if not re.fullmatch(rf"{service}\.[a-z0-9-]+\.{re.escape(domain)}", host):
        raise ConfigurationError(
            f'"{printable(region, 60)}" does not make the name of a host.',
            code="OA-C727",
            fix="Give a region such as us-east-1: osdu-auth init",
        )
    return f"https://{host}"


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() == "true"
