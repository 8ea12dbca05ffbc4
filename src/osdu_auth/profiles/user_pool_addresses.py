"""Addresses of a user pool at AWS: its region's domains, its issuers and its key set.

Sources: the endpoint data of botocore 1.44; Amazon Cognito API reference,
"IssuerConfigurationType".
"""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_user_pool_id, region_of_user_pool
from osdu_auth.text import printable

# The first letters of a partition's regions, and the partition's domain. All other regions are of
# the commercial partition or of GovCloud, which share a domain.
_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
)
_USUAL_DOMAIN = "amazonaws.com"
# The domains of the hosts that also take IPv6.
_DUAL_STACK_DOMAINS = {
    "amazonaws.com": "api.aws",
    "amazonaws.com.cn": "api.amazonwebservices.com.cn",
    "amazonaws.eu": "api.amazonwebservices.eu",
}
# The first parts of the hosts of the two issuers; the region and the partition's domain follow.
_ORIGINAL = "cognito-idp"
_UPDATED = "issuer-cognito-idp"


def domain_of_region(region: str) -> str:
    """Return the domain of a region's hosts, such as `amazonaws.com.cn`.

    Args:
        region: an AWS region, checked (`check_region`).
    """
    return next((domain for start, domain in _DOMAINS if region.startswith(start)), _USUAL_DOMAIN)


def domains_of_region(region: str) -> tuple[str, ...]:
    """Return all domains of a region's hosts, the usual one first.

    Args:
        region: an AWS region, checked (`check_region`).
    """
    domain = domain_of_region(region)
    dual_stack = _DUAL_STACK_DOMAINS.get(domain)
    return (domain,) if dual_stack is None else (domain, dual_stack)


def key_set_of_user_pool(issuer: str) -> str:
    """Return the address of a user pool's key set, given the pool's issuer."""
    return f"{issuer}/.well-known/jwks.json"


def issuers_of_user_pool(user_pool_id: str, endpoint_url: str | None = None) -> tuple[str, str]:
    """Return the issuers that a user pool's tokens may name: the original and the updated one.

    An address that is not AWS's has one host only: there the updated issuer has a path of its own.

    Args:
        user_pool_id: such as `us-east-1_Ab12Cd34E`.
        endpoint_url: another address than AWS's, such as a sandbox's.

    Raises:
        ConfigurationError: OA-C702, OA-C706: the id or the address cannot be used.
    """
    pool = check_user_pool_id(user_pool_id)
    region = region_of_user_pool(pool)
    host = f"{region}.{domain_of_region(region)}"
    if endpoint_url is not None:
        address = check_endpoint_url(endpoint_url)
        if address != f"https://{_ORIGINAL}.{host}":
            return f"{address}/{pool}", f"{address}/{_UPDATED}/{pool}"
    issuers = f"https://{_ORIGINAL}.{host}/{pool}", f"https://{_UPDATED}.{host}/{pool}"
    # A check of the result: an attacker who could change a host here could name the keys
    # (CVE-2026-22611).
    rest = rf"\.[a-z0-9-]+\.{re.escape(domain_of_region(region))}/[\w-]+"
    if re.fullmatch(rf"https://{_ORIGINAL}{rest} https://{_UPDATED}{rest}", " ".join(issuers)):
        return issuers
    raise ConfigurationError(
        f'"{printable(pool, 60)}" does not make the name of an issuer.',
        code="OA-C702",
        fix=ExampleValue("us-east-1_Ab12Cd34E"),
    )
