"""Setting up an authenticator app, whose codes depend on a shared key and the time (RFC 6238).

    we                                          the user pool
    AssociateSoftwareToken                  →
                                            ←   the key, which the user puts into the app
    VerifySoftwareToken (first code)        →
                                            ←   done; after a wrong code the user is asked again
    SetUserMFAPreference (preferred)        →
                                            ←   done

During a sign-in the first two operations take the sign-in's session instead of a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.api import Retry
from osdu_auth.cognito.challenges.kinds import checked_answer, one_time_code
from osdu_auth.cognito.challenges.tries import CODE_TRIES, ask_until_accepted
from osdu_auth.cognito.challenges.values import TotpSetUp, TotpSetUpRequired
from osdu_auth.cognito.replies import bad_member, optional_member, read_session
from osdu_auth.cognito.service_errors import CODE_REFUSED, Phase
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.cognito.api import Members, UserPoolApi
    from osdu_auth.cognito.challenges import Answer, Answers
    from osdu_auth.errors import SignInRefused

_KEY = re.compile(r"[A-Za-z2-7]{16,256}=*")  # base32; Cognito's have 52 characters
_ISSUER = "osdu-auth"


@dataclass(frozen=True)
class TotpKey:
    """A new key for an authenticator app, not yet active.

    Args:
        secret_key: the key (base32).
        session: the session of the sign-in; None for a user who is signed in.
    """

    secret_key: Secret
    session: Secret | None = None


def set_up_totp(pool: UserPoolApi, access_token: Secret, username: str, answer: Answers) -> None:
    """Set up an authenticator app as the preferred second factor.

    Args:
        pool: the user pool.
        access_token: the user's access token, still valid.
        username: the account name that the app shows.
        answer: takes a `TotpSetUpRequired` and returns a `TotpSetUp`.

    Raises:
        SignInRefused: OA-S321: the code is wrong, three times.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    identity = {"AccessToken": access_token}
    key = associate_software_token(pool, identity, Phase.SIGNED_IN)
    asked = TotpSetUpRequired(username, key.secret_key, key_uri(key, username))

    def ask(refusal: SignInRefused | None, _: int) -> Answer:
        challenge = replace(asked, refusal=refusal)
        return checked_answer(challenge, answer(challenge))

    def send(given: Answer) -> None:
        verify_software_token(pool, identity, given, Phase.SIGNED_IN)

    ask_until_accepted(ask, send, CODE_TRIES, CODE_REFUSED)
    _prefer(pool, access_token, enabled=True)


def remove_totp(pool: UserPoolApi, access_token: Secret) -> None:
    """Switch the authenticator app off as a second factor (`SetUserMFAPreference`).

    Args:
        pool: the user pool.
        access_token: the user's access token, still valid.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    _prefer(pool, access_token, enabled=False)


def associate_software_token(pool: UserPoolApi, identity: Members, phase: Phase) -> TotpKey:
    """Have the pool make a key (`AssociateSoftwareToken`), with exactly one request.

    Args:
        pool: the user pool.
        identity: the member `AccessToken` or `Session`, which names the user.
        phase: `SIGNED_IN` for a token, `SIGN_IN` for a session.

    Raises:
        UnusableReply: OA-N635.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    reply = pool.call("AssociateSoftwareToken", identity, phase, Retry.NEVER)
    key = optional_member(reply, "SecretCode", str) or ""
    if not _KEY.fullmatch(key):
        raise bad_member("SecretCode")
    return TotpKey(Secret(key), read_session(reply))


def verify_software_token(
    pool: UserPoolApi, identity: Members, given: object, phase: Phase
) -> Secret | None:
    """Send the first code (`VerifySoftwareToken`), and return the session for the next request.

    Args:
        pool: the user pool.
        identity: the member `AccessToken` or `Session`, which names the user.
        given: a `TotpSetUp`.
        phase: `SIGNED_IN` for a token, `SIGN_IN` for a session.

    Raises:
        SignInRefused: OA-S321: the code is wrong.
        ChallengeUnanswered: OA-S350: it cannot be a code; nothing was sent.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    if not isinstance(given, TotpSetUp):
        raise TypeError(f"a TotpSetUp is expected, not a {type(given).__name__}")
    members = {
        **identity,
        "UserCode": one_time_code(given.code, "TOTP"),
        "FriendlyDeviceName": given.device_name,
    }
    reply = pool.call("VerifySoftwareToken", members, phase, Retry.NEVER)
    if optional_member(reply, "Status", str) != "SUCCESS":
        from osdu_auth.cognito.service_errors import ServiceError
        from osdu_auth.cognito.service_errors.table import error_for

        raise error_for(ServiceError("EnableSoftwareTokenMFAException", "Status ERROR"), phase)
    return read_session(reply)


def key_uri(key: TotpKey, username: str) -> Secret:
    """Return the key as the `otpauth://` address that authenticator apps read as a QR code.

    Args:
        key: the new key.
        username: the account name that the app shows.
    """
    from urllib.parse import quote

    label = f"{quote(_ISSUER)}:{quote(username, safe='', errors='replace')}"
    bare = key.secret_key.reveal().rstrip("=")
    return Secret(f"otpauth://totp/{label}?secret={bare}&issuer={quote(_ISSUER)}")


def _prefer(pool: UserPoolApi, access_token: Secret, *, enabled: bool) -> None:
    members = {
        "AccessToken": access_token,
        "SoftwareTokenMfaSettings": {"Enabled": enabled, "PreferredMfa": enabled},
    }
    pool.call("SetUserMFAPreference", members, Phase.SIGNED_IN, Retry.IF_REPLY_LOST)
