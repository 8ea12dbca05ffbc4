"""Unchecked: the one way to leave out a check, which takes a reason."""

from __future__ import annotations

from dataclasses import dataclass

from osdu_auth.errors import ConfigurationError


@dataclass(frozen=True)
class Unchecked:
    """Stands in the place of what a verifier would have compared with, and says why it does not.

    Args:
        reason: why this is not checked, for whoever reads the code next.

    Raises:
        ConfigurationError: OA-C778: there is no reason.
    """

    reason: str

    def __post_init__(self) -> None:
        reason: object = self.reason
        if not isinstance(reason, str) or not reason.strip():
            raise ConfigurationError(
                "A check is left out without a reason.",
                code="OA-C778",
                why="Whoever reads the code next has to know why nothing is compared there.",
                fix='Write it as in: Unchecked("the gateway in front compares the audience")',
            )
