"""Where a user pool's API is.

In this order:

1. the profile's `endpoint_url`
2. `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, then `AWS_ENDPOINT_URL`, unless
   `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`
3. AWS's own address for the region, its FIPS variant where `AWS_USE_FIPS_ENDPOINT` is `true`

These are the variables of the AWS SDKs and Tools Reference Guide, read as the SDKs read them.

The law of this module: they say where a person signs in, and no more. A session that was issued
somewhere is renewed, ended and used for the account there and nowhere else (`require_issuer`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError, NothingSent
from osdu_auth.fixes import Export, Fix, Run, Unset
from osdu_auth.input_text import value_in
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_region
from osdu_auth.profiles.user_pool_addresses import domain_of_region, domains_of_region
from osdu_auth.text import printable
from osdu_auth.url import read_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.profiles.profile import Profile

_ENDPOINT_SETTINGS = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL")
_IGNORED = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
# What else than a variable can name an address.
_CLIENT, _SDK_FILE = "The client of boto3", "The AWS SDK's configuration file"


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
        NothingSent: OA-C726: that of a variable is none.
    """
    if endpoint_url is not None:
        return check_endpoint_url(endpoint_url)
    name = next(iter(_variables_in_force(environment)), None)
    if name is None:
        return None
    try:
        return check_endpoint_url(value_in(environment[name]))
    except ConfigurationError as error:
        raise NothingSent(
            f"{name} is not an address that can be called.",
            code="OA-C726",
            why=error.why,
            fix="Correct it, or " + Unset(name) + " to use AWS's own address.",
        ) from None


def aws_address(region: str, *, is_fips: bool) -> str:
    """Return AWS's own address of user pools in a region.

    Args:
        region: such as `us-gov-west-1`.
        is_fips: whether the address is to be the one with validated cryptography.

    Raises:
        ConfigurationError: OA-C701: it has not the shape of a region.
    """
    region = check_region(region)
    domain = domain_of_region(region)
    service = "cognito-idp-fips" if is_fips else "cognito-idp"
    host = f"{service}.{region}.{domain}"
    # The host once more as a whole: a region that held a "/" or an "@" would send the password to
    # somebody else, so this does not rest on one check (the class of CVE-2026-22611).
    if not re.fullmatch(rf"{service}\.[a-z0-9-]+\.{re.escape(domain)}", host):
        raise ConfigurationError(
            f'"{printable(region, 60)}" does not make the name of a host.',
            code="OA-C727",
            fix="Give a region such as us-east-1: " + Run("init"),
        )
    return f"https://{host}"


def moved_by(
    profile: Profile, address: str, environment: Mapping[str, str], *, by_client: bool = False
) -> str | None:
    """Return what leads to an address instead of the profile's own, such as `AWS_ENDPOINT_URL`.

    Args:
        profile: the profile.
        address: where the user pool would be asked now.
        environment: the environment variables.
        by_client: whether a client of boto3 was given, which has an address of its own.

    Returns:
        The name of a variable, or what else it is; None where the address is the profile's own.
    """
    if _is_same_issuer(_own_address(profile), address, profile.region):
        return None
    if by_client:
        return _CLIENT
    variables = _variables_in_force(environment)
    if variables and check_endpoint_url(value_in(environment[variables[0]])) == address:
        return variables[0]
    return _SDK_FILE


def require_issuer(
    profile: Profile,
    issued_at: str | None,
    address: str,
    environment: Mapping[str, str],
    *,
    by_client: bool = False,
) -> None:
    """Refuse to send anything of a session elsewhere than where it was issued.

    AWS's own hosts for a region (its FIPS and its dual-stack variants) lead to the same user pools,
    so what one of them issued is for all of them: the secrets go to AWS either way. Any other
    address has to be the same: scheme, host, port and path.

    A session of before addresses were kept counts as issued at the profile's own address. That is
    what the profile promises; if a variable led elsewhere at that time, the person signs in again,
    which costs less than a refresh token that goes to a server that has no right to it.

    Args:
        profile: the session's.
        issued_at: the address that is kept with the session (`IssuedTokens.issuer_address`).
        address: where the user pool would be asked now.
        environment: the environment variables.
        by_client: whether a client of boto3 was given, which has an address of its own.

    Raises:
        NothingSent: OA-C728.
    """
    issuer = issued_at or _own_address(profile)
    if _is_same_issuer(issuer, address, profile.region):
        return
    by = moved_by(profile, address, environment, by_client=by_client)
    if by is None:
        why = "What led there when it was issued does so no more."
    else:
        why = f"{by} leads to another server, which has no right to what this one issued."
    raise NothingSent(
        f'The session of "{profile.name}" was issued by {printable(issuer, 100)}; '
        f"nothing of it is sent to {printable(address, 100)}.",
        code="OA-C728",
        why=f"{why} The session is kept.",
        fix=_way_back(profile, issuer, by, environment),
    )


def host_of(address: str) -> str:
    """Return the host of an address, with a port that is not the usual one, as text to show."""
    return printable(read_url(address).host_header, 100)


def _way_back(
    profile: Profile, issuer: str, by: str | None, environment: Mapping[str, str]
) -> str | Fix:
    """Return what to do so that the user pool is asked at `issuer` again."""
    if by == _CLIENT:
        return f'Give a client that was made with endpoint_url="{issuer}".'
    if not _is_same_issuer(issuer, _own_address(profile), profile.region):
        if profile.endpoint_url is not None:  # before which no variable counts
            return Run("login")
        here = Export(_ENDPOINT_SETTINGS[0], issuer)
        return Unset(_IGNORED).then(here) if _is_true(environment, _IGNORED) else here
    if by == _SDK_FILE:
        return Export(_IGNORED, "true")
    return Unset(*_variables_in_force(environment))


def _own_address(profile: Profile) -> str:
    """Where the profile says that its user pool is, whatever the environment says."""
    return pool_address(profile.region, profile.endpoint_url, {})


def _is_same_issuer(one: str, other: str, region: str) -> bool:
    if one == other:
        return True
    of_aws = {
        f"https://cognito-idp{variant}.{region}.{domain}"
        for variant in ("", "-fips")
        for domain in domains_of_region(region)
    }
    return {one, other} <= of_aws


def _variables_in_force(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that hold an address and are to be gone by, the first of them first."""
    if _is_true(environment, _IGNORED):
        return ()
    return tuple(name for name in _ENDPOINT_SETTINGS if value_in(environment.get(name, "")))


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return value_in(environment.get(name, "")).lower() == "true"
