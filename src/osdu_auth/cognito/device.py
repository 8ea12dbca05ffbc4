"""Device: this computer as a user pool remembers it, for where the pool remembers devices."""

from __future__ import annotations

import json
from typing import NamedTuple

from osdu_auth.secret import Secret


class Device(NamedTuple):
    """This computer as a user pool remembers it.

    Args:
        key: its own name at the pool.
        group_key: the name of the group that it is in.
        password: by which it shows that it is the one; made here, and known to nothing else.
    """

    key: Secret
    group_key: Secret
    password: Secret

    def as_renewal_data(self) -> Secret:
        """Return it as what a renewal takes besides the tokens (`IssuedTokens.renewal_data`)."""
        return Secret(json.dumps({name: part.reveal() for name, part in self._asdict().items()}))


def device_of(renewal_data: Secret | None) -> Device | None:
    """Return the device that was kept; None where there is none, or no whole one.

    Without it the pool refuses to renew, and a sign-in has this computer remembered anew.
    """
    kept = {} if renewal_data is None else json.loads(renewal_data.reveal())
    if not kept.keys() >= set(Device._fields):
        return None
    return Device(*(Secret(kept[name]) for name in Device._fields))
