"""A conversation: one sign-in from its first request to its tokens, and what it has proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.users import User


@dataclass
class Conversation:
    """One sign-in that is under way.

    The law of this class: a proof is noted by the answer that gave it, as its last act.

    Attributes:
        client_id: The app client that asks for it.
        user: Whose sign-in it is.
        device_key: The device it comes from, as the client says; not proven by that.
        proven_by_srp: Whether the password was proven and not sent.
        second_factor_proven: Whether a second factor was shown or set up.
        proven_device: The key of the device that has proven its own password, or `None`.
        custom: Whether the pool's own questions are asked in place of the usual factors.
        custom_answers: How many of them were answered well.
        custom_failures: How many wrong answers the present one has had.
    """

    client_id: str
    user: User
    device_key: str | None = None
    proven_by_srp: bool = False
    second_factor_proven: bool = False
    proven_device: str | None = None
    custom: bool = False
    custom_answers: int = 0
    custom_failures: int = 0
