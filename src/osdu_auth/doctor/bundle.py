"""The report that one can send: built from an allow-list, so that nothing is in it by accident.

What is in it: the ids, levels and codes of the findings, the times they took, and the facts that
give nothing away. Hosts and users are in it only where they are asked for by name; the sentences
of findings are not, as they name both.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.doctor.finding import Finding

SCHEMA = 1


def bundle(findings: Iterable[Finding], included: Iterable[str] = ()) -> str:
    """Return the report as JSON.

    Args:
        findings: of all checks.
        included: what to tell besides: `hosts`, `users`.
    """
    kinds = {Kind.PLAIN, *(Kind(name) for name in included)}
    told = [
        {
            "id": each.id,
            "level": each.level.value,
            "code": each.code,
            "milliseconds": each.milliseconds,
            "facts": {fact.name: fact.value for fact in each.facts if fact.kind in kinds},
        }
        for each in findings
    ]
    return json.dumps({"version": SCHEMA, "checks": told}, indent=2) + "\n"
