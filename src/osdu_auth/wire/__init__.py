"""One HTTPS call, kept within its time and size; bounded repeats; the one strict JSON reader.

The laws of this package:

- A call ends by its deadline, whatever the other side does, in a `Reply` or in one of our errors.
- Nothing is sent over plain http except to this machine itself, and no redirect is followed.
- Certificates are always verified. Which authorities are trusted can be set; whether, cannot.
- No error shows a URL's path, a header's value, a body or a proxy's password.

Whatever is dear to import (`ssl`, `truststore`, `email`) is imported where a call needs it.
"""

from __future__ import annotations

from osdu_auth.wire.http_call import Reply, send
from osdu_auth.wire.json_reader import strict_json
from osdu_auth.wire.retries import RetryPolicy, retry_after

__all__ = ["Reply", "RetryPolicy", "retry_after", "send", "strict_json"]
