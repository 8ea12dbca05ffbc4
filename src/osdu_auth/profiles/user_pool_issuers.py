"""The issuers that a user pool's tokens may name, made from its id.

Amazon Cognito API reference, "IssuerConfigurationType".
"""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.profiles.addresses import check_endpoint_url
from osdu_auth.profiles.checks import check_user_pool_id, region_of_user_pool
from osdu_auth.profiles.partitions import domain_of_region
from osdu_auth.text import printable

# What the hosts of the two issuers begin with; the rest is the region and its partition's domain.
_ORIGINAL = "cognito-idp"
_UPDATED = "issuer-cognito-idp"


def key_set_of_user_pool(issuer: str) -> str:
    """Return the address of a user pool's key set, given the pool's issuer."""
    return f"{issuer}/.well-known/jwks.json"


def issuers_of_user_pool(user_pool_id: str, endpoint_url: str | None = None) -> tuple[str, str]:
    """Return the issuers that a user pool's tokens may name: the original and the updated one.

    At another address than AWS's, where there is one host alone, the second has a path of its own.

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
    # Once more as a whole: who could steer these would bring the keys (as CVE-2026-22611).
    rest = rf"\.[a-z0-9-]+\.{re.escape(domain_of_region(region))}/[\w-]+"
    if re.fullmatch(rf"https://{_ORIGINAL}{rest} https://{_UPDATED}{rest}", " ".join(issuers)):
        return issuers
    raise ConfigurationError(
        f'"{printable(pool, 60)}" does not make the name of an issuer.',
        code="OA-C702",
        fix=ExampleValue("us-east-1_Ab12Cd34E"),
    )
