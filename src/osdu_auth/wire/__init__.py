"""One HTTPS call, kept within its time and size; bounded repeats; the one strict JSON reader.

The laws of this package:

- A call ends by its deadline, whatever the other side does, in a `Reply` or in one of our errors.
- Nothing is sent over plain http except to this machine itself, and no redirect is followed.
- Certificates are always verified. Which authorities are trusted can be set; whether, cannot.
- No error shows a URL's path, a header's value, a body or a proxy's password.

Whatever is dear to import (`ssl`, `truststore`, `email`) is imported where a call needs it.
"""

from __future__ import annotations

from osdu_auth.wire.attempts import Attempts, retry_after
from osdu_auth.wire.exchange import Reply, send
from osdu_auth.wire.json_reader import strict_json

__all__ = ["Attempts", "Reply", "retry_after", "send", "strict_json"]
