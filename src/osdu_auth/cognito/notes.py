"""Notes: sentences for the user about a sign-in that succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.flows import PasswordSent
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.text import printable
from osdu_auth.tokens import unverified_claims
from osdu_auth.url import read_url

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.tokens import TokenSet


def note_of_sent_password(reason: PasswordSent, tokens: TokenSet, address: str) -> str | Fix:
    """Return a note that the password itself was sent, why, and how to avoid that.

    Args:
        reason: why it was sent.
        tokens: the tokens of the sign-in; the access token names the user pool.
        address: the address that it was sent to; plain http is possible on this machine only.
    """
    if reason is PasswordSent.NO_POOL_ID:
        way = ", over TLS" if address.startswith("https:") else " on this machine, in clear text"
        return (
            f"The password itself was sent to the user pool{way}. SRP would not send it, but SRP "
            "needs the user pool id, and the profile has none. Next time: "
            + Run("init", "--user-pool-id", _unverified_pool_id(tokens))
        )
    host = printable(read_url(address).host_header)
    return (
        f"The password itself was sent to {host}, as you allowed: the app client "
        "may not sign in by SRP, which would not send it. Ask the user pool's administrator to "
        "enable ALLOW_USER_SRP_AUTH."
    )


def note_of_unregistered_device(error: OsduAuthError) -> str:
    """Return a note that the pool remembers devices and did not register this one.

    Args:
        error: the error of the registration.
    """
    return (
        "The user pool remembers devices, and could not register this computer "
        f"({error.what} [{error.code}]); it may refuse to renew this session."
    )


def _unverified_pool_id(tokens: TokenSet) -> str:
    from osdu_auth.profiles.checks import check_user_pool_id

    issuer = unverified_claims(tokens.access_token).get("iss")
    try:
        return check_user_pool_id(str(issuer).rpartition("/")[2])
    except ConfigurationError:
        return Blank("ID")
