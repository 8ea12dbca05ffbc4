"""AWS's partitions: which domain the hosts of a region are in."""

from __future__ import annotations

# What a partition's regions begin with and its domain, from botocore 1.44's endpoint data; every
# other region is of the commercial partition or of GovCloud, which share a domain.
_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
)
_USUAL_DOMAIN = "amazonaws.com"
# The domains of the hosts that take IPv6 as well, from the same data.
_DUAL_STACK_DOMAINS = {
    "amazonaws.com": "api.aws",
    "amazonaws.com.cn": "api.amazonwebservices.com.cn",
    "amazonaws.eu": "api.amazonwebservices.eu",
}


def domain_of_region(region: str) -> str:
    """Return the domain of a region's hosts, such as `amazonaws.com.cn`.

    Args:
        region: an AWS region, checked (`check_region`).
    """
    return next((domain for start, domain in _DOMAINS if region.startswith(start)), _USUAL_DOMAIN)


def domains_of_region(region: str) -> tuple[str, ...]:
    """Return every domain that a region's hosts have, the usual one first.

    Args:
        region: an AWS region, checked (`check_region`).
    """
    domain = domain_of_region(region)
    dual_stack = _DUAL_STACK_DOMAINS.get(domain)
    return (domain,) if dual_stack is None else (domain, dual_stack)
