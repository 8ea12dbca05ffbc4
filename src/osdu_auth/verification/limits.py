"""Limits: how much of a token or a key set is looked at before anything is known of it."""

from __future__ import annotations

KIBIBYTE = 1024

# An id token may carry 50 custom attributes of 2,048 characters.
TOKEN_LIMIT = 256 * KIBIBYTE
HEADER_LIMIT = 8 * KIBIBYTE
KEY_SET_LIMIT = 1024 * KIBIBYTE

LEAST_RSA_BITS = 2048  # RFC 7518, section 3.3
MOST_RSA_BITS = 8192

# A user pool gives access and id tokens a day at most; what claims more was made by someone else.
LONGEST_LIFE = 24 * 3600.0  # seconds
LATEST_TIME = 253_402_300_799  # the last second of the year 9999, in seconds since 1970
LARGEST_LEEWAY = 300.0  # seconds; "a few minutes" (RFC 9068, section 4)
