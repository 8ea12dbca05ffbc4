"""The address of a user pool's API.

The first of these that is set counts:

1. the profile's `endpoint_url`
2. `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, then `AWS_ENDPOINT_URL`, unless
   `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`
3. AWS's own address for the region, its FIPS variant where `AWS_USE_FIPS_ENDPOINT` is `true`

The variables are those of the AWS SDKs and Tools Reference Guide, read as the SDKs read them.

Invariant: the variables decide only where a person signs in. A session is renewed, ended and used
for the account only at the address that issued it (`require_issuer`).
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
# The sources of an address that are not variables.
_CLIENT, _SDK_FILE = "The client of boto3", "The AWS SDK's configuration file"


def pool_address(region: str, endpoint_url: str | None, environment: Mapping[str, str]) -> str:
    """Return the address of a user pool's API.

    Args:
        region: the AWS region of the pool, such as `us-east-1`.
        endpoint_url: the profile's address; None to use the environment and the region.
        environment: the environment variables.

    Raises:
        ConfigurationError: OA-C701, OA-C706: one of them is invalid.
    """
    configured = configured_endpoint(endpoint_url, environment)
    return configured or aws_address(region, is_fips=_is_true(environment, "AWS_USE_FIPS_ENDPOINT"))


def configured_endpoint(endpoint_url: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the address that the profile or the environment sets, None where neither does.

    Raises:
        ConfigurationError: OA-C706, OA-C721: the address is invalid.
        NothingSent: OA-C726: the address of a variable is invalid.
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
        is_fips: whether to return the FIPS address, which uses validated cryptography.

    Raises:
        ConfigurationError: OA-C701: it does not have the form of a region.
    """
    region = check_region(region)
    domain = domain_of_region(region)
    service = "cognito-idp-fips" if is_fips else "cognito-idp"
    host = f"{service}.{region}.{domain}"
    # A second check, of the whole host: with a "/" or an "@" in the region the password would be
    # sent to another host, so one check is not enough (the class of CVE-2026-22611).
    if not re.fullmatch(rf"{service}\.[a-z0-9-]+\.{re.escape(domain)}", host):
        raise ConfigurationError(
            f'"{printable(region, 60)}" does not make a valid host name.',
            code="OA-C727",
            fix="Give a region such as us-east-1: " + Run("init"),
        )
    return f"https://{host}"


def setting_of_other_address(
    profile: Profile, address: str, environment: Mapping[str, str], *, by_client: bool = False
) -> str | None:
    """Return the setting that leads away from the profile's address, such as `AWS_ENDPOINT_URL`.

    Args:
        profile: the profile.
        address: the address that would be called now.
        environment: the environment variables.
        by_client: whether the caller gave a client of boto3, which has its own address.

    Returns:
        The name of a variable, or another source; None where the address is the profile's own.
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
    """Refuse to send a session's tokens to another address than the one that issued them.

    AWS's own hosts of a region (with the FIPS and dual-stack variants) lead to the same user pools,
    so they count as one issuer. Any other address has to be equal: scheme, host, port and path.

    An old session may have no stored address. It counts as issued at the profile's own address. If
    a variable led to another address at that time, the person has to sign in again; that is better
    than sending a refresh token to a server that has no right to it.

    Args:
        profile: the session's profile.
        issued_at: the address that is stored with the session (`IssuedTokens.issuer_address`).
        address: the address that would be called now.
        environment: the environment variables.
        by_client: whether the caller gave a client of boto3, which has its own address.

    Raises:
        NothingSent: OA-C728.
    """
    issuer = issued_at or _own_address(profile)
    if _is_same_issuer(issuer, address, profile.region):
        return
    by = setting_of_other_address(profile, address, environment, by_client=by_client)
    if by is None:
        why = "The setting that named that address at the sign-in does not exist now."
    else:
        why = f"{by} leads to another server, which has no right to this session's tokens."
    raise NothingSent(
        f'The session of "{profile.name}" was issued by {printable(issuer, 100)}; '
        f"its tokens are not sent to {printable(address, 100)}.",
        code="OA-C728",
        why=f"{why} The session is kept.",
        fix=_how_to_return(profile, issuer, by, environment),
    )


def host_of(address: str) -> str:
    """Return the host of an address, with an unusual port, as text that may be shown."""
    return printable(read_url(address).host_header, 100)


def _how_to_return(
    profile: Profile, issuer: str, by: str | None, environment: Mapping[str, str]
) -> str | Fix:
    """Return what to do so that `issuer` is called again."""
    if by == _CLIENT:
        return f'Give a client that was made with endpoint_url="{issuer}".'
    if not _is_same_issuer(issuer, _own_address(profile), profile.region):
        if profile.endpoint_url is not None:  # it has priority over the variables
            return Run("login")
        here = Export(_ENDPOINT_SETTINGS[0], issuer)
        return Unset(_IGNORED).then(here) if _is_true(environment, _IGNORED) else here
    if by == _SDK_FILE:
        return Export(_IGNORED, "true")
    return Unset(*_variables_in_force(environment))


def _own_address(profile: Profile) -> str:
    """Return the address that the profile alone gives, without the environment."""
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
    """Return the variables whose address counts, by priority."""
    if _is_true(environment, _IGNORED):
        return ()
    return tuple(name for name in _ENDPOINT_SETTINGS if value_in(environment.get(name, "")))


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return value_in(environment.get(name, "")).lower() == "true"
