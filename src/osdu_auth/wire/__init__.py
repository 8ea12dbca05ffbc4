"""One HTTPS call, with limits of time and size; retries; the one strict JSON reader.

Invariants:

- A call ends by its deadline, with a `Reply` or with one of our errors; no server can delay it.
- Plain http is used only for this machine itself, and no redirect is followed.
- Certificates are always verified. The trusted authorities can be set; the verification cannot be
  switched off.
- No error shows a URL's path, a header's value, a body or a proxy's password.

Modules that are slow to import (`ssl`, `truststore`, `email`) are imported where a call needs them.
"""

from __future__ import annotations

from osdu_auth.wire.http_call import Reply, send
from osdu_auth.wire.json_reader import strict_json
from osdu_auth.wire.retries import RetryPolicy, retry_after

__all__ = ["Reply", "RetryPolicy", "retry_after", "send", "strict_json"]
