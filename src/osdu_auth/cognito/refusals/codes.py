"""The codes of refusals that a conversation goes by."""

from __future__ import annotations

BUSY = "OA-N640"
FAILING = "OA-N641"
# The pool says of these that it has done nothing, and that trying again is right.
REPEATABLE = frozenset({BUSY, FAILING})

SESSION_EXPIRED = "OA-S314"
# Answered wrongly; the same challenge can be answered again.
NEW_PASSWORD_REFUSED = frozenset({"OA-S317", "OA-S318", "OA-S324"})
CODE_USED = "OA-S323"
CODE_REFUSED = frozenset({"OA-S321", CODE_USED})
# The code is too old, and only a new sign-in has a new one sent.
CODE_EXPIRED = "OA-S322"
# The pool has forgotten this computer.
DEVICE_UNKNOWN = "OA-S348"
# The app client is not allowed SRP: the one reason to ask whether the password may be sent.
SRP_NOT_ENABLED = "OA-C758"
# The pool, or the SDK, does not have the operation; another one may do.
OPERATION_UNAVAILABLE = frozenset({"OA-C735", "OA-C736"})
